//! What Campaign Monitor's refusals mean: the code in the body decides, not the status alone.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use serde_json::Value;
use std::time::Duration;

/// The first wait where a refusal names none.
pub(super) const WINDOW: Duration = Duration::from_secs(10);

/// What was asked for is not there: deleted campaigns and lists just vanish.
pub(super) const GONE: &[&str] = &["404"];

/// Bodies of refusals are small; those of good answers need not be read twice.
const REFUSAL_SIZE: usize = 1_024;

/// Judges an answer.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let status = answer.status.as_u16();
    let is_good = answer.status.is_success();
    if is_good && answer.body.len() > REFUSAL_SIZE {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    let code = body.get("Code").and_then(|code| code.to_string().trim_matches('"').parse::<u32>().ok());
    let message = body.get("Message").and_then(Value::as_str).unwrap_or_default().to_owned();
    if matches!(status, 200..=399) && (code.is_none() || message.is_empty()) {
        return judge_status(answer, "Campaign Monitor");
    }
    let meaning = match (status, code) {
        (_, Some(121)) => Meaning::Renew,
        (_, Some(120 | 122)) | (401, Some(50 | 100)) => Meaning::Reconnect,
        (429, _) | (_, Some(429)) => Meaning::Throttled(answer.seconds_in("x-ratelimit-reset")),
        (401, _) => Meaning::Renew,
        (403, _) => Meaning::Denied(DeniedScope::Stream),
        (404, _) => Meaning::Missing,
        (410, _) => Meaning::Sunset,
        (408 | 425 | 500..=599, _) => Meaning::Fault,
        _ => Meaning::Rejected,
    };
    let code = code.filter(|_| status != 404).map_or_else(|| status.to_string(), |code| code.to_string());
    Refusal { vendor: "Campaign Monitor", code, message }.verdict(meaning, answer)
}
