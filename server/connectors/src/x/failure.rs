//! What X's refusals mean.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use crate::moments::{next_midnight, next_month};
use chrono_tz::Tz;
use serde_json::Value;
use std::time::Duration;

const VENDOR: &str = "X";

/// The headers say when a limit ends. Where they don't, a minute is tried, then longer.
pub(super) const WINDOW: Duration = Duration::from_mins(1);
/// Most requests are counted over so long: limits of it come and go by themselves and are sat out.
pub(super) const LIMIT_WINDOW: Duration = Duration::from_mins(15);
/// Ends are given in whole seconds.
const MARGIN: Duration = Duration::from_secs(1);

/// Headers with what is left of a limit and when it starts anew.
const LIMITS: &[(&str, &str)] = &[
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("x-user-limit-24hour-remaining", "x-user-limit-24hour-reset"),
    ("x-app-limit-24hour-remaining", "x-app-limit-24hour-reset"),
    ("x-account-rate-limit-remaining", "x-account-rate-limit-reset"),
];

/// Judges an answer. One that holds nothing but errors is a refusal, whatever its status.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() && has_errors_only(&answer.json().unwrap_or_default()) {
        return read(answer).verdict(Meaning::Denied(DeniedScope::Account), answer);
    }
    judge_parts(answer)
}

/// As [`judge`], for questions about many things at once: what is refused of them is part of a good answer.
pub(super) fn judge_parts(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    match meaning(answer, &body) {
        Some(meaning) => read(answer).verdict(meaning, answer),
        None => judge_status(answer, VENDOR),
    }
}

fn has_errors_only(body: &Value) -> bool {
    let is_there = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    has_errors(body) && !is_there("data") && !is_there("meta")
}

fn has_errors(body: &Value) -> bool {
    body.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty())
}

fn meaning(answer: &Answer, body: &Value) -> Option<Meaning> {
    match answer.status.as_u16() {
        400 => Some(Meaning::Rejected),
        401 => Some(Meaning::Renew),
        // Pay-per-use: nothing is left to pay with.
        402 => Some(Meaning::Quota(next_month(answer.at))),
        403 if is_about_the_plan(body) => Some(Meaning::Denied(DeniedScope::Stream)),
        // The address is not served, as with another plan or version: nothing is said of the user.
        404 if !is_about_a_resource(body) => Some(Meaning::Denied(DeniedScope::Stream)),
        403 | 404 => Some(Meaning::Denied(DeniedScope::Account)),
        429 if is_used_up(body) => Some(used_up(answer, body)),
        429 => Some(Meaning::Throttled(reset(answer))),
        408 | 425 | 500..=599 => Some(Meaning::Fault),
        _ => None,
    }
}

/// The plan or the kind of access does not have it.
fn is_about_the_plan(body: &Value) -> bool {
    let kind = text(body, "type");
    let is_kind = |name: &str| kind.ends_with(name);
    !text(body, "reason").is_empty() || is_kind("client-forbidden") || is_kind("unsupported-authentication")
}

/// Of what was asked for, something is not there or not to be seen.
fn is_about_a_resource(body: &Value) -> bool {
    has_errors(body) || text(body, "type").ends_with("resource-not-found")
}

/// A cap on what may be read altogether: its rate limits look as if much were left.
fn is_used_up(body: &Value) -> bool {
    matches!(text(body, "title"), "UsageCapExceeded" | "CreditsDepleted")
        || text(body, "type").ends_with("usage-capped")
}

fn used_up(answer: &Answer, body: &Value) -> Meaning {
    match text(body, "period") {
        "Daily" => Meaning::Quota(next_midnight(answer.at, Tz::UTC)),
        _ => Meaning::Quota(next_month(answer.at)),
    }
}

