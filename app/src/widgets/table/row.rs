//! The rows of the table, and their sum.

use super::Shown;
use super::columns::label_of;
use crate::state::board::Board;
use crate::state::view::Column;
use crate::ui::Icon;
use crate::widgets::data::Change;
use crate::widgets::rows::Row;
use chart::platform_color;
use html_escape::{encode_double_quoted_attribute, encode_text};
use leptos::prelude::*;
use metrics::format::{Formatter, Style, decimal};
use metrics::value::Value;
use metrics::{Locale, Measure, Unit};
use std::ops::Range;

/// One figure of a row.
pub fn value_of(shown: &Shown, row: &Row, measure: Measure) -> Value {
    figure(&row.values, shown, measure)
}

fn figure(values: &[Value], shown: &Shown, measure: Measure) -> Value {
    let at = shown.columns.iter().position(|m| *m == measure);
    at.and_then(|at| values.get(at)).copied().unwrap_or_default()
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

/// How the rows are drawn.
pub struct Drawn<'a> {
    /// The columns that are shown after the name.
    pub columns: &'a [Column],
    /// Light or dark.
    pub theme: chart::Theme,
    /// Row and column of the one cell that Tab reaches.
    pub active: (usize, usize),
}

/// The markup of some rows. Markup and no views: a table of a hundred rows is there at once, and again with every click.
/// Whatever is done in it is heard by the table around it, which knows rows and cells by `data-row` and `data-cell`.
pub fn rows_markup(shown: &Shown, rows: Range<usize>, drawn: &Drawn<'_>, board: Board) -> String {
    let mut html = String::new();
    for at in rows {
        push_row(&mut html, shown, at, drawn, board);
    }
    html
}

/// Room for rows that are out of sight.
pub fn spacer_markup(height: f64) -> String {
    format!("<tr aria-hidden=\"true\" class=\"grid__spacer\"><td height=\"{height}\"></td></tr>")
}

fn push_row(html: &mut String, shown: &Shown, at: usize, drawn: &Drawn<'_>, board: Board) {
    let row = &shown.rows[at];
    let is_chosen = board.view.with_untracked(|v| v.is_chosen(shown.dimension, &row.key));
    let off = if row.is_chosen { "" } else { " grid__row--off" };
    let chosen = if is_chosen { " grid__row--chosen" } else { "" };
    let number = at + 2;
    push(
        html,
        &[
            "<tr class=\"grid__row",
            off,
            chosen,
            "\" data-row=\"",
            &at.to_string(),
            "\" aria-rowindex=\"",
            &number.to_string(),
        ],
    );
    push(html, &["\" aria-selected=\"", if is_chosen { "true" } else { "false" }, "\">"]);
    push_name(html, shown, at, drawn, board);
    for (index, column) in drawn.columns.iter().enumerate() {
        let tag = if is_on_card(shown, *column) {
            "td role=\"gridcell\" class=\"grid__card\""
        } else {
            "td role=\"gridcell\""
        };
        push_start(html, tag, (at, index + 1), drawn);
        push(html, &[" data-label=\"", &encode_double_quoted_attribute(label_of(*column, "")), "\">"]);
        match *column {
            Column::Measure(measure) => {
                let value = value_of(shown, row, measure);
                if shown.first == Some(measure) {
                    push_bar(html, value, shown.most);
                }
                html.push_str(&encode_text(
                    &board.write(measure, |w| written(&w, measure, value, shown.has_parts)),
                ));
            }
            Column::Change => push_change(html, row.change.as_ref()),
            Column::Name => {}
        }
        html.push_str("</td>");
    }
    html.push_str("</tr>");
}

fn push(html: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| html.push_str(part));
}

/// The beginning of a cell, up to where its other attributes stand.
fn push_start(html: &mut String, tag: &str, (row, column): (usize, usize), drawn: &Drawn<'_>) {
    let reached = if drawn.active == (row, column) { "0" } else { "-1" };
    let (row, column) = (row.to_string(), column.to_string());
    push(html, &["<", tag, " tabindex=\"", reached, "\" data-cell=\"", &row, "-", &column, "\""]);
}

fn push_name(html: &mut String, shown: &Shown, at: usize, drawn: &Drawn<'_>, board: Board) {
    let can_drill = board.can_drill(shown.dimension, &shown.rows[at].key);
    push_label(html, shown, at, drawn, can_drill);
}

