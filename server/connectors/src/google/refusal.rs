//! Refusals in the form of `google.rpc.Status`, and in the older one with a list of `errors`.

use crate::error::{DeniedScope, Error, ErrorKind};
use crate::http::{Answer, RetryReason, Verdict};
use serde_json::Value;
use std::time::Duration;

/// A refusal, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal<'a> {
    /// `error.code`, which is an HTTP status.
    pub(crate) status: u16,
    /// Google's name for the status, for example `PERMISSION_DENIED`.
    pub(crate) name: &'a str,
    /// Why, for example `SERVICE_DISABLED`; empty where Google does not say.
    pub(crate) reason: &'a str,
    /// For people.
    pub(crate) message: &'a str,
    /// When to come back.
    pub(crate) retry_delay: Option<Duration>,
    /// What each API adds.
    pub(crate) details: &'a [Value],
}

impl<'a> Refusal<'a> {
    /// The refusal in an answer: an object, or an array whose first element is that object.
    pub(crate) fn in_body(body: &'a Value) -> Option<Self> {
        let error = body.get("error").or_else(|| body.get(0)?.get("error"))?;
        let details = error.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let of_details = |key| details.iter().find_map(|d| d.get(key).and_then(Value::as_str));
        let older = || error.pointer("/errors/0/reason").and_then(Value::as_str);
        Some(Self {
            status: error.get("code").and_then(Value::as_u64).and_then(|c| c.try_into().ok()).unwrap_or(0),
            name: text(error.get("status")),
            reason: of_details("reason").or_else(older).unwrap_or_default(),
            message: text(error.get("message")),
            retry_delay: of_details("retryDelay").and_then(delay_of),
            details,
        })
    }

    /// The failure that it is, with what Google said.
    pub(crate) fn error(&self, kind: ErrorKind, what: &str) -> Error {
        let code = if self.reason.is_empty() { self.name } else { self.reason };
        let said = self.message.trim_end_matches('.');
        // Bodies that are not quite Google's name neither.
        let status = if self.status == 0 { String::new() } else { format!("HTTP {} ", self.status) };
        let raw = format!("{status}{code}: {}", self.message);
        Error::new(kind, format!("{what}: {said}."))
            .with_raw(raw.trim_start_matches([':', ' ']))
            .with_code(code)
    }

    /// What it means for all of Google's APIs. `error` puts the failure into words; `product` is the API's name.
    pub(crate) fn judge(
        &self,
        answer: &Answer,
        product: &str,
        error: &dyn Fn(ErrorKind, &str) -> Error,
    ) -> Verdict {
        let delay = self.retry_delay.or_else(|| answer.retry_after());
        if let Some(verdict) = self.judge_reason(product, error) {
            return verdict;
        }
        match self.status_of(answer) {
            401 => Verdict::Refresh(Box::new(error(
                ErrorKind::NeedsReauthorisation,
                "Google does not accept the access token",
            ))),
            403 => Verdict::give_up(error(
                ErrorKind::Permission(DeniedScope::Account),
                "Google refuses access to the account",
            )),
            408 | 500..=599 => Verdict::Retry {
                after: delay,
                reason: RetryReason::Fault,
                error: Box::new(error(ErrorKind::VendorDown, &format!("{product} does not work now"))),
            },
            429 => Verdict::throttled(
                delay,
                error(ErrorKind::VendorDown, &format!("{product} asks us to slow down")),
            ),
            404 => Verdict::give_up(error(
                ErrorKind::VersionSunset,
                "Google does not serve this version of its API",
            )),
            _ => Verdict::give_up(error(ErrorKind::Rejected, &format!("{product} rejects the query"))),
        }
    }

    /// The status that the body tells; the answer's own where it tells none. (A stream that breaks in the middle has told its own
    /// already.)
    pub(crate) fn status_of(&self, answer: &Answer) -> u16 {
        if self.status == 0 && !answer.status.is_success() { answer.status.as_u16() } else { self.status }
    }

    fn judge_reason(&self, product: &str, error: &dyn Fn(ErrorKind, &str) -> Error) -> Option<Verdict> {
        let is_switched_off = matches!(
            self.reason,
            "SERVICE_DISABLED" | "CONSUMER_INVALID" | "API_KEY_SERVICE_BLOCKED" | "accessNotConfigured"
        );
        // Older front ends name no reason.
        let says_so = self.status == 403 && self.message.contains("has not been used in project");
        if is_switched_off || says_so {
            let what = format!("The {product} API is not switched on in the Google Cloud project");
            return Some(Verdict::give_up(error(ErrorKind::Configuration, &what)));
        }
        if self.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT" {
            let what = format!("The consent does not cover {product}");
            return Some(Verdict::give_up(error(ErrorKind::NeedsReauthorisation, &what)));
        }
        None
    }
}

/// A 404 without Google's words: the address is not served. One of many where others are, or a version that is gone.
pub(crate) fn not_served(answer: &Answer, product: &str) -> Error {
    let said = answer.snippet();
    Error::new(ErrorKind::Permission(DeniedScope::Stream), format!("{product} does not serve it (HTTP 404)."))
        .with_raw(answer.raw("", &said))
        .with_code("404")
        .with_hint(
            "If nothing of it is served any more, the setting api_version names a version that is gone.",
        )
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// `2s`, `0.5s`.
pub(crate) fn delay_of(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_are_read() {
        let newer = json!([{"error": {"code": 403, "message": "No.", "status": "PERMISSION_DENIED", "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"},
        ]}}]);
        let refusal = Refusal::in_body(&newer).unwrap();
        assert_eq!(
            (refusal.status, refusal.name, refusal.reason),
            (403, "PERMISSION_DENIED", "SERVICE_DISABLED")
        );
        assert_eq!(refusal.retry_delay, Some(Duration::from_millis(1_500)));
        let older =
            json!({"error": {"code": 403, "message": "No.", "errors": [{"reason": "quotaExceeded"}]}});
        assert_eq!(Refusal::in_body(&older).unwrap().reason, "quotaExceeded");
        assert!(Refusal::in_body(&json!({"rows": []})).is_none());
    }

    #[test]
    fn what_google_did_not_say_is_not_made_up() {
        let raw = |body: serde_json::Value| {
            let refusal = Refusal::in_body(&body).unwrap().error(ErrorKind::Rejected, "Google says no");
            refusal.raw.unwrap().into_string()
        };
        assert_eq!(raw(json!({"error": {"code": 400, "status": "A", "message": "No."}})), "HTTP 400 A: No.");
        assert_eq!(raw(json!({"error": {"message": "Gone."}})), "Gone.");
    }
}
