//! Account Engagement (Pardot): list e-mails, prospects and what becomes of them. Its sign-in is Salesforce's.

mod objects;
mod query;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::asked::{self, Call};
use crate::quota::Quota;
use crate::salesforce::{self, REALM, SIGN_IN, tables};
use crate::state::SimulatorState;
use crate::vendor::{self, Access, Trouble, Vendor, with_header};

const SLUG: &str = "pardot";

/// The business whose business unit it is.
const ACCOUNT: usize = 1;

/// The business unit.
const UNIT: &str = "0UvB00000004AbcKAE";

/// Calls of a Plus unit in a day.
const DAILY: Quota = Quota { calls: 50_000, seconds: 86_400 };

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "Account Engagement (Pardot)",
    routes: || SIGN_IN.routes().merge(asked::routes(answer)),
    is_api_call: |path| path.starts_with("/api/"),
    refuse,
    access: |state| {
        Access::of_client([
            ("refresh_token", state.issue_refresh_token_of(REALM)),
            ("business_unit_id", UNIT.to_owned()),
        ])
    },
};

/// Times carry the offset of who signed in.
fn local(state: &SimulatorState, at: DateTime<Utc>) -> String {
    let zone = state.world().accounts[ACCOUNT].zone();
    at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn answer(call: &Call) -> Response<Body> {
    let path = call.segments();
    if let ["services", "data", version, rest @ ..] = path.as_slice()
        && matches!(rest, ["query"] | ["tooling", "query"])
    {
        let account = &call.state.world().accounts[ACCOUNT];
        let list = tables::org_of_units(&account.name, account.zone().name(), UNIT);
        return salesforce::query_of(call, version, &list);
    }
    if !vendor::bearer(&call.headers).is_some_and(|token| call.state.is_live_in(REALM, token)) {
        return unauthenticated();
    }
    match call.header("pardot-business-unit-id") {
        None => {
            let message = "\"Pardot-Business-Unit-Id\" header is missing";
            return said(StatusCode::BAD_REQUEST, 181, message);
        }
        Some(UNIT) => {}
        Some(_) => {
            let message = "\"Pardot-Business-Unit-Id\" header is malformed or unknown";
            return said(StatusCode::BAD_REQUEST, 182, message);
        }
    }
    let today = call.state.clock().real_now().date_naive().to_string();
    let Ok(left) = call.count(SLUG, &today, DAILY) else { return no_calls() };
    if call.method != Method::GET {
        return not_found();
    }
    let response = match path.as_slice() {
        ["api", "v5", "objects", "account"] => account(call),
        ["api", "v5", "objects", "list-emails", id, "stats"] => objects::stats(call, id),
        ["api", "v5", "objects", object] => query::list(call, object),
        ["api", "emailClick", "version", "4", "do", "query"] => query::clicks(call),
        _ => not_found(),
    };
    if call.header("x-return-api-usage") == Some("1") {
        let used = format!("{}/{}", DAILY.calls - left.calls, DAILY.calls);
        return with_header(response, "x-api-usage", used);
    }
    response
}

fn ok(body: &Value) -> Response<Body> {
    vendor::json(StatusCode::OK, body)
}

fn account(call: &Call) -> Response<Body> {
    let account = &call.state.world().accounts[ACCOUNT];
    let row = json!({
        "id": 123_456, "company": account.name, "level": "Plus", "website": account.template.site(),
        "vanityDomain": null, "pluginCampaignId": null, "addressOne": "1 Harbour Road", "city": "London",
        "createdAt": "2020-01-01T00:00:00+00:00", "updatedAt": "2024-01-01T00:00:00+00:00",
    });
    match query::shown(call, &row) {
        Ok(row) => ok(&row),
        Err(response) => *response,
    }
}

/// An error in the unit's shape.
fn said(status: StatusCode, code: u32, message: &str) -> Response<Body> {
    vendor::json(status, &json!({"code": code, "message": message}))
}

fn not_found() -> Response<Body> {
    said(StatusCode::NOT_FOUND, 109, "Could not find the requested object.")
}

fn unauthenticated() -> Response<Body> {
    said(StatusCode::UNAUTHORIZED, 184, "access_token is invalid, unknown, or malformed")
}

fn no_calls() -> Response<Body> {
    said(StatusCode::TOO_MANY_REQUESTS, 122, "Daily API rate limit met.")
}

fn refuse(_: &SimulatorState, _: &str, trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(_) => {
            let message =
                "You have exceeded your concurrent request limit. Please wait, before trying again.";
            said(StatusCode::TOO_MANY_REQUESTS, 66, message)
        }
        Trouble::Quota(_) => no_calls(),
        Trouble::Unauthenticated => unauthenticated(),
        Trouble::PermissionDenied => said(StatusCode::FORBIDDEN, 49, "Access Denied"),
        Trouble::Server(status) => said(status, 10_000, "An internal error occurred."),
    }
}
