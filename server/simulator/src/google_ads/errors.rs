//! The vendor's error answers.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An error as the API reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    status: StatusCode,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// A `GoogleAdsFailure` with one error.
    Failure { category: &'static str, code: &'static str, message: String, details: Option<Value> },
    /// Refused before the API proper saw the request: missing or expired access token.
    Unauthenticated,
    /// A malformed JSON body.
    BadBody(String),
}

impl ApiError {
    fn failure(status: StatusCode, category: &'static str, code: &'static str, message: String) -> Self {
        Self { status, kind: Kind::Failure { category, code, message, details: None } }
    }

    /// 400 `queryError`.
    pub fn query(code: &'static str, message: impl Into<String>) -> Self {
        Self::failure(StatusCode::BAD_REQUEST, "queryError", code, message.into())
    }

    /// 400 `requestError`.
    pub fn request(code: &'static str, message: impl Into<String>) -> Self {
        Self::failure(StatusCode::BAD_REQUEST, "requestError", code, message.into())
    }

    /// 400 `clickViewError`.
    pub fn click_view(code: &'static str, message: impl Into<String>) -> Self {
        Self::failure(StatusCode::BAD_REQUEST, "clickViewError", code, message.into())
    }

    /// 400 `headerError`.
    pub fn header(code: &'static str, message: impl Into<String>) -> Self {
        Self::failure(StatusCode::BAD_REQUEST, "headerError", code, message.into())
    }

    /// 403 `authorizationError`.
    pub fn authorization(code: &'static str, message: impl Into<String>) -> Self {
        Self::failure(StatusCode::FORBIDDEN, "authorizationError", code, message.into())
    }

    /// 401 `authenticationError`.
    pub fn authentication(code: &'static str, message: impl Into<String>) -> Self {
        Self::failure(StatusCode::UNAUTHORIZED, "authenticationError", code, message.into())
    }

    /// 500 or 503 `internalError`.
    pub fn internal(status: StatusCode) -> Self {
        let code =
            if status == StatusCode::SERVICE_UNAVAILABLE { "TRANSIENT_ERROR" } else { "INTERNAL_ERROR" };
        Self::failure(status, "internalError", code, "An internal error has occurred.".to_owned())
    }

    /// 403, as when the login customer id is missing or access was withdrawn.
    pub fn permission_denied() -> Self {
        Self::authorization(
            "USER_PERMISSION_DENIED",
            "User doesn't have permission to access customer. Note: If you're accessing a client customer, the \
             manager's customer id must be set in the 'login-customer-id' header.",
        )
    }

    /// 401 without a failure: the access token is missing, unknown or expired.
    pub fn unauthenticated() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, kind: Kind::Unauthenticated }
    }

    /// 400 for a body that is no valid request.
    pub fn bad_body(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: Kind::BadBody(message.into()) }
    }

    /// 429: too many requests in a short time.
    pub fn throttled(retry_delay_s: u64) -> Self {
        Self::quota("RESOURCE_TEMPORARILY_EXHAUSTED", "ACCOUNT", "Requests per customer", retry_delay_s)
    }

    /// 429: the developer token's operations of the day are used up.
    pub fn daily_quota(retry_delay_s: u64) -> Self {
        Self::quota("RESOURCE_EXHAUSTED", "DEVELOPER", "Number of operations for basic access", retry_delay_s)
    }

    fn quota(code: &'static str, scope: &str, rate: &str, retry_delay_s: u64) -> Self {
        let details = json!({"quotaErrorDetails": {
            "rateScope": scope, "rateName": rate, "retryDelay": format!("{retry_delay_s}s"),
        }});
        let message = format!("Too many requests. Retry in {retry_delay_s} seconds.");
        let kind = Kind::Failure { category: "quotaError", code, message, details: Some(details) };
        Self { status: StatusCode::TOO_MANY_REQUESTS, kind }
    }

    /// The vendor's code, such as `UNRECOGNIZED_FIELD`.
    pub fn code(&self) -> &str {
        match &self.kind {
            Kind::Failure { code, .. } => code,
            Kind::Unauthenticated => "ACCESS_TOKEN_EXPIRED",
            Kind::BadBody(_) => "INVALID_ARGUMENT",
        }
    }

    /// The answer, inside a one-element array for `searchStream`.
    pub fn respond(&self, version: &str, stream: bool, request_id: &str) -> Response<Body> {
        let object = json!({"error": {
            "code": self.status.as_u16(),
            "message": self.summary(),
            "status": self.canonical(),
            "details": self.details(version, request_id),
        }});
        let body = if stream { json!([object]) } else { object };
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
        if self.kind == Kind::Unauthenticated {
            let challenge = HeaderValue::from_static("Bearer realm=\"simulator\", error=\"invalid_token\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert("request-id", id);
        }
        response
    }

    fn summary(&self) -> &str {
        match &self.kind {
            Kind::BadBody(message) => message,
            Kind::Unauthenticated => {
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or \
                 other valid authentication credential."
            }
            Kind::Failure { .. } => match self.status {
                StatusCode::UNAUTHORIZED => "The request is missing a valid credential.",
                StatusCode::FORBIDDEN => "The caller does not have permission",
                StatusCode::TOO_MANY_REQUESTS => "Resource has been exhausted (e.g. check quota).",
                StatusCode::INTERNAL_SERVER_ERROR => "Internal error encountered.",
                StatusCode::SERVICE_UNAVAILABLE => "The service is currently unavailable.",
                _ => "Request contains an invalid argument.",
            },
        }
    }

    fn canonical(&self) -> &'static str {
        match self.status {
            StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
            StatusCode::FORBIDDEN => "PERMISSION_DENIED",
            StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
            StatusCode::INTERNAL_SERVER_ERROR => "INTERNAL",
            StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
            _ => "INVALID_ARGUMENT",
        }
    }

    fn details(&self, version: &str, request_id: &str) -> Value {
        match &self.kind {
            Kind::BadBody(_) => json!([]),
            Kind::Unauthenticated => json!([{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_EXPIRED",
                "domain": "googleapis.com",
                "metadata": {"service": "googleads.googleapis.com"},
            }]),
            Kind::Failure { category, code, message, details } => {
                let mut error = json!({"errorCode": {*category: code}, "message": message});
                if let Some(details) = details {
                    error["details"] = details.clone();
                }
                json!([{
                    "@type": format!("type.googleapis.com/google.ads.googleads.{version}.errors.GoogleAdsFailure"),
                    "errors": [error],
                    "requestId": request_id,
                }])
            }
        }
    }
}
