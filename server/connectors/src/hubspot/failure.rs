//! What HubSpot's refusals mean.

use crate::error::{DeniedScope, Error, ErrorKind};
use crate::http::status::judge_status;
use crate::http::{Answer, RetryReason, Verdict};
use crate::moments::next_midnight;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::time::Duration;

/// A portal's time zone.
pub(super) type Zone = chrono_tz::Tz;

/// A portal that is being moved to another region may not say for how long; then it is looked at again that much later.
const UNKNOWN_MOVE: Duration = Duration::from_hours(1);

/// Requests are counted over ten seconds.
pub(super) const WINDOW: Duration = Duration::from_secs(10);

/// A refusal, taken apart. The vendor promises none of the fields.
struct Failure {
    category: String,
    policy: String,
    message: String,
    correlation: String,
}

/// What was asked for is not there.
pub(super) const GONE: &[&str] = &["404"];

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer, zone: Zone) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    let failure = read(&body);
    let status = answer.status.as_u16();
    let error = |kind, what: &str| explain(kind, what, status, &failure, answer);
    let fault = || Verdict::Retry {
        after: answer.retry_after(),
        reason: RetryReason::Fault,
        error: Box::new(error(ErrorKind::VendorDown, "HubSpot does not work now")),
    };
    let throttled =
        |after| Verdict::throttled(after, error(ErrorKind::VendorDown, "HubSpot asks us to slow down"));
    match (status, failure.category.as_str()) {
        (401, "INVALID_AUTHENTICATION") => {
            Verdict::give_up(error(ErrorKind::NeedsReauthorisation, "HubSpot no longer accepts the consent"))
        }
        (401, _) => Verdict::Refresh(Box::new(error(
            ErrorKind::NeedsReauthorisation,
            "HubSpot does not accept the access token",
        ))),
        (403, _) => Verdict::give_up(error(
            ErrorKind::Permission(DeniedScope::Stream),
            "The consent or the portal's plan does not cover it",
        )),
        (429, _) if is_daily(&failure, answer) => {
            // The delay in the header is that of requests in a row.
            throttled(Some(answer.retry_after().unwrap_or_default().max(until_midnight(answer.at, zone))))
        }
        (429, _) => throttled(answer.retry_after()),
        (477, _) => Verdict::throttled(
            answer.retry_after().or(Some(UNKNOWN_MOVE)),
            error(ErrorKind::VendorDown, "HubSpot is moving the portal to another region"),
        ),
        (530, _) => Verdict::give_up(
            error(ErrorKind::Configuration, "HubSpot says that the access token is malformed")
                .with_hint("Correct access_token, or connect again."),
        ),
        (423 | 408 | 425 | 500..=599, _) => fault(),
        (404, _) => Verdict::give_up(
            error(ErrorKind::Permission(DeniedScope::Stream), "HubSpot does not know it").with_code("404"),
        ),
        (_, "") if failure.message.is_empty() => judge_status(answer, "HubSpot"),
        _ => Verdict::give_up(error(ErrorKind::Rejected, "HubSpot rejects the request")),
    }
}

fn read(body: &Value) -> Failure {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut message = text("message");
    let scopes: Vec<&str> = body
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|error| error.get("context")?.as_object())
        .flat_map(|context| context.iter().filter(|(name, _)| name.starts_with("required")))
        .filter_map(|(_, names)| names.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !scopes.is_empty() {
        message = format!("{} ({})", message.trim_end_matches('.'), scopes.join(", "));
    }
    Failure {
        category: text("category"),
        policy: text("policyName"),
        message,
        correlation: text("correlationId"),
    }
}

fn explain(kind: ErrorKind, what: &str, status: u16, failure: &Failure, answer: &Answer) -> Error {
    let said = if failure.message.is_empty() { answer.snippet() } else { failure.message.clone() };
    let said = said.trim_end_matches('.');
    let message =
        if said.is_empty() { format!("{what} (HTTP {status}).") } else { format!("{what}: {said}.") };
    let code = [&failure.category, &failure.policy].into_iter().find(|c| !c.is_empty());
    let code = code.cloned().unwrap_or_default();
    let id = &failure.correlation;
    let request = if id.is_empty() { String::new() } else { format!(" (correlation {id})") };
    Error::new(kind, message).with_raw(format!("HTTP {status} {code}: {said}{request}")).with_code(code)
}

/// Without a name for the limit, the header tells that the day's requests are used up.
fn is_daily(failure: &Failure, answer: &Answer) -> bool {
    let left = answer.headers.get("x-hubspot-ratelimit-daily-remaining").and_then(|v| v.to_str().ok());
    failure.policy == "DAILY" || (failure.policy.is_empty() && left == Some("0"))
}

/// The time until the portal's next day starts.
fn until_midnight(at: DateTime<Utc>, zone: Zone) -> Duration {
    (next_midnight(at, zone) - at).to_std().unwrap_or(Duration::from_hours(24))
}
