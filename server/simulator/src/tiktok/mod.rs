//! `TikTok` API for Business: advertisers by one consent, a `TikTok` account by another.

mod account;
mod entities;
mod report;
mod sign_in;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};

use crate::faults::Unknown;
use crate::quota::Quota;
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, json as json_answer, worked_out};

/// The stand-in, with the consent for advertisers.
pub static VENDOR: Vendor = Vendor {
    slug: "tiktok",
    name: "TikTok",
    routes: || {
        sign_in::routes().route("/open_api/v1.3/{*path}", get(call)).fallback(|| async { not_found() })
    },
    is_api_call: |path| !path.contains("/oauth2/") && path.starts_with("/open_api/"),
    refuse: |state, _, trouble| Refused::of(trouble).answer(state),
    access: |state| Access {
        credentials: vec![
            ("client_id", APP.to_owned()),
            ("client_secret", crate::DEMO_CLIENT_SECRET.to_owned()),
            ("access_token", state.issue_access_token_of(sign_in::ADS, sign_in::FOR_EVER)),
        ],
        settings: vec![("connection", "ads".to_owned())],
    },
};

/// Number of the app.
const APP: &str = "7301122334455667788";

/// What a client needs that reads a `TikTok` account, by the other consent.
pub fn person(state: &SimulatorState) -> Access {
    Access {
        credentials: vec![
            ("client_id", APP.to_owned()),
            ("client_secret", crate::DEMO_CLIENT_SECRET.to_owned()),
            ("refresh_token", state.issue_refresh_token_of(sign_in::ACCOUNT)),
        ],
        settings: vec![("connection", "account".to_owned())],
    }
}

/// What an app of the level Basic may send per minute and per day.
const MINUTE: Quota = Quota { calls: 600, seconds: 60 };
const DAY: Quota = Quota { calls: 864_000, seconds: 86_400 };

/// A call that is refused, at HTTP 200: code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused(u32, String);

impl Refused {
    fn bad(message: impl Into<String>) -> Self {
        Self(40_002, message.into())
    }

    fn of(trouble: Trouble) -> Self {
        let (code, message) = match trouble {
            Trouble::Throttled(_) => (40_100, "App reaches the QPS limit."),
            Trouble::Quota(_) => (40_016, "The app has reached the daily limit of requests."),
            Trouble::Unauthenticated => (40_105, "Access token is incorrect or has been revoked."),
            Trouble::PermissionDenied => (40_001, "No permission to operate this advertiser."),
            Trouble::Server(StatusCode::SERVICE_UNAVAILABLE) => (50_002, "Processing error on TikTok side."),
            Trouble::Server(_) => (50_000, "System error"),
        };
        Self(code, message.to_owned())
    }

    fn answer(&self, state: &SimulatorState) -> Response<Body> {
        let Self(code, message) = self;
        let number = state.request_id();
        json_answer(
            StatusCode::OK,
            &json!({"code": code, "message": message, "request_id": number, "data": {}}),
        )
    }
}

fn answer(state: &SimulatorState, result: Result<Value, Refused>) -> Response<Body> {
    match result {
        Ok(data) => {
            let number = state.request_id();
            let body = json!({"code": 0, "message": "OK", "request_id": number, "data": data});
            json_answer(StatusCode::OK, &body)
        }
        Err(error) => error.answer(state),
    }
}

fn not_found() -> Response<Body> {
    (StatusCode::NOT_FOUND, "404 page not found").into_response()
}

/// Parameters of a call.
struct Params(Vec<(String, String)>);

impl Params {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Result<&str, Refused> {
        let value = self.get(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Refused::bad(format!("{name}: Missing data for required field.")))
    }

    /// A list, which is JSON text.
    fn list(&self, name: &str) -> Result<Vec<String>, Refused> {
        let text = self.needed(name)?;
        serde_json::from_str(text).map_err(|_| Refused::bad(format!("{name}: Not a valid list.")))
    }

    fn number(&self, name: &str, otherwise: usize, most: usize) -> Result<usize, Refused> {
        let Some(text) = self.get(name) else { return Ok(otherwise) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| Refused::bad(format!("{name}: Must be between 1 and {most}.")))
    }
}

async fn call(
    State(state): State<SimulatorState>,
    Path(path): Path<String>,
    Query(params): Query<Vec<(String, String)>>,
    unknown: Option<Extension<Unknown>>,
    headers: HeaderMap,
) -> Response<Body> {
    type Call = fn(&SimulatorState, &Params) -> Result<Value, Refused>;
    let (realm, run): (_, Call) = match path.as_str() {
        "oauth2/advertiser/get/" => (sign_in::ADS, entities::advertisers),
        "advertiser/info/" => (sign_in::ADS, entities::info),
        "campaign/get/" => (sign_in::ADS, entities::campaigns),
        "adgroup/get/" => (sign_in::ADS, entities::groups),
        "ad/get/" => (sign_in::ADS, entities::ads),
        "report/integrated/get/" => (sign_in::ADS, report::run),
        "business/get/" => (sign_in::ACCOUNT, account::figures),
        "business/video/list/" => (sign_in::ACCOUNT, account::videos),
        _ => return not_found(),
    };
    let token = headers.get("access-token").and_then(|token| token.to_str().ok()).unwrap_or_default();
    if token.is_empty() {
        return Refused(40_104, "Access token is missing.".to_owned()).answer(&state);
    }
    if !state.is_live_in(realm, token) {
        return Refused::of(Trouble::Unauthenticated).answer(&state);
    }
    if state.count("tiktok", "app", MINUTE).is_err() {
        return Refused::of(Trouble::Throttled(0)).answer(&state);
    }
    if state.count("tiktok", "app", DAY).is_err() {
        return Refused::of(Trouble::Quota(0)).answer(&state);
    }
    let is_strange = unknown.is_some();
    worked_out(move || {
        let mut result = run(&state, &Params(params));
        if let (Ok(data), true) = (&mut result, is_strange) {
            data["simulated_addition"] = 7.into();
            for row in data["list"].as_array_mut().into_iter().flatten() {
                row["simulated_addition"] = json!({"value": "7"});
            }
        }
        answer(&state, result)
    })
    .await
}

/// One page of rows with its `page_info`.
fn page(params: &Params, rows: &[Value]) -> Result<Value, Refused> {
    let size = params.number("page_size", 10, 1_000)?;
    let page = params.number("page", 1, usize::MAX)?;
    let shown: Vec<&Value> = rows.iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    let info = json!({
        "page": page,
        "page_size": size,
        "total_number": rows.len(),
        "total_page": rows.len().div_ceil(size),
    });
    Ok(json!({"list": shown, "page_info": info}))
}
