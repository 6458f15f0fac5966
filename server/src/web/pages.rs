//! The Leptos app: pages and server functions, with the services that they call in context.

use super::Site;
use super::reply::Refusal;
use crate::assets;
use app::api::Transport;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request, Response, header};
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
        .fallback(not_found)
}

/// Everything that server functions and pages take from the context.
fn provide_services(site: &Site) {
    provide_context(site.identity.clone());
    provide_context(site.connections.clone());
    provide_context(site.imports.clone());
    provide_context(site.figures.clone());
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
    if response.status() == axum::http::StatusCode::OK {
        *response.status_mut() = axum::http::StatusCode::NOT_FOUND;
    }
    response
}
