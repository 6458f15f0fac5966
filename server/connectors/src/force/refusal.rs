//! Salesforce's refusals: an array of codes and messages; plain text where identity is concerned (REST API developer
//! guide, "Status codes and error responses").

use crate::error::{DeniedScope, Error, ErrorKind};
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, RetryReason, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// The vendor's name, for people.
pub(crate) const PRODUCT: &str = "Salesforce";

/// One code for two things: the calls of a day are used up, or too many long ones run at once.
const LIMIT: &str = "REQUEST_LIMIT_EXCEEDED";

/// The calls of a day roll over 24 hours, so that some come back all the time.
const AWAY: TimeDelta = TimeDelta::hours(2);

/// What to do where the code of a limit does not say which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtLimit {
    /// Give up with that code: the caller asks how many calls are left.
    Ask,
    /// The message decides.
    ByMessage,
    /// There are calls left, so that waiting helps.
    Wait,
}

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(crate) fn judge(answer: &Answer, at_limit: AtLimit) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let Some(refusal) = read(answer) else {
        return judge_status(answer, PRODUCT);
    };
    let interrupted = |reason| Verdict::Retry {
        after: answer.retry_after(),
        reason,
        error: Box::new(refusal.error(
            ErrorKind::Interrupted { needs_fewer_days: false },
            "could not answer",
            answer,
        )),
    };
    let meaning = match refusal.code.as_str() {
        LIMIT => return limit(&refusal, at_limit, answer),
        // The days are read again from their start: the old address leads nowhere any more.
        "INVALID_QUERY_LOCATOR" => {
            let kind = ErrorKind::Interrupted { needs_fewer_days: false };
            return Verdict::give_up(refusal.error(kind, "has forgotten the query", answer));
        }
        "QUERY_TIMEOUT" => return interrupted(RetryReason::Broken),
        "UNKNOWN_EXCEPTION" | "SERVER_UNAVAILABLE" => return interrupted(RetryReason::Fault),
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => {
            let kind = ErrorKind::Permission(DeniedScope::Grant);
            let error = refusal.error(kind, "lets nobody in by its API", answer);
            let hint =
                "Give the user a profile with \"API Enabled\", and check that the org's edition has the API.";
            return Verdict::give_up(error.with_hint(hint));
        }
        code => meaning(code, answer.status.as_u16()),
    };
    refusal.verdict(meaning, answer)
}

fn meaning(code: &str, status: u16) -> Meaning {
    match code {
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" | "Bad_OAuth_Token" | "Missing_OAuth_Token" => {
            Meaning::Renew
        }
        // An object or a field that the profile can't see is not there at all.
        "INVALID_FIELD" | "INVALID_TYPE" | "MALFORMED_QUERY" | "FUNCTIONALITY_NOT_ENABLED" => {
            Meaning::Denied(DeniedScope::Stream)
        }
        code if code.starts_with("INSUFFICIENT_ACCESS") => Meaning::Denied(DeniedScope::Stream),
        code if code.starts_with("TXN_SECURITY") => Meaning::Configuration,
        "OPERATION_TOO_LARGE" | "QUERY_TOO_COMPLICATED" | "EXCEEDED_ID_LIMIT" => Meaning::TooMuch,
        "UNABLE_TO_LOCK_ROW" => Meaning::Fault,
        "INVALID_REPLICATION_DATE" => Meaning::Missing,
        "UNSUPPORTED_API_VERSION" => Meaning::Sunset,
        _ => match status {
            401 => Meaning::Renew,
            403 => Meaning::Denied(DeniedScope::Stream),
            404 | 410 => Meaning::Sunset,
            429 => Meaning::Throttled(None),
            408 | 500..=599 => Meaning::Fault,
            _ => Meaning::Rejected,
        },
    }
}

fn limit(refusal: &Refusal, at_limit: AtLimit, answer: &Answer) -> Verdict {
    match at_limit {
        AtLimit::Ask => {
            Verdict::give_up(refusal.error(ErrorKind::VendorDown, "asks us to slow down", answer))
        }
        AtLimit::ByMessage if says_total(&refusal.message) => {
            refusal.verdict(Meaning::Quota(stay_away(answer.at)), answer)
        }
        AtLimit::ByMessage | AtLimit::Wait => refusal.verdict(Meaning::Throttled(None), answer),
    }
}

/// When it makes sense to come back after the calls of a day were used up.
pub(crate) fn stay_away(at: DateTime<Utc>) -> DateTime<Utc> {
    at + AWAY
}

/// Whether a limit was met that has two meanings.
pub(crate) fn is_limit(error: &Error) -> bool {
    error.vendor_code.as_deref() == Some(LIMIT) && error.kind == ErrorKind::VendorDown
}

/// Whether it speaks of the calls of a day.
pub(crate) fn is_total(error: &Error) -> bool {
    says_total(&error.message)
}

