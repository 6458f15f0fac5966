//! The table of campaigns, and of whatever is above and below them.

use super::drawing::use_drawing;
use super::frame::WidgetFrame;
use super::rows::{Row, Rows, Total, rows, window};
use crate::state::board::{Board, use_board};
use crate::state::filters::{Gesture, passes};
use crate::state::view::{Column, MEASURES, View};
use crate::ui::{Icon, IconView};
use chart::platform_color;
use leptos::html;
use leptos::prelude::*;
use metrics::format::Style;
use metrics::value::Value;
use metrics::{Dimension, Measure, Metric};
use std::sync::Arc;

/// Tables with more rows draw only those in view.
const MOST_DRAWN: usize = 100;
/// Height of a row in pixels; the style sheet's.
const ROW: f64 = 40.0;
/// Cards that a phone shows at once.
const CARDS: usize = 40;

/// Rows in their order, with their sum.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    rows: Vec<Row>,
    total: Total,
    all: usize,
    dimension: Dimension,
    has_comparison: bool,
    /// Largest spend, for the bars.
    most: f64,
}

/// The table.
#[component]
pub fn CampaignTable() -> impl IntoView {
    let board = use_board();
    let answer = board.figures.ask(move || {
        let (level, rows) = board.view.with(|v| (v.row_level(), v.rows()));
        // The platform comes along for its colour and name.
        board.queries(level, &[rows, Dimension::Platform], &MEASURES, &[rows])
    });
    let table = Memo::new(move |last: Option<&Option<Arc<Rows>>>| {
        let (dimension, measure, filters) = board.view.with(|v| (v.rows(), v.measure, v.filters.clone()));
        let both = (board.days(), board.calendar.get());
        let chosen = |key: &str| passes(&filters, dimension, key);
        let found = answer.with(|a| rows(a.frames()?, (dimension, measure), both, chosen));
        found.map(Arc::new).or_else(|| last.cloned().flatten())
    });
    let shown = Memo::new(move |_| {
        let (search, sort) = board.view.with(|v| (v.search.clone(), v.effective_sort()));
        let table = table.get()?;
        let rows = table.found(&search, &sort);
        let spend = |r: &Row| r.values[0].to_f64().unwrap_or(0.0);
        Some(Arc::new(Shown {
            total: table.total(&rows, &search),
            most: rows.iter().map(spend).fold(0.0, f64::max),
            rows,
            all: table.rows.len(),
            dimension: table.dimension,
            has_comparison: table.has_comparison,
        }))
    });
    let title = Signal::derive(move || match board.view.with(super::super::state::view::View::rows) {
        Dimension::Account => "Accounts",
        Dimension::AdGroup => "Ad groups",
        Dimension::Ad => "Ads",
        _ => "Campaigns",
    });
    let subtitle = Signal::derive(move || {
        let sorted = board.view.with(|v| match v.effective_sort()[0].column {
            Column::Name => "name",
            Column::Change => "change",
            Column::Measure(m) => m.label(),
        });
        shown.get().map(|s| format!("{} · sorted by {}", s.all, sorted.to_lowercase())).unwrap_or_default()
    });
    view! {
        <WidgetFrame
            id="table"
            title=Signal::derive(move || title.get().to_owned())
            subtitle
            class="widget--12"
            answer
            is_empty=Signal::derive(move || table.get().is_some_and(|t| t.rows.is_empty()))
            twin=Signal::derive(move || {
                let currency = board.workspace.with_value(|ws| ws.currency.clone());
                table.get().zip(shown.get()).map(|(t, s)| t.twin(&s.rows, &board.view.with(|v| v.search.clone()), &currency)).unwrap_or_default()
            })
            measure=Measure::Metric(Metric::Spend)
            controls=move || view! { <TableControls board/> }
            is_table=true
        >
            <Grid shown board/>
            <p class="widget__note">
                "Click a row to filter by it, Ctrl adds, Shift excludes; the arrow (or Enter) goes down. Ratios are recomputed from totals."
            </p>
        </WidgetFrame>
    }
}

