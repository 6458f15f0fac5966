//! HubSpot: contacts on their way to customers, the deals that are closed without a sales team, marketing
//! e-mails and forms.

mod forms;
mod mail;
mod objects;
mod query;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::asked::{self, Call};
use crate::oauth::grants::{Refused, Tokens};
use crate::quota::{Quota, Wait};
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{self, Access, Trouble, Vendor, with_header};
use crate::world::leads::OWNERS;

const SLUG: &str = "hubspot";

/// The business whose portal it is.
const ACCOUNT: usize = 5;

/// The portal's id.
const PORTAL: i64 = 147_893_286;

/// Calls of a public app per portal.
const BURST: Quota = Quota { calls: 110, seconds: 10 };

/// Calls of the search of all apps together.
const SEARCH: Quota = Quota { calls: 5, seconds: 1 };

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "HubSpot",
    routes: || SIGN_IN.routes().merge(asked::routes(answer)),
    is_api_call: |path| !path.starts_with("/oauth/"),
    refuse,
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token_of(SLUG))]),
};

static SIGN_IN: SignIn = SignIn {
    realm: SLUG,
    vendor: "HubSpot",
    authorize: "/oauth/authorize",
    token: None,
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Stays,
    access_seconds: 1_800,
    more: |_, _| {},
    back: &[],
};

/// Dates as HubSpot writes them.
fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn answer(call: &Call) -> Response<Body> {
    let path = call.segments();
    match (call.method.as_str(), path.as_slice()) {
        ("POST", ["oauth", version @ ("v1" | "v3"), "token"]) => return token(call, version == &"v3"),
        ("GET", ["oauth", "v1", "access-tokens", token]) => return inspect(call, token),
        _ => {}
    }
    let given = vendor::bearer(&call.headers);
    let Some(given) = given.filter(|token| call.state.is_live_in(SLUG, token)) else {
        return unauthenticated(&call.state, given);
    };
    let is_search = path.last() == Some(&"search");
    let burst = call.count(SLUG, given, BURST);
    let seconds = if is_search { call.count(SLUG, "search", SEARCH).map(|_| ()) } else { Ok(()) };
    let left = match (burst, seconds) {
        (Err(Wait(_)), _) => return throttled(&call.state, "TEN_SECONDLY_ROLLING", None),
        (_, Err(Wait(_))) => return throttled(&call.state, "SECONDLY", None),
        (Ok(left), Ok(())) => left,
    };
    let response = match (&call.method, path.as_slice()) {
        (&Method::GET, ["account-info", "v3", "details"]) => ok(&details(call)),
        (&Method::GET, ["crm", "v3", "owners"]) => ok(&owners(call)),
        (&Method::GET, ["crm", "v3", "pipelines", "deals"]) => {
            ok(&json!({"results": [objects::pipeline(call)]}))
        }
        (&Method::GET, ["crm", "v3", "objects", kind]) => query::list(call, kind),
        (&Method::GET, ["crm", "v3", "objects", kind, id]) => query::one(call, kind, id),
        (&Method::POST, ["crm", "v3", "objects", kind, "search"]) => query::search(call, kind),
        (&Method::POST, ["crm", "v4", "associations", from, to, "batch", "read"]) => {
            query::associations(call, from, to)
        }
        (&Method::GET, ["marketing", "v3", "emails"]) => mail::list(call),
        (&Method::GET, ["marketing", "v3", "emails", "statistics", "histogram"]) => mail::histogram(call),
        (&Method::GET, ["marketing", "v3", "emails", "statistics", "list"]) => mail::totals(call),
        (&Method::GET, ["marketing", "v3", "forms"]) => forms::list(call),
        (&Method::GET, ["form-integrations", "v1", "submissions", "forms", form]) => {
            forms::submissions(call, form)
        }
        _ => not_found(&call.state),
    };
    if is_search {
        return response;
    }
    let response = with_header(response, "x-hubspot-ratelimit-interval-milliseconds", BURST.seconds * 1_000);
    let response = with_header(response, "x-hubspot-ratelimit-max", BURST.calls);
    with_header(response, "x-hubspot-ratelimit-remaining", left.calls)
}

fn ok(body: &Value) -> Response<Body> {
    vendor::json(StatusCode::OK, body)
}

fn details(call: &Call) -> Value {
    let account = &call.state.world().accounts[ACCOUNT];
    let offset = call.state.clock().now().with_timezone(&account.zone()).format("%:z").to_string();
    call.row(json!({
        "portalId": PORTAL,
        "accountType": "STANDARD",
        "timeZone": account.zone().name(),
        "companyCurrency": account.template.currency,
        "additionalCurrencies": [],
        "utcOffset": offset,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }))
}

/// The id of an owner, by its position.
fn owner_id(owner: usize) -> String {
    format!("{}", 88_842_095 + owner * 117)
}

fn owners(call: &Call) -> Value {
    if call.get("archived") == Some("true") {
        return json!({"results": []});
    }
    let since = iso(call.state.world().first_day.and_time(chrono::NaiveTime::MIN).and_utc());
    let rows = OWNERS.iter().enumerate().map(|(index, (name, email))| {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        call.row(json!({
            "id": owner_id(index),
            "email": email,
            "type": "PERSON",
            "firstName": first,
            "lastName": last,
            "userId": 61_000_000 + index,
            "createdAt": since,
            "updatedAt": since,
            "archived": false,
        }))
    });
    json!({"results": rows.collect::<Vec<_>>()})
}

