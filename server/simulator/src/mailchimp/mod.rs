//! Mailchimp's Marketing API 3.0: campaigns, reports, lists and automations of one account.

mod lists;
mod people;
mod reports;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::routing::{any, get};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::oauth::token::basic;
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, bearer, json as answer};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "mailchimp",
    name: "Mailchimp",
    routes: || SIGN_IN.routes().route("/oauth2/metadata", get(metadata)).route("/{*path}", any(call)),
    is_api_call: |path| path.starts_with("/3.0"),
    refuse: |state, _, trouble| refuse(state, trouble),
    access: |state| {
        Access::of_client([("access_token", state.issue_access_token_of(SIGN_IN.realm, SIGN_IN.lifetime()))])
    },
};

static SIGN_IN: SignIn = SignIn {
    realm: "mailchimp",
    vendor: "Mailchimp",
    authorize: "/oauth2/authorize",
    token: Some("/oauth2/token"),
    client_param: "client_id",
    code_param: "code",
    needs_scope: false,
    needs_pkce: false,
    renewal: Renewal::Never,
    access_seconds: 0,
    more: |_, body| body["scope"] = Value::Null,
    back: &[],
};

/// Position of the business that sends with Mailchimp.
const ACCOUNT: usize = 0;

/// The data centre that the account lives in; a key ends in it.
const CENTRE: &str = "us20";

/// Rows on a page, unless the call says otherwise, and at most.
const USUAL: usize = 10;
const MOST: usize = 1_000;

