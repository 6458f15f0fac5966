//! The cells of the grid in the document: which one an event is in, where it is, and what its menu is about.

use super::Shown;
use super::row::value_of;
use crate::charts::Place;
use crate::state::board::Board;
use crate::state::subject::Subject;
use crate::state::view::Column;
use leptos::html;
use leptos::prelude::*;

/// What a cell's menu is about.
pub(super) fn about(
    shown: &Shown,
    columns: &[Column],
    (row, column): (usize, usize),
    place: Place,
    board: Board,
) -> Option<Subject> {
    let found = shown.rows.get(row)?;
    let measure = match column.checked_sub(1).and_then(|at| columns.get(at)) {
        Some(Column::Measure(measure)) => Some(*measure),
        Some(Column::Name | Column::Change) | None => None,
    };
    let about = measure.unwrap_or_else(|| board.view.with_untracked(|view| view.measure));
    let subject = Subject {
        value: measure.map(|measure| value_of(shown, found, measure)),
        is_row: true,
        ..Subject::new(found.label.clone(), about, place)
    };
    Some(subject.of([(shown.dimension, found.key.clone())]))
}

/// Row and column of the cell under the pointer.
pub(super) fn cell_at(event: &leptos::ev::MouseEvent) -> Option<(usize, usize)> {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let target: web_sys::Element = event.target()?.dyn_into().ok()?;
        parse_cell(&target.closest("[data-cell]").ok()??)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        None
    }
}

/// What of a row was clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser clicks"))]
pub(super) enum Part {
    /// The arrow that goes down.
    Drill,
    /// Anything else.
    Row,
}

/// The row under the pointer, and what of it.
pub(super) fn row_at(event: &leptos::ev::MouseEvent) -> Option<(usize, Part)> {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let target: web_sys::Element = event.target()?.dyn_into().ok()?;
        let row = target.closest("[data-row]").ok()??.get_attribute("data-row")?.parse().ok()?;
        let is_drill = target.closest(".grid__drill").ok()?.is_some();
        Some((row, if is_drill { Part::Drill } else { Part::Row }))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        None
    }
}

/// Lets Tab reach that cell and no other.
pub(super) fn reach_by_tab(scroller: NodeRef<html::Div>, (row, column): (usize, usize)) {
    #[cfg(feature = "hydrate")]
    {
        let Some(node) = scroller.get_untracked() else { return };
        let set = |selector: &str, value: &str| {
            if let Ok(Some(cell)) = node.query_selector(selector) {
                let _ = cell.set_attribute("tabindex", value);
            }
        };
        set("[data-cell][tabindex='0']", "-1");
        set(&format!("[data-cell='{row}-{column}']"), "0");
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (scroller, row, column);
}

/// The middle of a cell, in the window.
pub(super) fn place_of_cell(scroller: NodeRef<html::Div>, (row, column): (usize, usize)) -> Place {
    #[cfg(feature = "hydrate")]
    {
        let find = || {
            scroller.get_untracked()?.query_selector(&format!("[data-cell='{row}-{column}']")).ok().flatten()
        };
        find().map_or_else(Place::default, |cell| {
            let rect = cell.get_bounding_client_rect();
            Place { x: rect.left() + rect.width() / 2.0, y: rect.top() + rect.height() / 2.0 }
        })
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (scroller, row, column);
        Place::default()
    }
}

#[cfg(feature = "hydrate")]
fn parse_cell(cell: &web_sys::Element) -> Option<(usize, usize)> {
    let at = cell.get_attribute("data-cell")?;
    let (row, column) = at.split_once('-')?;
    Some((row.parse().ok()?, column.parse().ok()?))
}

/// Row and column of the cell that got the focus.
pub(super) fn cell_of(event: &leptos::ev::FocusEvent) -> Option<(usize, usize)> {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let target: web_sys::Element = event.target()?.dyn_into().ok()?;
        parse_cell(&target)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        None
    }
}

/// Whether the keyboard is in the rows.
pub(super) fn is_in_rows(scroller: NodeRef<html::Div>) -> bool {
    #[cfg(feature = "hydrate")]
    {
        let Some(node) = scroller.get_untracked() else { return false };
        document()
            .active_element()
            .is_some_and(|focused| node.contains(Some(&focused)) && focused.has_attribute("data-cell"))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = scroller;
        false
    }
}

/// Puts the focus on a cell; in a long table its row is scrolled into the window first.
pub(super) fn focus_cell(scroller: NodeRef<html::Div>, (row, column): (usize, usize), row_height: f64) {
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
            node.set_scroll_top((row as f64 * row_height) as i32);
            // The new rows are there after the scroll event and one frame.
            request_animation_frame(move || {
                request_animation_frame(move || {
                    let _ = focus(&element);
                });
            });
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (scroller, row, column, row_height);
}

/// How far the rows are scrolled.
pub(super) fn scroll_of(node: &web_node::Div) -> f64 {
    f64::from(node.scroll_top())
}

/// The element type behind a `div`, named once for both sides.
mod web_node {
    pub type Div = leptos::web_sys::HtmlDivElement;
}
