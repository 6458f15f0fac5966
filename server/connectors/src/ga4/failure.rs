//! What Google Analytics' refusals mean.

use crate::error::{DeniedScope, Error, ErrorKind};
use crate::google::{Refusal, not_served};
use crate::http::status::judge_status;
use crate::http::{Answer, Verdict};
use chrono::{DateTime, Days, Utc};
use std::time::Duration;

pub(super) const PRODUCT: &str = "Google Analytics";

/// Requests at once are counted over seconds; that long is enough for others to end.
const CONCURRENT: Duration = Duration::from_secs(30);
const HOUR: i64 = 3_600;

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    match Refusal::in_body(&body) {
        Some(refusal) => judge_refusal(&refusal, answer),
        // Not Google's words: this question is not answered here, whatever others are.
        None if answer.status.as_u16() == 404 => Verdict::give_up(not_served(answer, PRODUCT)),
        None => judge_status(answer, PRODUCT),
    }
}

fn judge_refusal(refusal: &Refusal<'_>, answer: &Answer) -> Verdict {
    let error = |kind: ErrorKind, what: &str| -> Error { refusal.error(kind, what) };
    match refusal.status_of(answer) {
        429 => {
            let after = refusal.retry_delay.or_else(|| answer.retry_after());
            let after = after.or_else(|| wait(refusal.message, answer.at));
            Verdict::throttled(after, error(ErrorKind::VendorDown, "Google Analytics' quota is used up"))
        }
        // A version that is gone answers with a web page, or has no such method.
        404 if !refusal.message.to_lowercase().contains("method not found") => Verdict::give_up(error(
            ErrorKind::Permission(DeniedScope::Account),
            "Google Analytics knows no such property",
        )),
        _ => refusal.judge(answer, PRODUCT, &error),
    }
}

/// How long until the bucket that the message names is filled again. There are buckets for requests at once, and for
/// tokens, server errors and demographic requests per hour and day; days end at midnight in California.
fn wait(message: &str, at: DateTime<Utc>) -> Option<Duration> {
    let message = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["concurrent"]) {
        return Some(CONCURRENT);
    }
    if says(&["per day", "daily"]) {
        return until_midnight(at);
    }
    if says(&["per minute"]) {
        return Some(Duration::from_mins(1));
    }
    if says(&["hour", "potentially thresholded", "server error"]) {
        let left = HOUR - at.timestamp().rem_euclid(HOUR);
        return u64::try_from(left).ok().map(Duration::from_secs);
    }
    None
}

fn until_midnight(at: DateTime<Utc>) -> Option<Duration> {
    let zone = chrono_tz::America::Los_Angeles;
    let tomorrow = at.with_timezone(&zone).date_naive().checked_add_days(Days::new(1))?;
    let midnight = tomorrow.and_hms_opt(0, 0, 0)?.and_local_timezone(zone).earliest()?;
    (midnight.with_timezone(&Utc) - at).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, at: &str, seconds: Option<u64>) {
        assert_eq!(wait(message, at.parse().unwrap()), seconds.map(Duration::from_secs), "{message} at {at}");
    }

    #[test]
    fn each_bucket_has_its_own_end() {
        let noon = "2026-09-03T12:00:00Z";
        check("Exhausted concurrent requests quota. Please wait.", noon, Some(30));
        check(
            "Exhausted property tokens for a project per hour. They return in under one hour.",
            noon,
            Some(3_600),
        );
        check("Exhausted property tokens per hour.", "2026-09-03T12:59:30Z", Some(30));
        check("Exhausted potentially thresholded requests quota.", "2026-09-03T12:15:00Z", Some(2_700));
        check("Exhausted server errors quota.", "2026-09-03T12:15:00Z", Some(2_700));
        check("Quota exceeded for 'Requests' and limit 'Requests per minute'.", noon, Some(60));
        check("Too many.", noon, None);
    }

    #[test]
    fn days_end_at_midnight_in_california_also_when_clocks_change() {
        let daily = "Exhausted property tokens per day. They return in under 24 hours.";
        check(daily, "2026-09-03T12:00:00Z", Some(19 * 3_600));
        check(daily, "2026-12-03T12:00:00Z", Some(20 * 3_600));
        // The day on which clocks go back has 25 hours.
        check(daily, "2026-11-01T07:00:00Z", Some(25 * 3_600));
    }
}
