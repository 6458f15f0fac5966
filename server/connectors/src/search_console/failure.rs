//! What Search Console's refusals mean.

use crate::error::{DeniedScope, Error, ErrorKind};
use crate::google::{Refusal, not_served};
use crate::http::status::judge_status;
use crate::http::{Answer, Verdict};
use crate::moments::next_midnight;
use chrono_tz::Tz;
use std::time::Duration;

pub(super) const PRODUCT: &str = "Google Search Console";

/// Where Google's days begin and end, those of quotas included.
pub(super) const DAYS: Tz = Tz::America__Los_Angeles;

/// Requests are counted over a minute, and refusals name no delay.
pub(super) const WINDOW: Duration = Duration::from_mins(1);

/// Reasons that say that it was too much in a short time; older answers give them with status 403.
const TOO_OFTEN: &[&str] =
    &["quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"];

/// Reasons that say that nothing more comes today.
const DAY_IS_OVER: &[&str] = &["dailyLimitExceeded", "dailyLimitExceededUnreg"];

/// Judges an answer. A good one is `Done`, whatever it holds.
pub(super) fn judge(answer: &Answer) -> Verdict {
    if answer.status.is_success() {
        return Verdict::Done;
    }
    let body = answer.json().unwrap_or_default();
    let Some(mut refusal) = Refusal::in_body(&body) else {
        if answer.status.as_u16() == 404 {
            return Verdict::give_up(not_served(answer, PRODUCT));
        }
        return judge_status(answer, PRODUCT);
    };
    refusal.status = refusal.status_of(answer);
    let error = |kind: ErrorKind, what: &str| -> Error { refusal.error(kind, what) };
    let said = refusal.message.to_lowercase();
    let is_too_often =
        refusal.status == 429 || (refusal.status == 403 && TOO_OFTEN.contains(&refusal.reason));
    let is_daily = said.contains("per day") || said.contains("daily");
    if DAY_IS_OVER.contains(&refusal.reason) || (is_too_often && is_daily) {
        let until = next_midnight(answer.at, DAYS);
        let what = "Google Search Console's quota of the day is used up";
        return Verdict::give_up(error(ErrorKind::Quota { until }, what));
    }
    if is_too_often {
        let delay = refusal.retry_delay.or_else(|| answer.retry_after());
        let what = "Google Search Console's quota is used up";
        return Verdict::throttled(delay, error(ErrorKind::VendorDown, what));
    }
    match refusal.status {
        403 if refusal.reason == "insufficientPermissions" || said.contains("authentication scopes") => {
            let what = "The consent does not cover Google Search Console";
            Verdict::give_up(error(ErrorKind::NeedsReauthorisation, what))
        }
        // A version that is gone answers with a web page, or has no such method.
        404 if !said.contains("method not found") => {
            let kind = ErrorKind::Permission(DeniedScope::Account);
            Verdict::give_up(error(kind, "Google Search Console knows no such site"))
        }
        _ => refusal.judge(answer, PRODUCT, &error),
    }
}
