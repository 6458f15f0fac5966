//! The button in the head of a column by which a table is sorted.

use leptos::prelude::*;

/// Where a column stands in the order of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorted {
    /// Largest (or Z) first.
    pub descending: bool,
    /// 1 for the first column, 2 for the one that sorts ties; none where only one sorts.
    pub place: Option<usize>,
}

impl Sorted {
    /// For `aria-sort` of the head: the order of the first column.
    pub fn aria(self) -> Option<&'static str> {
        (self.place.unwrap_or(1) == 1).then_some(if self.descending { "descending" } else { "ascending" })
    }
}

/// Shows the order, and is told of clicks with whether Shift was held.
#[component]
pub fn SortButton(
    /// What the column is.
    label: &'static str,
    /// What it means.
    title: String,
    /// How the table is sorted by it.
    #[prop(into)]
    sorted: Signal<Option<Sorted>>,
    /// What a click does.
    on_click: Callback<bool>,
) -> impl IntoView {
    view! {
        <button type="button" class="sort" title=title on:click=move |event| on_click.run(event.shift_key())>
            {label}
            <span aria-hidden="true">{move || sorted.get().map_or_else(String::new, arrow)}</span>
        </button>
    }
}

fn arrow(sorted: Sorted) -> String {
    let arrow = if sorted.descending { " ↓" } else { " ↑" };
    sorted.place.map_or_else(|| arrow.to_owned(), |place| format!("{arrow}{place}"))
}
