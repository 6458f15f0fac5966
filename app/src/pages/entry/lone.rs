//! The frame of pages outside of a workspace.

use leptos::prelude::*;
use leptos_meta::Title;

/// One column in the middle, with the product's mark.
#[component]
pub fn Lone(
    /// The page's name.
    #[prop(into)]
    title: String,
    /// For more than a form.
    #[prop(optional)]
    wide: bool,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=title.clone()/>
        <main id="main" class="lone" class:lone--wide=wide tabindex="-1">
            <p class="lone__brand"><img src="/favicon.svg" alt="" width="28" height="28"/>"Windhover"</p>
            <h1 tabindex="-1">{title}</h1>
            {children()}
        </main>
    }
}
