//! Refusals of the Graph API. Their HTTP status says little: clients go by the code.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::json;

use crate::vendor::{json as answer, with_header};

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphError {
    status: StatusCode,
    kind: &'static str,
    code: i64,
    subcode: Option<i64>,
    message: String,
    is_transient: bool,
}

impl GraphError {
    /// A refusal of the usual kind.
    pub fn new(status: StatusCode, code: i64, subcode: Option<i64>, message: impl Into<String>) -> Self {
        Self { status, kind: "OAuthException", code, subcode, message: message.into(), is_transient: false }
    }

    /// A path that no API has.
    pub fn unknown_path(path: &[String]) -> Self {
        let message = format!("Unknown path components: /{}", path.join("/"));
        Self::new(StatusCode::BAD_REQUEST, 2500, None, message)
    }

    /// An object that is not there, or not for this caller.
    pub fn missing(id: &str) -> Self {
        let message = format!(
            "Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation. Please read the Graph API documentation at \
             https://developers.facebook.com/docs/graph-api"
        );
        Self { kind: "GraphMethodException", ..Self::new(StatusCode::BAD_REQUEST, 100, Some(33), message) }
    }

    /// A parameter that makes no sense.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 100, None, format!("(#100) {}", message.into()))
    }

    /// A version that ended.
    pub fn sunset(version: u32, newest: u32) -> Self {
        let message = format!(
            "(#2635) You are calling a deprecated version of the Ads API (v{version}.0). Please update to the \
             latest version: v{newest}.0."
        );
        Self::new(StatusCode::BAD_REQUEST, 2635, None, message)
    }

    /// No token at all.
    pub fn no_token() -> Self {
        let message = "An active access token must be used to query information about the current user.";
        Self::new(StatusCode::BAD_REQUEST, 2500, None, message)
    }

    /// A token that is expired, revoked or unknown.
    pub fn expired() -> Self {
        let message = "Error validating access token: Session has expired on Sunday, 22-Nov-26 04:00:00 PST. \
                       Please log in again.";
        Self::new(StatusCode::BAD_REQUEST, 190, Some(463), message)
    }

    /// An object that this person may not read.
    pub fn denied() -> Self {
        let message = "(#200) Ad account owner has NOT grant ads_management or ads_read permission";
        Self::new(StatusCode::FORBIDDEN, 200, None, message)
    }

    /// Too many calls.
    pub fn throttled(code: i64) -> Self {
        let (status, message) = match code {
            17 => (StatusCode::BAD_REQUEST, "(#17) User request limit reached".to_owned()),
            80_002 => (
                StatusCode::FORBIDDEN,
                "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again."
                    .to_owned(),
            ),
            code => (
                StatusCode::BAD_REQUEST,
                format!(
                    "(#{code}) There have been too many calls from this ad-account. Wait a bit and try again. For \
                     more info, please refer to \
                     https://developers.facebook.com/docs/graph-api/overview/rate-limiting."
                ),
            ),
        };
        Self { is_transient: true, ..Self::new(status, code, Some(2_446_079), message) }
    }

    /// Meta's own fault.
    pub fn server(status: StatusCode) -> Self {
        let message = "An unexpected error has occurred. Please retry your request later.";
        Self { is_transient: true, ..Self::new(status, 2, None, message) }
    }

    /// The answer; `trace` is what Meta's support asks for.
    pub fn respond(&self, trace: &str) -> Response<Body> {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": trace,
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if self.is_transient {
            error["is_transient"] = true.into();
        }
        let response = answer(self.status, &json!({"error": error}));
        if self.code != 190 {
            return response;
        }
        let said = format!("OAuth \"Facebook Platform\" \"invalid_token\" \"{}\"", self.message);
        with_header(response, "www-authenticate", said)
    }
}