/// Where the table stands in the tree, and its search.
#[component]
fn TableControls(board: Board) -> impl IntoView {
    let at_top = Memo::new(move |_| board.view.with(|v| v.drill.is_empty()));
    let choice = move |accounts: bool, label: &'static str| {
        view! {
            <button
                type="button"
                class="toggle__item"
                aria-pressed=move || board.view.with(|v| v.rows_are_accounts == accounts).to_string()
                on:click=move |_| board.change(|v| v.rows_are_accounts = accounts)
            >
                {label}
            </button>
        }
    };
    view! {
        {move || {
            at_top
                .get()
                .then(|| {
                    view! {
                        <div class="toggle" role="group" aria-label="Rows">
                            {choice(true, "Accounts")} {choice(false, "Campaigns")}
                        </div>
                    }
                })
        }}
        <label class="search">
            <span class="visually-hidden">"Search the table"</span>
            <IconView icon=Icon::Search/>
            <input
                type="search"
                class="input input--small"
                placeholder="Search"
                prop:value=move || board.view.with(|v| v.search.clone())
                on:input=move |event| {
                    let text: String = event_target_value(&event).chars().take(200).collect();
                    let was_empty = board.view.with_untracked(|v| v.search.is_empty());
                    // The first letter is a step that Back takes back, the others belong to it.
                    if was_empty {
                        board.change(|v| v.search = text);
                    } else {
                        board.type_in(|v| v.search = text);
                    }
                }
            />
        </label>
    }
}

