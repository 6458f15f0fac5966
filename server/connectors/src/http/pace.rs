//! Keeps below the vendors' rates: one limiter per platform and rate, keyed by account, shared by all connections.

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use model::clock::Clock;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Requests per time and key, with so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Requests in [`Self::period`].
    pub requests: NonZeroU32,
    /// How long that is.
    pub period: Duration,
    /// Requests that may go out at once after a quiet time.
    pub burst: NonZeroU32,
}

impl Rate {
    /// That many per second, and as many at once. Zero counts as one.
    pub const fn per_second(requests: u32) -> Self {
        let requests = at_least_one(requests);
        Self { requests, period: Duration::from_secs(1), burst: requests }
    }

    /// That many per minute, one after the other in even steps. Zero counts as one.
    pub const fn per_minute(requests: u32) -> Self {
        Self { requests: at_least_one(requests), period: Duration::from_mins(1), burst: NonZeroU32::MIN }
    }

    /// That many may go out at once. Zero counts as one.
    #[must_use]
    pub const fn at_once(self, burst: u32) -> Self {
        Self { burst: at_least_one(burst), ..self }
    }

    fn times(self, haste: u32) -> Self {
        let times = |number: NonZeroU32| at_least_one(number.get().saturating_mul(haste));
        Self { requests: times(self.requests), burst: times(self.burst), ..self }
    }
}

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// The limiter's clock reads ours, so that a virtual clock paces too.
#[derive(Debug, Clone)]
struct SharedClock(Clock);

impl GovernorClock for SharedClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        (self.0.now() - chrono::DateTime::UNIX_EPOCH).to_std().unwrap_or(Duration::ZERO)
    }
}

type Limiter = RateLimiter<String, DashMapStateStore<String>, SharedClock, NoOpMiddleware<Duration>>;

/// All limiters of a process. Clones share them.
#[derive(Debug, Clone)]
pub struct Pace {
    clock: Clock,
    haste: u32,
    limiters: Arc<Mutex<HashMap<(&'static str, Rate), Arc<Limiter>>>>,
}

impl Pace {
    /// Limiters that run by this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, haste: 1, limiters: Arc::default() }
    }

    /// The same limiters' clock with rates that are so many times the vendors' own: for stand-ins, which allow more.
    #[must_use]
    pub fn times(&self, haste: u32) -> Self {
        Self { haste: haste.max(1), ..self.clone() }
    }

    /// Waits until the platform's next request for that key may go out.
    pub async fn wait(&self, platform: &'static str, rate: Rate, key: &str) {
        let limiter = self.limiter(platform, rate.times(self.haste));
        let key = key.to_owned();
        while let Err(not_until) = limiter.check_key(&key) {
            let wait = not_until.wait_time_from(SharedClock(self.clock.clone()).now());
            self.clock.sleep(wait.max(Duration::from_millis(1))).await;
        }
    }

    fn limiter(&self, platform: &'static str, rate: Rate) -> Arc<Limiter> {
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        let limiter = limiters.entry((platform, rate)).or_insert_with(|| {
            // A period is never zero, because one can't be made so.
            let step = (rate.period / rate.requests.get()).max(Duration::from_nanos(1));
            let quota = Quota::with_period(step).unwrap_or(Quota::per_second(rate.requests));
            let quota = quota.allow_burst(rate.burst);
            Arc::new(RateLimiter::dashmap_with_clock(quota, SharedClock(self.clock.clone())))
        });
        Arc::clone(limiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_of_one_key_are_spread_and_keys_do_not_disturb_each_other() {
        let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
        let start = clock.now();
        let pace = Pace::new(clock.clone());
        for _ in 0..10 {
            pace.wait("p", Rate::per_second(5), "a").await;
        }
        let first = clock.now() - start;
        assert!(first >= chrono::TimeDelta::milliseconds(990), "{first}");
        pace.wait("p", Rate::per_second(5), "b").await;
        assert_eq!(clock.now() - start, first);
    }

    #[tokio::test]
    async fn a_rate_per_minute_goes_in_even_steps() {
        let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
        let start = clock.now();
        let pace = Pace::new(clock.clone());
        for _ in 0..3 {
            pace.wait("p", Rate::per_minute(2), "a").await;
        }
        assert!(clock.now() - start >= chrono::TimeDelta::seconds(60));
        for _ in 0..3 {
            pace.wait("p", Rate::per_minute(2).at_once(3), "a").await;
        }
        assert!(clock.now() - start < chrono::TimeDelta::seconds(90));
    }

    #[tokio::test]
    async fn stand_ins_are_asked_faster_and_vendors_are_not() {
        let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
        let pace = Pace::new(clock.clone());
        let hasty = pace.times(10);
        let start = clock.now();
        for _ in 0..20 {
            hasty.wait("p", Rate::per_second(2), "a").await;
        }
        assert_eq!(clock.now(), start);
        for _ in 0..4 {
            pace.wait("p", Rate::per_second(2), "a").await;
        }
        assert!(clock.now() - start >= chrono::TimeDelta::milliseconds(990));
    }

    #[tokio::test]
    async fn a_second_rate_of_a_platform_counts_for_itself() {
        let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
        let start = clock.now();
        let pace = Pace::new(clock.clone());
        for _ in 0..4 {
            pace.wait("p", Rate::per_second(100), "a").await;
            pace.wait("p", Rate::per_second(2), "a").await;
        }
        assert!(clock.now() - start >= chrono::TimeDelta::milliseconds(990));
    }
}
