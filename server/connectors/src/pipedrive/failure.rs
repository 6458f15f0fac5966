//! What Pipedrive's refusals mean.

use crate::error::{DeniedScope, ErrorKind};
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use crate::moments::next_midnight;
use chrono::TimeDelta;
use chrono_tz::Tz;
use serde_json::Value;
use std::time::Duration;

/// Requests are counted over two seconds.
pub(super) const WINDOW: Duration = Duration::from_secs(2);

/// Who goes on in spite of refusals is shut out at the edge, and stays away that long.
const SHUT_OUT: Duration = Duration::from_mins(10);

/// A delay of that length is more than that of a burst.
const LONG: TimeDelta = TimeDelta::minutes(5);

/// The code of things that are not there, or not any more.
pub(super) const GONE: &[&str] = &["404", "410"];

/// What says how much is left of the day's tokens, in newer and in older replies.
const LEFT_TODAY: &[&str] = &["x-daily-ratelimit-token-remaining", "x-daily-requests-left"];

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let status = answer.status.as_u16();
    let body = answer.json().ok().filter(Value::is_object);
    let refusal = read(status, body.as_ref());
    let is_shut_out = matches!(status, 403 | 429) && body.is_none() && is_edge(status, answer);
    match (status, &body) {
        _ if is_shut_out => {
            let away = answer.retry_after().unwrap_or_default().max(SHUT_OUT);
            refusal.verdict(Meaning::Throttled(Some(away)), answer)
        }
        (401, _) => refusal.verdict(Meaning::Renew, answer),
        (402, _) => Verdict::give_up(
            refusal
                .error(
                    ErrorKind::Permission(DeniedScope::Grant),
                    "says that the company is closed or its trial is over",
                    answer,
                )
                .with_hint("Pay for the company's plan in Pipedrive, or remove the connection."),
        ),
        (403, _) => refusal.verdict(Meaning::Denied(DeniedScope::Stream), answer),
        (404 | 410, _) => Verdict::give_up(refusal.error(
            ErrorKind::Permission(DeniedScope::Stream),
            "does not serve it, or not any more",
            answer,
        )),
        (429, _) if is_daily(&refusal, answer) => used_up(&refusal, answer),
        (429, _) => {
            let after = answer.retry_after().or_else(|| answer.seconds_in("x-ratelimit-reset"));
            refusal.verdict(Meaning::Throttled(after), answer)
        }
        (408 | 425 | 500..=599, _) => refusal.verdict(Meaning::Fault, answer),
        (_, None) => judge_status(answer, "Pipedrive"),
        _ => refusal.verdict(Meaning::Rejected, answer),
    }
}

fn read(status: u16, body: Option<&Value>) -> Refusal {
    let text = |name: &str| {
        let text = body.and_then(|body| body.get(name)).and_then(Value::as_str);
        text.map(str::trim).filter(|text| !text.is_empty())
    };
    // What is not there is told by its status, whatever code the vendor gives it.
    let code = text("code").filter(|_| !matches!(status, 404 | 410)).map(str::to_owned);
    let error = text("error").or_else(|| text("message"));
    let message = match (error, text("error_info")) {
        (Some(error), Some(more)) => {
            format!("{} ({})", error.trim_end_matches('.'), more.trim_end_matches('.'))
        }
        (error, more) => error.or(more).unwrap_or_default().to_owned(),
    };
    Refusal { vendor: "Pipedrive", code: code.unwrap_or_else(|| status.to_string()), message }
}

/// A web page instead of JSON comes from the edge, not from the API.
fn is_edge(status: u16, answer: &Answer) -> bool {
    let text = String::from_utf8_lossy(&answer.body);
    text.contains("1015") || (status == 403 && !text.trim().is_empty())
}

fn is_daily(refusal: &Refusal, answer: &Answer) -> bool {
    let left = LEFT_TODAY.iter().find_map(|name| answer.header(name)?.parse::<i64>().ok());
    let said = format!("{} {}", refusal.message, refusal.code).to_lowercase();
    left.is_some_and(|left| left <= 0) || said.contains("daily")
}