/// The time until the last of the limits that are used up starts anew. Where none says that it is, the shortest counts.
fn reset(answer: &Answer) -> Option<Duration> {
    let is_empty = |name: &str| answer.header(name).is_some_and(|left| left.parse() == Ok(0));
    let used_up = LIMITS.iter().filter(|(left, _)| is_empty(left));
    let longest = used_up.filter_map(|(_, reset)| answer.until_epoch_in(reset)).max();
    let until = longest.or_else(|| {
        answer.retry_after().is_none().then(|| answer.until_epoch_in("x-rate-limit-reset")).flatten()
    });
    until.map(|until| until + MARGIN)
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The API's problems have a title and a detail, the Ads API's errors a code and a message.
fn read(answer: &Answer) -> Refusal {
    let body = answer.json().unwrap_or_default();
    let first = body.pointer("/errors/0").unwrap_or(&Value::Null);
    let any =
        |texts: &[&str]| texts.iter().find(|t| !t.is_empty()).map(|&t| t.to_owned()).unwrap_or_default();
    let code = any(&[text(&body, "title"), text(first, "title"), text(first, "code")]);
    // A detail that only repeats the title says less than what is wrong with which parameter.
    let detail = Some(text(&body, "detail")).filter(|detail| *detail != text(&body, "title"));
    let message = any(&[text(first, "detail"), text(first, "message"), detail.unwrap_or_default()]);
    let reason = text(&body, "reason");
    let message = match (message.is_empty(), reason.is_empty()) {
        (false, false) => format!("{} ({reason})", message.trim_end_matches('.')),
        (true, false) => reason.to_owned(),
        (true, true) => code.clone(),
        (false, true) => message,
    };
    Refusal { vendor: VENDOR, code, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::http::RetryReason;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use serde_json::json;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &Value) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: Bytes::from(body.to_string()),
            at: "2026-09-03T12:00:00Z".parse().unwrap(),
        }
    }

    fn given_up(status: u16, body: &Value) -> (ErrorKind, String) {
        match judge(&answer(status, &[], body)) {
            Verdict::GiveUp(error) => (error.kind, error.message),
            other => panic!("{other:?}"),
        }
    }

    fn wait(headers: &[(&'static str, &str)]) -> Option<u64> {
        match judge(&answer(429, headers, &json!({"title": "Too Many Requests"}))) {
            Verdict::Retry { after, reason: RetryReason::Throttled, .. } => after.map(|a| a.as_secs()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn errors_beside_data_are_fine_and_errors_alone_are_a_refusal() {
        let errors = json!([{"title": "Forbidden", "detail": "User has been suspended: [7]."}]);
        let (kind, message) = given_up(200, &json!({ "errors": errors }));
        assert_eq!(kind, ErrorKind::Permission(DeniedScope::Account));
        assert!(message.contains("User has been suspended: [7]"), "{message}");
        for body in [json!({"errors": errors, "data": []}), json!({"errors": errors, "meta": {}}), json!({})]
        {
            assert!(matches!(judge(&answer(200, &[], &body)), Verdict::Done), "{body}");
        }
        assert!(matches!(judge_parts(&answer(200, &[], &json!({ "errors": errors }))), Verdict::Done));
    }

    #[test]
    fn a_window_is_waited_out_by_its_headers() {
        // 12:00:05.
        let reset = ("x-rate-limit-reset", "1788436805");
        assert_eq!(wait(&[("x-rate-limit-remaining", "0"), reset]), Some(6));
        assert_eq!(wait(&[reset]), Some(6));
        assert_eq!(wait(&[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1788436000")]), Some(1));
        assert_eq!(wait(&[]), None);
        let day = [
            ("x-rate-limit-remaining", "899"),
            reset,
            ("x-user-limit-24hour-remaining", "0"),
            ("x-user-limit-24hour-reset", "1788480000"),
        ];
        assert_eq!(wait(&day), Some(43_201));
    }

    #[test]
    fn caps_end_with_their_period() {
        let cap = |period: &str| {
            json!({"title": "UsageCapExceeded", "period": period, "detail": "Usage cap exceeded",
                   "type": "https://api.twitter.com/2/problems/usage-capped"})
        };
        let until = |text: &str| ErrorKind::Quota { until: text.parse().unwrap() };
        assert_eq!(given_up(429, &cap("Monthly")).0, until("2026-10-01T00:00:00Z"));
        assert_eq!(given_up(429, &cap("Daily")).0, until("2026-09-04T00:00:00Z"));
        assert_eq!(given_up(402, &json!({"title": "CreditsDepleted"})).0, until("2026-10-01T00:00:00Z"));
    }

    #[test]
    fn plans_resources_and_our_own_mistakes_differ() {
        let plan = json!({"title": "Client Forbidden", "reason": "client-not-enrolled", "detail": "Not attached.",
                          "type": "https://api.twitter.com/2/problems/client-forbidden"});
        let (kind, message) = given_up(403, &plan);
        assert_eq!(kind, ErrorKind::Permission(DeniedScope::Stream));
        assert!(message.contains("Not attached (client-not-enrolled)"), "{message}");
        assert_eq!(
            given_up(403, &json!({"title": "Forbidden"})).0,
            ErrorKind::Permission(DeniedScope::Account)
        );
        let gone =
            json!({"errors": [{"title": "Not Found Error", "detail": "Could not find user with id: [8]."}]});
        assert_eq!(given_up(404, &gone).0, ErrorKind::Permission(DeniedScope::Account));
        for unserved in [Value::Null, json!({"title": "Not Found", "type": "about:blank", "status": 404})] {
            assert_eq!(given_up(404, &unserved).0, ErrorKind::Permission(DeniedScope::Stream), "{unserved}");
        }
        let ours = json!({"title": "Invalid Request", "detail": "One or more parameters are invalid.",
                          "errors": [{"message": "max_results [1] is not between 5 and 100"}]});
        let (kind, message) = given_up(400, &ours);
        assert!(kind == ErrorKind::Rejected && message.contains("max_results"), "{message}");
        let ads = json!({"errors": [{"code": "INVALID_PARAMETER", "message": "Bad entity"}]});
        assert!(given_up(400, &ads).1.contains("Bad entity"));
        assert!(matches!(judge(&answer(401, &[], &json!({}))), Verdict::Refresh(_)));
        let down = judge(&answer(503, &[], &json!({})));
        assert!(matches!(down, Verdict::Retry { reason: RetryReason::Fault, .. }));
    }
}
