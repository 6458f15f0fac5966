//! What Google Ads' refusals mean.

use crate::error::{DeniedScope, Error, ErrorKind};
use crate::google::{Refusal, delay_of};
use crate::http::status::judge_status;
use crate::http::{Answer, RetryReason, Verdict};
use serde_json::Value;
use std::time::Duration;

/// The vendor's text for "daily operations are used up" may lack a delay; then it is looked at again that much later.
const UNKNOWN_QUOTA_WAIT: Duration = Duration::from_hours(1);

const PRODUCT: &str = "Google Ads";

/// A refusal, taken apart as far as Google Ads goes.
struct Failure<'a> {
    refusal: Refusal<'a>,
    /// For example `queryError`; `reason` where Google's front end refused; empty where neither says more.
    category: &'a str,
    /// For example `UNRECOGNIZED_FIELD`; the status's name where nothing says more.
    code: &'a str,
    message: &'a str,
    retry_delay: Option<Duration>,
    rate_scope: &'a str,
    request_id: &'a str,
}

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    judge_batch(&body, answer).unwrap_or_else(|| judge_status(answer, PRODUCT))
}

/// Judges a refusal that came inside a good answer, as a batch of a stream.
pub(super) fn judge_batch(batch: &Value, answer: &Answer) -> Option<Verdict> {
    Refusal::in_body(batch).map(|refusal| judge_failure(&read(refusal), answer))
}

fn read(refusal: Refusal<'_>) -> Failure<'_> {
    let mut failure = Failure {
        category: if refusal.reason.is_empty() { "" } else { "reason" },
        code: if refusal.reason.is_empty() { refusal.name } else { refusal.reason },
        message: refusal.message,
        retry_delay: refusal.retry_delay,
        rate_scope: "",
        request_id: "",
        refusal,
    };
    for detail in failure.refusal.details {
        let Some(first) = detail.pointer("/errors/0") else { continue };
        let code = first.get("errorCode").and_then(Value::as_object).and_then(|c| c.iter().next());
        if let Some((category, code)) = code {
            failure.category = category;
            failure.code = text(Some(code));
        }
        if let Some(message) = first.get("message").and_then(Value::as_str) {
            failure.message = message;
        }
        let quota = first.pointer("/details/quotaErrorDetails");
        let delay = quota.and_then(|q| q.get("retryDelay")).and_then(Value::as_str).and_then(delay_of);
        failure.retry_delay = delay.or(failure.retry_delay);
        failure.rate_scope = text(quota.and_then(|q| q.get("rateScope")));
        failure.request_id = text(detail.get("requestId"));
    }
    failure
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

fn judge_failure(failure: &Failure<'_>, answer: &Answer) -> Verdict {
    let error = |kind: ErrorKind, what: &str| {
        let id = if failure.request_id.is_empty() {
            String::new()
        } else {
            format!(" (request {})", failure.request_id)
        };
        let code = match (failure.category, failure.code) {
            ("", code) => code.to_owned(),
            (category, code) => format!("{category}.{code}"),
        };
        let said = failure.message.trim_end_matches('.');
        Error::new(kind, format!("{what}: {said}."))
            .with_raw(format!("HTTP {} {code}: {}{id}", failure.refusal.status, failure.message))
            .with_code(code)
    };
    let denied = |scope, what: &str| Verdict::give_up(error(ErrorKind::Permission(scope), what));
    let configuration = |what: &str| Verdict::give_up(error(ErrorKind::Configuration, what));
    let delay = failure.retry_delay.or_else(|| answer.retry_after());
    let throttled =
        |after| Verdict::throttled(after, error(ErrorKind::VendorDown, "Google Ads asks us to slow down"));

    match (failure.category, failure.code) {
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
        // A refusal of Google Ads' own that is not known here is no matter of versions, whatever its status.
        (category, _) if failure.refusal.status == 404 && !matches!(category, "" | "reason") => {
            Verdict::give_up(error(ErrorKind::Rejected, "Google Ads rejects the query"))
        }
        _ => {
            let refusal = Refusal { retry_delay: failure.retry_delay, ..failure.refusal.clone() };
            refusal.judge(answer, PRODUCT, &error)
        }
    }
}
