//! What Constant Contact's refusals mean.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use crate::moments::next_midnight;
use chrono_tz::Tz;
use serde_json::Value;
use std::time::Duration;

/// Requests are counted per second; no header says how many are left.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// What was asked for is not there: one of the ids that were named, or a campaign that was never sent.
pub(super) const GONE: &[&str] = &["404"];

/// Judges an answer. The body of a refusal is an object or a list of them.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let status = answer.status.as_u16();
    if matches!(status, 200..=399) {
        return judge_status(answer, "Constant Contact");
    }
    let body = answer.json().unwrap_or_default();
    let first = body.as_array().map_or(Some(&body), |errors| errors.first());
    let text =
        |name: &str| first.and_then(|e| e.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (key, message) = (text("error_key"), text("error_message"));
    let meaning = match (status, key.as_str()) {
        (401, _) => Meaning::Renew,
        (403, _) => Meaning::Denied(DeniedScope::Stream),
        (404, _) => Meaning::Missing,
        (410, _) => Meaning::Sunset,
        // The quota of the day is the application's, and starts anew at midnight UTC.
        (429, "quota_exceeded") => Meaning::Quota(next_midnight(answer.at, Tz::UTC)),
        (429, _) => Meaning::Throttled(None),
        (408 | 425 | 500..=599, _) => Meaning::Fault,
        _ => Meaning::Rejected,
    };
    let code = if key.is_empty() || status == 404 { status.to_string() } else { key };
    Refusal { vendor: "Constant Contact", code, message }.verdict(meaning, answer)
}
