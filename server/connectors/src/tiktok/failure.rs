//! What `TikTok`'s refusals mean. The HTTP status is nearly always 200: the code in the body decides.

use super::auth::Door;
use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use crate::moments::next_midnight;
use chrono_tz::Tz;
use serde_json::Value;
use std::time::Duration;

const VENDOR: &str = "TikTok";

const NOT_THERE: &str =
    "There is nothing at the address that was asked for; a version may have been switched off";

/// Refusals name no delay; requests are counted over seconds and over a minute.
pub(super) const WINDOW: Duration = Duration::from_secs(5);

/// Judges an answer to a request through that door. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer, door: Door) -> Verdict {
    let is_success = answer.status.is_success();
    let body = answer.json();
    let code = body.as_ref().ok().and_then(|body| body.get("code")).and_then(code_of);
    let code = match code.as_deref() {
        Some("0") | None if is_success => return Verdict::Done,
        // One thing that is not there: where the version is dead, so are all others.
        Some("0") | None if matches!(answer.status.as_u16(), 404 | 410) => {
            let (code, message) = (answer.status.as_u16().to_string(), NOT_THERE.to_owned());
            return Refusal { vendor: VENDOR, code, message }
                .verdict(Meaning::Denied(DeniedScope::Stream), answer);
        }
        Some("0") | None => return judge_status(answer, VENDOR),
        Some(code) => code.to_owned(),
    };
    let message = body.as_ref().ok().and_then(|body| body.get("message")).and_then(Value::as_str);
    let message = message.unwrap_or_default().to_owned();
    let meaning = meaning(&code, &message, door, answer);
    Refusal { vendor: VENDOR, code, message }.verdict(meaning, answer)
}

/// A number, or its text.
fn code_of(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

fn meaning(code: &str, message: &str, door: Door, answer: &Answer) -> Meaning {
    let said = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match (code.parse::<u32>().unwrap_or(0), answer.status.as_u16()) {
        (40100 | 40016 | 40133, _) | (_, 429) => {
            if says(&["per day", "daily"]) {
                return Meaning::Quota(next_midnight(answer.at, Tz::UTC));
            }
            Meaning::Throttled(None)
        }
        // An advertiser's token lives until it is revoked; that of a TikTok account can be renewed.
        (40101..=40199, _) => match door {
            Door::Ads => Meaning::Reconnect,
            Door::Account => Meaning::Renew,
        },
        (40001, _) if door == Door::Ads && says(&["advertiser"]) => Meaning::Denied(DeniedScope::Account),
        (40001, _) => Meaning::Denied(DeniedScope::Stream),
        // 40201 and 40202: a task is not ready, or in conflict with another.
        (40200..=40202 | 40700 | 50000..=59999, _) | (_, 500..=599) => Meaning::Fault,
        _ if says(&["version"]) && says(&["deprecated", "no longer", "offline", "sunset"]) => Meaning::Sunset,
        _ => Meaning::Rejected,
    }
}
