//! How connections fare: calls and quotas, the end of a consent, and all of it at a glance.

use crate::connections::{ConnectionState, RunOutcome};
use crate::ids::ConnectionId;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Days that rates of errors look back.
pub const HEALTH_DAYS: i64 = 30;

/// The least share of good calls that a platform should have.
pub const CALL_TARGET: f64 = 0.95;

/// Calls to a vendor, by how they ended. A call that is tried again counts each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallCounts {
    /// Answered as hoped.
    pub good: i64,
    /// Refused for now: too many calls, or a quota is used up.
    pub throttled: i64,
    /// The vendor, or the way to it, failed.
    pub failed: i64,
    /// The answer broke off, or was no answer.
    pub broken: i64,
    /// Refused for good: no permission, an expired token, a wrong request.
    pub refused: i64,
}

impl CallCounts {
    /// All calls.
    pub fn total(&self) -> i64 {
        self.good + self.bad()
    }

    /// Calls that did not end as hoped.
    pub fn bad(&self) -> i64 {
        self.throttled + self.failed + self.broken + self.refused
    }

    /// Share of good calls, from 0 to 1; none where there was no call.
    pub fn success_rate(&self) -> Option<f64> {
        share(self.good, self.total())
    }

    /// Share of calls that did not end as hoped, from 0 to 1; none where there was no call.
    pub fn error_rate(&self) -> Option<f64> {
        share(self.bad(), self.total())
    }

    /// Adds the calls of another.
    pub fn add(&mut self, other: &Self) {
        self.good += other.good;
        self.throttled += other.throttled;
        self.failed += other.failed;
        self.broken += other.broken;
        self.refused += other.refused;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people; counts of calls are far below 2^52")]
fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How much of one of a vendor's quotas is used, as the vendor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaUse {
    /// What is limited, for people, for example "calls per day".
    pub name: String,
    /// Used of it.
    pub used: i64,
    /// All of it.
    pub limit: i64,
    /// When the vendor said so.
    pub told_at: DateTime<Utc>,
}

impl QuotaUse {
    /// Share that is used, from 0; none where the limit is 0.
    pub fn share(&self) -> Option<f64> {
        share(self.used, self.limit)
    }
}

/// How close the end of a consent is. Said 14, 7 and 1 days ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryStage {
    /// At most 14 days are left.
    TwoWeeks,
    /// At most 7 days are left.
    Week,
    /// At most a day is left.
    Day,
    /// It has ended.
    Over,
}

/// A consent that ends soon: from then on nothing is read until a person consents again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantExpiry {
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Days left, rounded up; 0 when it has ended.
    pub days_left: i64,
    /// How close that is.
    pub stage: ExpiryStage,
}

impl GrantExpiry {
    /// What has to be announced at `now` about a consent that ends then; none while the end is more than `ahead` (at
    /// most 14) days away.
    pub fn announced(ends_at: DateTime<Utc>, now: DateTime<Utc>, ahead: i64) -> Option<Self> {
        let left = ends_at - now;
        let stage = match left {
            left if left <= TimeDelta::zero() => ExpiryStage::Over,
            left if left > TimeDelta::days(ahead.min(14)) => return None,
            left if left <= TimeDelta::days(1) => ExpiryStage::Day,
            left if left <= TimeDelta::days(7) => ExpiryStage::Week,
            _ => ExpiryStage::TwoWeeks,
        };
        let days_left = (left.num_seconds().max(0) + 86_399) / 86_400;
        Some(Self { ends_at, days_left, stage })
    }
}

/// A connection whose consent ends soon, for a line above its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingGrant {
    /// Which.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
    /// When.
    pub expiry: GrantExpiry,
}

impl EndingGrant {
    /// "Access of Google Ads ends in 6 days."
    pub fn sentence(&self) -> String {
        match self.expiry.days_left {
            0 => format!("Access of {} has ended.", self.name),
            1 => format!("Access of {} ends within a day.", self.name),
            days => format!("Access of {} ends in {days} days.", self.name),
        }
    }
}

/// The last run in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRun {
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// How it ended.
    pub outcome: RunOutcome,
}

