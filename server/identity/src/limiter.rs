//! Limits on tries. The generic cell rate algorithm, by our own clock; a try that succeeds is given back, so that
//! only failures count (which ready-made limiters do not offer).

use crate::error::{IdentityError, Result};
use chrono::{DateTime, TimeDelta, Utc};
use model::clock::Clock;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// How many tries at once, and how long until one more is granted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub(crate) burst: i32,
    pub(crate) every: TimeDelta,
}

/// When this many keys are known, those that no longer matter are forgotten.
const MANY: usize = 10_000;

/// Tries per key.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    clock: Clock,
    quota: Quota,
    /// When the key's allowance is whole again.
    full_at: Mutex<HashMap<K, DateTime<Utc>>>,
}

impl<K: Eq + Hash + Clone> Limiter<K> {
    pub(crate) fn new(clock: Clock, quota: Quota) -> Self {
        Self { clock, quota, full_at: Mutex::default() }
    }

    /// Takes one try, or says how long to wait.
    pub(crate) fn take(&self, key: &K) -> Result<()> {
        let now = self.clock.now();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MANY {
            full_at.retain(|_, at| *at > now);
        }
        let before = full_at.get(key).copied().filter(|at| *at > now).unwrap_or(now);
        let wait = before + self.quota.every - self.quota.every * self.quota.burst - now;
        if wait > TimeDelta::zero() {
            let seconds = (wait.num_milliseconds() + 999) / 1000;
            return Err(IdentityError::TooMany { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX) });
        }
        full_at.insert(key.clone(), before + self.quota.every);
        Ok(())
    }

    /// Gives a try back, because it succeeded.
    pub(crate) fn give_back(&self, key: &K) {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = full_at.get_mut(key) {
            *at -= self.quota.every;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_matches::assert_matches;
    use std::time::Duration;

    fn limiter() -> (Limiter<&'static str>, Clock) {
        let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
        let quota = Quota { burst: 3, every: TimeDelta::seconds(10) };
        (Limiter::new(clock.clone(), quota), clock)
    }

    #[tokio::test]
    async fn a_burst_then_one_by_one() {
        let (limiter, clock) = limiter();
        for _ in 0..3 {
            limiter.take(&"a").unwrap();
        }
        assert_matches!(limiter.take(&"a"), Err(IdentityError::TooMany { retry_after: 10 }));
        limiter.take(&"b").unwrap();
        clock.sleep(Duration::from_secs(4)).await;
        assert_matches!(limiter.take(&"a"), Err(IdentityError::TooMany { retry_after: 6 }));
        clock.sleep(Duration::from_secs(6)).await;
        limiter.take(&"a").unwrap();
        assert_matches!(limiter.take(&"a"), Err(IdentityError::TooMany { retry_after: 10 }));
    }

    #[test]
    fn success_costs_nothing() {
        let (limiter, _) = limiter();
        for _ in 0..100 {
            limiter.take(&"a").unwrap();
            limiter.give_back(&"a");
        }
        for _ in 0..3 {
            limiter.take(&"a").unwrap();
        }
        assert!(limiter.take(&"a").is_err());
    }
}
