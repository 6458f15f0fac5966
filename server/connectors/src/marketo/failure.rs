//! What Marketo's refusals mean. They come with HTTP 200: the body says whether an answer is good.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use crate::moments::next_midnight;
use chrono_tz::America::Chicago;
use serde_json::Value;
use std::time::Duration;

/// Requests are counted over 20 seconds.
pub(super) const WINDOW: Duration = Duration::from_secs(20);

/// Ten requests at a time, all who ask together: one of them is soon done.
const CONCURRENCY: Duration = Duration::from_secs(3);

/// The queue of exports moves on in minutes.
const QUEUE: Duration = Duration::from_mins(2);

/// Judges an answer.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let status = answer.status.as_u16();
    let Ok(body) = answer.json() else {
        // A good answer that is no JSON is asked for again by whoever reads it.
        return judge_http(answer, status);
    };
    let errors = body.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_good = match body.get("success") {
        Some(Value::Bool(success)) => *success,
        _ => errors.is_empty(),
    };
    if is_good {
        return judge_http(answer, status);
    }
    let Some(error) = errors.first() else {
        return judge_refused(answer, status);
    };
    let refusal = refusal(error);
    let meaning = meaning(&refusal, answer);
    let verdict = refusal.verdict(meaning, answer);
    // Exports have a queue and a quota of their own.
    if refusal.code == "1029" { verdict.local() } else { verdict }
}

/// Judges the answer with a file, which is no JSON where it is good.
pub(super) fn judge_file(answer: &Answer) -> Verdict {
    let is_object = answer.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if is_object { judge(answer) } else { judge_http(answer, answer.status.as_u16()) }
}

/// An answer without a word about why it is none.
fn judge_refused(answer: &Answer, status: u16) -> Verdict {
    if answer.status.is_success() {
        return bare(answer).verdict(Meaning::Rejected, answer);
    }
    judge_http(answer, status)
}

fn judge_http(answer: &Answer, status: u16) -> Verdict {
    match status {
        403 => bare(answer).verdict(Meaning::Denied(DeniedScope::Stream), answer),
        413 | 414 => bare(answer).verdict(Meaning::TooMuch, answer),
        _ => judge_status(answer, "Marketo"),
    }
}

fn bare(answer: &Answer) -> Refusal {
    Refusal { vendor: "Marketo", code: String::new(), message: answer.snippet() }
}

fn refusal(error: &Value) -> Refusal {
    let text = |name: &str| match error.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    Refusal { vendor: "Marketo", code: text("code"), message: text("message") }
}

fn meaning(refusal: &Refusal, answer: &Answer) -> Meaning {
    let until_midnight = || Meaning::Quota(next_midnight(answer.at, Chicago));
    match refusal.code.as_str() {
        "600" | "601" | "602" => Meaning::Renew,
        "603" => Meaning::Denied(DeniedScope::Stream),
        "606" => Meaning::Throttled(Some(WINDOW)),
        "615" => Meaning::Throttled(Some(CONCURRENCY)),
        "607" => until_midnight(),
        "1029" if refusal.message.to_ascii_lowercase().contains("quota") => until_midnight(),
        "1029" => Meaning::Throttled(Some(QUEUE)),
        "413" | "414" => Meaning::TooMuch,
        "604" | "608" | "611" | "713" | "719" => Meaning::Fault,
        // Those that only name the status of a gateway.
        "502" | "503" | "504" => Meaning::Fault,
        _ => Meaning::Rejected,
    }
}
