//! Google Analytics 4: reports of the Data API and the Admin API's list of properties.

mod admin;
mod cube;
mod quota;
mod report;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::routing::{any, get};
use serde_json::{Value, json};

use crate::faults::Unknown;
use crate::google::{Refused, is_sign_in, signed_in};
use crate::google_ads::not_found;
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, json as json_answer, worked_out};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "ga4",
    name: "Google Analytics 4",
    routes,
    is_api_call: |path| !is_sign_in(path),
    refuse: |_, _, trouble| refused(trouble).answer(),
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token())]),
};

/// The one version that both APIs have.
const VERSION: &str = "v1beta";

/// Reports in one batch at most.
const BATCH: usize = 5;

fn routes() -> Router<SimulatorState> {
    crate::oauth::routes()
        .route("/{version}/accountSummaries", get(admin::summaries))
        .route("/{version}/properties/{call}", any(property))
        .route("/{version}/properties/{property}/metadata", get(metadata))
        .fallback(|| async { not_found() })
}

fn refused(trouble: Trouble) -> Refused {
    match trouble {
        Trouble::Throttled(_) => quota::concurrent(),
        // The longest of its quotas that comes back within the time.
        Trouble::Quota(seconds) if seconds <= 3_600 => quota::hourly(),
        Trouble::Quota(_) => quota::daily(),
        Trouble::Unauthenticated => Refused::unauthenticated(),
        Trouble::PermissionDenied => denied(),
        Trouble::Server(status) => Refused::server(status),
    }
}

fn denied() -> Refused {
    Refused::new(
        StatusCode::FORBIDDEN,
        "User does not have sufficient permissions for this property. To learn more about Property ID, see \
         https://developers.google.com/analytics/devguides/reporting/data/v1/property-id.",
    )
}

/// Numbers of properties: nine digits, in the order of the world's accounts.
fn property_id(account: usize) -> i64 {
    312_004_711 + i64::try_from(account).unwrap_or(0) * 1_337
}

/// The account behind a property's number.
fn account_of(state: &SimulatorState, property: &str) -> Result<usize, Refused> {
    let accounts = 0..state.world().accounts.len();
    let found = accounts.into_iter().find(|account| property_id(*account).to_string() == property);
    found.ok_or_else(denied)
}

async fn property(
    State(state): State<SimulatorState>,
    Path((version, call)): Path<(String, String)>,
    unknown: Option<Extension<Unknown>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (id, call) = call.split_once(':').unwrap_or((&call, ""));
    let wanted = if call.is_empty() { Method::GET } else { Method::POST };
    let is_known = matches!(call, "" | "runReport" | "batchRunReports");
    if version != VERSION || method != wanted || !is_known {
        return not_found();
    }
    let account = match signed_in(&state, &headers).and_then(|()| account_of(&state, id)) {
        Ok(account) => account,
        Err(error) => return error.answer(),
    };
    if call.is_empty() {
        return json_answer(StatusCode::OK, &admin::property(&state, account));
    }
    let is_batch = call == "batchRunReports";
    let unknown = unknown.is_some();
    worked_out(move || match run(&state, account, is_batch, unknown, &body) {
        Ok(answer) => json_answer(StatusCode::OK, &answer),
        Err(error) => error.answer(),
    })
    .await
}

fn run(
    state: &SimulatorState,
    account: usize,
    is_batch: bool,
    unknown: bool,
    body: &[u8],
) -> Result<Value, Refused> {
    let invalid = |error: serde_json::Error| Refused::bad(format!("Invalid JSON payload received. {error}"));
    if !is_batch {
        let request = serde_json::from_slice(body).map_err(invalid)?;
        return report::run(state, account, request, unknown);
    }
    let batch: report::Batch = serde_json::from_slice(body).map_err(invalid)?;
    if batch.requests.len() > BATCH {
        return Err(Refused::bad(format!("A batch may contain at most {BATCH} requests.")));
    }
    let reports: Result<Vec<Value>, Refused> =
        batch.requests.into_iter().map(|request| report::run(state, account, request, unknown)).collect();
    Ok(json!({"reports": reports?, "kind": "analyticsData#batchRunReports"}))
}

async fn metadata(
    State(state): State<SimulatorState>,
    Path((version, property)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    if version != VERSION {
        return not_found();
    }
    // Property 0 has what all properties have.
    let known = |()| if property == "0" { Ok(0) } else { account_of(&state, &property) };
    match signed_in(&state, &headers).and_then(known) {
        Ok(_) => json_answer(StatusCode::OK, &cube::metadata(&property)),
        Err(error) => error.answer(),
    }
}
