//! The rows of the table, and their sum.

use super::Shown;
use super::columns::label_of;
use crate::state::board::Board;
use crate::state::filters::Gesture;
use crate::state::view::{Column, MEASURES};
use crate::ui::{Icon, IconView};
use crate::widgets::data::Change;
use crate::widgets::rows::Row;
use chart::platform_color;
use leptos::prelude::*;
use metrics::format::{Formatter, Style, decimal};
use metrics::value::Value;
use metrics::{Dimension, Locale, Measure, Unit};

fn can_drill(dimension: Dimension) -> bool {
    matches!(dimension, Dimension::Account | Dimension::Campaign | Dimension::AdGroup)
}

/// Goes one step down the tree, where there is one.
pub fn drill(board: Board, dimension: Dimension, key: &str) {
    if can_drill(dimension) && !key.is_empty() {
        board.change(|v| v.drill_into(dimension, key));
    }
}

/// The place of a measure among the figures of a row.
fn place_of(measure: Measure) -> usize {
    MEASURES.iter().position(|m| *m == measure).unwrap_or(0)
}

/// One figure of a row.
pub fn value_of(row: &Row, measure: Measure) -> Value {
    row.values[place_of(measure)]
}

/// A figure as its column writes it: no symbols, and as many decimals as its neighbours.
fn written(write: &Formatter<'_>, measure: Measure, value: Value, has_parts: bool) -> String {
    match value.figure() {
        Some(figure) if has_parts && measure.unit() == Unit::FractionalCount => {
            decimal(figure, 2, Locale::EN)
        }
        _ => write.value(value, Style::Bare),
    }
}

/// One row: `columns` are those that are shown after the name.
pub fn row_view(
    shown: &Shown,
    at: usize,
    columns: &[Column],
    theme: chart::Theme,
    active: RwSignal<(usize, usize)>,
    board: Board,
) -> impl IntoView + use<> {
    let row = shown.rows[at].clone();
    let dimension = shown.dimension;
    let key = StoredValue::new(row.key.clone());
    let is_chosen = board.view.with_untracked(|v| v.is_chosen(dimension, &row.key));
    let tab = move |column: usize| move || if active.get() == (at, column) { "0" } else { "-1" };
    let cells = columns.iter().enumerate().map(|(i, column)| {
        let place = i + 1;
        let content = match *column {
            Column::Measure(measure) => {
                let value = value_of(&row, measure);
                let text = board.write(measure, |w| written(&w, measure, value, shown.has_parts));
                let bar = (measure == MEASURES[0]).then(|| bar_view(value, shown.most));
                view! { {bar} {text} }.into_any()
            }
            Column::Change => row.change.as_ref().map_or_else(|| view! { <span class="delta">"—"</span> }.into_any(), change_view),
            Column::Name => ().into_any(),
        };
        view! {
            <td role="gridcell" tabindex=tab(place) data-cell=format!("{at}-{place}") data-label=label_of(*column, "")>
                {content}
            </td>
        }
    });
    let platform = row.platform.clone();
    let label = row.label.clone();
    view! {
        <tr
            class="grid__row"
            class:grid__row--off=!row.is_chosen
            class:grid__row--chosen=is_chosen
            aria-rowindex=at + 2
            aria-selected=is_chosen.to_string()
            on:click=move |event| {
                let gesture = Gesture::from_keys(event.shift_key(), event.ctrl_key() || event.meta_key());
                key.with_value(|key| board.click(dimension, key, gesture));
            }
        >
            <th scope="row" role="rowheader" class="grid__name" tabindex=tab(0) data-cell=format!("{at}-0")>
                <span class="grid__label">
                    {platform.as_deref().map(|p| view! { <i class="dot" style:background-color=platform_color(p, theme)></i> })}
                    <span class="grid__text" title=label.clone()>{label.clone()}</span>
                    {platform.map(|p| view! { <small>{metrics::platform::label(&p)}</small> })}
                    {(can_drill(dimension) && !row.key.is_empty())
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="grid__drill"
                                    tabindex="-1"
                                    title="Go down"
                                    aria-label=format!("Go down into {label}")
                                    on:click=move |event| {
                                        event.stop_propagation();
                                        key.with_value(|key| drill(board, dimension, key));
                                    }
                                >
                                    <IconView icon=Icon::ChevronRight/>
                                </button>
                            }
                        })}
                </span>
            </th>
            {cells.collect_view()}
        </tr>
    }
}

fn change_view(change: &Change) -> AnyView {
    let low = change.is_low_volume.then_some("Low volume: fewer than 30 conversions");
    view! { <span class=change.class() title=low>{change.text.clone()}</span> }.into_any()
}

/// A bar that says how large a figure is beside the largest.
fn bar_view(value: Value, most: f64) -> impl IntoView {
    let share = value.to_f64().filter(|_| most > 0.0).map_or(0.0, |v| (v / most).clamp(0.0, 1.0));
    let width = format!("{:.1}", share * 64.0);
    let start = format!("{:.1}", 64.0 - share * 64.0);
    view! {
        <svg class="grid__bar" width="64" height="6" viewBox="0 0 64 6" aria-hidden="true">
            <rect x=start y="0" width=width height="6" rx="3"></rect>
        </svg>
    }
}

/// The last row: sums, or ratios recomputed from sums.
pub fn total_view(shown: &Shown, columns: &[Column], board: Board) -> impl IntoView + use<> {
    let total = shown.total.clone();
    let cells = columns.iter().map(|column| {
        let content = match *column {
            Column::Measure(measure) => {
                let value = total.values[place_of(measure)];
                board.write(measure, |w| w.value(value, Style::Full)).into_any()
            }
            Column::Change => total.change.as_ref().map_or_else(|| ().into_any(), change_view),
            Column::Name => ().into_any(),
        };
        view! { <td data-label=label_of(*column, "")>{content}</td> }
    });
    view! {
        <tr class="grid__total">
            <th scope="row" class="grid__name">{total.label}</th>
            {cells.collect_view()}
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::Metric;
    use metrics::value::Figure;

    #[test]
    fn decimals_of_a_column_stand_below_each_other() {
        let conversions = Measure::Metric(Metric::Conversions);
        let write = Formatter::new(conversions, "EUR", Locale::EN);
        let v = |n, d| Value::Known(Figure::new(n, d).unwrap());
        assert_eq!(written(&write, conversions, v(580, 1), true), "580.00");
        assert_eq!(written(&write, conversions, v(5803, 10), true), "580.30");
        // Where all are whole, no decimals at all.
        assert_eq!(written(&write, conversions, v(580, 1), false), "580");
        assert_eq!(written(&write, conversions, Value::Missing, true), "—");
    }
}
