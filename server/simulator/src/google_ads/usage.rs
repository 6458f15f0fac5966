//! Quotas: operations per developer token and day, and requests per second.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::errors::ApiError;
use crate::num;

/// Quotas of one simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Operations per developer token and UTC day.
    pub daily_operations: u64,
    /// Requests per second and customer, when limited.
    pub queries_per_second: Option<u32>,
}

impl Limits {
    /// So many times as much.
    #[must_use]
    pub(crate) fn times(self, generosity: u64) -> Self {
        let per_second = u32::try_from(generosity).unwrap_or(u32::MAX);
        Self {
            daily_operations: self.daily_operations.saturating_mul(generosity),
            queries_per_second: self.queries_per_second.map(|rate| rate.saturating_mul(per_second)),
        }
    }
}

impl Default for Limits {
    /// Basic access: 15,000 operations a day, and no limit per second.
    fn default() -> Self {
        Self { daily_operations: 15_000, queries_per_second: None }
    }
}

/// What has been used so far; counted in real time.
#[derive(Debug, Default)]
pub struct Usage {
    operations: HashMap<String, (NaiveDate, u64)>,
    buckets: HashMap<(String, i64), (f64, DateTime<Utc>)>,
}

impl Usage {
    /// Counts one operation.
    ///
    /// # Errors
    /// 429 with the seconds to the end of the UTC day when the day's operations are used up.
    pub fn operation(&mut self, token: &str, limits: Limits, now: DateTime<Utc>) -> Result<(), ApiError> {
        let today = now.date_naive();
        let entry = self.operations.entry(token.to_owned()).or_insert((today, 0));
        if entry.0 != today {
            *entry = (today, 0);
        }
        if entry.1 >= limits.daily_operations {
            let midnight = (today + TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN).and_utc();
            let wait = u64::try_from((midnight - now).num_seconds()).unwrap_or(0).max(1);
            return Err(ApiError::daily_quota(wait));
        }
        entry.1 += 1;
        Ok(())
    }

    /// Takes one request out of the customer's bucket, which holds a second's worth.
    ///
    /// # Errors
    /// 429 with a short delay when the bucket is empty.
    pub fn request(
        &mut self,
        token: &str,
        customer: i64,
        limits: Limits,
        now: DateTime<Utc>,
    ) -> Result<(), ApiError> {
        let Some(rate) = limits.queries_per_second.map(f64::from) else { return Ok(()) };
        let (left, last) = self.buckets.entry((token.to_owned(), customer)).or_insert((rate, now));
        let passed = num::real((now - *last).num_milliseconds().max(0)) / 1_000.0;
        *left = (*left + passed * rate).min(rate.max(1.0));
        *last = now;
        if *left < 1.0 {
            return Err(ApiError::throttled(2));
        }
        *left -= 1.0;
        Ok(())
    }

    /// Operations of today by developer token, whose middle is masked.
    pub fn by_token(&self, now: DateTime<Utc>) -> Vec<(String, u64)> {
        let today = now.date_naive();
        let mut list: Vec<(String, u64)> = self
            .operations
            .iter()
            .filter(|(_, (day, _))| *day == today)
            .map(|(token, (_, count))| (mask(token), *count))
            .collect();
        list.sort();
        list
    }
}

/// The first four characters of a secret, enough to tell two apart.
pub fn mask(secret: &str) -> String {
    secret.chars().take(4).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_has_an_end_and_a_new_one_begins() {
        let limits = Limits { daily_operations: 2, queries_per_second: None };
        let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut usage = Usage::default();
        assert!(usage.operation("a", limits, noon).is_ok());
        assert!(usage.operation("a", limits, noon).is_ok());
        assert_eq!(usage.operation("a", limits, noon), Err(ApiError::daily_quota(43_200)));
        assert!(usage.operation("b", limits, noon).is_ok());
        assert!(usage.operation("a", limits, noon + TimeDelta::hours(12)).is_ok());
    }

    #[test]
    fn a_bucket_refills() {
        let limits = Limits { queries_per_second: Some(2), ..Limits::default() };
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut usage = Usage::default();
        assert!(usage.request("a", 1, limits, now).is_ok());
        assert!(usage.request("a", 1, limits, now).is_ok());
        assert_eq!(usage.request("a", 1, limits, now), Err(ApiError::throttled(2)));
        assert!(usage.request("a", 2, limits, now).is_ok());
        assert!(usage.request("a", 1, limits, now + TimeDelta::milliseconds(600)).is_ok());
    }
}