/// The grid itself: sticky head, first column and total; arrows, Home, End, Enter and Space.
#[component]
fn Grid(shown: Memo<Option<Arc<Shown>>>, board: Board) -> impl IntoView {
    let drawing = use_drawing();
    let scroller = NodeRef::<html::Div>::new();
    let scroll_top = RwSignal::new(0.0_f64);
    let cards = RwSignal::new(CARDS);
    // Row and column of the one cell that Tab reaches.
    let active = RwSignal::new((0_usize, 0_usize));
    let span = Memo::new(move |_| {
        let count = shown.with(|s| s.as_ref().map_or(0, |s| s.rows.len()));
        match (drawing.get().is_narrow, count) {
            (true, count) => (0, count.min(cards.get())),
            (false, count) if count <= MOST_DRAWN => (0, count),
            (false, count) => window(count, ROW, scroll_top.get(), 640.0),
        }
    });
    let columns = move || {
        MEASURES.len() + 1 + usize::from(shown.with(|s| s.as_ref().is_some_and(|s| s.has_comparison)))
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(shown) = shown.get_untracked() else { return };
        let (row, column) = active.get_untracked();
        let (last_row, last_column) = (shown.rows.len().saturating_sub(1), columns() - 1);
        let command = event.ctrl_key() || event.meta_key();
        let next = match event.key().as_str() {
            "ArrowDown" if command => (last_row, column),
            "ArrowUp" if command => (0, column),
            "ArrowRight" if command => (row, last_column),
            "ArrowLeft" if command => (row, 0),
            "ArrowDown" => ((row + 1).min(last_row), column),
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowRight" => (row, (column + 1).min(last_column)),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "PageDown" => ((row + 12).min(last_row), column),
            "PageUp" => (row.saturating_sub(12), column),
            "Home" if command => (0, 0),
            "End" if command => (last_row, last_column),
            "Home" => (row, 0),
            "End" => (row, last_column),
            "Enter" => {
                if let Some(found) = shown.rows.get(row) {
                    event.prevent_default();
                    drill(board, shown.dimension, &found.key);
                }
                return;
            }
            " " => {
                if let Some(found) = shown.rows.get(row) {
                    event.prevent_default();
                    board.click(shown.dimension, &found.key, Gesture::from_keys(event.shift_key(), command));
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        active.set(next);
        focus_cell(scroller, next);
    };
    view! {
        <div
            class="grid"
            node_ref=scroller
            on:scroll=move |_| {
                if let Some(node) = scroller.get_untracked() {
                    let top = scroll_of(&node);
                    // A new window every few rows is enough.
                    if (top - scroll_top.get_untracked()).abs() >= ROW {
                        scroll_top.set(top);
                    }
                }
            }
        >
            <table
                role="grid"
                aria-labelledby="table-title"
                aria-rowcount=move || shown.with(|s| s.as_ref().map_or(0, |s| s.rows.len() + 2))
                on:keydown=on_key
            >
                <thead>
                    <tr>
                        {move || {
                            let name = shown.with(|s| s.as_ref().map_or("Campaign", |s| s.dimension.label()));
                            view! { <Head column=Column::Name label=name.to_owned() board/> }
                        }}
                        {MEASURES
                            .into_iter()
                            .map(|m| view! { <Head column=Column::Measure(m) label=short(m).to_owned() board/> })
                            .collect_view()}
                        {move || {
                            shown
                                .with(|s| s.as_ref().is_some_and(|s| s.has_comparison))
                                .then(|| view! { <Head column=Column::Change label="vs prev.".to_owned() board/> })
                        }}
                    </tr>
                </thead>
                <tbody>
                    {move || {
                        let (first, last) = span.get();
                        let shown = shown.get()?;
                        let spacer = |rows: usize| {
                            (rows > 0 && !drawing.get_untracked().is_narrow)
                                .then(|| {
                                    #[expect(clippy::cast_precision_loss, reason = "pixels")]
                                    let height = rows as f64 * ROW;
                                    view! { <tr aria-hidden="true" class="grid__spacer"><td style:height=format!("{height}px")></td></tr> }
                                })
                        };
                        let last = last.min(shown.rows.len());
                        let first = first.min(last);
                        let theme = drawing.get().theme;
                        let rows = (first..last).map(|at| row_view(&shown, at, theme, active, board)).collect_view();
                        Some(view! { {spacer(first)} {rows} {spacer(shown.rows.len() - last)} })
                    }}
                </tbody>
                <tfoot>{move || shown.get().map(|s| total_view(&s, board))}</tfoot>
            </table>
            {move || {
                let count = shown.with(|s| s.as_ref().map_or(0, |s| s.rows.len()));
                (drawing.get().is_narrow && count > cards.get())
                    .then(|| {
                        view! {
                            <button type="button" class="btn grid__more" on:click=move |_| cards.update(|n| *n += CARDS)>
                                {format!("Show more ({} of {count})", cards.get())}
                            </button>
                        }
                    })
            }}
        </div>
    }
}

/// The head of a column: a click sorts, Shift sorts ties.
#[component]
fn Head(column: Column, label: String, board: Board) -> impl IntoView {
    let found = Memo::new(move |_| {
        let sort = board.view.with(View::effective_sort);
        sort.iter().position(|s| s.column == column).map(|at| (at, sort[at].descending, sort.len()))
    });
    let explain = match column {
        Column::Measure(m) => metrics::explain::one_line(m),
        Column::Name => "Sort by name".to_owned(),
        Column::Change => "Change of the chosen metric against the comparison".to_owned(),
    };
    view! {
        <th
            scope="col"
            class:grid__name=column == Column::Name
            aria-sort=move || match found.get() {
                Some((0, true, _)) => Some("descending"),
                Some((0, false, _)) => Some("ascending"),
                _ => None,
            }
        >
            <button
                type="button"
                class="grid__sort"
                title=format!("{explain} · Shift-click sorts ties")
                on:click=move |event| board.change(|v| v.sort_by(column, event.shift_key()))
            >
                {label}
                <span aria-hidden="true">
                    {move || match found.get() {
                        Some((at, descending, count)) => {
                            let arrow = if descending { " ↓" } else { " ↑" };
                            if count > 1 { format!("{arrow}{}", at + 1) } else { arrow.to_owned() }
                        }
                        None => String::new(),
                    }}
                </span>
            </button>
        </th>
    }
}

/// A column's short name.
fn short(measure: Measure) -> &'static str {
    match measure {
        Measure::Metric(Metric::Conversions) => "Conv.",
        Measure::Metric(Metric::ConversionValue) => "Conv. value",
        _ => measure.label(),
    }
}

fn can_drill(dimension: Dimension) -> bool {
    matches!(dimension, Dimension::Account | Dimension::Campaign | Dimension::AdGroup)
}

fn drill(board: Board, dimension: Dimension, key: &str) {
    if can_drill(dimension) && !key.is_empty() {
        board.change(|v| v.drill_into(dimension, key));
    }
}

fn row_view(
    shown: &Shown,
    at: usize,
    theme: chart::Theme,
    active: RwSignal<(usize, usize)>,
    board: Board,
) -> impl IntoView + use<> {
    let row = shown.rows[at].clone();
    let dimension = shown.dimension;
    let key = StoredValue::new(row.key.clone());
    let is_chosen = board.view.with_untracked(|v| v.is_chosen(dimension, &row.key));
    let tab = move |column: usize| move || if active.get() == (at, column) { "0" } else { "-1" };
    let cells = MEASURES.into_iter().zip(row.values.clone()).enumerate().map(|(i, (measure, value))| {
        let text = board.write(measure, |w| w.value(value, Style::Bare));
        let bar = (i == 0).then(|| bar_view(value, shown.most));
        view! {
            <td role="gridcell" tabindex=tab(i + 1) data-cell=format!("{at}-{}", i + 1) data-label=short(measure)>
                {bar}
                {text}
            </td>
        }
    });
    let change = shown.has_comparison.then(|| {
        let column = MEASURES.len() + 1;
        view! {
            <td role="gridcell" tabindex=tab(column) data-cell=format!("{at}-{column}") data-label="vs prev.">
                {row.change.map_or_else(
                    || view! { <span class="delta">"—"</span> }.into_any(),
                    |c| view! { <span class=c.class() title=c.is_low_volume.then_some("Low volume: fewer than 30 conversions")>{c.text.clone()}</span> }.into_any(),
                )}
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
            {change}
        </tr>
    }
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

fn total_view(shown: &Shown, board: Board) -> impl IntoView + use<> {
    let total = shown.total.clone();
    let cells = MEASURES.into_iter().zip(total.values).map(|(measure, value)| {
        view! { <td data-label=short(measure)>{board.write(measure, |w| w.value(value, Style::Full))}</td> }
    });
    let change = shown.has_comparison.then(|| {
        view! { <td data-label="vs prev.">{total.change.map(|c| view! { <span class=c.class()>{c.text.clone()}</span> })}</td> }
    });
    view! {
        <tr class="grid__total">
            <th scope="row" class="grid__name">{total.label}</th>
            {cells.collect_view()}
            {change}
        </tr>
    }
}

fn scroll_of(node: &web_node::Div) -> f64 {
    f64::from(node.scroll_top())
}

/// The element type behind a `div`, named once for both sides.
mod web_node {
    pub type Div = leptos::web_sys::HtmlDivElement;
}

/// Puts the focus on a cell; in a long table its row is scrolled into the window first.
fn focus_cell(scroller: NodeRef<html::Div>, (row, column): (usize, usize)) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let Some(node) = scroller.get_untracked() else { return };
        let selector = format!("[data-cell='{row}-{column}']");
        let focus = move |node: &web_sys::Element| {
            let found = node.query_selector(&selector).ok().flatten();
            match found.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
                Some(cell) => cell.focus().is_ok(),
                None => false,
            }
        };
        let element: web_sys::Element = node.clone().unchecked_into();
        if !focus(&element) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels")]
            node.set_scroll_top((row as f64 * ROW) as i32);
            // The new rows are there after the scroll event and one frame.
            request_animation_frame(move || {
                request_animation_frame(move || {
                    let _ = focus(&element);
                });
            });
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (scroller, row, column);
}