fn token(call: &Call, is_new: bool) -> Response<Body> {
    let (client, secret) = (call.form("client_id"), call.form("client_secret"));
    if client.is_empty() {
        return denied(&call.state, "BAD_CLIENT_ID", "missing or invalid client id");
    }
    if secret.is_empty() {
        return denied(&call.state, "BAD_CLIENT_SECRET", "missing or invalid client secret");
    }
    let (given, bad, what) = match call.form("grant_type").as_str() {
        "authorization_code" => {
            let code = call.form("code");
            let given = SIGN_IN.redeem(&call.state, &code, &client, &call.form("redirect_uri"), None);
            (given, "BAD_AUTH_CODE", "missing or unknown auth code")
        }
        "refresh_token" => {
            let refresh = call.form("refresh_token");
            // HubSpot says the same refresh token again.
            let given = SIGN_IN.renew(&call.state, &refresh, &client);
            let given = given.map(|tokens| Tokens { refresh: Some(refresh), ..tokens });
            (given, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        }
        _ => return denied(&call.state, "BAD_GRANT_TYPE", "missing or unknown grant type"),
    };
    let tokens = match given {
        Ok(tokens) => tokens,
        Err(Refused::InvalidGrant(_)) => return denied(&call.state, bad, what),
        Err(Refused::UnauthorizedClient) => {
            return denied(&call.state, "BAD_CLIENT_ID", "missing or invalid client id");
        }
    };
    let mut body = json!({
        "token_type": "bearer",
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "expires_in": SIGN_IN.access_seconds,
    });
    if is_new {
        body["hub_id"] = PORTAL.into();
        body["user_id"] = 88_842_095.into();
        body["token_use"] = "access_token".into();
        body["scopes"] = tokens.scope.split(' ').collect::<Vec<_>>().into();
    }
    ok(&body)
}

fn inspect(call: &Call, token: &str) -> Response<Body> {
    if !call.state.is_live_in(SLUG, token) {
        let message = "The access token is expired or invalid.";
        return said(&call.state, StatusCode::NOT_FOUND, json!({"message": message}));
    }
    ok(&json!({
        "token": token,
        "user": OWNERS[0].1,
        "hub_domain": "brightwave.example",
        "hub_id": PORTAL,
        "user_id": 88_842_095,
        "token_type": "access",
        "expires_in": SIGN_IN.access_seconds,
    }))
}

/// An error in HubSpot's shape.
fn said(state: &SimulatorState, status: StatusCode, more: Value) -> Response<Body> {
    let id = state.request_id();
    let mut body = json!({"status": "error", "correlationId": id});
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    vendor::json(status, &body)
}

fn denied(state: &SimulatorState, code: &str, message: &str) -> Response<Body> {
    said(state, StatusCode::BAD_REQUEST, json!({"status": code, "message": message}))
}

/// 400 for what makes no sense.
fn invalid(state: &SimulatorState, message: &str) -> Response<Body> {
    said(state, StatusCode::BAD_REQUEST, json!({"message": message, "category": "VALIDATION_ERROR"}))
}

fn not_found(state: &SimulatorState) -> Response<Body> {
    said(
        state,
        StatusCode::NOT_FOUND,
        json!({"message": "resource not found", "category": "OBJECT_NOT_FOUND"}),
    )
}

fn throttled(state: &SimulatorState, policy: &str, seconds: Option<u64>) -> Response<Body> {
    let message = format!("You have reached your {} limit.", policy.to_lowercase());
    let more = json!({"message": message, "errorType": "RATE_LIMIT", "policyName": policy});
    let response = said(state, StatusCode::TOO_MANY_REQUESTS, more);
    match seconds {
        Some(seconds) => with_header(response, "retry-after", seconds),
        None => response,
    }
}

/// Tokens that were given here once have expired; what else is sent never was one.
fn unauthenticated(state: &SimulatorState, given: Option<&str>) -> Response<Body> {
    let more = match given {
        Some(token) if token.starts_with("ya29.sim-") => json!({
            "message": "The OAuth token used to make this call expired 0 second(s) ago.",
            "category": "EXPIRED_AUTHENTICATION",
            "context": {"expire time": [iso(state.clock().real_now())]},
        }),
        Some(_) => json!({
            "message": "Authentication credentials not found. This API supports OAuth 2.0 authentication and you \
                        can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            "category": "INVALID_AUTHENTICATION",
        }),
        None => json!({
            "message": "Any of the listed authentication credentials are missing",
            "category": "INVALID_AUTHENTICATION",
        }),
    };
    said(state, StatusCode::UNAUTHORIZED, more)
}

fn refuse(state: &SimulatorState, _: &str, trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(seconds) => throttled(state, "TEN_SECONDLY_ROLLING", Some(seconds)),
        Trouble::Quota(_) => throttled(state, "DAILY", None),
        Trouble::Unauthenticated => unauthenticated(state, None),
        Trouble::PermissionDenied => said(
            state,
            StatusCode::FORBIDDEN,
            json!({
                "message": "This app hasn't been granted all required scopes to make this call.",
                "category": "MISSING_SCOPES",
                "errors": [{"message": "One or more of the following scopes are required.",
                            "context": {"requiredGranularScopes": ["crm.objects.deals.read"]}}],
            }),
        ),
        Trouble::Server(status) => said(state, status, json!({"message": "internal error"})),
    }
}
