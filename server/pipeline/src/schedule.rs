//! When a connection runs next.

use chrono::{DateTime, TimeDelta, Utc};
use model::connections::Schedule;
use rand::{Rng, RngExt};

/// A run after a passing failure is tried again no later than this, also on slow schedules.
const RETRY_SECONDS: u32 = 10 * 60;

/// The next regular run: one interval later, moved by up to a tenth of it either way, so that many connections do not
/// run at one moment. `every` overrides the schedule (demo).
pub fn next_run(
    now: DateTime<Utc>,
    schedule: Schedule,
    every: Option<u32>,
    rng: &mut impl Rng,
) -> Option<DateTime<Utc>> {
    let seconds = i64::from(every.or_else(|| schedule.seconds())?);
    let tenth = seconds / 10;
    Some(now + TimeDelta::seconds(seconds + rng.random_range(-tenth..=tenth)))
}

/// The next try after a failure that may pass by itself.
pub fn retry_after_failure(
    now: DateTime<Utc>,
    schedule: Schedule,
    every: Option<u32>,
    rng: &mut impl Rng,
) -> Option<DateTime<Utc>> {
    let seconds = every.or_else(|| schedule.seconds())?.min(RETRY_SECONDS);
    next_run(now, schedule, Some(seconds), rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    proptest! {
        #[test]
        fn the_next_run_stays_within_a_tenth(seed: u64, index in 0_usize..5) {
            let mut rng = SmallRng::seed_from_u64(seed);
            let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let schedule = Schedule::ALL[index];
            let wanted = i64::from(schedule.seconds().unwrap());
            let got = (next_run(now, schedule, None, &mut rng).unwrap() - now).num_seconds();
            prop_assert!((got - wanted).abs() <= wanted / 10);
        }
    }

    #[test]
    fn by_hand_means_never_by_itself() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut rng = SmallRng::seed_from_u64(1);
        assert_eq!(next_run(now, Schedule::Manual, None, &mut rng), None);
        assert_eq!(retry_after_failure(now, Schedule::Manual, None, &mut rng), None);
    }

    #[test]
    fn a_daily_connection_retries_a_failure_within_minutes() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut rng = SmallRng::seed_from_u64(1);
        let next = retry_after_failure(now, Schedule::Daily, None, &mut rng).unwrap();
        assert!(next - now < TimeDelta::minutes(12));
    }
}
