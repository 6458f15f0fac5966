//! Pages, server functions and the few plain routes beside them.

pub mod connections;
pub mod figures;
pub mod guard;
pub mod health;
pub mod hooks;
pub mod live;
pub mod oauth;
pub mod pages;
pub mod reply;
pub mod uploads;

use crate::assets::{self, Bundle};
use crate::lifecycle::Lifecycle;
use axum::Router;
use axum::extract::FromRef;
use axum::http::{HeaderName, HeaderValue, Request};
use axum::routing::{get, post};
use leptos::config::LeptosOptions;
use metrics::ports::{Campaigns, Details, Figures};
use model::clock::Clock;
use model::ports::{Connections, Hooks, Identity, Imports};
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

/// Everything that a request may need. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct Site {
    /// Users, sessions, workspaces.
    pub identity: Arc<dyn Identity>,
    /// Connections to vendors.
    pub connections: Arc<dyn Connections>,
    /// What vendors push.
    pub hooks: Arc<dyn Hooks>,
    /// File imports.
    pub imports: Arc<dyn Imports>,
    /// Figures.
    pub figures: Arc<dyn Figures>,
    /// Unified campaigns.
    pub campaigns: Arc<dyn Campaigns>,
    /// Things one by one.
    pub details: Arc<dyn Details>,
    /// Announcements for open pages.
    pub live: live::Hub,
    /// The browser bundle.
    pub bundle: Bundle,
    /// Time.
    pub clock: Clock,
    /// How we are reached, and what is allowed.
    pub settings: Arc<SiteSettings>,
    /// Whether the database answers.
    pub readiness: health::Readiness,
    /// Stopping.
    pub lifecycle: Lifecycle,
    /// What Leptos wants to know.
    pub leptos: LeptosOptions,
}

/// What requests need of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteSettings {
    /// Browsers reach us over HTTPS.
    pub is_secure: bool,
    /// Origin of `public_url`, accepted beside the request's own host.
    pub public_origin: Option<String>,
    /// Largest upload in bytes.
    pub upload_limit: u64,
    /// Pages reload when the server was restarted.
    pub dev_reload: bool,
}

/// The whole site.
pub fn router(site: Site) -> Router {
    let plain = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/assets/{*path}", get(assets::serve_hashed))
        .route("/oauth/callback", get(oauth::callback))
        .route("/hooks/{token}", get(hooks::greet).post(hooks::take).layer(hooks::limit()))
        .route("/api/w/{slug}/cube", get(figures::cube))
        .route("/api/w/{slug}/frames", post(figures::frames))
        .route("/api/w/{slug}/versions", get(figures::versions))
        .route("/api/w/{slug}/health", get(connections::health))
        .route("/api/w/{slug}/live", get(live::socket))
        .route("/api/w/{slug}/rates", post(figures::load_rates))
        .route("/api/w/{slug}/imports/upload", post(uploads::upload));
    let request_id = HeaderName::from_static("x-request-id");
    let compressible = SizeAbove::new(256)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("font/"))
        .and(NotForContentType::SSE);
    pages::mount(plain, &site)
        .layer(axum::middleware::from_fn_with_state(site.clone(), guard::identify))
        .layer(axum::middleware::from_fn_with_state(site.clone(), guard::same_origin))
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span))
                .layer(PropagateRequestIdLayer::new(request_id))
                .layer(CatchPanicLayer::custom(reply::panicked))
                .layer(
                    CompressionLayer::new()
                        .quality(tower_http::CompressionLevel::Fastest)
                        .compress_when(compressible),
                )
                .layer(header("x-content-type-options", "nosniff"))
                .layer(header("referrer-policy", "same-origin"))
                .layer(header("x-frame-options", "DENY"))
                .layer(header("cross-origin-opener-policy", "same-origin")),
        )
        .with_state(site)
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}

/// One span per request, with its id; neither query (it can hold codes) nor cookies are logged.
fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default();
    // The address of a hook is a secret.
    let path = request.uri().path();
    let path = if path.starts_with("/hooks/") { "/hooks/…" } else { path };
    tracing::info_span!("request", %id, method = %request.method(), path)
}
