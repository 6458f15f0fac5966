//! LinkedIn: advertising, pages of organizations, and lead forms, in the versioned API.

mod ads;
mod analytics;
mod leads;
mod pages;
mod restli;

use axum::body::Body;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use chrono::{DateTime, Months, NaiveDate, Utc};
use serde_json::{Value, json};

use self::restli::Query;
use crate::faults::Unknown;
use crate::quota::Quota;
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, bearer, json as json_answer, with_header, worked_out};

const REALM: &str = "linkedin";

static SIGN_IN: SignIn = SignIn {
    realm: REALM,
    vendor: "LinkedIn",
    authorize: "/oauth/v2/authorization",
    token: Some("/oauth/v2/accessToken"),
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Stays,
    access_seconds: 60 * 86_400,
    more: |_, answer| answer["refresh_token_expires_in"] = (365 * 86_400).into(),
    back: &[],
};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "linkedin",
    name: "LinkedIn",
    routes: || {
        SIGN_IN
            .routes()
            .route("/rest/{*path}", get(rest))
            .fallback(|| async { Refused::no_resource().answer() })
    },
    is_api_call: |path| !path.starts_with("/oauth/"),
    refuse: |_, _, trouble| Refused::of(trouble).answer(),
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token_of(REALM))]),
};

/// Calls of an application per day.
const DAY: Quota = Quota { calls: 50_000, seconds: 86_400 };

/// Months for which a version lives.
const VERSION_MONTHS: u32 = 12;

/// A call that is refused: status, code, number and message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    status: StatusCode,
    code: &'static str,
    number: Option<u32>,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, number: None, message: message.into() }
    }

    fn invalid(parameter: &str) -> Self {
        let message = format!("Parameter '{parameter}' is invalid");
        Self::new(StatusCode::BAD_REQUEST, "ILLEGAL_ARGUMENT", message)
    }

    fn missing(parameter: &str) -> Self {
        let message = format!("Parameter '{parameter}' is required");
        Self::new(StatusCode::BAD_REQUEST, "MISSING_REQUIRED_PARAMETER", message)
    }

    fn no_resource() -> Self {
        Self::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "No virtual resource found")
    }

    fn no_entity() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Could not find entity")
    }

    fn of(trouble: Trouble) -> Self {
        let (status, code, number, message) = match trouble {
            Trouble::Throttled(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_REQUESTS",
                Some(101),
                "Resource level throttle APPLICATION limit for calls to this resource is reached.",
            ),
            Trouble::Quota(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "TOO_MANY_REQUESTS",
                Some(101),
                "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.",
            ),
            Trouble::Unauthenticated => {
                (StatusCode::UNAUTHORIZED, "INVALID_ACCESS_TOKEN", Some(65_600), "Invalid access token")
            }
            Trouble::PermissionDenied => (
                StatusCode::FORBIDDEN,
                "ACCESS_DENIED",
                Some(100),
                "Not enough permissions to access: this resource",
            ),
            Trouble::Server(status) => (status, "INTERNAL_SERVER_ERROR", None, "Internal Server Error"),
        };
        Self { number, ..Self::new(status, code, message) }
    }

    fn answer(&self) -> Response<Body> {
        let mut body = json!({"status": self.status.as_u16(), "code": self.code, "message": self.message});
        if let Some(number) = self.number {
            body["serviceErrorCode"] = number.into();
        }
        json_answer(self.status, &body)
    }
}

async fn rest(
    State(state): State<SimulatorState>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    unknown: Option<Extension<Unknown>>,
    headers: HeaderMap,
) -> Response<Body> {
    if let Err(error) = check(&state, &headers) {
        return error.answer();
    }
    let number = state.request_id();
    let unknown = unknown.is_some();
    let answer = worked_out(move || match run(&state, &path, query.as_deref().unwrap_or_default()) {
        Ok(mut body) => {
            if unknown {
                body["simulatedAddition"] = true.into();
                for row in body["elements"].as_array_mut().into_iter().flatten() {
                    row["simulatedAddition"] = 7.into();
                }
            }
            json_answer(StatusCode::OK, &body)
        }
        Err(error) => error.answer(),
    });
    with_header(answer.await, "x-li-uuid", number)
}

