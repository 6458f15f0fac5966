//! The WebAssembly entry.

use leptos::mount::hydrate_from_async;
use leptos::prelude::document;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, UnwrapThrowExt};

/// Brings the server-rendered page to life.
///
/// # Errors
/// When the module with the page's code does not come: then nothing is touched, and the document says so.
#[wasm_bindgen]
pub async fn hydrate() -> Result<(), JsError> {
    console_error_panic_hook::set_once();
    let body = document().body().unwrap_throw();
    if body.has_attribute("data-later") && !app::pages::load_other_pages().await {
        return Err(JsError::new("the module of this page did not load"));
    }
    hydrate_from_async(body.clone(), app::App).await.forget();
    // Tells tests, and anybody who looks, that the page reacts now.
    body.set_attribute("data-hydrated", "true").unwrap_throw();
    Ok(())
}
