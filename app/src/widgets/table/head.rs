//! The heads of the columns.

use super::columns::{Edge, Layout, name_of};
use crate::state::board::Board;
use crate::state::view::Column;
use crate::ui::{SortButton, Sorted};
use leptos::prelude::*;
use metrics::Measure;

/// The head of a column: a click sorts, Shift sorts ties; its edge sets the width.
#[component]
pub fn Head(
    /// Which.
    column: Column,
    /// What it says.
    label: &'static str,
    /// Who sorts.
    board: Board,
    /// The measures that somebody reports.
    there: Memo<Vec<Measure>>,
    /// Who remembers widths.
    layout: RwSignal<Layout>,
) -> impl IntoView {
    let sorted = Memo::new(move |_| {
        let sort = board.view.with(|view| there.with(|there| view.effective_sort(there)));
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
                on_click=Callback::new(move |shift| {
                    let there = there.get_untracked();
                    board.change(|v| v.sort_by(column, shift, &there));
                })
            />
            <Edge column layout/>
        </th>
    }
}