/// Version, protocol, token and quota.
fn check(state: &SimulatorState, headers: &HeaderMap) -> Result<(), Refused> {
    if !bearer(headers).is_some_and(|token| state.is_live_in(REALM, token)) {
        return Err(Refused::of(Trouble::Unauthenticated));
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let version = header("linkedin-version");
    let month = NaiveDate::parse_from_str(&format!("{version}01"), "%Y%m%d").ok();
    let today = state.clock().now().date_naive();
    let oldest = today.checked_sub_months(Months::new(VERSION_MONTHS)).unwrap_or(today);
    if !month.is_some_and(|month| month >= oldest && month <= today) {
        let message = format!("Requested version {version} is not active");
        return Err(Refused::new(StatusCode::UPGRADE_REQUIRED, "NONEXISTENT_VERSION", message));
    }
    if header("x-restli-protocol-version") != "2.0.0" {
        let message = "Header X-Restli-Protocol-Version must be 2.0.0";
        return Err(Refused::new(StatusCode::BAD_REQUEST, "ILLEGAL_ARGUMENT", message));
    }
    state.count("linkedin", "application", DAY).map(|_| ()).map_err(|_| Refused::of(Trouble::Quota(0)))
}

fn run(state: &SimulatorState, path: &str, query: &str) -> Result<Value, Refused> {
    let query = Query::parse(query)?;
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["adAccounts"] => query.finder("search").and_then(|()| ads::accounts(state, &query)),
        ["adAccounts", id] => ads::account(state, id),
        ["adAccounts", id, "adCampaigns"] => ads::campaigns(state, id, &query),
        ["adAccounts", id, "adCampaignGroups"] => ads::groups(state, id, &query),
        ["adAccounts", id, "creatives"] => ads::creatives(state, id, &query),
        ["adAnalytics"] => analytics::run(state, &query),
        ["organizationAcls"] => pages::roles(state, &query),
        ["organizations", id] => pages::organization(state, id),
        ["organizationalEntityShareStatistics"] => pages::shares(state, &query),
        ["organizationalEntityFollowerStatistics"] => pages::followers(state, &query),
        ["organizationPageStatistics"] => pages::views(state, &query),
        ["networkSizes", urn] => pages::network(state, urn, &query),
        ["leadForms"] => leads::forms(state, &query),
        ["leadFormResponses"] => leads::responses(state, &query),
        _ => Err(Refused::no_resource()),
    }
}

/// Elements behind `pageToken`.
fn by_token(query: &Query, all: &[Value]) -> Result<Value, Refused> {
    let size = query.number("pageSize")?.unwrap_or(100).clamp(1, 1_000);
    let from = match query.text("pageToken").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => token
            .strip_prefix("DgGerr1iVQreCJVjZDOW-")
            .and_then(|at| at.parse().ok())
            .ok_or_else(|| Refused::invalid("pageToken"))?,
    };
    let page: Vec<&Value> = all.iter().skip(from).take(size).collect();
    let mut answer = json!({"elements": page, "metadata": {}});
    if from + size < all.len() {
        answer["metadata"]["nextPageToken"] = format!("DgGerr1iVQreCJVjZDOW-{}", from + size).into();
    }
    Ok(answer)
}

/// Elements behind `start` and `count`, of which the server gives at most 100.
fn by_start(query: &Query, all: &[Value]) -> Result<Value, Refused> {
    let start = query.number("start")?.unwrap_or(0);
    let count = query.number("count")?.unwrap_or(10).clamp(1, 100);
    let page: Vec<&Value> = all.iter().skip(start).take(count).collect();
    let mut links = Vec::new();
    if start + count < all.len() {
        let href = format!("?start={}&count={count}", start + count);
        links.push(json!({"rel": "next", "type": "application/json", "href": href}));
    }
    let paging = json!({"start": start, "count": count, "links": links, "total": all.len()});
    Ok(json!({"elements": page, "paging": paging}))
}

/// Milliseconds since 1970, which is how LinkedIn writes moments.
fn millis(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()
}

fn day_of(millis: i64) -> Option<NaiveDate> {
    DateTime::<Utc>::from_timestamp_millis(millis).map(|at| at.date_naive())
}
