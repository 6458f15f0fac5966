//! What Google's refusals mean.

use crate::error::{DeniedScope, Error, ErrorKind};
use crate::http::{Answer, RetryReason, Verdict};
use serde_json::Value;
use std::time::Duration;

/// The vendor's text for "daily operations are used up" may lack a delay; then it is looked at again that much later.
const UNKNOWN_QUOTA_WAIT: Duration = Duration::from_hours(1);

/// A refusal, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Failure {
    /// `error.code`, which is an HTTP status.
    status: u16,
    /// For example `queryError`.
    category: String,
    /// For example `UNRECOGNIZED_FIELD`; the status's name where Google Ads did not answer itself.
    code: String,
    message: String,
    retry_delay: Option<Duration>,
    rate_scope: String,
    request_id: String,
}

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    match refusal_in(&body) {
        Some(error) => judge_failure(&read(error), answer),
        None => judge_status(answer),
    }
}

/// Judges a refusal that came inside a good answer, as a batch of a stream.
pub(super) fn judge_batch(batch: &Value, answer: &Answer) -> Option<Verdict> {
    refusal_in(batch).map(|error| judge_failure(&read(error), answer))
}

/// `search` answers an object, `searchStream` an array with that object.
fn refusal_in(body: &Value) -> Option<&Value> {
    body.get("error").or_else(|| body.get(0)?.get("error"))
}

fn read(error: &Value) -> Failure {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut failure = Failure {
        status: error.get("code").and_then(Value::as_u64).and_then(|c| c.try_into().ok()).unwrap_or(0),
        code: text(error.get("status")),
        message: text(error.get("message")),
        ..Failure::default()
    };
    for detail in error.get("details").and_then(Value::as_array).into_iter().flatten() {
        if let Some(reason) = detail.get("reason").and_then(Value::as_str) {
            failure.category = "reason".into();
            reason.clone_into(&mut failure.code);
        }
        if let Some(delay) = detail.get("retryDelay").and_then(Value::as_str) {
            failure.retry_delay = delay_of(delay);
        }
        if let Some(first) = detail.pointer("/errors/0") {
            if let Some((category, code)) =
                first.get("errorCode").and_then(Value::as_object).and_then(|c| c.iter().next())
            {
                failure.category.clone_from(category);
                failure.code = text(Some(code));
            }
            if let Some(message) = first.get("message").and_then(Value::as_str) {
                message.clone_into(&mut failure.message);
            }
            let quota = first.pointer("/details/quotaErrorDetails");
            failure.retry_delay = quota
                .and_then(|q| q.get("retryDelay"))
                .and_then(Value::as_str)
                .and_then(delay_of)
                .or(failure.retry_delay);
            failure.rate_scope = text(quota.and_then(|q| q.get("rateScope")));
            failure.request_id = text(detail.get("requestId"));
        }
    }
    failure
}

