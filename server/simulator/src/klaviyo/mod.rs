//! Klaviyo's JSON:API: campaigns, flows and lists of one account, and reports about them.

mod objects;
mod reports;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::quota::{Left, Quota, Wait};
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, bearer, json as answer, with_header};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "klaviyo",
    name: "Klaviyo",
    routes: || SIGN_IN.routes().route("/{*path}", any(call)),
    is_api_call: |path| path.starts_with("/api/"),
    refuse: |state, _, trouble| refuse(state, trouble),
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token_of(SIGN_IN.realm))]),
};

static SIGN_IN: SignIn = SignIn {
    realm: "klaviyo",
    vendor: "Klaviyo",
    authorize: "/oauth/authorize",
    token: Some("/oauth/token"),
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: true,
    renewal: Renewal::Stays,
    access_seconds: 3_600,
    more: |_, _| {},
    back: &[],
};

/// Position of the business that sends with Klaviyo.
const ACCOUNT: usize = 2;

/// Its id.
const ACCOUNT_ID: &str = "XkQ7uS";

/// A refusal: status, code, title, detail and what in the request it is about.
struct Fault {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    pointer: String,
}

impl Fault {
    fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "invalid",
            title: "Invalid input.",
            detail: detail.into(),
            pointer: pointer.to_owned(),
        }
    }

    fn missing(what: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            code: "not_found",
            title: "Not found.",
            detail: format!("A {what} with that id does not exist."),
            pointer: "/data/".to_owned(),
        }
    }

    fn respond(&self, state: &SimulatorState) -> Response<Body> {
        let error = json!({
            "id": state.request_id(),
            "status": self.status.as_u16(),
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "source": {"pointer": self.pointer},
            "links": {},
            "meta": {},
        });
        as_api(answer(self.status, &json!({"errors": [error]})))
    }
}

fn as_api(mut response: Response<Body>) -> Response<Body> {
    let kind = HeaderValue::from_static("application/vnd.api+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn refuse(state: &SimulatorState, trouble: Trouble) -> Response<Body> {
    let (status, code, title, detail) = match trouble {
        Trouble::Throttled(seconds) => return throttled(state, seconds, Quota { calls: 150, seconds: 60 }),
        // The quota of a day is refused with fewer words.
        Trouble::Quota(seconds) => {
            let body = json!({"errors": [{"detail": "Rate limit exceeded"}]});
            return with_header(as_api(answer(StatusCode::TOO_MANY_REQUESTS, &body)), "retry-after", seconds);
        }
        Trouble::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "not_authenticated",
            "Authentication credentials were not provided.",
            "The access token has expired or is invalid.",
        ),
        Trouble::PermissionDenied => (
            StatusCode::FORBIDDEN,
            "permission_denied",
            "You do not have permission to perform this action.",
            "The API key is missing a required scope.",
        ),
        Trouble::Server(status) => {
            (status, "error", "A server error occurred.", "An internal error occurred.")
        }
    };
    Fault { status, code, title, detail: detail.to_owned(), pointer: "/data/".to_owned() }.respond(state)
}

fn throttled(state: &SimulatorState, seconds: u64, quota: Quota) -> Response<Body> {
    let fault = Fault {
        status: StatusCode::TOO_MANY_REQUESTS,
        code: "throttled",
        title: "Request was throttled.",
        detail: format!("Request was throttled. Expected available in {seconds} seconds."),
        pointer: "/data/".to_owned(),
    };
    let left = Left { calls: 0, seconds: i64::try_from(seconds).unwrap_or(0) };
    with_header(limited(fault.respond(state), quota, left), "retry-after", seconds)
}

fn limited(response: Response<Body>, quota: Quota, left: Left) -> Response<Body> {
    let limit = format!("{0}, {0};w={1}", quota.calls, quota.seconds);
    let response = with_header(response, "ratelimit-limit", limit);
    let response = with_header(response, "ratelimit-remaining", left.calls);
    with_header(response, "ratelimit-reset", left.seconds)
}