/// A refusal: status, title and detail.
type Problem = (StatusCode, &'static str, String);

fn problem(state: &SimulatorState, (status, title, detail): Problem) -> Response<Body> {
    let body = json!({
        "type": "https://mailchimp.com/developer/marketing/docs/errors/",
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "instance": state.request_id(),
    });
    let mut response = answer(status, &body);
    let kind = HeaderValue::from_static("application/problem+json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn missing() -> Problem {
    (StatusCode::NOT_FOUND, "Resource Not Found", "The requested resource could not be found.".to_owned())
}

fn invalid(detail: impl Into<String>) -> Problem {
    (StatusCode::BAD_REQUEST, "Invalid Resource", detail.into())
}

fn refuse(state: &SimulatorState, trouble: Trouble) -> Response<Body> {
    let words = match trouble {
        Trouble::Throttled(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too Many Requests",
            "You have exceeded the limit of 10 simultaneous connections.",
        ),
        Trouble::Quota(_) => return edge(),
        Trouble::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "API Key Invalid",
            "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
        ),
        Trouble::PermissionDenied => (
            StatusCode::FORBIDDEN,
            "User Forbidden",
            "The user's role does not have permission for the requested operation.",
        ),
        Trouble::Server(status) => {
            (status, "Internal Server Error", "An unexpected internal error has occurred.")
        }
    };
    problem(state, (words.0, words.1, words.2.to_owned()))
}

/// Who goes on in spite of many refusals is stopped before the API: with a page, not in its words.
fn edge() -> Response<Body> {
    const PAGE: &str = "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>\
        <p>You don't have permission to access this server.</p></body></html>";
    let mut response = Response::new(Body::from(PAGE));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

fn is_good(state: &SimulatorState, token: &str) -> bool {
    state.is_live_in(SIGN_IN.realm, token)
}

/// The token of a call, or its key without the data centre.
fn token(headers: &HeaderMap) -> Option<String> {
    let given = bearer(headers).map(str::to_owned).or_else(|| basic(headers).map(|(_, key)| key))?;
    let key = given.strip_suffix(CENTRE).and_then(|key| key.strip_suffix('-'));
    Some(key.map_or_else(|| given.clone(), str::to_owned))
}

/// Where a token's account lives. A bad token is answered with 200, too.
async fn metadata(State(state): State<SimulatorState>, headers: HeaderMap) -> Response<Body> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        given.and_then(|value| value.strip_prefix("OAuth ").or_else(|| value.strip_prefix("Bearer ")));
    if !token.is_some_and(|token| is_good(&state, token)) {
        return answer(StatusCode::OK, &json!({"error": "invalid_token"}));
    }
    let of = &state.world().accounts[ACCOUNT];
    let body = json!({
        "dc": CENTRE,
        "role": "owner",
        "accountname": of.name,
        "user_id": 684_456_000,
        "login": {"email": "maya@demo.example", "login_id": 684_456_001, "login_email": "maya@demo.example"},
        "login_url": "https://login.mailchimp.com",
        "api_endpoint": format!("https://{CENTRE}.api.mailchimp.com"),
    });
    answer(StatusCode::OK, &body)
}

async fn call(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    if !token(&asked.headers).is_some_and(|token| is_good(&state, &token)) {
        return refuse(&state, Trouble::Unauthenticated);
    }
    match route(&state, &asked) {
        Ok(body) => answer(StatusCode::OK, &body),
        Err(words) => problem(&state, words),
    }
}

fn route(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    let is_list = |id: &str| if id == lists::ID { Ok(()) } else { Err(missing()) };
    match asked.segments()[..] {
        ["3.0"] => Ok(root(state)),
        ["3.0", "ping"] => Ok(json!({"health_status": "Everything's Chimpy!"})),
        ["3.0", "campaigns"] => reports::campaigns(state, asked),
        ["3.0", "campaigns", id] => reports::campaign(state, id),
        ["3.0", "reports"] => reports::reports(state, asked),
        ["3.0", "reports", id] => reports::report(state, id),
        ["3.0", "reports", id, "email-activity"] => people::activity(state, asked, id),
        ["3.0", "reports", id, "unsubscribed"] => people::unsubscribed(state, asked, id),
        ["3.0", "automations"] => reports::automations(state, asked),
        ["3.0", "automations", id, "emails"] => reports::automation_emails(state, asked, id),
        ["3.0", "lists"] => lists::lists(state, asked),
        ["3.0", "lists", id] => is_list(id).map(|()| lists::list(state)),
        ["3.0", "lists", id, "activity"] => is_list(id).and_then(|()| lists::activity(state, asked)),
        ["3.0", "lists", id, "growth-history"] => is_list(id).and_then(|()| lists::growth(state, asked)),
        ["3.0", "lists", id, "members"] => is_list(id).and_then(|()| people::members(state, asked)),
        _ => Err(missing()),
    }
}

fn root(state: &SimulatorState) -> Value {
    let of = &state.world().accounts[ACCOUNT];
    json!({
        "account_id": "d8ba0a687ccbd9857e68a507c",
        "login_id": "684456001",
        "account_name": of.name,
        "email": "maya@demo.example",
        "role": "owner",
        "member_since": "2019-02-11T08:30:00+00:00",
        "pricing_plan_type": "monthly",
        "account_timezone": of.template.zone.name(),
        "account_industry": "Retail",
        "contact": {"company": of.name, "country": "DE"},
        "pro_enabled": false,
        "total_subscribers": lists::level(state),
        "industry_stats": {"open_rate": 0.2, "bounce_rate": 0.01, "click_rate": 0.02},
    })
}

/// Mailchimp's way to write a moment; an empty text for none.
fn written(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, false)).unwrap_or_default()
}

/// A page of rows below `name`.
fn page(asked: &Asked, name: &str, total: usize, row: impl FnMut(usize) -> Value) -> Result<Value, Problem> {
    let wrong = |field: &str| {
        invalid(format!("{field}: This value is not valid, it must be an integer up to {MOST}."))
    };
    let number = |field: &'static str, usual: usize| match asked.get(field) {
        None => Ok(usual),
        Some(text) => text.parse().map_err(|_| wrong(field)),
    };
    let (count, offset) = (number("count", USUAL)?, number("offset", 0)?);
    if count > MOST {
        return Err(wrong("count"));
    }
    let mut rows: Vec<_> = (offset.min(total)..(offset + count).min(total)).map(row).collect();
    asked.odd(&mut rows);
    Ok(json!({name: rows, "total_items": total}))
}
