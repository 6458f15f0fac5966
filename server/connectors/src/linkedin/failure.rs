//! What LinkedIn's refusals mean.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, RetryReason, Verdict};
use crate::moments::next_midnight;
use chrono_tz::Tz;
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const VENDOR: &str = "LinkedIn";

/// Most limits are counted over five minutes; no answer says when one ends.
pub(super) const WINDOW: Duration = Duration::from_mins(5);
/// Some are counted over a minute, and say so.
const MINUTE: Duration = Duration::from_mins(1);
/// A new access token may be refused for so long.
const NEW_TOKEN: Duration = Duration::from_secs(30);

/// Judges the answers to one request and to its further pages. A good answer is `Done`, whatever it holds.
pub(super) fn judge() -> impl Fn(&Answer) -> Verdict + Send + Sync {
    let refusals = AtomicU32::new(0);
    move |answer| {
        if answer.status.is_success() {
            refusals.store(0, Ordering::Relaxed);
            return Verdict::Done;
        }
        let refusal = read(answer);
        if answer.status.as_u16() == 401 {
            return unauthorised(&refusal, refusals.fetch_add(1, Ordering::Relaxed), answer);
        }
        match meaning(answer, &refusal) {
            Some(meaning) => refusal.verdict(meaning, answer),
            None => judge_status(answer, VENDOR),
        }
    }
}

/// A refused token is renewed; the new one gets a moment to become known everywhere.
fn unauthorised(refusal: &Refusal, before: u32, answer: &Answer) -> Verdict {
    match (before, refusal.verdict(Meaning::Renew, answer)) {
        (1, Verdict::Refresh(error)) => {
            Verdict::Retry { after: Some(NEW_TOKEN), reason: RetryReason::Fault, error }
        }
        (0, verdict) => verdict,
        _ => refusal.verdict(Meaning::Reconnect, answer),
    }
}

fn meaning(answer: &Answer, refusal: &Refusal) -> Option<Meaning> {
    match answer.status.as_u16() {
        400 => Some(Meaning::Rejected),
        403 => Some(Meaning::Denied(DeniedScope::Stream)),
        404 => Some(Meaning::Denied(DeniedScope::Account)),
        426 => Some(Meaning::Sunset),
        429 => Some(throttled(answer, &refusal.message)),
        408 | 425 | 500..=599 => Some(Meaning::Fault),
        _ => None,
    }
}

/// The message says over what the calls are counted: "… MEMBER DAY limit for calls to this resource is reached."
fn throttled(answer: &Answer, message: &str) -> Meaning {
    let words: Vec<String> =
        message.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_uppercase).collect();
    if words.iter().any(|word| word == "DAY" || word == "DAILY") {
        return Meaning::Quota(next_midnight(answer.at, Tz::UTC));
    }
    let is_minute = words.windows(2).any(|pair| pair == ["MINUTE", "LIMIT"]);
    Meaning::Throttled(answer.retry_after().or(is_minute.then_some(MINUTE)))
}

fn read(answer: &Answer) -> Refusal {
    let body = answer.json().unwrap_or_default();
    let text = |name: &str| match body.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let code = [text("code"), text("serviceErrorCode")].into_iter().find(|code| !code.is_empty());
    Refusal { vendor: VENDOR, code: code.unwrap_or_default(), message: text("message") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use serde_json::json;

    fn answer(status: u16, body: &Value) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
            at: "2026-09-03T12:00:00Z".parse().unwrap(),
        }
    }

    fn kind(status: u16, body: &Value) -> ErrorKind {
        match judge()(&answer(status, body)) {
            Verdict::GiveUp(error) => error.kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let body = json!({"code": "X", "message": "No."});
        assert_eq!(kind(400, &body), ErrorKind::Rejected);
        assert_eq!(kind(403, &body), ErrorKind::Permission(DeniedScope::Stream));
        assert_eq!(kind(404, &body), ErrorKind::Permission(DeniedScope::Account));
        assert_eq!(kind(426, &json!({"code": "NONEXISTENT_VERSION"})), ErrorKind::VersionSunset);
        assert!(matches!(judge()(&answer(200, &json!({}))), Verdict::Done));
        for status in [500, 502, 503, 504] {
            let verdict = judge()(&answer(status, &body));
            assert!(matches!(verdict, Verdict::Retry { reason: RetryReason::Fault, .. }), "{status}");
        }
    }

    #[test]
    fn a_limit_of_the_day_ends_at_midnight_in_utc() {
        let day = "Resource level throttle MEMBER DAY limit for calls to this resource is reached.";
        let until = "2026-09-04T00:00:00Z".parse().unwrap();
        assert_eq!(kind(429, &json!({"message": day})), ErrorKind::Quota { until });
        assert_eq!(kind(429, &json!({"message": "The daily limit is reached"})), ErrorKind::Quota { until });
    }

    #[test]
    fn other_limits_are_waited_out() {
        let wait = |message: &str| match judge()(&answer(429, &json!({"message": message}))) {
            Verdict::Retry { after, reason: RetryReason::Throttled, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait("throttle APPLICATION MINUTE limit for calls"), Some(MINUTE));
        // Without a time of its own the connector's window counts.
        assert_eq!(wait("Data limit for all queries over a 5 minute interval: 45 million"), None);
        assert_eq!(wait("Come back on Monday"), None);
    }

    #[test]
    fn a_renewed_token_gets_a_moment_and_then_no_more() {
        let judge = judge();
        let refused = answer(401, &json!({"serviceErrorCode": 65_601, "message": "Revoked"}));
        assert!(matches!(judge(&refused), Verdict::Refresh(_)));
        let Verdict::Retry { after, .. } = judge(&refused) else { panic!() };
        assert_eq!(after, Some(NEW_TOKEN));
        let Verdict::GiveUp(error) = judge(&refused) else { panic!() };
        assert_eq!(
            (error.kind, error.vendor_code.as_deref()),
            (ErrorKind::NeedsReauthorisation, Some("65601"))
        );
        // Weeks later the next page is refused: the count starts anew.
        judge(&answer(200, &json!({})));
        assert!(matches!(judge(&refused), Verdict::Refresh(_)));
    }
}
