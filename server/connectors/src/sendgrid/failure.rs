//! What `SendGrid`'s refusals mean.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use serde_json::Value;
use std::time::Duration;

/// The wait where a refusal does not say when the limit starts anew.
pub(super) const WINDOW: Duration = Duration::from_mins(1);

/// The limit counts anew from the second that the header names.
const BEHIND_RESET: Duration = Duration::from_secs(1);

/// What was asked for is not there.
pub(super) const GONE: &[&str] = &["404"];

/// Judges an answer: the vendor has no codes, so the status decides.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let status = answer.status.as_u16();
    let meaning = match status {
        200..=399 => return judge_status(answer, "SendGrid"),
        // Keys never expire: this one is wrong or was deleted.
        401 => Meaning::Reconnect,
        // The key lacks a scope, or the plan the feature. Callers that ask for one thing of many spare the second.
        403 | 404 => Meaning::Denied(DeniedScope::Stream),
        410 => Meaning::Sunset,
        429 => Meaning::Throttled(answer.until_epoch_in("x-ratelimit-reset").map(|wait| wait + BEHIND_RESET)),
        408 | 425 | 500..=599 => Meaning::Fault,
        _ => Meaning::Rejected,
    };
    let refusal = Refusal { vendor: "SendGrid", code: status.to_string(), message: messages(answer) };
    let verdict = refusal.verdict(meaning, answer);
    // Each address has a limit of its own: the others can still be asked.
    if status == 429 { verdict.local() } else { verdict }
}

/// `{"errors":[{"field":…,"message":…}]}`.
fn messages(answer: &Answer) -> String {
    let body = answer.json().unwrap_or_default();
    let errors = body.get("errors").and_then(Value::as_array).into_iter().flatten();
    let said = errors.filter_map(|error| {
        let message = error.get("message").and_then(Value::as_str).filter(|m| !m.trim().is_empty())?;
        Some(match error.get("field").and_then(Value::as_str).filter(|f| !f.is_empty()) {
            Some(field) => format!("{field}: {message}"),
            None => message.to_owned(),
        })
    });
    said.collect::<Vec<_>>().join("; ")
}
