//! Simulated time: real time, shifted and stretched.
//!
//! The simulator knows two times. *Real* time decides when tokens expire and quotas refill, because clients
//! wait in real time. *Simulated* time decides what the vendors' data looks like.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Where real time comes from: the caller's clock, so that tests can hold it still.
pub type RealTime = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The largest speed that [`SimClock::set_speed`] takes: a simulated day in less than a second.
pub const MAX_SPEED: f64 = 100_000.0;

/// A clock that starts at a chosen instant and runs at a chosen multiple of real time.
#[derive(Clone)]
pub struct SimClock {
    real: RealTime,
    anchor: Arc<Mutex<Anchor>>,
}

#[derive(Clone, Copy)]
struct Anchor {
    real: DateTime<Utc>,
    sim: DateTime<Utc>,
    speed: f64,
}

/// A speed that a clock can't run at.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("speed {0} is not a number from 0 to {MAX_SPEED}")]
pub struct BadSpeed(pub f64);

impl SimClock {
    /// A clock that shows real time.
    pub fn real_time(real: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        let now = real();
        Self {
            real: Arc::new(real),
            anchor: Arc::new(Mutex::new(Anchor { real: now, sim: now, speed: 1.0 })),
        }
    }

    /// A clock whose real and simulated time both stand still at `at`; for tests.
    pub fn frozen(at: DateTime<Utc>) -> Self {
        let clock = Self::real_time(move || at);
        clock.anchor().speed = 0.0;
        clock
    }

    /// The simulated instant.
    pub fn now(&self) -> DateTime<Utc> {
        let anchor = *self.anchor();
        anchor.at((self.real)())
    }

    /// The real instant, by which tokens expire and quotas refill.
    pub fn real_now(&self) -> DateTime<Utc> {
        (self.real)()
    }

    /// Simulated seconds per real second.
    pub fn speed(&self) -> f64 {
        self.anchor().speed
    }

    /// Jumps to `now` and runs on from there.
    pub fn set_now(&self, now: DateTime<Utc>) {
        let real = (self.real)();
        let mut anchor = self.anchor();
        *anchor = Anchor { real, sim: now, speed: anchor.speed };
    }

    /// Jumps by `seconds`, backwards when negative.
    pub fn advance(&self, seconds: i64) {
        let delta = TimeDelta::try_seconds(seconds).unwrap_or_default();
        let now = self.now();
        self.set_now(now.checked_add_signed(delta).unwrap_or(now));
    }

    /// Changes the speed from now on; 0 freezes the clock.
    ///
    /// # Errors
    /// When `speed` is negative, not a number, or above [`MAX_SPEED`].
    pub fn set_speed(&self, speed: f64) -> Result<(), BadSpeed> {
        if !(0.0..=MAX_SPEED).contains(&speed) {
            return Err(BadSpeed(speed));
        }
        let real = (self.real)();
        let mut anchor = self.anchor();
        *anchor = Anchor { real, sim: anchor.at(real), speed };
        Ok(())
    }

    fn anchor(&self) -> MutexGuard<'_, Anchor> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Anchor {
    fn at(&self, real: DateTime<Utc>) -> DateTime<Utc> {
        let passed = crate::num::real((real - self.real).num_milliseconds()) * self.speed;
        let delta = TimeDelta::try_milliseconds(crate::num::whole(passed)).unwrap_or_default();
        self.sim.checked_add_signed(delta).unwrap_or(self.sim)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn runs_at_its_speed_from_where_it_was_set() {
        let real = Arc::new(AtomicI64::new(1_000));
        let source = real.clone();
        let clock = SimClock::real_time(move || at(source.load(Ordering::SeqCst)));
        assert_eq!(clock.now(), at(1_000));
        clock.set_speed(60.0).unwrap();
        real.store(1_010, Ordering::SeqCst);
        assert_eq!(clock.now(), at(1_600));
        clock.set_speed(0.0).unwrap();
        real.store(2_000, Ordering::SeqCst);
        assert_eq!(clock.now(), at(1_600));
        clock.advance(-600);
        assert_eq!(clock.now(), at(1_000));
        assert_eq!(clock.real_now(), at(2_000));
    }

    #[test]
    fn refuses_a_speed_that_is_no_speed() {
        let clock = SimClock::frozen(at(0));
        assert!(clock.set_speed(-1.0).is_err());
        assert!(clock.set_speed(f64::NAN).is_err());
        assert!(clock.set_speed(MAX_SPEED * 2.0).is_err());
        assert!(clock.speed().abs() < f64::EPSILON);
    }
}
