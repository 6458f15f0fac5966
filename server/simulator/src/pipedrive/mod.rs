//! Pipedrive: deals of a shop that furnishes houses, with the people behind them.

mod deals;
mod people;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::asked::{self, Call, Refusal};
use crate::quota::{Left, Quota, Wait};
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{self, Access, Trouble, Vendor, with_header};
use crate::world::leads::OWNERS;

const SLUG: &str = "pipedrive";

/// The business whose company it is.
const ACCOUNT: usize = 4;

/// The company's id.
const COMPANY: i64 = 15_043_420;

/// Calls of one user by OAuth, on the plan below the highest.
const BURST: Quota = Quota { calls: 80, seconds: 2 };

/// Tokens of the company in a day.
const DAILY: Quota = Quota { calls: 150_000, seconds: 86_400 };

/// Rows of a page at most, in both versions.
const MOST: usize = 500;

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "Pipedrive",
    routes: || SIGN_IN.routes().merge(asked::routes(answer)),
    is_api_call: |path| !path.starts_with("/oauth/"),
    refuse,
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token_of(SLUG))]),
};

static SIGN_IN: SignIn = SignIn {
    realm: SLUG,
    vendor: "Pipedrive",
    authorize: "/oauth/authorize",
    token: Some("/oauth/token"),
    client_param: "client_id",
    code_param: "code",
    // The app's own settings say what it may do.
    needs_scope: false,
    needs_pkce: false,
    renewal: Renewal::Stays,
    access_seconds: 3_599,
    more: |_, body| {
        body["token_type"] = "Bearer".into();
        body["scope"] = "base,deals:read,contacts:read,activities:read,users:read,leads:read".into();
        body["api_domain"] = "https://harbourpine.pipedrive.com".into();
    },
    back: &[],
};

