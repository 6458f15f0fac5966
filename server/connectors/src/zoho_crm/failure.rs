//! What Zoho's refusals mean.

use crate::error::{DeniedScope, ErrorKind, Result, spare};
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use serde_json::Value;
use std::time::Duration;

/// Too many requests at the same time: one to five seconds are enough.
pub(super) const WINDOW: Duration = Duration::from_secs(2);

/// Credits come back bit by bit over 24 hours.
const CREDITS_WAIT: Duration = Duration::from_hours(1);

/// Codes of a record that is not there.
const MISSING: &[&str] = &["INVALID_DATA", "RESOURCE_NOT_FOUND", "404"];

/// Codes of a whole module that is not there, or not in this version.
const NO_MODULE: &[&str] = &["INVALID_MODULE", "INVALID_URL_PATTERN"];

/// None for a record that is not there. Without its module no other is either, whatever the HTTP status: no use in asking
/// for them one by one.
pub(super) fn spare_missing<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Err(error) if error.is_any_of(NO_MODULE) => Err(error),
        answer => spare(answer, MISSING),
    }
}

/// Codes of a version that is not served. Modules that an organization lacks answer with them, too.
pub(super) const UNSERVED: &[&str] = &["INVALID_URL_PATTERN", "404", "410"];

/// Judges an answer. A good one is `Done`, whatever it holds; so is nothing at all, and nothing newer.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let status = answer.status.as_u16();
    if answer.status.is_success() || status == 304 {
        return Verdict::Done;
    }
    let body = answer.json().ok().filter(Value::is_object);
    let text =
        |name: &str| body.as_ref().and_then(|b| b.get(name)).and_then(Value::as_str).unwrap_or_default();
    let code = text("code").to_owned();
    let refusal = Refusal {
        vendor: "Zoho",
        code: if code.is_empty() { status.to_string() } else { code.clone() },
        message: text("message").to_owned(),
    };
    let is_scope = matches!(code.as_str(), "OAUTH_SCOPE_MISMATCH" | "OAUTH_SCOPE_MISSING");
    match (status, code.as_str()) {
        _ if is_scope => Verdict::give_up(
            refusal
                .error(ErrorKind::NeedsReauthorisation, "wants more than the consent covers", answer)
                .with_hint("Connect again, and agree to all that is asked for."),
        ),
        (_, "INVALID_TOKEN" | "AUTHENTICATION_FAILURE") => refusal.verdict(Meaning::Renew, answer),
        (_, "INVALID_MODULE" | "INVALID_URL_PATTERN") | (404 | 410, "") => Verdict::give_up(refusal.error(
            ErrorKind::Permission(DeniedScope::Stream),
            "does not have that here, or not in this version",
            answer,
        )),
        (401, _) => refusal.verdict(Meaning::Renew, answer),
        (403, _) => refusal.verdict(Meaning::Denied(DeniedScope::Stream), answer),
        (429, _) => throttled(&refusal, body.as_ref(), answer),
        (408 | 425 | 500..=599, _) => refusal.verdict(Meaning::Fault, answer),
        (_, "") => judge_status(answer, "Zoho"),
        _ => refusal.verdict(Meaning::Rejected, answer),
    }
}

/// Too many at a time pass in seconds; used-up credits do not. The headers of credits stand on both.
fn throttled(refusal: &Refusal, body: Option<&Value>, answer: &Answer) -> Verdict {
    let details = body.and_then(|b| b.get("details")).map(Value::to_string).unwrap_or_default();
    let said = format!("{} {} {details}", refusal.code, refusal.message).to_lowercase();
    let reset = answer.until_epoch_in("x-ratelimit-reset").filter(|wait| !wait.is_zero());
    let is_used_up = || answer.header("x-ratelimit-remaining") == Some("0") && reset.is_some();
    let is_credits = !said.contains("concurren")
        && (said.contains("credit")
            || said.contains("limit exceeded")
            || said.contains("limit_exceeded")
            || is_used_up());
    let after = if is_credits {
        Some(answer.retry_after().or(reset).unwrap_or(CREDITS_WAIT))
    } else {
        answer.retry_after()
    };
    refusal.verdict(Meaning::Throttled(after), answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::RetryReason;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, StatusCode};

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let pair =
            |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.iter().map(pair).collect::<HeaderMap>(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            at: "2026-06-01T12:00:00Z".parse().unwrap(),
        }
    }

    fn wait(headers: &[(&'static str, &str)], body: &str) -> Option<Duration> {
        match judge(&answer(429, headers, body)) {
            Verdict::Retry { after, reason: RetryReason::Throttled, .. } => after,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn too_many_at_a_time_are_told_from_used_up_credits() {
        let busy =
            r#"{"code":"TOO_MANY_REQUESTS","details":{"limit":5,"unit":"concurrency"},"message":"exceeded"}"#;
        // An hour later, but that is when the credits come back.
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1780318800000")];
        assert_eq!(wait(&headers, busy), None);
        assert_eq!(wait(&[("retry-after", "3")], busy), Some(Duration::from_secs(3)));
        let spent = r#"{"code":"TOO_MANY_REQUESTS","details":{},"message":"API limit exceeded"}"#;
        assert_eq!(wait(&[], spent), Some(CREDITS_WAIT));
        assert_eq!(wait(&headers, spent), Some(Duration::from_hours(1)));
        assert_eq!(wait(&[("retry-after", "7200")], spent), Some(Duration::from_hours(2)));
        let bare = r#"{"code":"TOO_MANY_REQUESTS","details":{},"message":""}"#;
        assert_eq!(wait(&headers, bare), Some(Duration::from_hours(1)));
        assert_eq!(wait(&[], bare), None);
        // What has passed says nothing.
        assert_eq!(
            wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1778755139000")], bare),
            None
        );
    }

    #[test]
    fn codes_say_who_has_to_act() {
        let kind = |status, code: &str| match judge(&answer(
            status,
            &[],
            &format!(r#"{{"code":"{code}","message":"m"}}"#),
        )) {
            Verdict::GiveUp(error) => error.kind,
            Verdict::Refresh(_) => ErrorKind::Configuration,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind(401, "INVALID_TOKEN"), ErrorKind::Configuration, "renewed");
        assert_eq!(kind(401, "OAUTH_SCOPE_MISMATCH"), ErrorKind::NeedsReauthorisation);
        let denied = ErrorKind::Permission(DeniedScope::Stream);
        assert_eq!(kind(403, "NO_PERMISSION"), denied);
        assert_eq!(kind(400, "INVALID_MODULE"), denied);
        assert_eq!(kind(404, "INVALID_URL_PATTERN"), denied);
        assert_eq!(kind(404, ""), denied);
        for code in
            ["INVALID_DATA", "REQUIRED_PARAM_MISSING", "SYNTAX_ERROR", "DISCRETE_PAGINATION_LIMIT_EXCEEDED"]
        {
            assert_eq!(kind(400, code), ErrorKind::Rejected);
        }
        for status in [500, 502, 503] {
            let verdict = judge(&answer(status, &[], r#"{"code":"INTERNAL_ERROR"}"#));
            assert!(matches!(verdict, Verdict::Retry { reason: RetryReason::Fault, .. }));
        }
        assert!(matches!(judge(&answer(304, &[], "")), Verdict::Done));
        assert!(matches!(judge(&answer(204, &[], "")), Verdict::Done));
    }
}
