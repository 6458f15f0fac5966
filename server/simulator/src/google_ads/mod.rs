//! The reporting part of the Google Ads REST API, written from its documentation.

pub mod answer;
pub mod errors;
pub mod fields;
pub mod gaql;
pub mod json;
pub mod page;
pub mod plan;
pub mod rows;
pub mod usage;
pub mod values;

mod compare;
mod lexer;
mod request;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::routing::any;
use serde_json::json;

use self::answer::Answer;
use self::errors::ApiError;
use self::page::{PAGE_ROWS, Page, fingerprint};
use self::plan::Plan;
use self::request::{Caller, SearchRequest};
use self::rows::Subject;
use crate::faults::Unknown;
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "google_ads",
    name: "Google Ads",
    routes: || crate::oauth::routes().merge(routes()),
    is_api_call: |path| path.split('/').any(|part| part == "customers" || part.starts_with("customers:")),
    refuse,
    access: |state| {
        Access::of_client([
            ("developer_token", crate::DEMO_DEVELOPER_TOKEN.to_owned()),
            ("refresh_token", state.issue_refresh_token()),
        ])
    },
};

fn refuse(state: &SimulatorState, path: &str, trouble: Trouble) -> Response<Body> {
    let error = match trouble {
        Trouble::Throttled(seconds) => ApiError::throttled(seconds),
        Trouble::Quota(seconds) => ApiError::daily_quota(seconds),
        Trouble::Unauthenticated => ApiError::unauthenticated(),
        Trouble::PermissionDenied => ApiError::permission_denied(),
        Trouble::Server(status) => ApiError::internal(status),
    };
    let version = path.split('/').nth(1).unwrap_or_default();
    error.respond(version, path.ends_with(STREAM), &state.request_id())
}

/// Routes of the API. Colons belong to the method's name, so whole segments are matched here.
pub fn routes() -> Router<SimulatorState> {
    Router::new()
        .route("/{version}/{call}", any(list_accessible))
        .route("/{version}/customers/{customer}/{call}", any(query))
}

/// Path suffix of the streaming method, whose errors come inside an array.
pub const STREAM: &str = ":searchStream";

async fn list_accessible(
    State(state): State<SimulatorState>,
    Path((version, call)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response<Body> {
    if call != "customers:listAccessibleCustomers" || method != Method::GET {
        return not_found();
    }
    let id = state.request_id();
    let Some(number) = version_number(&version) else { return not_found() };
    let checked = check_version(&state, number).and_then(|()| Caller::of(&state, &headers));
    let counted = checked.and_then(|caller| state.count_operation(&caller.developer_token));
    match counted {
        Ok(()) => {
            let names = [format!("customers/{}", state.world().manager)];
            ok(Body::from(json!({"resourceNames": names}).to_string()), &id)
        }
        Err(error) => error.respond(&version, false, &id),
    }
}

async fn query(
    State(state): State<SimulatorState>,
    Path((version, customer, call)): Path<(String, String, String)>,
    unknown: Option<Extension<Unknown>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let stream = match call.as_str() {
        "googleAds:search" => false,
        "googleAds:searchStream" => true,
        _ => return not_found(),
    };
    if method != Method::POST {
        return not_found();
    }
    let Some(number) = version_number(&version) else { return not_found() };
    let id = state.request_id();
    let asked = Asked { version: number, customer, stream, unknown: unknown.is_some(), id: id.clone() };
    match run(&state, asked, &headers, &body).await {
        Ok(body) => ok(body, &id),
        Err(error) => error.respond(&version, stream, &id),
    }
}

struct Asked {
    version: u32,
    customer: String,
    stream: bool,
    unknown: bool,
    id: String,
}

async fn run(
    state: &SimulatorState,
    asked: Asked,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Body, ApiError> {
    check_version(state, asked.version)?;
    let caller = Caller::of(state, headers)?;
    let (customer, subject) = caller.subject(state, &asked.customer)?;
    let request = SearchRequest::parse(body, asked.stream)?;
    state.count_request(&caller.developer_token, customer)?;
    let print = fingerprint(asked.version, customer, &request.query);
    let page = if let Some(token) = &request.page_token {
        Page::parse(token, &print, state.clock().real_now())?
    } else {
        state.count_operation(&caller.developer_token)?;
        Page { offset: 0, as_of: state.clock().now() }
    };
    let world = state.world().clone();
    let today = match subject {
        Subject::Manager => page.as_of.date_naive(),
        Subject::Client(index) => world.accounts[index].today(page.as_of),
    };
    let plan = Plan::new(&request.query, asked.version, today)?;
    if subject == Subject::Manager && plan.has_metrics() {
        return Err(ApiError::query(
            "REQUESTED_METRICS_FOR_MANAGER",
            "Metrics cannot be requested for a manager account. To retrieve metrics, issue separate requests \
             against each client account under the manager account.",
        ));
    }
    let mut extras = request.extras;
    extras.unknown = asked.unknown;
    let real_now = state.clock().real_now();
    // Months of ads take a while to compute: not on the threads that serve requests.
    let work = tokio::task::spawn_blocking(move || {
        let answer = Answer::new(world, subject, plan, page.as_of, extras);
        if asked.stream {
            return Body::from_stream(answer.stream(asked.id));
        }
        let next = |offset| Page { offset, ..page }.token(&print, real_now);
        Body::from(answer.page(page.offset, PAGE_ROWS, next))
    });
    work.await.map_err(|error| {
        tracing::error!(%error, "a query failed");
        ApiError::internal(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

fn ok(body: Body, request_id: &str) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("request-id", id);
    }
    response
}

/// `v25` as 25; nothing for anything that never was a version.
fn version_number(version: &str) -> Option<u32> {
    let number = version.strip_prefix('v')?;
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    if digits { number.parse().ok() } else { None }
}

fn check_version(state: &SimulatorState, version: u32) -> Result<(), ApiError> {
    let alive = &state.options().api_versions;
    if alive.contains(&version) {
        return Ok(());
    }
    let message = if version < *alive.start() {
        format!("Version v{version} is deprecated. Requests to this version will be blocked.")
    } else {
        format!("Version v{version} does not exist; the newest one is v{}.", alive.end())
    };
    Err(ApiError::request("UNSUPPORTED_VERSION", message))
}

/// The web server's own answer for paths that no API has.
pub fn not_found() -> Response<Body> {
    const PAGE: &str = "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Error 404 (Not Found)</title>\
        <p><b>404.</b> The requested URL was not found on this simulator.</html>";
    let mut response = Response::new(Body::from(PAGE));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let html = HeaderValue::from_static("text/html; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}