fn says_total(message: &str) -> bool {
    message.to_ascii_lowercase().contains("totalrequests")
}

/// The first refusal of an answer. Identity answers with a bare word, other services with the fields of OAuth.
fn read(answer: &Answer) -> Option<Refusal> {
    let Ok(body) = answer.json() else {
        let word = answer.snippet();
        let is_word = word.ends_with("_OAuth_Token") && !word.contains(' ');
        return is_word.then(|| Refusal { vendor: PRODUCT, code: word, message: String::new() });
    };
    let first = body.get(0).unwrap_or(&body);
    let text = |names: [&str; 2]| {
        names.iter().find_map(|name| first.get(*name).and_then(Value::as_str)).unwrap_or_default()
    };
    let code = text(["errorCode", "error"]).to_owned();
    // The message of a query points at the place with blanks and line breaks.
    let message = text(["message", "error_description"]).split_whitespace().collect::<Vec<_>>().join(" ");
    (!code.is_empty()).then_some(Refusal { vendor: PRODUCT, code, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            at: "2026-06-15T12:00:00Z".parse().unwrap(),
        }
    }

    fn coded(status: u16, code: &str, message: &str) -> Answer {
        answer(status, &serde_json::json!([{"message": message, "errorCode": code}]).to_string())
    }

    fn check(answer: &Answer, at_limit: AtLimit, expected: (&str, ErrorKind)) {
        let (word, error) = match judge(answer, at_limit) {
            Verdict::Done => panic!("an error was taken for an answer"),
            Verdict::Refresh(error) => ("refresh", error),
            Verdict::GiveUp(error) => ("give up", error),
            Verdict::Retry { reason: RetryReason::Throttled, error, .. } => ("throttled", error),
            Verdict::Retry { reason: RetryReason::Fault, error, .. } => ("fault", error),
            Verdict::Retry { reason: RetryReason::Broken, error, .. } => ("broken", error),
        };
        assert_eq!((word, error.kind), expected, "{:?}", answer.body);
    }

    #[test]
    fn each_code_has_its_meaning_whatever_the_status() {
        use ErrorKind::{
            Configuration, NeedsReauthorisation, Permission, Rejected, VendorDown, VersionSunset,
        };
        let again = ErrorKind::Interrupted { needs_fewer_days: false };
        let stream = Permission(DeniedScope::Stream);
        for (status, code, expected) in [
            (401, "INVALID_SESSION_ID", ("refresh", NeedsReauthorisation)),
            (401, "SOMETHING", ("refresh", NeedsReauthorisation)),
            (400, "INVALID_FIELD", ("give up", stream.clone())),
            (400, "MALFORMED_QUERY", ("give up", stream.clone())),
            (400, "INVALID_TYPE", ("give up", stream.clone())),
            (403, "INSUFFICIENT_ACCESS_OR_READONLY", ("give up", stream.clone())),
            (403, "SOMETHING", ("give up", stream)),
            (403, "API_DISABLED_FOR_ORG", ("give up", Permission(DeniedScope::Grant))),
            (400, "INVALID_QUERY_LOCATOR", ("give up", again.clone())),
            (400, "QUERY_TIMEOUT", ("broken", again.clone())),
            (500, "UNKNOWN_EXCEPTION", ("fault", again.clone())),
            (503, "SERVER_UNAVAILABLE", ("fault", again)),
            (400, "TXN_SECURITY_METERING_ERROR", ("give up", Configuration)),
            (404, "NOT_FOUND", ("give up", VersionSunset)),
            (400, "SOMETHING", ("give up", Rejected)),
            (502, "SOMETHING", ("fault", VendorDown)),
        ] {
            check(&coded(status, code, "No."), AtLimit::Ask, expected);
        }
        let token = ("refresh", NeedsReauthorisation);
        check(&answer(403, "Bad_OAuth_Token"), AtLimit::Ask, token);
        check(&answer(502, "<html><title>Bad gateway</title></html>"), AtLimit::Ask, ("fault", VendorDown));
    }

    #[test]
    fn one_code_of_limits_has_two_meanings() {
        let total = coded(403, LIMIT, "TotalRequests Limit exceeded.");
        let long = coded(503, LIMIT, "ConcurrentPerOrgLongTxn Limit exceeded.");
        let until = "2026-06-15T14:00:00Z".parse().unwrap();
        check(&total, AtLimit::ByMessage, ("give up", ErrorKind::Quota { until }));
        check(&long, AtLimit::ByMessage, ("throttled", ErrorKind::VendorDown));
        check(&total, AtLimit::Wait, ("throttled", ErrorKind::VendorDown));
        let Verdict::GiveUp(error) = judge(&long, AtLimit::Ask) else { panic!() };
        assert!(is_limit(&error) && !is_total(&error));
        let Verdict::GiveUp(error) = judge(&total, AtLimit::Ask) else { panic!() };
        assert!(is_limit(&error) && is_total(&error));
    }
}
