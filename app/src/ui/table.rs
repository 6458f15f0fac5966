//! Tables that scroll by themselves.

use leptos::prelude::*;

/// A table in a region that scrolls sideways, also by keyboard. `children` are `<thead>` and `<tbody>`.
#[component]
pub fn TableScroll(
    /// What the table shows.
    #[prop(into)]
    label: String,
    /// `<thead>` and `<tbody>`.
    children: Children,
) -> impl IntoView {
    let caption = label.clone();
    view! {
        <div class="table-scroll" role="region" aria-label=label tabindex="0">
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                {children()}
            </table>
        </div>
    }
}