/// The day's tokens come back at midnight UTC.
fn used_up(refusal: &Refusal, answer: &Answer) -> Verdict {
    let named = answer.retry_after().and_then(|after| TimeDelta::from_std(after).ok());
    let until = match named.filter(|after| *after > LONG) {
        Some(after) => answer.at + after,
        None => next_midnight(answer.at, Tz::UTC),
    };
    refusal.verdict(Meaning::Quota(until), answer)
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
            at: "2026-05-20T21:30:00Z".parse().unwrap(),
        }
    }

    fn wait(answer: &Answer) -> Option<Duration> {
        match judge(answer) {
            Verdict::Retry { after, reason: RetryReason::Throttled, .. } => after,
            other => panic!("{other:?}"),
        }
    }

    fn kind(answer: &Answer) -> ErrorKind {
        match judge(answer) {
            Verdict::GiveUp(error) => error.kind,
            other => panic!("{other:?}"),
        }
    }

    const BURST: &str = r#"{"success":false,"error":"Rate limit exceeded","code":"RATE_LIMIT_EXCEEDED"}"#;

    #[test]
    fn a_burst_is_waited_out_and_a_day_is_not() {
        let burst = |headers: &[(&'static str, &str)]| answer(429, headers, BURST);
        assert_eq!(
            wait(&burst(&[("retry-after", "3"), ("x-ratelimit-reset", "2")])),
            Some(Duration::from_secs(3))
        );
        assert_eq!(wait(&burst(&[("x-ratelimit-reset", "2")])), Some(Duration::from_secs(2)));
        assert_eq!(wait(&burst(&[("x-daily-ratelimit-token-remaining", "7")])), None);
        let midnight = ErrorKind::Quota { until: "2026-05-21T00:00:00Z".parse().unwrap() };
        for name in LEFT_TODAY {
            assert_eq!(kind(&burst(&[(*name, "0"), ("retry-after", "2")])), midnight);
        }
        assert_eq!(
            kind(&answer(429, &[], r#"{"success":false,"error":"Daily token limit reached"}"#)),
            midnight
        );
        let named = ErrorKind::Quota { until: "2026-05-20T22:30:00Z".parse().unwrap() };
        assert_eq!(kind(&burst(&[("x-daily-requests-left", "0"), ("retry-after", "3600")])), named);
    }

    #[test]
    fn the_edge_is_told_from_a_missing_permission() {
        let page = "<!DOCTYPE html><html><head><title>Access denied</title></head></html>";
        assert_eq!(wait(&answer(403, &[], page)), Some(SHUT_OUT));
        assert_eq!(wait(&answer(429, &[], "error code: 1015")), Some(SHUT_OUT));
        assert_eq!(wait(&answer(403, &[("retry-after", "1200")], page)), Some(Duration::from_mins(20)));
        assert_eq!(wait(&answer(429, &[], page)), None);
        let denied = ErrorKind::Permission(DeniedScope::Stream);
        assert_eq!(
            kind(&answer(403, &[], r#"{"success":false,"code":"feature_capping_deals_limit"}"#)),
            denied
        );
        assert_eq!(kind(&answer(403, &[], "")), denied);
        assert_eq!(kind(&answer(410, &[], r#"{"success":false,"error":"Gone"}"#)), denied);
        assert_eq!(kind(&answer(402, &[], "{}")), ErrorKind::Permission(DeniedScope::Grant));
        assert_eq!(kind(&answer(400, &[], r#"{"success":false,"error":"Bad"}"#)), ErrorKind::Rejected);
    }

    #[test]
    fn a_refusal_says_what_the_vendor_said() {
        let refused = answer(
            401,
            &[],
            r#"{"success":false,"error":"unauthorized access","error_info":"See the docs."}"#,
        );
        let Verdict::Refresh(error) = judge(&refused) else { panic!() };
        assert!(error.message.ends_with("unauthorized access (See the docs)."), "{error}");
        let Verdict::GiveUp(error) =
            judge(&answer(404, &[], r#"{"code":"ERR_DEAL","error":"Deal not found"}"#))
        else {
            panic!()
        };
        assert_eq!(error.vendor_code.as_deref(), Some("404"));
        assert!(matches!(judge(&answer(503, &[], "")), Verdict::Retry { reason: RetryReason::Fault, .. }));
    }
}
