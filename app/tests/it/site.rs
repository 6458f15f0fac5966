//! The site in memory: the app's routes with fake services in context.

use crate::fakes::{Fake, somebody};
use app::Assets;
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use metrics::ports::{Campaigns, Figures};
use model::clock::Clock;
use model::ports::{Connections, Hooks, Identity, Imports};
use std::sync::Arc;
use tower::ServiceExt;

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

fn router(fake: Arc<Fake>) -> Router {
    let options = LeptosOptions::builder().output_name("windhover").build();
    let contexts = move || {
        let identity: Arc<dyn Identity> = fake.clone();
        let connections: Arc<dyn Connections> = fake.clone();
        let imports: Arc<dyn Imports> = fake.clone();
        let hooks: Arc<dyn Hooks> = fake.clone();
        let figures: Arc<dyn Figures> = fake.clone();
        let campaigns: Arc<dyn Campaigns> = fake.clone();
        provide_context(identity);
        provide_context(connections);
        provide_context(imports);
        provide_context(hooks);
        provide_context(figures);
        provide_context(campaigns);
        provide_context(Clock::from_setting(Some("2026-11-22")).unwrap());
        provide_context(app::api::Transport { secure: true });
    };
    let routes = generate_route_list(app::App);
    Router::new()
        .leptos_routes_with_context(&options, routes, contexts, || app::shell(Assets::default()))
        .with_state(options)
}

async fn send(fake: Arc<Fake>, mut request: Request<Body>, logged_in: bool) -> Answer {
    let caller = logged_in.then(somebody);
    let session = app::api::session::session_state(fake.as_ref(), caller.as_ref(), true).await;
    request.extensions_mut().insert(session);
    request.extensions_mut().insert(caller);
    let response: Response<Body> = router(fake).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// A page, as a browser asks for it.
pub async fn page(fake: &Arc<Fake>, path: &str, logged_in: bool) -> Answer {
    let request = Request::get(path).header("accept", "text/html").body(Body::empty()).unwrap();
    send(fake.clone(), request, logged_in).await
}

/// A server function, as our script calls it.
pub async fn call(fake: &Arc<Fake>, name: &str, content_type: &str, body: &str, logged_in: bool) -> Answer {
    let request = Request::post(format!("{}/{name}", app::api::PREFIX))
        .header("accept", "application/json")
        .header("content-type", content_type)
        .body(Body::from(body.to_owned()))
        .unwrap();
    send(fake.clone(), request, logged_in).await
}

/// A reading server function, as our script calls it.
pub async fn read(fake: &Arc<Fake>, name: &str, query: &str, logged_in: bool) -> Answer {
    let request = Request::get(format!("{}/{name}?{query}", app::api::PREFIX))
        .header("accept", "application/json")
        .body(Body::empty())
        .unwrap();
    send(fake.clone(), request, logged_in).await
}

/// A form that was sent without our script.
pub async fn plain_form(fake: &Arc<Fake>, name: &str, from: &str, body: &str) -> Answer {
    let request = Request::post(format!("{}/{name}", app::api::PREFIX))
        .header("accept", "text/html")
        .header("referer", format!("https://windhover.test{from}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap();
    send(fake.clone(), request, false).await
}
