//! Sends a file to the server as it is, with progress. Nothing is read into memory here.

use crate::api::ApiError;
use crate::ui::PickedFile;
use leptos::prelude::*;
use model::imports::ImportPreview;

/// Sends a file to the import route of a workspace. `progress` follows from 0 to 1.
///
/// # Errors
/// Those of the server, and a lost connection.
pub async fn upload(
    slug: &str,
    file: PickedFile,
    progress: RwSignal<f64>,
) -> Result<ImportPreview, ApiError> {
    #[cfg(feature = "hydrate")]
    {
        let name: String = url::form_urlencoded::byte_serialize(file.name.as_bytes()).collect();
        let address = format!("/api/w/{slug}/imports/upload?name={name}");
        let (status, text) = xhr::send(&address, &file, progress).await.ok_or_else(ApiError::unreachable)?;
        xhr::understand(status, &text)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (slug, file, progress);
        Err(ApiError::unreachable())
    }
}

/// The text of a small file.
///
/// # Errors
/// When the browser can't read it (any more).
pub async fn text_of(file: &PickedFile) -> Result<String, ApiError> {
    #[cfg(feature = "hydrate")]
    let text = match file.file() {
        Some(file) => {
            wasm_bindgen_futures::JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string())
        }
        None => None,
    };
    #[cfg(not(feature = "hydrate"))]
    let text = {
        let _ = file;
        None
    };
    text.ok_or_else(|| {
        ApiError(
            model::AppError::invalid("The browser can't read this file.")
                .with_hint("Choose it again; it may have moved."),
        )
    })
}

#[cfg(feature = "hydrate")]
mod xhr {
    use crate::api::ApiError;
    use crate::ui::PickedFile;
    use js_sys::{Function, Promise};
    use leptos::prelude::*;
    use model::AppError;
    use serde::de::DeserializeOwned;
    use wasm_bindgen::closure::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{ProgressEvent, XmlHttpRequest};

    /// Status and body; none when the connection broke.
    pub async fn send(address: &str, file: &PickedFile, progress: RwSignal<f64>) -> Option<(u16, String)> {
        let request = XmlHttpRequest::new().ok()?;
        let file = file.file()?;
        request.open_with_async("POST", address, true).ok()?;
        request.set_request_header("Content-Type", "application/octet-stream").ok()?;
        // `fetch` can't tell how much of a body has been sent.
        let on_progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            if event.length_computable() && event.total() > 0.0 {
                // The page may be gone while the file is still sent.
                let _ = progress.try_set(event.loaded() / event.total());
            }
        });
        request.upload().ok()?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
        let finished = Promise::new(&mut |resolve: Function, reject: Function| {
            request.set_onload(Some(&resolve));
            request.set_onerror(Some(&reject));
            request.set_onabort(Some(&reject));
        });
        request.send_with_opt_blob(Some(&file)).ok()?;
        let outcome: Result<JsValue, JsValue> = wasm_bindgen_futures::JsFuture::from(finished).await;
        drop(on_progress);
        outcome.ok()?;
        Some((request.status().ok()?, request.response_text().ok()??))
    }

    /// The answer, or the server's error, or a plain one when something in between answered.
    pub fn understand<T: DeserializeOwned>(status: u16, text: &str) -> Result<T, ApiError> {
        if (200..300).contains(&status) {
            return serde_json::from_str(text).map_err(|_| ApiError::unreachable());
        }
        Err(ApiError(serde_json::from_str::<AppError>(text).unwrap_or_else(|_| match status {
            413 => {
                AppError::invalid("The file is too large for the server in between.").with_hint(
                    "Ask the admin to raise the proxy's limit, or load the file on the command line.",
                )
            }
            _ => ApiError::unreachable().0,
        })))
    }
}
