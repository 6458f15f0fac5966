//! X: posts of a user (API v2), and campaigns (Ads API).

mod ads;
mod posts;
mod sign_in;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};

use crate::faults::Unknown;
use crate::quota::{Left, Quota};
use crate::state::SimulatorState;
use crate::vendor::{Access, Trouble, Vendor, bearer, json as json_answer, with_header, worked_out};

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "x",
    name: "X",
    routes: || {
        sign_in::routes()
            .merge(ads::routes())
            .route("/2/{*path}", get(call))
            .fallback(|| async { Refused::new(StatusCode::NOT_FOUND, "Not Found", "Not Found").answer() })
    },
    is_api_call: |path| !path.contains("/oauth2/"),
    refuse: |state, path, trouble| {
        let now = state.clock().real_now().timestamp();
        if path.starts_with("/12/") {
            return ads::Refused::of(trouble).answer_at(now, trouble);
        }
        Refused::of(trouble).answer_at(now, trouble)
    },
    access: |state| Access {
        credentials: vec![
            ("client_id", "WDJ5c0JhZ2xvd2luZGhvdmVy".to_owned()),
            ("client_secret", crate::DEMO_CLIENT_SECRET.to_owned()),
            // A refresh token works once, so that a client that does not keep the next one has this for a start.
            ("access_token", state.issue_access_token_of(sign_in::USER, sign_in::SECONDS)),
            ("refresh_token", state.issue_refresh_token_of(sign_in::USER)),
            ("api_key", "xvz1evFS4wEEPTGEFPHBog".to_owned()),
            ("api_secret", crate::DEMO_CLIENT_SECRET.to_owned()),
            ("ads_access_token", state.issue_access_token_of(sign_in::ADS, sign_in::FOR_EVER)),
            ("ads_access_token_secret", crate::DEMO_CLIENT_SECRET.to_owned()),
        ],
        settings: Vec::new(),
    },
};

/// Calls per endpoint and user.
const WINDOW: Quota = Quota { calls: 900, seconds: 900 };

/// A call that is refused, as a problem in JSON.
#[derive(Debug, Clone, PartialEq)]
struct Refused {
    status: StatusCode,
    body: Value,
}

impl Refused {
    fn new(status: StatusCode, title: &str, detail: &str) -> Self {
        let body =
            json!({"title": title, "detail": detail, "type": "about:blank", "status": status.as_u16()});
        Self { status, body }
    }

    /// 400 that names the parameter.
    fn invalid(parameter: &str, value: &str, message: &str) -> Self {
        let body = json!({
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.twitter.com/2/problems/invalid-request",
        });
        Self { status: StatusCode::BAD_REQUEST, body }
    }

    /// 403: the plan does not have the endpoint.
    fn not_enrolled() -> Self {
        let body = json!({
            "client_id": "30112233",
            "required_enrollment": "Appropriate Level of API Access",
            "reason": "client-not-enrolled",
            "title": "Client Forbidden",
            "detail": "This request must be made using an approved developer account that is enrolled in the \
                       requested endpoint.",
            "type": "https://api.twitter.com/2/problems/client-forbidden",
        });
        Self { status: StatusCode::FORBIDDEN, body }
    }

    fn of(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Throttled(_) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "Too Many Requests")
            }
            Trouble::Quota(_) => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                body: json!({
                    "account_id": 1_588_312_960_001_i64,
                    "product_name": "standard-basic",
                    "title": "UsageCapExceeded",
                    "period": "Monthly",
                    "scope": "Product",
                    "detail": "Usage cap exceeded: Monthly product cap",
                    "type": "https://api.twitter.com/2/problems/usage-capped",
                }),
            },
            Trouble::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized"),
            Trouble::PermissionDenied => Self::not_enrolled(),
            Trouble::Server(status) => {
                let title = status.canonical_reason().unwrap_or_default();
                Self::new(status, title, title)
            }
        }
    }

    fn answer(&self) -> Response<Body> {
        json_answer(self.status, &self.body)
    }

    /// The answer with the headers of the window: used up, or not when a cap is.
    fn answer_at(&self, now: i64, trouble: Trouble) -> Response<Body> {
        match trouble {
            Trouble::Throttled(seconds) => limited(self.answer(), 0, now + seconds.cast_signed()),
            _ => limited(self.answer(), WINDOW.calls - 1, now + WINDOW.seconds),
        }
    }
}

/// An answer with the headers of its window.
fn limited(answer: Response<Body>, remaining: u64, reset: i64) -> Response<Body> {
    let answer = with_header(answer, "x-rate-limit-limit", WINDOW.calls);
    let answer = with_header(answer, "x-rate-limit-remaining", remaining);
    with_header(answer, "x-rate-limit-reset", reset)
}

/// Counts a call of an endpoint.
fn count(state: &SimulatorState, endpoint: &str) -> Result<Left, u64> {
    state.count("x", endpoint, WINDOW).map_err(|wait| wait.0)
}

/// Parameters of a call.
struct Params(Vec<(String, String)>);

impl Params {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).into_iter().flat_map(|text| text.split(',')).filter(|item| !item.is_empty()).collect()
    }
}

async fn call(
    State(state): State<SimulatorState>,
    Path(path): Path<String>,
    Query(params): Query<Vec<(String, String)>>,
    unknown: Option<Extension<Unknown>>,
    headers: HeaderMap,
) -> Response<Body> {
    let now = state.clock().real_now().timestamp();
    if !bearer(&headers).is_some_and(|token| state.is_live_in(sign_in::USER, token)) {
        return Refused::of(Trouble::Unauthenticated).answer();
    }
    let endpoint = path.split('/').map(|part| if part.parse::<u64>().is_ok() { ":id" } else { part });
    let left = match count(&state, &endpoint.collect::<Vec<_>>().join("/")) {
        Ok(left) => left,
        Err(seconds) => {
            let trouble = Trouble::Throttled(seconds);
            return Refused::of(trouble).answer_at(now, trouble);
        }
    };
    let is_strange = unknown.is_some();
    let answer = worked_out(move || match posts::run(&state, &path, &Params(params)) {
        Ok(mut body) => {
            if is_strange {
                body["simulated_addition"] = 7.into();
                for row in body["data"].as_array_mut().into_iter().flatten() {
                    row["simulated_addition"] = json!({"value": 7});
                }
            }
            json_answer(StatusCode::OK, &body)
        }
        Err(error) => error.answer(),
    });
    limited(answer.await, left.calls, now + left.seconds)
}
