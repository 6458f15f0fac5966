//! The WebAssembly entry.

use leptos::mount::hydrate_from_async;
use leptos::prelude::document;
use wasm_bindgen::UnwrapThrowExt;
use wasm_bindgen::prelude::wasm_bindgen;

/// Brings the server-rendered page to life.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    let body = document().body().unwrap_throw();
    // Waits for the module that the page may be in.
    hydrate_from_async(body.clone(), app::App).await.forget();
    // Tells tests, and anybody who looks, that the page reacts now.
    body.set_attribute("data-hydrated", "true").unwrap_throw();
}
