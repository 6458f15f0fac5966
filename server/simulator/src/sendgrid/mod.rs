//! Twilio `SendGrid`'s API v3: statistics, single sends and suppressions of one account.

mod people;
mod sends;
mod stats;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::any;
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::quota::{Quota, Wait};
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, bearer, json as answer, with_header};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "sendgrid",
    name: "SendGrid",
    routes: || axum::Router::new().route("/{*path}", any(call)),
    is_api_call: |path| path.starts_with("/v3/"),
    refuse: |state, _, trouble| refuse(state, trouble),
    access: |state| Access {
        credentials: vec![("api_key", format!("{KEY}{}", state.issue_access_token_of(REALM, FOR_EVER)))],
        settings: Vec::new(),
    },
};

const REALM: &str = "sendgrid";

/// What keys begin with.
const KEY: &str = "SG.simulated.";

/// Seconds that a key lives: it never ends.
const FOR_EVER: i64 = 10 * 365 * 86_400;

/// Position of the business that sends with `SendGrid`.
const ACCOUNT: usize = 5;

/// Calls of an endpoint in a minute.
const QUOTA: Quota = Quota { calls: 600, seconds: 60 };

/// What the key may do.
const SCOPES: [&str; 7] = [
    "stats.read",
    "stats.global.read",
    "categories.stats.read",
    "suppression.read",
    "asm.groups.read",
    "marketing.read",
    "user.account.read",
];

/// A refusal: status, the field that it is about, and a message.
type Refusal = (StatusCode, Option<&'static str>, String);

fn bad(field: &'static str, message: &str) -> Refusal {
    (StatusCode::BAD_REQUEST, Some(field), message.to_owned())
}

fn missing() -> Refusal {
    (StatusCode::NOT_FOUND, None, "resource not found".to_owned())
}

fn forbidden() -> Refusal {
    (StatusCode::FORBIDDEN, None, "access forbidden".to_owned())
}

fn respond((status, field, message): Refusal) -> Response<Body> {
    answer(status, &json!({"errors": [{"field": field, "message": message}]}))
}

fn refuse(state: &SimulatorState, trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(seconds) | Trouble::Quota(seconds) => throttled(state, seconds),
        Trouble::Unauthenticated => {
            let message = "The provided authorization grant is invalid, expired, or revoked";
            respond((StatusCode::UNAUTHORIZED, None, message.to_owned()))
        }
        Trouble::PermissionDenied => respond(forbidden()),
        Trouble::Server(status) => respond((status, None, "internal server error".to_owned())),
    }
}

fn throttled(state: &SimulatorState, seconds: u64) -> Response<Body> {
    let response = respond((StatusCode::TOO_MANY_REQUESTS, None, "too many requests".to_owned()));
    limited(state, response, 0, i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn limited(state: &SimulatorState, response: Response<Body>, left: u64, seconds: i64) -> Response<Body> {
    let response = with_header(response, "x-ratelimit-limit", QUOTA.calls);
    let response = with_header(response, "x-ratelimit-remaining", left);
    let reset = state.clock().real_now().timestamp().saturating_add(seconds);
    with_header(response, "x-ratelimit-reset", reset)
}

async fn call(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    let Some(key) = bearer(&asked.headers) else {
        return respond((StatusCode::UNAUTHORIZED, None, "authorization required".to_owned()));
    };
    if !key.strip_prefix(KEY).is_some_and(|token| state.is_live_in(REALM, token)) {
        return refuse(&state, Trouble::Unauthenticated);
    }
    let endpoint: Vec<_> = asked.path.iter().take(3).cloned().collect();
    let left = match state.count(VENDOR.slug, &endpoint.join("/"), QUOTA) {
        Ok(left) => left,
        Err(Wait(seconds)) => return throttled(&state, seconds),
    };
    let response = match route(&state, &asked) {
        Ok(Listed { body, next }) => {
            let response = answer(StatusCode::OK, &body);
            match next {
                Some(address) => {
                    with_header(response, "link", format!("<{address}>; rel=\"next\"; title=\"next\""))
                }
                None => response,
            }
        }
        Err(refusal) => respond(refusal),
    };
    limited(&state, response, left.calls, left.seconds)
}

/// A body, with the address of the next page.
struct Listed {
    body: Value,
    next: Option<String>,
}

impl From<Value> for Listed {
    fn from(body: Value) -> Self {
        Self { body, next: None }
    }
}

fn route(state: &SimulatorState, asked: &Asked) -> Result<Listed, Refusal> {
    if asked.headers.contains_key("on-behalf-of") {
        return Err(forbidden());
    }
    let of = &state.world().accounts[ACCOUNT];
    let user = crate::world::build::slug(of.template.brand);
    let body = match asked.segments()[..] {
        ["v3", "scopes"] => json!({"scopes": SCOPES}),
        ["v3", "user", "username"] => json!({"username": user, "user_id": 12_345_678}),
        ["v3", "user", "account"] => json!({"type": "paid", "reputation": 99.7}),
        ["v3", "user", "profile"] => json!({"username": user, "company": of.name, "country": "US"}),
        ["v3", "subusers"] => json!([]),
        ["v3", "stats"] => stats::global(state, asked)?,
        ["v3", "categories"] => stats::categories(state, asked)?,
        ["v3", "categories", "stats"] => stats::of_categories(state, asked)?,
        ["v3", "mailbox_providers", "stats"] => stats::split(state, asked, "mailbox_provider")?,
        ["v3", "devices", "stats"] => stats::split(state, asked, "device")?,
        ["v3", "geo", "stats"] => stats::split(state, asked, "country")?,
        ["v3", "marketing", "singlesends"] => sends::list(state, asked)?,
        ["v3", "marketing", "stats", "singlesends"] => sends::totals(state, asked)?,
        ["v3", "marketing", "stats", "singlesends", id] => sends::days(state, asked, id)?,
        ["v3", "marketing", "stats", "automations"] => json!({"results": [], "_metadata": {"count": 0}}),
        ["v3", "suppression", kind] => return people::suppressions(state, asked, kind),
        ["v3", "asm", "groups"] => people::groups(state),
        ["v3", "asm", "groups", id, "suppressions"] => people::group(state, id)?,
        ["v3", "subusers", "stats"] => stats::of_subusers(state, asked)?,
        ["v3", "messages"] => sends::messages(state, asked)?,
        ["v3", "teammates" | "subusers", ..] => return Err(forbidden()),
        _ => return Err(missing()),
    };
    Ok(body.into())
}
