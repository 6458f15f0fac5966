//! What Account Engagement's refusals mean: the code in the body decides, the status comes with several ("Error codes",
//! version 5 and version 4).

use crate::error::DeniedScope;
use crate::http::status::judge_status;
use crate::http::{Answer, Meaning, Node, Refusal, Verdict};
use crate::moments::next_midnight;
use crate::record::RemoteAccount;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use std::time::Duration;

pub(super) const PRODUCT: &str = "Account Engagement";

/// The first wait where too many calls run at once.
pub(super) const WINDOW: Duration = Duration::from_secs(2);

/// A thing that is not there, or has no figures: by its code, or by the status alone.
pub(super) const MISSING: &[&str] = &[NOTHING, "404"];

/// A version that is not served, or not any more.
pub(super) const UNSERVED: &[&str] = &["404", "410"];

const NOTHING: &str = "109";

/// Where days start: a zone, or, where only single moments are known, their offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Zone(Tz),
    Offset(FixedOffset),
}

impl Place {
    /// Where an account is; UTC where nobody knows.
    pub(super) fn of(account: &RemoteAccount) -> Self {
        let zone = account.time_zone.as_deref().and_then(|name| name.parse().ok()).map(Self::Zone);
        let offset = || Some(Self::Offset(account.detail(OFFSET)?.parse().ok()?));
        zone.or_else(offset).unwrap_or(Self::Zone(Tz::UTC))
    }

    fn midnight(self, at: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Zone(zone) => next_midnight(at, zone),
            Self::Offset(offset) => {
                let shift = TimeDelta::seconds(offset.local_minus_utc().into());
                next_midnight(at + shift, Tz::UTC) - shift
            }
        }
    }
}

/// The detail of an account that holds its offset (`-05:00`).
pub(super) const OFFSET: &str = "offset";

/// Judges an answer about an account that was reached before: what is refused now is refused alone.
pub(super) fn judge(answer: &Answer, place: Place) -> Verdict {
    judge_as(answer, place, Meaning::Denied(DeniedScope::Stream))
}

/// Judges the answer that proves that a business unit can be read.
pub(super) fn judge_unit(answer: &Answer, place: Place) -> Verdict {
    judge_as(answer, place, Meaning::Configuration)
}

fn judge_as(answer: &Answer, place: Place, refused: Meaning) -> Verdict {
    let refusal = read(&answer.json().unwrap_or_default());
    if answer.status.is_success() && refusal.is_none() {
        return Verdict::Done;
    }
    let Some(refusal) = refusal else {
        return judge_status(answer, PRODUCT);
    };
    let meaning = match (refusal.code.as_str(), answer.status.as_u16()) {
        ("66", _) => Meaning::Throttled(None),
        ("122", _) => Meaning::Quota(place.midnight(answer.at)),
        ("184", _) => Meaning::Renew,
        ("49", _) => refused,
        ("181" | "182", _) => Meaning::Configuration,
        (NOTHING, _) => Meaning::Missing,
        (_, 401) => Meaning::Renew,
        (_, 403) => Meaning::Denied(DeniedScope::Stream),
        (_, 429) => Meaning::Throttled(None),
        (_, 408 | 500..=599) => Meaning::Fault,
        _ => Meaning::Rejected,
    };
    match refusal.verdict(meaning, answer) {
        Verdict::GiveUp(error) if meaning == Meaning::Configuration => {
            let hint = "Check the business unit's id in Salesforce Setup, Account Engagement Account Setup, and that the user belongs to the unit.";
            let message = format!("The business unit does not fit. {}", error.message);
            Verdict::give_up(crate::error::Error { message, ..*error }.with_hint(hint))
        }
        // A token that Salesforce takes can still be none for this product.
        Verdict::Refresh(error) => Verdict::Refresh(Box::new(error.with_hint(
            "Connect again. If it stays, the app lacks the scope pardot_api, or the setting host names the wrong one.",
        ))),
        verdict => verdict,
    }
}

/// The refusal in a body. Version 4 refuses with HTTP 200.
fn read(body: &Value) -> Option<Refusal> {
    let root = Node::root(body, "$");
    let older = root.at("@attributes");
    let (code, message) = match older.at("err_code").text().ok().flatten() {
        Some(code) => (code, root.at("err")),
        None => (root.at("code").text().ok().flatten()?, root.at("message")),
    };
    let message = message.text().ok().flatten().unwrap_or_default();
    Some(Refusal { vendor: PRODUCT, code, message })
}
