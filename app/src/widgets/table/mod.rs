//! The table of campaigns, and of whatever is above and below them.

mod cells;
mod column_menu;
mod columns;
mod grid;
mod head;
mod row;

use super::frame::WidgetFrame;
use super::rows::{Row, Rows, Total, rows};
use crate::state::board::{Board, use_board};
use crate::state::filters::passes;
use crate::state::template::plural;
use crate::state::view::{Column, View};
use crate::ui::{Icon, IconView};
use column_menu::ColumnMenu;
use columns::{Layout, remembered};
use grid::Grid;
use leptos::prelude::*;
use metrics::{Dimension, Measure, Metric};
use std::sync::Arc;

/// Tables with more rows draw only those in view.
const MOST_DRAWN: usize = 100;
/// Cards that a phone shows at once.
const CARDS: usize = 12;

/// Rows in their order, with their sum.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    rows: Vec<Row>,
    total: Total,
    all: usize,
    dimension: Dimension,
    has_comparison: bool,
    /// The measures of the columns.
    columns: &'static [Measure],
    /// The first of them that somebody reports: it has bars.
    first: Option<Measure>,
    /// Those that a phone has room for.
    cards: &'static [Measure],
    /// Its largest figure.
    most: f64,
    /// Some conversions are parts of one (shared between clicks): then all are written with the same decimals.
    has_parts: bool,
}

impl Shown {
    fn keys(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.key.as_str()).collect()
    }
}

/// The measures that somebody reports of what the table lists.
fn reported(board: Board) -> Vec<Measure> {
    let template = board.template();
    let level = board.view.with(|view| view.level(template.family, &[view.rows()]));
    board.facts.with(|facts| template.columns_at(&facts.families, level))
}

/// Whether the column has a place: somebody reports its figures, or nobody reports any, and the empty table says what it would
/// show.
fn is_reported(reported: &[Measure], column: Column) -> bool {
    reported.is_empty() || !matches!(column, Column::Measure(measure) if !reported.contains(&measure))
}

/// The table.
#[component]
pub fn MemberTable(
    /// Its place in the grid.
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let template = board.template();
    let layout = remembered(template);
    let there = Memo::new(move |_| reported(board));
    let answer = board.figures.ask(move || {
        let rows = board.view.with(View::rows);
        // The platform comes along for its colour and name.
        board.queries(&[rows, Dimension::Platform], template.columns, &[rows])
    });
    let table = Memo::new(move |last: Option<&Option<Arc<Rows>>>| {
        let (dimension, wish, filters) = board.view.with(|v| (v.rows(), v.measure, v.filters.clone()));
        let there = there.get();
        let measure = if there.contains(&wish) { wish } else { there.first().copied().unwrap_or(wish) };
        let both = (board.days(), board.calendar.get());
        let chosen = |key: &str| passes(&filters, dimension, key);
        let found = answer.with(|a| rows(a.frames()?, (dimension, measure, template.columns), both, chosen));
        found.map(Arc::new).or_else(|| last.cloned().flatten())
    });
    let shown = Memo::new(move |_| {
        let there = there.get();
        let (search, sort) = board.view.with(|v| (v.search.clone(), v.effective_sort(&there)));
        let table = table.get()?;
        let rows = table.found(&search, &sort);
        let first = there.first().copied();
        let place = template.columns.iter().position(|measure| Some(*measure) == first);
        let barred = |r: &Row| place.and_then(|at| r.values.get(at)?.to_f64()).unwrap_or(0.0);
        let conversions = template.columns.iter().position(|m| *m == Measure::Metric(Metric::Conversions));
        let is_part = |r: &Row| {
            let conversions = conversions.and_then(|at| r.values.get(at)).copied().unwrap_or_default();
            conversions.to_f64().is_some_and(|n| n.fract().abs() > 0.004)
        };
        Some(Arc::new(Shown {
            total: table.total(&rows, &search),
            most: rows.iter().map(barred).fold(0.0, f64::max),
            has_parts: rows.iter().any(is_part),
            rows,
            all: table.rows.len(),
            dimension: table.dimension,
            columns: template.columns,
            first,
            cards: template.cards,
            has_comparison: table.has_comparison,
        }))
    });
    let title = Signal::derive(move || plural(board.view.with(View::rows)));
    let subtitle = Signal::derive(move || {
        let order = board.view.with(|v| there.with(|there| v.effective_sort(there)));
        let sorted = match order[0].column {
            Column::Name => "name",
            Column::Change => "change",
            Column::Measure(m) => m.label(),
        };
        shown.get().map(|s| format!("{} · sorted by {}", s.all, sorted.to_lowercase())).unwrap_or_default()
    });
    view! {
        <WidgetFrame
            id="table"
            title=Signal::derive(move || title.get().to_owned())
            subtitle
            class=class
            answer
            is_empty=Signal::derive(move || table.get().is_some_and(|t| t.rows.is_empty()))
            twin=Signal::derive(move || {
                let currency = board.workspace.with_value(|ws| ws.currency.clone());
                table.get().zip(shown.get()).map(|(t, s)| t.twin(&s.rows, &board.view.with(|v| v.search.clone()), &currency)).unwrap_or_default()
            })
            measure=template.columns.first().copied().unwrap_or(template.measure)
            controls=move || view! { <TableControls board there layout/> }
            is_table=true
        >
            <Grid shown there layout board/>
            <p class="widget__note only-narrow">
                "Touch a row to filter by it; the arrow goes down. Ratios are recomputed from totals."
            </p>
            <p class="widget__note only-wide">
                "Click a row to filter by it, Ctrl adds, Shift excludes; the arrow (or Enter) goes down. Ratios are recomputed from totals."
            </p>
        </WidgetFrame>
    }
}

/// Where the table stands in the tree, and its search.
#[component]
fn TableControls(board: Board, there: Memo<Vec<Measure>>, layout: RwSignal<Layout>) -> impl IntoView {
    let at_top = Memo::new(move |_| board.view.with(|v| v.drill.is_empty()));
    let template = board.template();
    let tops = board.facts.with_untracked(|facts| {
        let told = template.rows.iter().filter(|rows| template.tells(&facts.families, **rows));
        told.copied().collect::<Vec<_>>()
    });
    let choices = move || {
        let choice = |top: Dimension| {
            view! {
                <button
                    type="button"
                    class="toggle__item"
                    aria-pressed=move || board.view.with(|v| v.top == top).to_string()
                    on:click=move |_| board.change(|v| v.top = top)
                >
                    {plural(top)}
                </button>
            }
        };
        tops.iter().copied().map(choice).collect_view()
    };
    view! {
        {move || {
            at_top
                .get()
                .then(|| {
                    view! {
                        <div class="toggle" role="group" aria-label="Rows">
                            {choices()}
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
        <ColumnMenu layout is_there=move |column| there.with(|there| is_reported(there, column))/>
    }
}
