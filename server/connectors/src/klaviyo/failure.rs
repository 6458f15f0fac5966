//! What Klaviyo's refusals mean.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use serde_json::Value;
use std::time::Duration;

const VENDOR: &str = "Klaviyo";

/// The longer of the two spans that requests are counted over.
pub(super) const WINDOW: Duration = Duration::from_mins(1);

/// The code of what is not there, whatever word the vendor has for it.
pub(super) const GONE: &[&str] = &["404"];

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let status = answer.status.as_u16();
    let body = answer.json().unwrap_or_default();
    let first = body.pointer("/errors/0").cloned().unwrap_or_default();
    let refusal = refusal(&first, status);
    let meaning = match status {
        400 if is_about_revision(&first) => Meaning::Sunset,
        401 => Meaning::Renew,
        403 => Meaning::Denied(DeniedScope::Stream),
        404 => Meaning::Missing,
        410 => Meaning::Sunset,
        429 => Meaning::Throttled(answer.retry_after().or_else(|| answer.seconds_in("ratelimit-reset"))),
        408 | 425 | 500..=599 => Meaning::Fault,
        400..=499 => Meaning::Rejected,
        _ => return judge_status(answer, VENDOR),
    };
    refusal.verdict(meaning, answer)
}

/// As [`judge`], for reports: their quota of a day leaves everything else running.
pub(super) fn judge_report(answer: &Answer) -> Verdict {
    let verdict = judge(answer);
    if answer.status.as_u16() == 429 { verdict.local() } else { verdict }
}

fn refusal(first: &Value, status: u16) -> Refusal {
    let code = text(first, "/code");
    let mut message = [text(first, "/title"), text(first, "/detail")]
        .iter()
        .map(|part| part.trim_end_matches('.'))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(": ");
    let place = [text(first, "/source/pointer"), text(first, "/source/parameter")];
    if let Some(place) = place.iter().find(|place| !matches!(place.as_str(), "" | "/data" | "/data/")) {
        message = format!("{message} ({place})");
    }
    let code = if code.is_empty() || status == 404 { status.to_string() } else { code };
    Refusal { vendor: VENDOR, code, message }
}

/// A revision that is no longer served is refused like any wrong header. What is wrong with one part of a question may name the
/// revision too.
fn is_about_revision(first: &Value) -> bool {
    let names_it = |place: &&str| text(first, place).to_ascii_lowercase().contains("revision");
    let is_of_question = text(first, "/source/pointer").starts_with("/data/attributes");
    ["/code", "/source/parameter", "/source/header"].iter().any(names_it)
        || (!is_of_question && names_it(&"/detail"))
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}