/// Times of the second version.
fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Times of the first version: in UTC, without saying so.
fn plain(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Ids are small numbers here.
fn small(number: i64) -> i64 {
    number.rem_euclid(1_000_000_000)
}

/// A user's id, by the owner's position.
fn user_id(owner: usize) -> i64 {
    25_760_681 + i64::try_from(owner).unwrap_or(0)
}

fn answer(call: &Call) -> Response<Body> {
    let token = vendor::bearer(&call.headers).or_else(|| call.header("x-api-token"));
    let Some(token) = token.filter(|token| call.state.is_live_in(SLUG, token)) else {
        return unauthorized();
    };
    let path = call.segments();
    // The host that all companies share has the first version at its top.
    let (is_first, rest) = match path.as_slice() {
        ["api", "v1", rest @ ..] | ["v1", rest @ ..] => (true, rest),
        ["api", "v2", rest @ ..] => (false, rest),
        _ => return not_found(),
    };
    if call.method != Method::GET {
        return not_found();
    }
    let burst = match call.count(SLUG, token, BURST) {
        Ok(left) => left,
        Err(Wait(seconds)) => return too_many(seconds),
    };
    // One row costs a token in the second version and two in the first, a list ten times as many.
    let (price, rows) = (if is_first { 2 } else { 1 }, if rest == ["users", "me"] { 1 } else { 10 });
    let Some(daily) = spend(call, price * rows) else { return no_tokens() };
    let response = match (is_first, rest) {
        (true, ["users", "me"]) => one(&people::user(call, 0)),
        (true, ["users"]) => people::users(call),
        (true, ["currencies"]) => people::currencies(call),
        (true, ["leads"]) => people::leads(call, false),
        (true, ["leads", "archived"]) => people::leads(call, true),
        (true, ["deals", id, "changelog"]) => deals::changelog(call, id),
        (false, ["pipelines"]) => deals::pipelines(call),
        (false, ["stages"]) => deals::stages(call),
        (false, ["deals"]) => deals::list(call, false),
        (false, ["deals", "archived"]) => deals::list(call, true),
        (false, ["persons"]) => people::persons(call),
        (false, ["organizations"]) => people::organizations(call),
        (false, ["activities"]) => people::activities(call),
        _ => not_found(),
    };
    let response = with_header(response, "x-ratelimit-limit", BURST.calls);
    let response = with_header(response, "x-ratelimit-remaining", burst.calls);
    let response = with_header(response, "x-ratelimit-reset", burst.seconds);
    let response = with_header(response, "x-daily-ratelimit-token-limit", DAILY.calls);
    with_header(response, "x-daily-ratelimit-token-remaining", daily.calls)
}

/// Takes tokens from the day's budget; nothing when it is used up.
fn spend(call: &Call, cost: u32) -> Option<Left> {
    let today = call.state.clock().real_now().date_naive().to_string();
    (0..cost).map(|_| call.count(SLUG, &today, DAILY)).last()?.ok()
}

fn one(data: &Value) -> Response<Body> {
    vendor::json(StatusCode::OK, &json!({"success": true, "data": data}))
}

/// What a list of the second version is asked for.
struct Wish {
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    by_update: bool,
    is_down: bool,
    from: usize,
    size: usize,
}

impl Wish {
    fn of(call: &Call) -> Result<Self, Refusal> {
        let instant = |name: &str| -> Result<_, Refusal> {
            match call.get(name).map(DateTime::parse_from_rfc3339).transpose() {
                Ok(at) => Ok(at.map(|at| at.to_utc())),
                Err(_) => {
                    Err(bad(&format!("Validation failed: {name}: must be a date-time in RFC 3339")).into())
                }
            }
        };
        let cursor = match call.get("cursor") {
            None => Some(0),
            Some(text) => URL_SAFE_NO_PAD
                .decode(text)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .and_then(|text| text.strip_prefix("offset:")?.parse().ok()),
        };
        let Some(from) = cursor else { return Err(bad("Validation failed: cursor: is invalid").into()) };
        let size = match call.whole("limit") {
            Ok(size) => size.unwrap_or(100),
            Err(_) => return Err(bad("Validation failed: limit: must be a number").into()),
        };
        if !(1..=MOST).contains(&size) {
            return Err(bad("Validation failed: limit: must be from 1 to 500").into());
        }
        let by_update = match call.get("sort_by") {
            None | Some("id" | "add_time") => false,
            Some("update_time") => true,
            Some(other) => {
                return Err(bad(&format!("Validation failed: sort_by: {other} is not allowed")).into());
            }
        };
        let is_down = call.get("sort_direction") == Some("desc");
        Ok(Self {
            since: instant("updated_since")?,
            until: instant("updated_until")?,
            by_update,
            is_down,
            from,
            size,
        })
    }

    /// A page of things, each with its id and last change.
    fn page<T>(
        &self,
        call: &Call,
        list: impl Iterator<Item = T>,
        key: impl Fn(&T) -> (i64, DateTime<Utc>),
        row: impl Fn(&T) -> Value,
    ) -> Response<Body> {
        let is_meant = |thing: &T| {
            let at = key(thing).1;
            self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
        };
        let mut found: Vec<T> = list.filter(is_meant).collect();
        found.sort_by_key(|thing| {
            let (id, at) = key(thing);
            (self.by_update.then_some(at), id)
        });
        if self.is_down {
            found.reverse();
        }
        let rows: Vec<_> =
            found.iter().skip(self.from).take(self.size).map(|thing| call.row(row(thing))).collect();
        let next = self.from + rows.len();
        let cursor = (next < found.len()).then(|| URL_SAFE_NO_PAD.encode(format!("offset:{next}")));
        vendor::json(
            StatusCode::OK,
            &json!({"success": true, "data": rows, "additional_data": {"next_cursor": cursor}}),
        )
    }
}

/// An error in Pipedrive's shape.
fn said(status: StatusCode, error: &str, more: Value) -> Response<Body> {
    let mut body = json!({
        "success": false,
        "error": error,
        "error_info": "Please check developers.pipedrive.com for more information about Pipedrive API.",
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    vendor::json(status, &body)
}

fn bad(message: &str) -> Response<Body> {
    said(StatusCode::BAD_REQUEST, message, json!({"code": "ERR_SCHEMA_VALIDATION_FAILED"}))
}

fn not_found() -> Response<Body> {
    said(StatusCode::NOT_FOUND, "Unknown method .", json!({"errorCode": 404}))
}

fn unauthorized() -> Response<Body> {
    said(StatusCode::UNAUTHORIZED, "unauthorized access", json!({"errorCode": 401}))
}

fn too_many(seconds: u64) -> Response<Body> {
    let code = json!({"code": "RATE_LIMIT_EXCEEDED"});
    let response = said(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded", code);
    let response = with_header(response, "x-ratelimit-limit", BURST.calls);
    let response = with_header(response, "x-ratelimit-remaining", 0);
    with_header(response, "x-ratelimit-reset", seconds)
}

fn no_tokens() -> Response<Body> {
    let code = json!({"code": "RATE_LIMIT_EXCEEDED"});
    let response = said(StatusCode::TOO_MANY_REQUESTS, "API daily token limit exceeded", code);
    let response = with_header(response, "x-daily-ratelimit-token-limit", DAILY.calls);
    with_header(response, "x-daily-ratelimit-token-remaining", 0)
}

fn refuse(_: &SimulatorState, _: &str, trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(seconds) => too_many(seconds),
        Trouble::Quota(_) => no_tokens(),
        Trouble::Unauthenticated => unauthorized(),
        Trouble::PermissionDenied => {
            said(StatusCode::FORBIDDEN, "Scope and URL mismatch", json!({"errorCode": 403}))
        }
        Trouble::Server(status) => {
            said(status, "Internal server error", json!({"errorCode": status.as_u16()}))
        }
    }
}

/// Name and e-mail address of a user.
fn owner(index: usize) -> (&'static str, &'static str) {
    OWNERS[index % OWNERS.len()]
}
