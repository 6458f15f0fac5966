//! Time as a parameter. The only place that asks the operating system what time it is.

use chrono::{DateTime, NaiveDate, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A source of time: real, or virtual for tests, replays and `WINDHOVER_NOW`.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The operating system's.
    #[default]
    System,
    /// Stands still; a [`Clock::sleep`] moves it on without costing time.
    Virtual(Arc<Mutex<DateTime<Utc>>>),
}

/// `WINDHOVER_NOW` can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time: write it as 2026-09-04T12:00:00Z, or as a day (2026-09-04 means noon UTC)")]
pub struct InvalidTime(pub String);

impl Clock {
    /// A clock that stands at `now`.
    pub fn frozen(now: DateTime<Utc>) -> Self {
        Self::Virtual(Arc::new(Mutex::new(now)))
    }

    /// Reads the value of `WINDHOVER_NOW`: RFC 3339, or a day, which means noon UTC. None = system time.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn from_setting(value: Option<&str>) -> Result<Self, InvalidTime> {
        let Some(text) = value.map(str::trim).filter(|t| !t.is_empty()) else {
            return Ok(Self::System);
        };
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::frozen(instant.with_timezone(&Utc)));
        }
        text.parse::<NaiveDate>()
            .ok()
            .and_then(|day| day.and_hms_opt(12, 0, 0))
            .map(|noon| Self::frozen(noon.and_utc()))
            .ok_or_else(|| InvalidTime(text.to_owned()))
    }

    /// What time it is.
    #[expect(clippy::disallowed_methods, reason = "the one place where time comes from")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Virtual(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Waits; a virtual clock moves on at once instead.
    pub async fn sleep(&self, duration: Duration) {
        match self {
            Self::System => tokio::time::sleep(duration).await,
            Self::Virtual(now) => {
                let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
                *now += chrono::TimeDelta::from_std(duration).unwrap_or(chrono::TimeDelta::MAX / 4);
            }
        }
    }

    /// Whether waiting costs no real time.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_virtual_sleep_moves_the_clock() {
        let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
        clock.sleep(Duration::from_secs(90)).await;
        assert_eq!(clock.now().to_rfc3339(), "2026-09-04T12:01:30+00:00");
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        assert!(Clock::from_setting(Some("soon")).unwrap_err().to_string().contains("2026-09-04T12:00:00Z"));
    }
}
