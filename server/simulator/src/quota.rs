//! Calls per window of time, which is how most vendors limit their clients. Counted in real time.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// So many calls in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Calls.
    pub calls: u64,
    /// Length of the window.
    pub seconds: i64,
}

/// What is left of a window after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Calls.
    pub calls: u64,
    /// Seconds until the window ends, at least 1.
    pub seconds: i64,
}

/// The window's calls are used up for so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub u64);

/// All windows that are open.
#[derive(Debug, Default)]
pub struct Windows(HashMap<(&'static str, String, i64), (DateTime<Utc>, u64)>);

impl Windows {
    /// Counts a call.
    ///
    /// # Errors
    /// The seconds until the window ends, when its calls are used up.
    pub fn count(
        &mut self,
        vendor: &'static str,
        key: &str,
        quota: Quota,
        now: DateTime<Utc>,
    ) -> Result<Left, Wait> {
        let window = self.0.entry((vendor, key.to_owned(), quota.seconds)).or_insert((now, 0));
        if now - window.0 >= TimeDelta::seconds(quota.seconds) {
            *window = (now, 0);
        }
        let seconds = (window.0 + TimeDelta::seconds(quota.seconds) - now).num_seconds().max(1);
        if window.1 >= quota.calls {
            return Err(Wait(seconds.unsigned_abs()));
        }
        window.1 += 1;
        Ok(Left { calls: quota.calls - window.1, seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_fills_up_and_a_new_one_opens() {
        let quota = Quota { calls: 2, seconds: 10 };
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut windows = Windows::default();
        assert_eq!(windows.count("a", "k", quota, now), Ok(Left { calls: 1, seconds: 10 }));
        assert_eq!(windows.count("a", "k", quota, now), Ok(Left { calls: 0, seconds: 10 }));
        assert_eq!(windows.count("a", "k", quota, now + TimeDelta::seconds(4)), Err(Wait(6)));
        assert!(windows.count("b", "k", quota, now).is_ok());
        assert!(windows.count("a", "k", quota, now + TimeDelta::seconds(10)).is_ok());
    }
}
