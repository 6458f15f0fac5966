//! Lets waiting faults happen to requests, and counts calls.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::Next;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::{Call, FaultKind};
use crate::oauth::grants::Grants;
use crate::state::SimulatorState;
use crate::vendor::{Trouble, Vendor};

/// Tells the API that rows shall carry members that are in no schema.
#[derive(Debug, Clone, Copy)]
pub struct Unknown;

/// Middleware for a vendor's routes.
pub async fn apply(
    State((state, vendor)): State<(SimulatorState, &'static Vendor)>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    *state.calls().entry(format!("/{}{}", vendor.slug, endpoint(&path))).or_insert(0) += 1;
    let is_api_call = (vendor.is_api_call)(&path);
    let call = Call { vendor: vendor.slug, path: &path, query: &query, is_api_call };
    let waiting = state.faults().take(&call);
    let Some(fault) = waiting.or_else(|| random(&state, is_api_call)) else {
        return next.run(request).await;
    };
    tracing::debug!(vendor = vendor.slug, %path, ?fault, "fault");
    let refuse = |trouble| (vendor.refuse)(&state, &path, trouble);
    match fault {
        FaultKind::ThrottleShort(seconds) => refuse(Trouble::Throttled(seconds)),
        FaultKind::QuotaDaily(seconds) => refuse(Trouble::Quota(seconds)),
        FaultKind::Unauthenticated => refuse(Trouble::Unauthenticated),
        FaultKind::PermissionDenied => refuse(Trouble::PermissionDenied),
        FaultKind::ServerError(status) => refuse(Trouble::Server(status)),
        FaultKind::HtmlError(status) => html(status),
        FaultKind::ExpireTokens => {
            state.all_grants(Grants::expire_all);
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
            state.all_grants(|grants| grants.revoke(token));
        }
        None => {
            state.all_grants(Grants::revoke_all);
        }
    }
}

fn random(state: &SimulatorState, is_api_call: bool) -> Option<FaultKind> {
    let rate = state.options().fault_rate;
    if rate <= 0.0 || !is_api_call {
        return None;
    }
    let draw = state.draw();
    if draw.of(1).unit() >= rate {
        return None;
    }
    // Throttles are not among them: many vendors don't tell how long to wait, and who is polite waits for a minute.
    let kinds = [FaultKind::CutBody, FaultKind::ServerError(StatusCode::INTERNAL_SERVER_ERROR)];
    Some(kinds[usize::from(draw.of(2).unit() < 0.5)].clone())
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
