//! Counts the calls of a connection, and keeps what the vendor tells of its quotas.

use super::{Answer, RetryReason, Verdict};
use crate::error::ErrorKind;
use chrono::{DateTime, Utc};
use model::health::{CallCounts, QuotaUse};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A quota that a vendor tells about in its answers.
#[derive(Debug, Clone, Copy)]
pub struct QuotaSpec {
    /// What is limited, for people: "calls per day".
    pub name: &'static str,
    /// Where it is told.
    pub told: Told,
}

/// Where an answer tells how much of a quota is used.
#[derive(Debug, Clone, Copy)]
pub enum Told {
    /// Two headers: all of it, and what is left.
    Left {
        /// Header with all of it.
        limit: &'static str,
        /// Header with what is left.
        left: &'static str,
    },
    /// Read by the platform: used, and all of it.
    By(fn(&Answer) -> Option<(u64, u64)>),
}

impl QuotaSpec {
    fn read(&self, answer: &Answer) -> Option<(u64, u64)> {
        match self.told {
            Told::Left { limit, left } => {
                let number = |name| answer.header(name)?.parse::<u64>().ok();
                let limit = number(limit)?;
                Some((limit.saturating_sub(number(left)?), limit))
            }
            Told::By(read) => read(answer),
        }
    }
}

/// Calls and quotas so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallTally {
    /// Calls, by how they ended.
    pub counts: CallCounts,
    /// Of each quota the moment when most of it was used.
    pub quotas: Vec<QuotaUse>,
}

/// Counts. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<CallTally>>);

impl Calls {
    /// How things stand.
    pub fn tally(&self) -> CallTally {
        self.lock().clone()
    }

    pub(super) fn good(&self) {
        self.lock().counts.good += 1;
    }

    /// An answer that had begun well broke off.
    pub(super) fn broke_off(&self) {
        let mut tally = self.lock();
        tally.counts.good -= 1;
        tally.counts.broken += 1;
    }

    pub(super) fn bad(&self, verdict: &Verdict) {
        let mut tally = self.lock();
        let counts = &mut tally.counts;
        let count = match verdict {
            Verdict::Done => &mut counts.good,
            Verdict::Retry { reason: RetryReason::Throttled, .. } => &mut counts.throttled,
            Verdict::Retry { reason: RetryReason::Fault, .. } => &mut counts.failed,
            Verdict::Retry { reason: RetryReason::Broken, .. } => &mut counts.broken,
            Verdict::Refresh(_) => &mut counts.refused,
            Verdict::GiveUp(error) => match error.kind {
                ErrorKind::Quota { .. } => &mut counts.throttled,
                ErrorKind::VendorDown => &mut counts.failed,
                _ => &mut counts.refused,
            },
        };
        *count += 1;
    }

    pub(super) fn quotas(&self, specs: &[QuotaSpec], answer: &Answer) {
        for spec in specs {
            if let Some((used, limit)) = spec.read(answer) {
                self.quota(spec.name, used, limit, answer.at);
            }
        }
    }

    pub(super) fn quota(&self, name: &str, used: u64, limit: u64, told_at: DateTime<Utc>) {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let told = QuotaUse { name: name.to_owned(), used: number(used), limit: number(limit), told_at };
        let mut tally = self.lock();
        match tally.quotas.iter_mut().find(|known| known.name == name) {
            Some(known) if known.share() > told.share() => {}
            Some(known) => *known = told,
            None => tally.quotas.push(told),
        }
    }

    fn lock(&self) -> MutexGuard<'_, CallTally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, StatusCode};

    fn answer(headers: &[(&'static str, &str)]) -> Answer {
        let headers: HeaderMap =
            headers.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap())).collect();
        let at = "2026-09-04T12:00:00Z".parse().unwrap();
        Answer { status: StatusCode::OK, headers, body: Bytes::new(), at }
    }

    #[test]
    fn calls_are_counted_by_how_they_ended() {
        let calls = Calls::default();
        calls.good();
        calls.good();
        calls.broke_off();
        let until = "2026-09-05T00:00:00Z".parse().unwrap();
        for verdict in [
            Verdict::throttled(None, Error::vendor_down("slow")),
            Verdict::give_up(Error::new(ErrorKind::Quota { until }, "full")),
            Verdict::fault(Error::vendor_down("down")),
            Verdict::Refresh(Box::new(Error::new(ErrorKind::NeedsReauthorisation, "old"))),
            Verdict::give_up(Error::new(ErrorKind::Rejected, "no")),
        ] {
            calls.bad(&verdict);
        }
        let expected = CallCounts { good: 1, throttled: 2, failed: 1, broken: 1, refused: 2 };
        assert_eq!(calls.tally().counts, expected);
    }

    #[test]
    fn of_a_quota_the_highest_use_is_kept() {
        let specs = [
            QuotaSpec { name: "calls per day", told: Told::Left { limit: "x-limit", left: "x-left" } },
            QuotaSpec {
                name: "tokens",
                told: Told::By(|answer| Some((answer.header("x-used")?.parse().ok()?, 10))),
            },
        ];
        let calls = Calls::default();
        for headers in [
            &[("x-limit", "1000"), ("x-left", "900")][..],
            &[("x-limit", "1000"), ("x-left", "750"), ("x-used", "3")],
            &[("x-limit", "1000"), ("x-left", "990")],
            &[("x-limit", "many"), ("x-left", "1")],
            &[("x-left", "1")],
        ] {
            calls.quotas(&specs, &answer(headers));
        }
        let told: Vec<_> = calls.tally().quotas.iter().map(|q| (q.name.clone(), q.used, q.limit)).collect();
        assert_eq!(told, [("calls per day".to_owned(), 250, 1000), ("tokens".to_owned(), 3, 10)]);
    }
}
