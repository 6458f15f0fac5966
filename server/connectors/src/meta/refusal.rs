//! Refusals of the Graph API. The code decides, not the HTTP status: throttling comes as 400 and 403.

use super::usage;
use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Node, Refusal, Verdict};
use chrono::TimeDelta;
use serde_json::Value;
use std::time::Duration;

/// Calls per second were too many.
const MOMENT: Duration = Duration::from_secs(5);

/// An app that is blocked for its conduct is let in again after hours, nobody says how many.
const BLOCKED: TimeDelta = TimeDelta::hours(6);

/// A refusal, taken apart.
struct Told {
    code: i64,
    subcode: i64,
    message: String,
    is_transient: bool,
}

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(crate) fn judge(answer: &Answer, vendor: &'static str) -> Verdict {
    if answer.status.is_success() && !starts_with_error(&answer.body) {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    let Some(told) = read(&body) else {
        return match answer.status.as_u16() {
            // Dead versions are told in other ways: it is this one thing that is not there.
            404 | 410 => not_there(answer, vendor),
            _ => judge_status(answer, vendor),
        };
    };
    let code = match told.subcode {
        0 => told.code.to_string(),
        subcode => format!("{}/{subcode}", told.code),
    };
    let meaning = meaning(&told, answer);
    Refusal { vendor, code, message: told.message }.verdict(meaning, answer)
}

/// A refusal may come with HTTP 200; large good answers are not read twice for that.
fn starts_with_error(body: &[u8]) -> bool {
    let inside = body.trim_ascii_start().strip_prefix(b"{").unwrap_or_default();
    inside.trim_ascii_start().starts_with(b"\"error\"")
}

fn not_there(answer: &Answer, vendor: &'static str) -> Verdict {
    let code = answer.status.as_u16().to_string();
    let message = "There is nothing at the address that was asked for".to_owned();
    Refusal { vendor, code, message }.verdict(Meaning::Denied(DeniedScope::Stream), answer)
}

fn read(body: &Value) -> Option<Told> {
    let root = Node::root(body, "$");
    let error = root.at("error");
    let number = |name: &str| error.at(name).integer().ok().flatten();
    let text = |name: &str| error.at(name).text().ok().flatten().unwrap_or_default();
    let code = number("code")?;
    let (message, for_people) = (text("message"), text("error_user_msg"));
    let message = match (message.as_str(), for_people.as_str()) {
        (_, "") => message,
        ("" | "Invalid parameter", _) => for_people,
        _ => format!("{} ({for_people})", message.trim_end_matches('.')),
    };
    Some(Told {
        code,
        subcode: number("error_subcode").unwrap_or(0),
        message,
        is_transient: error.at("is_transient").boolean().ok().flatten().unwrap_or(false),
    })
}

/// The vendor's error table.
fn meaning(told: &Told, answer: &Answer) -> Meaning {
    let message = told.message.to_lowercase();
    let says = |words: &str| message.contains(words);
    match told.code {
        _ if says("reduce the amount of data") => Meaning::TooMuch,
        // The app's secret and the token belong to two apps, or the secret is missing and wanted.
        _ if says("appsecret_proof") => Meaning::Configuration,
        4 | 17 | 32 | 341 | 80_000..=80_009 | 80_014 => Meaning::Throttled(usage::regain(answer)),
        613 => Meaning::Throttled(usage::regain(answer).or(Some(MOMENT))),
        102 | 190 => Meaning::Reconnect,
        368 => Meaning::Quota(answer.at + BLOCKED),
        2_635 => Meaning::Sunset,
        3 | 10 | 200..=299 | 803 => Meaning::Denied(DeniedScope::Account),
        100 if told.subcode == 33 || says("missing permission") => Meaning::Denied(DeniedScope::Account),
        1 | 2 => Meaning::Fault,
        _ if answer.status.as_u16() == 429 => {
            Meaning::Throttled(usage::regain(answer).or_else(|| answer.retry_after()))
        }
        _ if told.is_transient || answer.status.is_server_error() => Meaning::Fault,
        _ => Meaning::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::http::RetryReason;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use serde_json::json;

    fn answer(status: u16, error: Value) -> Answer {
        let body = if error.is_null() { json!({"data": []}) } else { json!({ "error": error }) };
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
            at: "2026-09-04T12:00:00Z".parse().unwrap(),
        }
    }

    fn given_up(status: u16, error: Value) -> Error {
        match judge(&answer(status, error.clone()), "Facebook") {
            Verdict::GiveUp(given_up) => *given_up,
            other => panic!("{error}: {other:?}"),
        }
    }

    #[test]
    fn codes_decide_not_the_status() {
        let check = |status, error: Value, kind: ErrorKind| {
            let said = error.to_string();
            assert_eq!(given_up(status, error).kind, kind, "{said}");
        };
        let denied = || ErrorKind::Permission(DeniedScope::Account);
        check(400, json!({"code": 190, "error_subcode": 460}), ErrorKind::NeedsReauthorisation);
        check(400, json!({"code": "102"}), ErrorKind::NeedsReauthorisation);
        for code in [10, 200, 275, 299] {
            check(403, json!({"code": code, "message": "No."}), denied());
        }
        check(
            400,
            json!({"code": 100, "error_subcode": 33, "message": "Unsupported get request."}),
            denied(),
        );
        check(400, json!({"code": 100, "message": "(#100) Missing permissions"}), denied());
        check(400, json!({"code": 100, "message": "(#100) bad"}), ErrorKind::Rejected);
        check(400, json!({"code": 3018, "message": "Too old."}), ErrorKind::Rejected);
        check(400, json!({"code": 2635, "message": "Deprecated."}), ErrorKind::VersionSunset);
        check(
            400,
            json!({"code": 100, "message": "Invalid appsecret_proof provided in the API argument"}),
            ErrorKind::Configuration,
        );
        let until = "2026-09-04T18:00:00Z".parse().unwrap();
        check(400, json!({"code": 368, "message": "Blocked."}), ErrorKind::Quota { until });
        let fewer = || ErrorKind::Interrupted { needs_fewer_days: true };
        check(
            500,
            json!({"code": 1, "message": "Please reduce the amount of data you're asking for"}),
            fewer(),
        );
        check(200, json!({"code": 190, "message": "Expired."}), ErrorKind::NeedsReauthorisation);
        assert!(matches!(judge(&answer(200, Value::Null), "Facebook"), Verdict::Done));
    }

    #[test]
    fn what_passes_is_tried_again() {
        for (status, error) in [
            (500, json!({"code": 1, "message": "An unknown error occurred"})),
            (400, json!({"code": 2, "message": "Service temporarily unavailable"})),
            (400, json!({"code": 9_999, "is_transient": true})),
            (503, json!({"code": 9_999})),
        ] {
            let verdict = judge(&answer(status, error.clone()), "Facebook");
            assert!(matches!(verdict, Verdict::Retry { reason: RetryReason::Fault, .. }), "{error}");
        }
        let html = Answer { body: Bytes::from("<html>Sorry</html>"), ..answer(502, Value::Null) };
        assert!(matches!(judge(&html, "Facebook"), Verdict::Retry { reason: RetryReason::Fault, .. }));
        let gone = Answer { body: Bytes::from("<html>Not found</html>"), ..answer(404, Value::Null) };
        let Verdict::GiveUp(error) = judge(&gone, "Facebook") else { panic!() };
        assert_eq!(error.kind, ErrorKind::Permission(DeniedScope::Stream), "the other streams are read");
    }

    #[test]
    fn throttling_lasts_as_long_as_the_headers_say() {
        for code in [4, 17, 32, 613, 80_000, 80_004, 80_014] {
            let mut answer = answer(400, json!({"code": code, "is_transient": true}));
            let delay = |answer: &Answer| match judge(answer, "Facebook") {
                Verdict::Retry { after, reason: RetryReason::Throttled, .. } => after,
                other => panic!("{code}: {other:?}"),
            };
            assert_eq!(delay(&answer), (code == 613).then_some(MOMENT));
            let told = r#"{"1":[{"call_count":101,"estimated_time_to_regain_access":2}]}"#;
            answer.headers.insert("x-business-use-case-usage", told.parse().unwrap());
            assert_eq!(delay(&answer), Some(Duration::from_mins(2)));
        }
    }

    #[test]
    fn a_status_that_says_so_is_throttling_whatever_the_code() {
        let mut answer = answer(429, json!({"code": 9_999, "message": "Slow down."}));
        let delay = |answer: &Answer| match judge(answer, "Facebook") {
            Verdict::Retry { after, reason: RetryReason::Throttled, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(delay(&answer), None);
        answer.headers.insert("retry-after", "7".parse().unwrap());
        assert_eq!(delay(&answer), Some(Duration::from_secs(7)));
    }

    #[test]
    fn the_message_for_people_is_kept() {
        let error = given_up(
            400,
            json!({"code": 100, "error_subcode": 2_108_006, "message": "Invalid parameter",
                   "error_user_msg": "The media was posted too early."}),
        );
        assert!(error.message.contains("The media was posted too early"), "{error}");
        assert_eq!(error.vendor_code.as_deref(), Some("100/2108006"));
    }
}
