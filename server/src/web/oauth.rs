//! Where vendors send the browser back to.

use super::Site;
use axum::extract::{Extension, Query, State};
use axum::response::Redirect;
use model::access::Caller;
use std::collections::BTreeMap;
use url::form_urlencoded::byte_serialize;

/// `GET /oauth/callback`: finishes the consent and sends the browser on, with the reason in `error` when it failed.
pub async fn callback(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Redirect {
    let Some(Extension(caller)) = caller else {
        return Redirect::to("/login");
    };
    match site.connections.finish_consent(&caller, query).await {
        Ok(path) => Redirect::to(&path),
        Err(error) => {
            let mut text = error.message;
            if let Some(hint) = error.hint {
                text = format!("{text} {hint}");
            }
            Redirect::to(&format!("/?error={}", byte_serialize(text.as_bytes()).collect::<String>()))
        }
    }
}
