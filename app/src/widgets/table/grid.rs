//! The grid itself: columns, rows in view, keys, and the focus that survives new figures.

use super::cells::{
    Part, about, cell_at, cell_of, focus_cell, is_in_rows, place_of_cell, reach_by_tab, row_at, scroll_of,
};
use super::columns::{self, Density, Layout, label_of};
use super::head::Head;
use super::row::{Drawn, rows_markup, spacer_markup, total_view};
use super::{CARDS, MOST_DRAWN, Shown, is_reported};
use crate::charts::Place;
use crate::state::board::Board;
use crate::state::filters::Gesture;
use crate::state::view::{Column, View};
use crate::widgets::drawing::use_drawing;
use crate::widgets::rows::window;
use leptos::html;
use leptos::prelude::*;
use metrics::Measure;
use std::sync::Arc;

/// Sticky head, first column and total; arrows, Home, End, Enter and Space.
#[component]
pub fn Grid(
    /// The rows.
    shown: Memo<Option<Arc<Shown>>>,
    /// The measures that somebody reports.
    there: Memo<Vec<Measure>>,
    /// Which columns, how wide.
    layout: RwSignal<Layout>,
    /// Who is told of clicks.
    board: Board,
) -> impl IntoView {
    let drawing = use_drawing();
    let scroller = NodeRef::<html::Div>::new();
    let scroll_top = RwSignal::new(0.0_f64);
    let cards = RwSignal::new(CARDS);
    // Row and column of the one cell that Tab reaches.
    let active = RwSignal::new((0_usize, 0_usize));
    let density = Memo::new(move |_| layout.with(|layout| layout.density));
    let row_height = move || density.get().row();
    let span = Memo::new(move |_| {
        let count = shown.with(|s| s.as_ref().map_or(0, |s| s.rows.len()));
        match (drawing.get().is_narrow, count) {
            (true, count) => (0, count.min(cards.get())),
            (false, count) if count <= MOST_DRAWN => (0, count),
            (false, count) => window(count, row_height(), scroll_top.get(), 640.0),
        }
    });
    // After the name. Cards show their own few, whatever is hidden in the table.
    let columns = Memo::new(move |_| {
        let has_comparison = shown.with(|s| s.as_ref().is_some_and(|s| s.has_comparison));
        let is_narrow = drawing.get().is_narrow;
        columns::all(board.template().columns)
            .filter(|c| there.with(|there| is_reported(there, *c)))
            .filter(|c| *c != Column::Name && (has_comparison || *c != Column::Change))
            .filter(|c| is_narrow || layout.with(|layout| layout.shows(*c)))
            .collect::<Vec<_>>()
    });
    let keep = KeepFocus::new(shown, active, scroller, density);
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(shown) = shown.get_untracked() else { return };
        let (row, column) = active.get_untracked();
        let (last_row, last_column) = (shown.rows.len().saturating_sub(1), columns.with_untracked(Vec::len));
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
                    board.drill(shown.dimension, &found.key);
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
            "." | "ContextMenu" => {
                event.prevent_default();
                let place = place_of_cell(scroller, (row, column));
                let subject =
                    columns.with_untracked(|columns| about(&shown, columns, (row, column), place, board));
                if let Some(subject) = subject {
                    board.offer(subject);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        active.set(next);
        focus_cell(scroller, next, density.get_untracked().row());
    };
    let on_click = move |event: leptos::ev::MouseEvent| {
        let (Some(shown), Some((row, part))) = (shown.get_untracked(), row_at(&event)) else { return };
        let Some(found) = shown.rows.get(row) else { return };
        match part {
            Part::Drill => board.drill(shown.dimension, &found.key),
            Part::Row => {
                let gesture = Gesture::from_keys(event.shift_key(), event.ctrl_key() || event.meta_key());
                board.click(shown.dimension, &found.key, gesture);
            }
        }
    };
    // The one cell that Tab reaches, without making the rows anew.
    Effect::new(move |_| reach_by_tab(scroller, active.get()));
    let on_menu = move |event: leptos::ev::MouseEvent| {
        let (Some(shown), Some(at)) = (shown.get_untracked(), cell_at(&event)) else { return };
        let place = Place { x: f64::from(event.client_x()), y: f64::from(event.client_y()) };
        let subject = columns.with_untracked(|columns| about(&shown, columns, at, place, board));
        if let Some(subject) = subject {
            event.prevent_default();
            board.offer(subject);
        }
    };
    let widths = move || {
        if drawing.get().is_narrow {
            return None;
        }
        let columns = columns.get();
        layout.with(|layout| {
            [Column::Name].into_iter().chain(columns).map(|c| layout.width(c)).collect::<Option<Vec<_>>>()
        })
    };
    view! {
        <div
            class=move || density.get().class()
            node_ref=scroller
            on:scroll=move |_| {
                if let Some(node) = scroller.get_untracked() {
                    let top = scroll_of(&node);
                    // A new window every few rows is enough.
                    if (top - scroll_top.get_untracked()).abs() >= density.get_untracked().row() {
                        scroll_top.set(top);
                    }
                }
            }
        >
            <table
                role="grid"
                aria-labelledby="table-title"
                aria-rowcount=move || shown.with(|s| s.as_ref().map_or(0, |s| s.rows.len() + 2))
                class:grid__table--fixed=move || widths().is_some()
                style:width=move || widths().map(|w| format!("max(100%, {}px)", w.iter().map(|w| u32::from(*w)).sum::<u32>()))
                on:keydown=on_key
                on:contextmenu=on_menu
                on:focusin=move |event| {
                    if let Some(at) = cell_of(&event) {
                        active.set(at);
                    }
                }
            >
                <colgroup>
                    {move || {
                        widths()
                            .unwrap_or_default()
                            .into_iter()
                            .map(|width| view! { <col style:width=format!("{width}px")/> })
                            .collect_view()
                    }}
                </colgroup>
                <thead>
                    <tr>
                        {move || {
                            let rows = shown.with(|s| s.as_ref().map_or_else(|| board.view.with(View::rows), |s| s.dimension).label());
                            [Column::Name]
                                .into_iter()
                                .chain(columns.get())
                                .map(|column| view! { <Head column label=label_of(column, rows) board there layout/> })
                                .collect_view()
                        }}
                    </tr>
                </thead>
                <tbody
                    on:click=on_click
                    inner_html=move || {
                        let (first, last) = span.get();
                        let columns = columns.get();
                        keep.before_rows();
                        let theme = drawing.get().theme;
                        let Some(shown) = shown.get() else { return String::new() };
                        let last = last.min(shown.rows.len());
                        let first = first.min(last);
                        let spacer = |rows: usize| {
                            #[expect(clippy::cast_precision_loss, reason = "pixels")]
                            let height = rows as f64 * row_height();
                            if rows == 0 || drawing.get_untracked().is_narrow {
                                String::new()
                            } else {
                                spacer_markup(height)
                            }
                        };
                        let drawn = Drawn { columns: &columns, theme, active: active.get_untracked() };
                        let rows = rows_markup(&shown, first..last, &drawn, board);
                        [spacer(first), rows, spacer(shown.rows.len() - last)].concat()
                    }
                >
                </tbody>
                <tfoot>{move || shown.get().map(|s| columns.with(|columns| total_view(&s, columns, board)))}</tfoot>
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

/// Rows are made anew with every change of figures or filters. Whoever works in them by keyboard stays on the same row,
/// or, where that is gone, in its place.
#[derive(Clone, Copy)]
struct KeepFocus {
    shown: Memo<Option<Arc<Shown>>>,
    active: RwSignal<(usize, usize)>,
    scroller: NodeRef<html::Div>,
    density: Memo<Density>,
    last: StoredValue<Option<Arc<Shown>>>,
}

impl KeepFocus {
    fn new(
        shown: Memo<Option<Arc<Shown>>>,
        active: RwSignal<(usize, usize)>,
        scroller: NodeRef<html::Div>,
        density: Memo<Density>,
    ) -> Self {
        Self { shown, active, scroller, density, last: StoredValue::new(None) }
    }

    /// To be called before the rows are made: says where the focus was, and puts it back when they are there.
    fn before_rows(self) {
        let now = self.shown.get_untracked();
        let before = self.last.get_value();
        self.last.set_value(now.clone());
        let (Some(now), Some(before)) = (now, before) else { return };
        let (row, column) = self.active.get_untracked();
        let next = (moved_to(&before.keys(), &now.keys(), row), column);
        let was_in = is_in_rows(self.scroller);
        if next == (row, column) && !was_in {
            return;
        }
        after_rows(move || {
            if self.active.try_set(next).is_none() && was_in {
                focus_cell(self.scroller, next, self.density.get_untracked().row());
            }
        });
    }
}

/// Where a row went: to its key's new place, or, if it is gone, to whatever took its place.
fn moved_to(before: &[&str], now: &[&str], row: usize) -> usize {
    let key = before.get(row);
    let found = key.and_then(|key| now.iter().position(|k| k == key));
    found.unwrap_or_else(|| row.min(now.len().saturating_sub(1)))
}

/// Runs when the rows that are being made are on the page.
fn after_rows(work: impl FnOnce() + 'static) {
    #[cfg(feature = "hydrate")]
    queue_microtask(work);
    #[cfg(not(feature = "hydrate"))]
    drop(work);
}

#[cfg(test)]
mod tests {
    use super::moved_to;

    #[test]
    fn the_focus_follows_its_row() {
        assert_eq!(moved_to(&["a", "b", "c"], &["c", "b", "a"], 0), 2);
        // Excluded: the next row is there now, or the last one.
        assert_eq!(moved_to(&["a", "b", "c"], &["a", "c"], 1), 1);
        assert_eq!(moved_to(&["a", "b"], &["a"], 1), 0);
        assert_eq!(moved_to(&["a"], &[], 0), 0);
    }
}
