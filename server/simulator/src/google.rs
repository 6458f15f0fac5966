//! What Google's APIs share beside the sign-in: who may call, and how they refuse.

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::json;

use crate::oauth;
use crate::state::SimulatorState;
use crate::vendor::{bearer, json as json_answer, with_header};

/// A call that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status.
    pub status: StatusCode,
    /// Text for people.
    pub message: String,
    /// Domain and reason, as the older APIs say them beside the status.
    pub reason: Option<(&'static str, &'static str)>,
}

impl Refused {
    /// A refusal of the newer APIs, which say no reason.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), reason: None }
    }

    /// 400.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 401.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or \
             other valid authentication credential. See \
             https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
    }

    /// 500 or 503.
    pub fn server(status: StatusCode) -> Self {
        let message = match status {
            StatusCode::SERVICE_UNAVAILABLE => "The service is currently unavailable.",
            _ => "Internal error encountered.",
        };
        Self::new(status, message)
    }

    /// The same with a reason.
    #[must_use]
    pub fn because(mut self, domain: &'static str, reason: &'static str) -> Self {
        self.reason = Some((domain, reason));
        self
    }

    /// As an answer.
    pub fn answer(&self) -> Response<Body> {
        let mut error = json!({
            "code": self.status.as_u16(),
            "message": self.message,
            "status": canonical(self.status),
        });
        if let Some((domain, reason)) = self.reason {
            error["errors"] = json!([{"message": self.message, "domain": domain, "reason": reason}]);
        }
        let answer = json_answer(self.status, &json!({"error": error}));
        if self.status != StatusCode::UNAUTHORIZED {
            return answer;
        }
        with_header(answer, "www-authenticate", "Bearer realm=\"https://accounts.google.com/\"")
    }
}

fn canonical(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::FORBIDDEN => "PERMISSION_DENIED",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
        StatusCode::INTERNAL_SERVER_ERROR => "INTERNAL",
        StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}

/// Checks the access token of a call.
///
/// # Errors
/// 401 when there is none that is good.
pub fn signed_in(state: &SimulatorState, headers: &HeaderMap) -> Result<(), Refused> {
    let is_live = bearer(headers).is_some_and(|token| state.is_live_in(oauth::REALM, token));
    if is_live { Ok(()) } else { Err(Refused::unauthenticated()) }
}

/// True for paths of the sign-in, which faults without a path spare.
pub fn is_sign_in(path: &str) -> bool {
    ["/o/oauth2", "/token", "/oauth2", "/revoke"].iter().any(|start| path.starts_with(start))
}
