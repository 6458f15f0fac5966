//! Lets waiting faults happen to requests, and counts calls.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::Next;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::{FaultKind, is_api_call};
use crate::google_ads::STREAM;
use crate::google_ads::errors::ApiError;
use crate::state::SimulatorState;

/// Tells the API that rows shall carry members that are in no schema.
#[derive(Debug, Clone, Copy)]
pub struct Unknown;

/// Middleware for all vendors' routes.
pub async fn apply(State(state): State<SimulatorState>, mut request: Request, next: Next) -> Response<Body> {
    let path = request.uri().path().to_owned();
    *state.calls().entry(endpoint(&path)).or_insert(0) += 1;
    let waiting = state.faults().take(&path);
    let Some(fault) = waiting.or_else(|| random(&state, &path)) else {
        return next.run(request).await;
    };
    tracing::debug!(%path, ?fault, "fault");
    match fault {
        FaultKind::ThrottleShort(seconds) => refuse(&state, &path, &ApiError::throttled(seconds)),
        FaultKind::QuotaDaily(seconds) => refuse(&state, &path, &ApiError::daily_quota(seconds)),
        FaultKind::PermissionDenied => refuse(&state, &path, &ApiError::permission_denied()),
        FaultKind::ServerError(status) => refuse(&state, &path, &ApiError::internal(status)),
        FaultKind::HtmlError(status) => html(status),
        FaultKind::ExpireTokens => {
            state.grants().expire_all();
            next.run(request).await
        }
        FaultKind::Revoke(token) => {
            revoke(&state, token.as_deref());
            next.run(request).await
        }
        FaultKind::Slow(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        FaultKind::UnknownField => {
            request.extensions_mut().insert(Unknown);
            next.run(request).await
        }
        FaultKind::CutBody => halve(next.run(request).await, true).await,
        FaultKind::TruncatedJson => halve(next.run(request).await, false).await,
    }
}

/// Revokes one refresh token or all.
pub fn revoke(state: &SimulatorState, token: Option<&str>) {
    match token {
        Some(token) => {
            state.grants().revoke(token);
        }
        None => state.grants().revoke_all(),
    }
}

fn random(state: &SimulatorState, path: &str) -> Option<FaultKind> {
    let rate = state.options().fault_rate;
    if rate <= 0.0 || !is_api_call(path) {
        return None;
    }
    let draw = state.draw();
    if draw.of(1).unit() >= rate {
        return None;
    }
    let kinds = [FaultKind::ThrottleShort(2), FaultKind::ServerError(StatusCode::INTERNAL_SERVER_ERROR)];
    Some(kinds[usize::from(draw.of(2).unit() < 0.5)].clone())
}

fn refuse(state: &SimulatorState, path: &str, error: &ApiError) -> Response<Body> {
    let version = path.split('/').nth(1).unwrap_or_default();
    error.respond(version, path.ends_with(STREAM), &state.request_id())
}

fn html(status: StatusCode) -> Response<Body> {
    let page = format!(
        "<!DOCTYPE html><html lang=en><title>Error {0}</title><p><b>{0}.</b> The server could not complete your \
         request.</html>",
        status.as_u16()
    );
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

/// Sends half of the body: as a whole answer, or with the connection cut behind it.
async fn halve(response: Response<Body>, cut: bool) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    if !cut {
        return Response::from_parts(parts, Body::from(half));
    }
    // The pause lets the first half out of the server's buffer: an error right behind it would drop both.
    let cut = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut by the simulator"))
    };
    let first: Result<Bytes, std::io::Error> = Ok(half);
    let chunks = stream::iter([first]).chain(stream::once(cut));
    Response::from_parts(parts, Body::from_stream(chunks))
}

/// The path without ids, under which calls are counted.
fn endpoint(path: &str) -> String {
    let plain = |segment: &str| {
        let id = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit());
        if id { "{id}".to_owned() } else { segment.to_owned() }
    };
    path.split('/').map(plain).collect::<Vec<_>>().join("/")
}
