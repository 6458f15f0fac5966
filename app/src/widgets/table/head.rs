//! The heads of the columns.

use super::columns::{Edge, Layout, name_of};
use crate::state::board::Board;
use crate::state::view::{Column, View};
use crate::ui::{SortButton, Sorted};
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
    let sorted = Memo::new(move |_| {
        let sort = board.view.with(View::effective_sort);
        let at = sort.iter().position(|s| s.column == column)?;
        Some(Sorted { descending: sort[at].descending, place: (sort.len() > 1).then_some(at + 1) })
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
            aria-sort=move || sorted.get().and_then(Sorted::aria)
        >
            <SortButton
                label
                title=format!("{explain} · Shift-click sorts ties")
                sorted
                on_click=Callback::new(move |shift| board.change(|v| v.sort_by(column, shift)))
            />
            <Edge column layout/>
        </th>
    }
}