/// Calls of an endpoint: those of a minute, for reports those of a day. Bursts within a second are let through.
fn quota(endpoint: &str) -> Quota {
    match endpoint {
        "campaign-values-reports" | "flow-values-reports" | "flow-series-reports" => {
            Quota { calls: 225, seconds: 86_400 }
        }
        "campaigns" | "metrics" | "accounts" | "metric-aggregates" => Quota { calls: 150, seconds: 60 },
        "events" => Quota { calls: 3_500, seconds: 60 },
        _ => Quota { calls: 700, seconds: 60 },
    }
}

async fn call(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    let given = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = given.and_then(|value| value.strip_prefix("Klaviyo-API-Key "));
    let token = bearer(&asked.headers).or(key);
    if !token.is_some_and(|token| state.is_live_in(SIGN_IN.realm, token)) {
        return refuse(&state, Trouble::Unauthenticated);
    }
    let revision = asked.headers.get("revision").and_then(|value| value.to_str().ok());
    if revision.and_then(|text| text.get(..10)?.parse::<chrono::NaiveDate>().ok()).is_none() {
        return Fault::invalid("/data/", "The revision header is missing or no date.").respond(&state);
    }
    let endpoint = asked.path.get(1).cloned().unwrap_or_default();
    let quota = quota(&endpoint);
    // Reports share one quota, whatever they are about.
    let key = if quota.seconds > 60 { "reports" } else { endpoint.as_str() };
    let left = match state.count(VENDOR.slug, key, quota) {
        Ok(left) => left,
        Err(Wait(seconds)) if quota.seconds > 60 => return refuse(&state, Trouble::Quota(seconds)),
        Err(Wait(seconds)) => return throttled(&state, seconds, quota),
    };
    let response = match route(&state, &asked) {
        Ok(body) => as_api(answer(StatusCode::OK, &body)),
        Err(fault) => fault.respond(&state),
    };
    limited(response, quota, left)
}

fn route(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let is_post = asked.method == Method::POST;
    match (is_post, &asked.segments()[..]) {
        (false, ["api", "accounts"]) => Ok(objects::accounts(state)),
        (false, ["api", "metrics"]) => objects::metrics(asked),
        (false, ["api", "campaigns"]) => objects::campaigns(state, asked),
        (false, ["api", "flows"]) => objects::flows(state, asked),
        (false, ["api", "lists"]) => objects::lists(state, asked),
        (false, ["api", "lists", id]) => objects::list(state, asked, id),
        (false, ["api", "events"]) => objects::events(state, asked),
        (true, ["api", "campaign-values-reports"]) => reports::campaigns(state, asked),
        (true, ["api", "flow-values-reports"]) => reports::flow_values(state, asked),
        (true, ["api", "flow-series-reports"]) => reports::flow_series(state, asked),
        (true, ["api", "metric-aggregates"]) => reports::aggregates(state, asked),
        (false, ["api", "forms"]) => objects::forms(state, asked),
        (false, ["api", "segments" | "profiles", ..]) => Err(Fault {
            status: StatusCode::FORBIDDEN,
            code: "permission_denied",
            title: "You do not have permission to perform this action.",
            detail: "The API key is missing a required scope.".to_owned(),
            pointer: "/data/".to_owned(),
        }),
        _ => Err(Fault::missing("page")),
    }
}

/// Klaviyo's way to write a moment.
fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// A page of rows with the address of the next one.
fn page(asked: &Asked, size: usize, total: usize, row: impl FnMut(usize) -> Value) -> Result<Value, Fault> {
    let size = asked.number("page[size]").unwrap_or(size).clamp(1, size);
    let first = match asked.get("page[cursor]") {
        None => 0,
        Some(cursor) => URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok()?.strip_prefix("next-")?.parse().ok())
            .ok_or_else(|| Fault::invalid("page[cursor]", "Invalid page cursor."))?,
    };
    let end = (first + size).min(total);
    let mut rows: Vec<_> = (first.min(end)..end).map(row).collect();
    asked.odd(&mut rows);
    let path = format!("https://a.klaviyo.com/{}", asked.path.join("/"));
    let next = (end < total).then(|| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(asked.params.iter().filter(|(name, _)| name != "page[cursor]"));
        query.append_pair("page[cursor]", &URL_SAFE_NO_PAD.encode(format!("next-{end}")));
        format!("{path}?{}", query.finish())
    });
    Ok(json!({"data": rows, "links": {"self": path, "next": next, "prev": null}}))
}