/// `2s`, `0.5s`.
fn delay_of(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn judge_failure(failure: &Failure, answer: &Answer) -> Verdict {
    let error = |kind: ErrorKind, what: &str| {
        let id = if failure.request_id.is_empty() {
            String::new()
        } else {
            format!(" (request {})", failure.request_id)
        };
        let code = match (failure.category.as_str(), failure.code.as_str()) {
            ("", code) => code.to_owned(),
            (category, code) => format!("{category}.{code}"),
        };
        let said = failure.message.trim_end_matches('.');
        Error::new(kind, format!("{what}: {said}."))
            .with_raw(format!("HTTP {} {code}: {}{id}", failure.status, failure.message))
            .with_code(code)
    };
    let denied = |scope, what: &str| Verdict::give_up(error(ErrorKind::Permission(scope), what));
    let configuration = |what: &str| Verdict::give_up(error(ErrorKind::Configuration, what));
    let delay = failure.retry_delay.or_else(|| answer.retry_after());
    let throttled =
        |after| Verdict::throttled(after, error(ErrorKind::VendorDown, "Google Ads asks us to slow down"));

    match (failure.category.as_str(), failure.code.as_str()) {
        (_, code) if code.starts_with("DEVELOPER_TOKEN") || code == "PROJECT_DISABLED" => {
            configuration("Google Ads does not accept the developer token")
        }
        ("authenticationError", "NOT_ADS_USER") => {
            denied(DeniedScope::Grant, "The Google user has no Google Ads account")
        }
        (
            "authenticationError",
            "OAUTH_TOKEN_REVOKED" | "OAUTH_TOKEN_DISABLED" | "USER_ID_INVALID" | "GOOGLE_ACCOUNT_DELETED",
        ) => Verdict::give_up(error(ErrorKind::NeedsReauthorisation, "Google no longer accepts the consent")),
        (
            "authenticationError",
            "TWO_STEP_VERIFICATION_NOT_ENROLLED" | "ADVANCED_PROTECTION_NOT_ENROLLED",
        ) => denied(DeniedScope::Grant, "The Google user must turn on two-step verification"),
        ("authenticationError", "CUSTOMER_NOT_FOUND") => {
            denied(DeniedScope::Account, "Google Ads knows no such account")
        }
        ("authorizationError", "CUSTOMER_NOT_ENABLED") => {
            denied(DeniedScope::Account, "The account is closed or was never finished")
        }
        ("authorizationError", "USER_PERMISSION_DENIED" | "MISSING_TOS" | "INCOMPLETE_SIGNUP") => {
            denied(DeniedScope::Account, "Google Ads refuses access to the account")
        }
        ("authorizationError", _) => denied(DeniedScope::Stream, "Google Ads refuses this query"),
        ("headerError", _) => {
            configuration("Google Ads does not accept the manager account (login_customer_id)")
        }
        ("reason", "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
            Verdict::give_up(error(ErrorKind::NeedsReauthorisation, "The consent does not cover Google Ads"))
        }
        ("reason", "SERVICE_DISABLED" | "CONSUMER_INVALID" | "API_KEY_SERVICE_BLOCKED") => {
            configuration("The Google Ads API is not switched on in the Google Cloud project")
        }
        ("quotaError", "ACCESS_PROHIBITED") => configuration("Google Ads has blocked this developer token"),
        ("quotaError", "RESOURCE_EXHAUSTED") => {
            // Without a delay, the developer's daily operations are meant; an account's bucket refills in seconds.
            let is_daily = failure.rate_scope != "ACCOUNT";
            throttled(delay.or_else(|| is_daily.then_some(UNKNOWN_QUOTA_WAIT)))
        }
        ("quotaError", _) => throttled(delay),
        ("requestError", "UNSUPPORTED_VERSION") => {
            Verdict::give_up(error(ErrorKind::VersionSunset, "Google switched this version of its API off"))
        }
        ("requestError", "INVALID_PAGE_TOKEN" | "EXPIRED_PAGE_TOKEN") => Verdict::give_up(error(
            ErrorKind::Interrupted { needs_fewer_days: false },
            "Google Ads forgot which page comes next",
        )),
        ("queryError", "REQUESTED_METRICS_FOR_MANAGER") => Verdict::give_up(
            error(ErrorKind::Configuration, "This is a manager account, which has no figures of its own")
                .with_hint(
                    "Read the accounts under it; `windhover connector accounts google_ads` lists them.",
                ),
        ),
        ("internalError", _) => Verdict::Retry {
            after: delay,
            reason: RetryReason::Fault,
            error: Box::new(error(ErrorKind::VendorDown, "Google Ads does not work now")),
        },
        _ => match failure.status {
            401 => Verdict::Refresh(Box::new(error(
                ErrorKind::NeedsReauthorisation,
                "Google does not accept the access token",
            ))),
            403 => denied(DeniedScope::Account, "Google refuses access to the account"),
            408 | 500..=599 => Verdict::Retry {
                after: delay,
                reason: RetryReason::Fault,
                error: Box::new(error(ErrorKind::VendorDown, "Google Ads does not work now")),
            },
            429 => throttled(delay),
            404 if failure.category.is_empty() || failure.category == "reason" => Verdict::give_up(error(
                ErrorKind::VersionSunset,
                "Google does not serve this version of its API",
            )),
            _ => Verdict::give_up(error(ErrorKind::Rejected, "Google Ads rejects the query")),
        },
    }
}

/// Judges an answer that is not Google Ads' own: a proxy, a load balancer, a front end.
fn judge_status(answer: &Answer) -> Verdict {
    let status = answer.status.as_u16();
    let said = answer.snippet();
    let error = |kind, what: &str| {
        let quoted = if said.is_empty() { String::new() } else { format!(": {said:?}") };
        Error::new(kind, format!("{what} (HTTP {status}){quoted}."))
            .with_raw(format!("HTTP {status}: {said}"))
    };
    match status {
        401 => Verdict::Refresh(Box::new(error(
            ErrorKind::NeedsReauthorisation,
            "Google does not accept the access token",
        ))),
        403 => Verdict::give_up(error(
            ErrorKind::Permission(DeniedScope::Account),
            "Google refuses access to the account",
        )),
        404 => {
            Verdict::give_up(error(ErrorKind::VersionSunset, "Google does not serve this version of its API"))
        }
        429 => Verdict::throttled(
            answer.retry_after(),
            error(ErrorKind::VendorDown, "Google Ads asks us to slow down"),
        ),
        408 | 425 | 500..=599 => Verdict::Retry {
            after: answer.retry_after(),
            reason: RetryReason::Fault,
            error: Box::new(error(ErrorKind::VendorDown, "Google Ads does not work now")),
        },
        300..=399 => Verdict::give_up(
            error(ErrorKind::Configuration, "The address answers with a redirect, which is not followed")
                .with_hint("Check the base URL."),
        ),
        _ => Verdict::give_up(error(ErrorKind::Rejected, "Google Ads rejects the request")),
    }
}
