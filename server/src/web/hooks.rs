//! Where vendors push to. Whoever calls has no session: the address itself is the proof, and a signature where the
//! vendor signs.

use super::Site;
use super::reply::Refusal;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use model::hooks::DeliveryOutcome;

/// The largest delivery: a thousand events of some kilobytes each.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Larger bodies than that are answered with 413.
pub fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MOST_BYTES)
}

/// `GET /hooks/{token}`: vendors ask whether anybody is there before they push. Tells nothing about the address.
pub async fn greet() -> StatusCode {
    StatusCode::OK
}

/// `POST /hooks/{token}`: 200 when it was taken, 401 when it is not signed by whom we trust, 400 when it can't be read,
/// 404 when there is no such address. What was refused leaves a trace at the connection.
pub async fn take(
    State(site): State<Site>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let named = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    let headers = headers.iter().filter_map(named).collect();
    // On a task of its own: what was begun is finished, also when the vendor hangs up.
    let taking = site.lifecycle.tasks.spawn(async move { site.hooks.take(&token, headers, &body).await });
    let outcome = match taking.await {
        Ok(outcome) => outcome?,
        Err(lost) => {
            tracing::error!(%lost, "taking a delivery panicked");
            return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response());
        }
    };
    Ok(match outcome {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(DeliveryOutcome::Taken) => StatusCode::OK.into_response(),
        Some(DeliveryOutcome::NotGenuine(why)) => (StatusCode::UNAUTHORIZED, why).into_response(),
        Some(DeliveryOutcome::Unreadable(why)) => (StatusCode::BAD_REQUEST, why).into_response(),
    })
}
