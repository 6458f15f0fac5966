//! Google Search Console, version 3.

mod query;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::faults::Unknown;
use crate::google::{Refused, is_sign_in, signed_in};
use crate::google_ads::not_found;
use crate::quota::Quota;
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, json as json_answer, worked_out};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "search_console",
    name: "Google Search Console",
    routes,
    is_api_call: |path| !is_sign_in(path),
    refuse: |_, _, trouble| refused(trouble).answer(),
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token())]),
};

/// Queries per minute of each site. Those of the user count as much in all, which a demo with six sites could not
/// live with.
const MINUTE: Quota = Quota { calls: 1_200, seconds: 60 };

/// A site that was added and never verified.
const UNVERIFIED: &str = "https://old-shop.example/";

/// Accounts whose whole domain is the property; the others are an address.
const DOMAINS: usize = 3;

fn routes() -> Router<SimulatorState> {
    crate::oauth::routes()
        .route("/webmasters/v3/sites", get(sites))
        .route("/webmasters/v3/sites/{site}", get(site))
        .route("/webmasters/v3/sites/{site}/sitemaps", get(sitemaps))
        .route("/webmasters/v3/sites/{site}/searchAnalytics/query", post(analytics))
        .fallback(|| async { not_found() })
}

fn refused(trouble: Trouble) -> Refused {
    match trouble {
        Trouble::Throttled(_) => too_fast(),
        Trouble::Quota(_) => Refused::new(
            StatusCode::FORBIDDEN,
            "Search Analytics load quota exceeded. Learn about usage limits: \
             https://developers.google.com/webmaster-tools/limits",
        )
        .because("usageLimits", "quotaExceeded"),
        Trouble::Unauthenticated => unauthenticated(),
        Trouble::PermissionDenied => denied(""),
        Trouble::Server(status) => Refused::server(status).because("global", "backendError"),
    }
}

fn too_fast() -> Refused {
    Refused::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Search Analytics QPS quota exceeded. Learn about usage limits: \
         https://developers.google.com/webmaster-tools/limits",
    )
    .because("usageLimits", "rateLimitExceeded")
}

fn unauthenticated() -> Refused {
    Refused::unauthenticated().because("global", "authError")
}

fn denied(site: &str) -> Refused {
    let message = format!(
        "User does not have sufficient permission for site '{site}'. See also: \
         https://support.google.com/webmasters/answer/2451999."
    );
    Refused::new(StatusCode::FORBIDDEN, message).because("global", "forbidden")
}

/// How Search Console spells an account's site.
fn site_url(state: &SimulatorState, account: usize) -> String {
    let site = state.world().accounts[account].template.site();
    if account < DOMAINS {
        format!("sc-domain:{}", site.trim_start_matches("https://www."))
    } else {
        format!("{site}/")
    }
}

/// The account whose site it is, for a caller who may read it.
fn account_of(state: &SimulatorState, headers: &HeaderMap, site: &str) -> Result<usize, Refused> {
    signed_in(state, headers).map_err(|_| unauthenticated())?;
    let found = (0..state.world().accounts.len()).find(|account| site_url(state, *account) == site);
    found.ok_or_else(|| match url::Url::parse(site) {
        Ok(_) => denied(site),
        Err(_) => {
            let message = format!("'{site}' is not a valid Search Console site URL.");
            Refused::bad(message).because("global", "invalidParameter")
        }
    })
}

fn answer(result: Result<Value, Refused>) -> Response<Body> {
    match result {
        Ok(body) => json_answer(StatusCode::OK, &body),
        Err(error) => error.answer(),
    }
}

async fn sites(State(state): State<SimulatorState>, headers: HeaderMap) -> Response<Body> {
    answer(signed_in(&state, &headers).map_err(|_| unauthenticated()).map(|()| {
        let levels = ["siteOwner", "siteFullUser", "siteRestrictedUser"];
        let own = (0..state.world().accounts.len()).map(|account| {
            let level = levels[account % levels.len()];
            json!({"siteUrl": site_url(&state, account), "permissionLevel": level})
        });
        let other = json!({"siteUrl": UNVERIFIED, "permissionLevel": "siteUnverifiedUser"});
        json!({"siteEntry": own.chain([other]).collect::<Vec<_>>()})
    }))
}

async fn site(
    State(state): State<SimulatorState>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let account = account_of(&state, &headers, &site);
    answer(account.map(|_| json!({"siteUrl": site, "permissionLevel": "siteOwner"})))
}

async fn sitemaps(
    State(state): State<SimulatorState>,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    answer(account_of(&state, &headers, &site).map(|account| {
        let of = state.world().accounts[account].template;
        let pages = of.pages().len().to_string();
        json!({"sitemap": [{
            "path": format!("{}/sitemap.xml", of.site()),
            "lastSubmitted": "2025-02-11T08:15:22.904Z",
            "isPending": false,
            "isSitemapsIndex": false,
            "type": "sitemap",
            "lastDownloaded": state.counted_at().format("%Y-%m-%dT03:12:40.117Z").to_string(),
            "warnings": "0",
            "errors": "0",
            "contents": [{"type": "web", "submitted": pages, "indexed": "0"}],
        }]})
    }))
}

async fn analytics(
    State(state): State<SimulatorState>,
    Path(site): Path<String>,
    unknown: Option<Extension<Unknown>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let account = match account_of(&state, &headers, &site) {
        Ok(account) => account,
        Err(error) => return error.answer(),
    };
    if state.count("search_console", &site, MINUTE).is_err() {
        return too_fast().answer();
    }
    let unknown = unknown.is_some();
    worked_out(move || answer(query::run(&state, account, &body, unknown))).await
}
