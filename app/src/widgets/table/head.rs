//! The heads of the columns.

use super::columns::{Edge, Layout, name_of};
use crate::state::board::Board;
use crate::state::view::{Column, View};
use leptos::prelude::*;

/// The head of a column: a click sorts, Shift sorts ties; its edge sets the width.
#[component]
pub fn Head(
    /// Which.
    column: Column,
    /// What it says.
    label: &'static str,
    /// Who sorts.
    board: Board,
    /// Who remembers widths.
    layout: RwSignal<Layout>,
) -> impl IntoView {
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
            data-column=name_of(column)
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
            <Edge column layout/>
        </th>
    }
}
