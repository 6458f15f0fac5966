//! What every server function does first: who is calling, and may they; and what all do last: the right HTTP status.

use super::{ApiError, cookie};
use http::header::{ACCEPT, CACHE_CONTROL, RETRY_AFTER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use model::AppError;
use model::access::{Caller, Member, Origin, Role};
use model::ports::{Identity, SessionToken};
use std::future::Future;
use std::sync::Arc;

/// How this site is reached; provided by the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// Over https, perhaps ended by a proxy in front.
    pub secure: bool,
}

/// A thing that the binary put into the context: a port, the clock.
///
/// # Errors
/// When it is not there: the page is rendered outside a request (while routes are listed), or the binary forgot it.
pub fn provided<T: Clone + 'static>() -> Result<T, AppError> {
    use_context::<T>().ok_or_else(|| {
        let name = std::any::type_name::<T>();
        AppError::internal(format!("no {name} in the context"))
    })
}

/// The person behind the request.
///
/// # Errors
/// When nobody is logged in.
pub fn caller() -> Result<Caller, AppError> {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<Option<Caller>>().cloned().flatten())
        .or_else(|| use_context::<Parts>().and_then(|parts| parts.extensions.get::<Caller>().cloned()))
        .ok_or_else(AppError::unauthenticated)
}

/// Where the request comes from; empty outside a request.
pub fn origin() -> Origin {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<Origin>().cloned()).unwrap_or_default()
}

/// Proof that the caller may act in that workspace with at least that role.
///
/// # Errors
/// When nobody is logged in, or the workspace is not theirs, or the role is too small.
pub async fn member(slug: &str, needed: Role) -> Result<Member, AppError> {
    let caller = caller()?;
    let identity = provided::<Arc<dyn Identity>>()?;
    identity.authorise(&caller, slug, needed).await
}

/// Runs the body of a server function and puts its error's status on the response (a server function's error would
/// otherwise always be a 500). Also used while a page is rendered, so that a page about nothing is a 404.
///
/// # Errors
/// Those of `work`.
pub async fn answer<T>(work: impl Future<Output = Result<T, AppError>>) -> Result<T, ApiError> {
    let response = use_context::<ResponseOptions>();
    let is_plain_form = use_context::<Parts>().is_some_and(|parts| is_plain_form(&parts));
    let result = work.await;
    let Some(response) = response else {
        return result.map_err(ApiError);
    };
    response.insert_header(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Err(error) = &result
        && !is_plain_form
    {
        if let Ok(status) = StatusCode::from_u16(error.kind.status()) {
            response.set_status(status);
        }
        if let Some(seconds) = error.retry_after {
            response.insert_header(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
    result.map_err(ApiError)
}

/// Whether a form was sent without our script: then the answer is a redirect back to the page, which shows the error.
fn is_plain_form(parts: &Parts) -> bool {
    parts.uri.path().starts_with(super::PREFIX) && accepts_html(parts)
}

fn accepts_html(parts: &Parts) -> bool {
    parts
        .headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/html"))
}

/// Sends a form that was sent without our script on to a page; with our script the page does that itself.
pub fn redirect_plain_form(path: &str) {
    if use_context::<Parts>().is_some_and(|parts| is_plain_form(&parts)) {
        leptos_axum::redirect(path);
    }
}

/// Logs the browser in.
pub fn set_session_cookie(token: &SessionToken, secure: bool) {
    append(SET_COOKIE, &cookie::opened(&token.0, secure));
}

/// Logs the browser out.
pub fn clear_session_cookie(secure: bool) {
    append(SET_COOKIE, &cookie::closed(secure));
}

fn append(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        response.append_header(name, value);
    }
}

/// Whether cookies may be `Secure`; false when the binary says nothing.
pub fn is_secure() -> bool {
    use_context::<Transport>().is_some_and(|transport| transport.secure)
}
