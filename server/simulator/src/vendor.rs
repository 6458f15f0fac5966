//! What each stand-in is made of, and how it is put up.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::middleware;
use serde_json::Value;

use crate::faults;
use crate::state::SimulatorState;

/// A stand-in for one platform.
///
/// It is served below `/<slug>` of the simulator's address, with the paths of the vendor's own hosts below that
/// (Google Ads, the first one, at the top as well). Absolute addresses in its answers name the vendor's hosts:
/// a client that sends everything to the simulator maps those back.
#[derive(Debug)]
pub struct Vendor {
    /// As in the connector list, for example `campaign_monitor`.
    pub slug: &'static str,
    /// As people know it.
    pub name: &'static str,
    /// Its paths.
    pub routes: fn() -> Router<SimulatorState>,
    /// Whether a path (without the slug) is an API call, as opposed to signing in: faults without a path hit
    /// only those.
    pub is_api_call: fn(&str) -> bool,
    /// How it says that something is wrong.
    pub refuse: fn(&SimulatorState, &str, Trouble) -> Response<Body>,
    /// What a client needs, for the demo and tests.
    pub access: fn(&SimulatorState) -> Access,
}

/// What went wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Too many calls for a moment; the delay is in seconds.
    Throttled(u64),
    /// A long quota is used up; the delay is in seconds.
    Quota(u64),
    /// No credentials, or expired or revoked ones.
    Unauthenticated,
    /// This caller may not read this.
    PermissionDenied,
    /// The vendor's own fault: 500 or 503.
    Server(StatusCode),
}

/// What a client needs to call a stand-in: credentials and settings by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Names as in a credentials file, for example `refresh_token`.
    pub credentials: Vec<(&'static str, String)>,
    /// Names as a connector's settings, for example `login`.
    pub settings: Vec<(&'static str, String)>,
}

impl Access {
    /// The demo's client, and what its consent led to.
    pub fn of_client(granted: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let client = [
            ("client_id", crate::DEMO_CLIENT_ID.to_owned()),
            ("client_secret", crate::DEMO_CLIENT_SECRET.to_owned()),
        ];
        Self { credentials: client.into_iter().chain(granted).collect(), settings: Vec::new() }
    }
}

/// Puts the stand-ins up, each below its slug.
pub(crate) fn mount(vendors: &[&'static Vendor], state: &SimulatorState) -> Router<SimulatorState> {
    vendors.iter().fold(Router::new(), |router, &vendor| {
        router.nest(&format!("/{}", vendor.slug), guarded(vendor, state))
    })
}

/// A stand-in's paths behind the layer that lets faults happen.
pub(crate) fn guarded(vendor: &'static Vendor, state: &SimulatorState) -> Router<SimulatorState> {
    let layer = middleware::from_fn_with_state((state.clone(), vendor), faults::apply);
    (vendor.routes)().layer(layer)
}

/// The token behind `Authorization: Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty())
}

/// Works out an answer that takes a while, away from the threads that serve requests.
pub async fn worked_out(work: impl FnOnce() -> Response<Body> + Send + 'static) -> Response<Body> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "an answer failed");
        json(StatusCode::INTERNAL_SERVER_ERROR, &Value::Null)
    })
}

/// A JSON answer.
pub fn json(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The same answer with one more header; a value that can't stand in a header is left out.
pub fn with_header(mut response: Response<Body>, name: &'static str, value: impl ToString) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
        response.headers_mut().insert(name, value);
    }
    response
}
