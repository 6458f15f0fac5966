//! Tables that scroll by themselves.

use leptos::prelude::*;

/// A table in a region that scrolls sideways, also by keyboard. `children` are `<thead>` and `<tbody>`.
#[component]
pub fn TableScroll(
    /// What the table shows.
    #[prop(into)]
    label: String,
    /// On phones each row becomes a small block: its `<th>` (or the cell with the class `cell--main`) is the heading,
    /// the other cells follow with their `data-label`. For tables that fit a phone this way.
    #[prop(optional)]
    stacks: bool,
    /// `<thead>` and `<tbody>`.
    children: Children,
) -> impl IntoView {
    let caption = label.clone();
    view! {
        <div class="table-scroll" role="region" aria-label=label tabindex="0">
            <table class="table" class:table--stacks=stacks>
                <caption class="visually-hidden">{caption}</caption>
                {children()}
            </table>
        </div>
    }
}
