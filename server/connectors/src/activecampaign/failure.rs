//! What `ActiveCampaign`'s refusals mean.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use serde_json::Value;
use std::time::Duration;

/// Requests are counted over a second.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// Judges an answer. A good one is `Done`, whatever it holds. A 403 may also mean a dead key: who wants to know asks
/// [`super::fetch::me`].
pub(super) fn judge(answer: &Answer) -> Verdict {
    judge_as(answer, Meaning::Denied(DeniedScope::Stream))
}

/// Judges an answer about the key's own user, whom every key may read.
pub(super) fn judge_me(answer: &Answer) -> Verdict {
    match answer.status.as_u16() {
        404 => refusal(answer).verdict(Meaning::Sunset, answer),
        _ => judge_as(answer, Meaning::Reconnect),
    }
}

fn judge_as(answer: &Answer, forbidden: Meaning) -> Verdict {
    let meaning = match answer.status.as_u16() {
        200..=399 => return judge_status(answer, "ActiveCampaign"),
        401 => Meaning::Reconnect,
        402 => return unpaid(answer),
        403 => forbidden,
        404 => Meaning::Missing,
        410 => Meaning::Sunset,
        429 => Meaning::Throttled(None),
        503 if is_throttled(answer) => Meaning::Throttled(None),
        408 | 425 | 500..=599 => Meaning::Fault,
        _ => Meaning::Rejected,
    };
    refusal(answer).verdict(meaning, answer)
}

/// The owner has to pay before anything goes on.
fn unpaid(answer: &Answer) -> Verdict {
    match refusal(answer).verdict(Meaning::Denied(DeniedScope::Grant), answer) {
        Verdict::GiveUp(error) => Verdict::give_up(
            error.with_hint("The account is not paid for: settle that with ActiveCampaign, then go on."),
        ),
        other => other,
    }
}

/// 503 used to be the answer to those who asked too often. A web page without a delay comes from something before the
/// API instead.
fn is_throttled(answer: &Answer) -> bool {
    let has_delay = answer.retry_after().is_some() || answer.header("ratelimit-limit").is_some();
    has_delay || answer.json().is_ok()
}

/// The status is the code; the words stand in one of two places.
fn refusal(answer: &Answer) -> Refusal {
    let body = answer.json().unwrap_or_default();
    let text = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let errors = body.get("errors").and_then(Value::as_array).into_iter().flatten();
    let titles: Vec<_> =
        errors.filter_map(|error| text(error, "title").or_else(|| text(error, "detail"))).collect();
    let message = text(&body, "message").unwrap_or_else(|| titles.join("; "));
    Refusal { vendor: "ActiveCampaign", code: String::new(), message }
}