/// How one connection fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConnectionHealth {
    /// Which.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
    /// Platform slug.
    pub platform: String,
    /// The platform's name.
    pub platform_name: String,
    /// How it stands.
    #[serde(flatten)]
    pub state: ConnectionState,
    /// What a person can do now; none where nothing is to be done.
    pub what_to_do: Option<String>,
    /// The last day that is complete in all accounts.
    pub complete_until: Option<NaiveDate>,
    /// Days between the last complete day and yesterday in UTC; none where no day is complete.
    pub days_behind: Option<i64>,
    /// Runs of the last 30 days that have ended.
    pub runs: i64,
    /// Those of them that failed, or left something out.
    pub troubled_runs: i64,
    /// Calls of the last 30 days.
    pub calls: CallCounts,
    /// Share of calls of the last 30 days that did not end as hoped, from 0 to 1; none where there was no call.
    pub error_rate: Option<f64>,
    /// What the vendor last said about its quotas.
    pub quotas: Vec<QuotaUse>,
    /// The run under way, or the last one.
    pub last_run: Option<LastRun>,
    /// When the next run is due.
    pub next_run_at: Option<DateTime<Utc>>,
    /// The consent ends soon.
    pub expiry: Option<GrantExpiry>,
}

impl ConnectionHealth {
    /// How bad it is, for the order: what needs a person first.
    pub fn severity(&self) -> u8 {
        let ends = self.expiry.map(|expiry| expiry.stage);
        match &self.state {
            ConnectionState::NeedsReconnect { .. } => 9,
            ConnectionState::Failing { .. } => 8,
            _ if ends >= Some(ExpiryStage::Day) => 7,
            ConnectionState::ChoosingAccounts => 6,
            ConnectionState::WaitingForQuota { .. } => 5,
            _ if ends.is_some() => 4,
            _ if self.last_run.is_some_and(|run| run.outcome == RunOutcome::Incomplete) => 3,
            _ if self.error_rate.is_some_and(|rate| rate > 1.0 - CALL_TARGET) => 2,
            ConnectionState::Paused => 1,
            ConnectionState::Ready | ConnectionState::Syncing => 0,
        }
    }
}

/// How the calls to one platform went, over all its connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlatformHealth {
    /// Platform slug.
    pub platform: String,
    /// For people.
    pub name: String,
    /// Its connections.
    pub connections: i64,
    /// Calls of the last 30 days.
    pub calls: CallCounts,
    /// Share of good calls, from 0 to 1; none where there was no call.
    pub success_rate: Option<f64>,
}

impl PlatformHealth {
    /// Whether the target is met; none where there was no call.
    pub fn meets_target(&self) -> Option<bool> {
        self.success_rate.map(|rate| rate >= CALL_TARGET)
    }
}

/// All connections of a workspace at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HealthReport {
    /// When this was asked.
    pub at: DateTime<Utc>,
    /// Days that rates look back.
    pub days: i64,
    /// The least share of good calls that a platform should have.
    pub target: f64,
    /// Worst first.
    pub connections: Vec<ConnectionHealth>,
    /// Worst first.
    pub platforms: Vec<PlatformHealth>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_announced_14_7_and_1_days_ahead() {
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |hours: i64, ahead| GrantExpiry::announced(now + TimeDelta::hours(hours), now, ahead);
        let stage = |hours| at(hours, 14).map(|e| (e.stage, e.days_left));
        assert_eq!(stage(14 * 24 + 1), None);
        assert_eq!(stage(14 * 24), Some((ExpiryStage::TwoWeeks, 14)));
        assert_eq!(stage(7 * 24 + 1), Some((ExpiryStage::TwoWeeks, 8)));
        assert_eq!(stage(7 * 24), Some((ExpiryStage::Week, 7)));
        assert_eq!(stage(25), Some((ExpiryStage::Week, 2)));
        assert_eq!(stage(24), Some((ExpiryStage::Day, 1)));
        assert_eq!(stage(1), Some((ExpiryStage::Day, 1)));
        assert_eq!(stage(0), Some((ExpiryStage::Over, 0)));
        // A consent that renews itself ten days ahead is only told when that did not work.
        assert_eq!(at(10 * 24, 9), None);
        assert_eq!(at(9 * 24, 9).map(|e| e.stage), Some(ExpiryStage::TwoWeeks));
    }

    #[test]
    fn rates_need_calls() {
        let none = CallCounts::default();
        assert_eq!((none.success_rate(), none.error_rate()), (None, None));
        let mut some = CallCounts { good: 18, throttled: 1, ..none };
        some.add(&CallCounts { failed: 1, ..none });
        assert_eq!((some.total(), some.bad()), (20, 2));
        assert_eq!((some.success_rate(), some.error_rate()), (Some(0.9), Some(0.1)));
    }
}
