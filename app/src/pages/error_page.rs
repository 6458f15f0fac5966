//! Pages about something that is not there or does not work.

use crate::api::ApiError;
use crate::ui::feedback::ErrorState;
use crate::ui::{LinkButton, Tone};
use leptos::prelude::*;
use leptos_meta::Title;

/// No such page, or nothing that this person may see.
#[component]
pub fn NotFound() -> impl IntoView {
    set_status(404);
    view! {
        <Title text="Not found"/>
        <main id="main" class="lone" tabindex="-1">
            <h1>"There is nothing here"</h1>
            <p class="muted">
                "The address may be mistyped, or what was here is gone, or it belongs to a workspace that you can't see."
            </p>
            <LinkButton href="/" tone=Tone::Primary>"To the start"</LinkButton>
        </main>
    }
}

/// A whole page could not be made.
#[component]
pub fn Broken(
    /// Why.
    error: ApiError,
) -> impl IntoView {
    set_status(error.kind.status());
    view! {
        <Title text="Error"/>
        <main id="main" class="lone" tabindex="-1">
            <h1>"This page can't be shown"</h1>
            <ErrorState error/>
        </main>
    }
}

/// The HTTP status of the page that is being rendered.
pub fn set_status(code: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(code)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(code))
    {
        response.set_status(code);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = code;
}
