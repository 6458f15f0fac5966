//! One folder per route.

pub mod dashboard;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! { <main>"Windhover"</main> }
}
