//! What Mailchimp's refusals mean.

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Refusal, Verdict};
use serde_json::Value;
use std::time::Duration;

const VENDOR: &str = "Mailchimp";

/// Too many connections at a time: they are gone in a moment.
pub(super) const WINDOW: Duration = Duration::from_secs(1);

/// The edge closes the door on those who went on after refusals, for five to ten minutes.
const EDGE_WAIT: Duration = Duration::from_mins(5);

/// Judges an answer of the API. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let status = answer.status.as_u16();
    let body = answer.json().unwrap_or_default();
    let title = text(&body, "title");
    let refusal = Refusal { vendor: VENDOR, code: status.to_string(), message: message(&body) };
    let word: String = title.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let meaning = match (status, word.as_str()) {
        (401, _) | (403, "wrongdatacenter") => Meaning::Renew,
        (403, "userdisabled") => Meaning::Denied(DeniedScope::Grant),
        // The API says why it refuses; its edge shows a web page or nothing.
        (403, "") if refusal.message.is_empty() => {
            Meaning::Throttled(answer.retry_after().or(Some(EDGE_WAIT)))
        }
        (403, _) => Meaning::Denied(DeniedScope::Stream),
        (404, _) => Meaning::Missing,
        (410, _) => Meaning::Sunset,
        (429, _) => Meaning::Throttled(None),
        (408 | 425 | 500..=599, _) => Meaning::Fault,
        (400..=499, _) => Meaning::Rejected,
        _ => return judge_status(answer, VENDOR),
    };
    refusal.verdict(meaning, answer)
}

/// Judges what the login host says of a token: it answers a dead one with HTTP 200 and an error.
pub(super) fn judge_metadata(answer: &Answer) -> Verdict {
    let body = answer.json().unwrap_or_default();
    let code = text(&body, "error");
    // A host that does not work may say so in the same field.
    let is_about_token = answer.status.is_success() || matches!(answer.status.as_u16(), 400 | 401);
    if code.is_empty() || !is_about_token {
        return judge(answer);
    }
    let said = text(&body, "error_description");
    let message = if said.is_empty() { code.clone() } else { said };
    Refusal { vendor: VENDOR, code, message }.verdict(Meaning::Reconnect, answer)
}

/// Title, detail and the parts that are wrong, as far as they are there (RFC 7807).
fn message(body: &Value) -> String {
    let parts = body.get("errors").and_then(Value::as_array).into_iter().flatten();
    let parts = parts.map(|part| format!("{} {}", text(part, "field"), text(part, "message")));
    let whole = [text(body, "title"), text(body, "detail")].into_iter().chain(parts);
    let said: Vec<String> =
        whole.map(|t| t.trim().trim_end_matches('.').to_owned()).filter(|t| !t.is_empty()).collect();
    said.join(". ")
}

fn text(body: &Value, name: &str) -> String {
    body.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}