fn push_label(html: &mut String, shown: &Shown, at: usize, drawn: &Drawn<'_>, can_drill: bool) {
    let row = &shown.rows[at];
    push_start(html, "th scope=\"row\" role=\"rowheader\" class=\"grid__name\"", (at, 0), drawn);
    html.push_str("><span class=\"grid__label\">");
    if let Some(platform) = &row.platform {
        let color = platform_color(platform, drawn.theme);
        push(
            html,
            &[
                "<svg class=\"dot\" viewBox=\"0 0 8 8\" aria-hidden=\"true\"><circle cx=\"4\" cy=\"4\" r=\"4\" fill=\"",
                color,
                "\"/></svg>",
            ],
        );
    }
    let title = encode_double_quoted_attribute(&row.label);
    push(html, &["<span class=\"grid__text\" title=\"", &title, "\">", &encode_text(&row.label), "</span>"]);
    if let Some(platform) = &row.platform {
        push(html, &["<small>", &encode_text(&metrics::platform::label(platform)), "</small>"]);
    }
    if can_drill {
        push(
            html,
            &[
                "<button type=\"button\" class=\"grid__drill\" tabindex=\"-1\" title=\"Go down\" aria-label=\"Go down into ",
                &title,
                "\">",
            ],
        );
        push(html, &[&Icon::ChevronRight.markup(), "</button>"]);
    }
    html.push_str("</span></th>");
}

fn push_change(html: &mut String, change: Option<&Change>) {
    let Some(change) = change else {
        html.push_str("<span class=\"delta\">—</span>");
        return;
    };
    push(html, &["<span class=\"", change.class(), "\""]);
    if change.is_low_volume {
        push(html, &[" title=\"", LOW_VOLUME, "\""]);
    }
    push(html, &[">", &encode_text(&change.text), "</span>"]);
}

/// A bar that says how large a figure is beside the largest.
fn push_bar(html: &mut String, value: Value, most: f64) {
    let share = value.to_f64().filter(|_| most > 0.0).map_or(0.0, |v| (v / most).clamp(0.0, 1.0));
    let (start, width) = (format!("{:.1}", 64.0 - share * 64.0), format!("{:.1}", share * 64.0));
    push(
        html,
        &[
            "<svg class=\"grid__bar\" width=\"64\" height=\"6\" viewBox=\"0 0 64 6\" aria-hidden=\"true\"><rect x=\"",
            &start,
        ],
    );
    push(html, &["\" y=\"0\" width=\"", &width, "\" height=\"6\" rx=\"3\"/></svg>"]);
}

const LOW_VOLUME: &str = "Low volume: fewer than 30 conversions";

fn change_view(change: &Change) -> AnyView {
    let low = change.is_low_volume.then_some(LOW_VOLUME);
    view! { <span class=change.class() title=low>{change.text.clone()}</span> }.into_any()
}

/// Whether a phone has room for it.
fn is_on_card(shown: &Shown, column: Column) -> bool {
    matches!(column, Column::Measure(measure) if shown.cards.contains(&measure))
}

/// The last row: sums, or ratios recomputed from sums.
pub fn total_view(shown: &Shown, columns: &[Column], board: Board) -> impl IntoView + use<> {
    let total = shown.total.clone();
    let cells = columns.iter().map(|column| {
        let content = match *column {
            Column::Measure(measure) => {
                let value = figure(&total.values, shown, measure);
                board.write(measure, |w| w.value(value, Style::Full)).into_any()
            }
            Column::Change => total.change.as_ref().map_or_else(|| ().into_any(), change_view),
            Column::Name => ().into_any(),
        };
        let on_card = is_on_card(shown, *column);
        view! { <td class:grid__card=on_card data-label=label_of(*column, "")>{content}</td> }
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
    use super::super::{Row, Total};
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

    #[test]
    fn names_are_text_and_never_markup() {
        let row = Row::of("7", "<img src=x onerror=\"alert(1)\"> & 'more'", "<x>");
        let total = Total { label: String::new(), values: Vec::new(), change: None };
        let shown = Shown {
            rows: vec![row],
            total,
            all: 1,
            dimension: metrics::Dimension::Campaign,
            columns: &[],
            first: None,
            cards: &[],
            has_comparison: false,
            most: 0.0,
            has_parts: false,
        };
        let drawn = Drawn { columns: &[], theme: chart::Theme::Light, active: (0, 0) };
        let mut html = String::new();
        push_label(&mut html, &shown, 0, &drawn, true);
        assert!(!html.contains("<img") && !html.contains("<x>") && !html.contains("<X>"), "{html}");
        assert!(
            html.contains("title=\"&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; 'more'\""),
            "{html}"
        );
        assert!(
            html.contains("tabindex=\"0\" data-cell=\"0-0\"") && html.contains("aria-label=\"Go down into "),
            "{html}"
        );
    }

    #[test]
    fn a_bar_ends_at_the_figures() {
        let mut html = String::new();
        push_bar(&mut html, Value::Known(Figure::new(1, 2).unwrap()), 2.0);
        assert!(html.contains("x=\"48.0\"") && html.contains("width=\"16.0\""), "{html}");
        html.clear();
        push_bar(&mut html, Value::Missing, 0.0);
        assert!(html.contains("width=\"0.0\""), "{html}");
    }
}
