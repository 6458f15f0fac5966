//! The Leptos app: pages and server functions, with the services that they call in context.

use super::Site;
use super::reply::{Refusal, reference};
use crate::assets;
use app::api::Transport;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use model::AppError;

/// Adds pages and server functions to the plain routes.
pub fn mount(router: Router<Site>, site: &Site) -> Router<Site> {
    let routes = generate_route_list(app::App);
    let links = site.bundle.links(site.settings.dev_reload);
    let contexts = {
        let site = site.clone();
        move || provide_services(&site)
    };
    router
        .leptos_routes_with_context(site, routes, contexts, move || app::shell(links.clone()))
        .layer(axum::middleware::from_fn(honest_status))
        .fallback(not_found)
}

/// Largest error of a server function.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// A server function whose arguments can't be read fails before its body, which would set the status, and then always
/// with a 500. The error itself knows better.
async fn honest_status(request: Request<Body>, next: Next) -> Response<Body> {
    let is_function = request.uri().path().starts_with(app::api::PREFIX);
    let response = next.run(request).await;
    if !is_function || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_ERROR_BYTES).await else {
        return Refusal(AppError::internal(reference())).into_response();
    };
    let status =
        serde_json::from_slice::<AppError>(&bytes).map(|error| StatusCode::from_u16(error.kind.status()));
    if let Ok(Ok(status)) = status {
        head.status = status;
    }
    Response::from_parts(head, Body::from(bytes))
}

/// Everything that server functions and pages take from the context.
fn provide_services(site: &Site) {
    provide_context(site.identity.clone());
    provide_context(site.connections.clone());
    provide_context(site.hooks.clone());
    provide_context(site.imports.clone());
    provide_context(site.figures.clone());
    provide_context(site.campaigns.clone());
    provide_context(site.details.clone());
    provide_context(site.clock.clone());
    provide_context(Transport { secure: site.settings.is_secure });
    if let (Some(nonce), Some(options)) =
        (leptos::nonce::use_nonce(), leptos::prelude::use_context::<ResponseOptions>())
        && let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce))
    {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        options.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Only our own files; inline scripts only with this answer's nonce; WebAssembly may compile.
fn content_security_policy(nonce: &leptos::nonce::Nonce) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

/// A file of `public/`, a JSON refusal below `/api`, else the app's own page for addresses that do not exist.
async fn not_found(State(site): State<Site>, headers: HeaderMap, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    if let Some(file) = assets::serve_public(&site.bundle, path, &headers) {
        return file;
    }
    if path.starts_with("/api/") {
        return Refusal(AppError::not_found("There is no such call.")).into_response();
    }
    let links = site.bundle.links(site.settings.dev_reload);
    let contexts = {
        let site = site.clone();
        move || provide_services(&site)
    };
    let render = leptos_axum::render_app_async_with_context(contexts, move || app::shell(links.clone()));
    let mut response = render(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
