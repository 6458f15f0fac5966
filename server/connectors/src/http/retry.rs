//! Retry: the judgement is the platform's, the mechanism is here.

use crate::error::{Error, ErrorKind};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, RngExt};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Why a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryReason {
    /// The vendor says that we ask too often. Waited out as long as the budget lasts; then it is a quota wait.
    Throttled,
    /// The vendor, or the way to it, failed.
    Fault,
    /// The answer was cut off or is no answer. Tried less often, because fewer days may help where the same does not.
    Broken,
}

/// What a platform says about an answer.
#[derive(Debug)]
pub enum Verdict {
    /// It is good.
    Done,
    /// Try again.
    Retry {
        /// The vendor's own delay, which beats ours.
        after: Option<Duration>,
        /// Why.
        reason: RetryReason,
        /// What it becomes if it does not get better.
        error: Box<Error>,
    },
    /// The access token is refused: refresh it once and try once more. The error is what it becomes otherwise.
    Refresh(Box<Error>),
    /// No use in trying again.
    GiveUp(Box<Error>),
}

impl Verdict {
    /// Try again after our own back-off.
    pub fn fault(error: Error) -> Self {
        Self::Retry { after: None, reason: RetryReason::Fault, error: Box::new(error) }
    }

    /// Wait for the vendor's limit.
    pub fn throttled(after: Option<Duration>, error: Error) -> Self {
        Self::Retry { after, reason: RetryReason::Throttled, error: Box::new(error) }
    }

    /// Concerns its stream only, whatever it becomes ([`Error::local`]).
    #[must_use]
    pub fn local(self) -> Self {
        self.with(Error::local)
    }

    /// Whatever it becomes keeps the HTTP status of the answer ([`Error::status`]).
    #[must_use]
    pub fn of_status(self, status: u16) -> Self {
        self.with(|error| error.with_status(status))
    }

    fn with(self, change: impl FnOnce(Error) -> Error) -> Self {
        match self {
            Self::Done => Self::Done,
            Self::Retry { after, reason, error } => {
                Self::Retry { after, reason, error: Box::new(change(*error)) }
            }
            Self::Refresh(error) => Self::Refresh(Box::new(change(*error))),
            Self::GiveUp(error) => Self::GiveUp(Box::new(change(*error))),
        }
    }

    /// No use in trying again.
    pub fn give_up(error: Error) -> Self {
        Self::GiveUp(Box::new(error))
    }
}

/// How patient the engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries of a request while the vendor fails.
    pub fault_tries: u32,
    /// Tries of a request whose answer is cut off.
    pub broken_tries: u32,
    /// First back-off; doubles with each try.
    pub first_delay: Duration,
    /// Longest back-off.
    pub longest_delay: Duration,
    /// What the vendor counts requests over: the first wait where it throttles and names no delay; doubles with each try.
    /// Zero where that is unknown.
    pub throttle_window: Duration,
    /// Longest wait that a run sits out. A longer one ends it as waiting for quota.
    pub longest_wait: Duration,
    /// Waits in one slice, altogether. One that does not fit ends the run as well.
    pub budget: Duration,
    /// How long to stay away where the budget ran out and the vendor named no moment.
    pub stay_away: Duration,
    /// Whether a good answer ends a run as well, where it says that the next request has to wait longer than that. Else the
    /// vendor's own refusal is awaited.
    pub heeds_warnings: bool,
    /// Whether waits as long as the vendor's ordinary limits are sat out too. Not where a run that waits keeps others
    /// waiting, and comes back by itself.
    pub outlasts_windows: bool,
    /// Most bytes of one answer that is read whole.
    pub largest_answer: usize,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            fault_tries: 5,
            broken_tries: 3,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_mins(1),
            throttle_window: Duration::ZERO,
            // Five minutes, which some vendors name, and a margin.
            longest_wait: Duration::from_mins(6),
            budget: Duration::from_mins(20),
            stay_away: Duration::from_mins(15),
            heeds_warnings: true,
            outlasts_windows: true,
            largest_answer: 256 << 20,
        }
    }
}

/// Vendors' clocks and ours differ a little, and moments are told in whole seconds or minutes.
const MARGIN: Duration = Duration::from_mins(1);

impl RetryPolicy {
    /// Sits out waits of that length as well, where such windows are outlasted.
    #[must_use]
    pub(crate) fn outlasting(self, window: Duration) -> Self {
        if window.is_zero() || !self.outlasts_windows {
            return self;
        }
        Self { longest_wait: self.longest_wait.max(window.saturating_add(MARGIN)), ..self }
    }

    /// As patient as a person in front of a page: what takes longer is told instead of sat out.
    #[must_use]
    pub fn while_a_person_waits(self) -> Self {
        Self {
            longest_wait: Duration::from_secs(20),
            longest_delay: self.longest_delay.min(Duration::from_secs(5)),
            budget: Duration::from_secs(20),
            stay_away: Duration::from_mins(1),
            heeds_warnings: false,
            outlasts_windows: false,
            ..self
        }
    }
}

/// The time that may still be spent waiting. Clones share it.
#[derive(Debug, Clone)]
pub struct Budget {
    /// For what a vendor makes us wait.
    vendor: Arc<Mutex<Duration>>,
    /// For faults, and for slowing down by ourselves: a wait of a second here must not turn the vendor's five minutes
    /// into a quota that is used up.
    own: Arc<Mutex<Duration>>,
}

impl Budget {
    /// That much for what a vendor makes us wait, and as much for our own reasons.
    pub fn new(total: Duration) -> Self {
        Self { vendor: Arc::new(Mutex::new(total)), own: Arc::new(Mutex::new(total)) }
    }

    pub(crate) fn take(&self, wait: Duration) -> bool {
        take_of(&self.vendor, wait)
    }

    pub(crate) fn take_own(&self, wait: Duration) -> bool {
        take_of(&self.own, wait)
    }
}

fn take_of(left: &Mutex<Duration>, wait: Duration) -> bool {
    let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(rest) = left.checked_sub(wait) else {
        return false;
    };
    *left = rest;
    true
}

/// Tries of one request so far.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    faults: u32,
    broken: u32,
    throttled: u32,
}

/// Full jitter: anything between nothing and the doubled delay, so that clients do not come back together.
pub(crate) fn backoff(policy: &RetryPolicy, failures: u32, rng: &mut dyn Rng) -> Duration {
    let most =
        policy.first_delay.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(policy.longest_delay);
    let nanos = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(rng.random_range(0..=nanos))
}

/// The vendor's window at first, then a random part of the doubled window more. Without a known window it is a back-off,
/// which must not spin while jitter draws tiny waits.
fn throttle_wait(policy: &RetryPolicy, count: u32, rng: &mut dyn Rng) -> Duration {
    let window = policy.throttle_window;
    if window.is_zero() {
        return backoff(policy, count, rng).max(Duration::from_millis(200));
    }
    let doubled = RetryPolicy { first_delay: window, ..*policy };
    let more = if count > 1 { backoff(&doubled, count - 1, rng) } else { Duration::ZERO };
    window + more
}

/// How long to wait before the next try, or the error that ends it.
pub(crate) fn next_wait(
    policy: &RetryPolicy,
    tries: &mut Tries,
    budget: &Budget,
    (after, reason, error): (Option<Duration>, RetryReason, Error),
    now: DateTime<Utc>,
    rng: &mut dyn Rng,
) -> Result<Duration, Error> {
    let (count, most) = match reason {
        RetryReason::Fault => (&mut tries.faults, policy.fault_tries),
        RetryReason::Broken => (&mut tries.broken, policy.broken_tries),
        RetryReason::Throttled => (&mut tries.throttled, u32::MAX),
    };
    *count += 1;
    if *count >= most {
        return Err(error);
    }
    let wait = after.filter(|a| !a.is_zero()).unwrap_or_else(|| match reason {
        RetryReason::Throttled => throttle_wait(policy, *count, rng),
        RetryReason::Fault | RetryReason::Broken => backoff(policy, *count, rng),
    });
    let is_granted = match reason {
        _ if wait > policy.longest_wait => false,
        RetryReason::Throttled => budget.take(wait),
        RetryReason::Fault | RetryReason::Broken => budget.take_own(wait),
    };
    if is_granted {
        return Ok(wait);
    }
    if reason != RetryReason::Throttled {
        return Err(error);
    }
    let away = after.filter(|a| !a.is_zero()).unwrap_or(policy.stay_away);
    let until = now + TimeDelta::from_std(away).unwrap_or(TimeDelta::days(1));
    Err(Error { kind: ErrorKind::Quota { until }, ..error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn now() -> DateTime<Utc> {
        "2026-09-04T12:00:00Z".parse().unwrap()
    }

    fn wait(
        tries: &mut Tries,
        budget: &Budget,
        after: Option<u64>,
        reason: RetryReason,
    ) -> Result<Duration, ErrorKind> {
        let mut rng = StdRng::seed_from_u64(7);
        let after = after.map(Duration::from_secs);
        next_wait(
            &RetryPolicy::default(),
            tries,
            budget,
            (after, reason, Error::vendor_down("down")),
            now(),
            &mut rng,
        )
        .map_err(|e| e.kind)
    }

    #[test]
    fn the_vendors_delay_beats_ours() {
        let budget = Budget::new(Duration::from_mins(5));
        let result = wait(&mut Tries::default(), &budget, Some(2), RetryReason::Throttled);
        assert_eq!(result, Ok(Duration::from_secs(2)));
    }

    #[test]
    fn a_long_delay_ends_as_a_quota_wait_with_its_moment() {
        let budget = Budget::new(Duration::from_mins(5));
        let result = wait(&mut Tries::default(), &budget, Some(40_591), RetryReason::Throttled);
        assert_eq!(result, Err(ErrorKind::Quota { until: "2026-09-04T23:16:31Z".parse().unwrap() }));
        // And costs nothing of the budget.
        assert!(budget.take(Duration::from_mins(5)));
    }

    #[test]
    fn faults_on_the_way_leave_the_vendors_five_minutes() {
        let budget = Budget::new(Duration::from_mins(5));
        assert!(wait(&mut Tries::default(), &budget, Some(2), RetryReason::Fault).is_ok());
        assert!(budget.take_own(Duration::from_mins(1)));
        let window = wait(&mut Tries::default(), &budget, Some(300), RetryReason::Throttled);
        assert_eq!(window, Ok(Duration::from_mins(5)));
    }

    #[test]
    fn a_wait_for_quota_stays_local() {
        let verdict = Verdict::throttled(Some(Duration::from_hours(20)), Error::vendor_down("Full.")).local();
        let Verdict::Retry { after, reason, error } = verdict else { panic!() };
        let (mut tries, budget) = (Tries::default(), Budget::new(Duration::from_mins(5)));
        let mut rng = StdRng::seed_from_u64(7);
        let policy = RetryPolicy::default();
        let error =
            next_wait(&policy, &mut tries, &budget, (after, reason, *error), now(), &mut rng).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Quota { .. }) && !error.stops_run());
    }

    #[test]
    fn short_delays_that_add_up_end_too() {
        let budget = Budget::new(Duration::from_mins(5));
        let mut tries = Tries::default();
        for _ in 0..5 {
            assert!(wait(&mut tries, &budget, Some(60), RetryReason::Throttled).is_ok());
        }
        assert!(matches!(
            wait(&mut tries, &budget, Some(60), RetryReason::Throttled),
            Err(ErrorKind::Quota { .. })
        ));
    }

    #[test]
    fn without_a_delay_the_vendors_window_is_waited_out_and_then_longer() {
        let policy = RetryPolicy { throttle_window: Duration::from_secs(10), ..RetryPolicy::default() };
        let mut rng = StdRng::seed_from_u64(7);
        assert_eq!(throttle_wait(&policy, 1, &mut rng), Duration::from_secs(10));
        for count in 2..20 {
            let wait = throttle_wait(&policy, count, &mut rng);
            assert!(wait >= policy.throttle_window && wait <= policy.throttle_window + policy.longest_delay);
        }
    }

    #[test]
    fn faults_are_tried_five_times() {
        let budget = Budget::new(Duration::from_mins(5));
        let mut tries = Tries::default();
        for _ in 0..4 {
            assert!(wait(&mut tries, &budget, None, RetryReason::Fault).is_ok());
        }
        assert_eq!(wait(&mut tries, &budget, None, RetryReason::Fault), Err(ErrorKind::VendorDown));
    }

    #[test]
    fn who_waits_at_a_page_is_told_what_a_run_sits_out() {
        let policy = RetryPolicy { throttle_window: Duration::from_mins(1), ..RetryPolicy::default() };
        let mut rng = StdRng::seed_from_u64(7);
        let mut next = |policy: RetryPolicy, after: Option<u64>| {
            let retry = (after.map(Duration::from_secs), RetryReason::Throttled, Error::vendor_down("Slow."));
            let budget = Budget::new(policy.budget);
            next_wait(&policy, &mut Tries::default(), &budget, retry, now(), &mut rng).map_err(|e| e.kind)
        };
        assert_eq!(next(policy, Some(300)), Ok(Duration::from_mins(5)));
        assert_eq!(next(policy, None), Ok(Duration::from_mins(1)));
        let short = policy.while_a_person_waits();
        assert_eq!(next(short, Some(15)), Ok(Duration::from_secs(15)));
        assert_eq!(
            next(short, Some(300)),
            Err(ErrorKind::Quota { until: "2026-09-04T12:05:00Z".parse().unwrap() })
        );
        assert_eq!(
            next(short, None),
            Err(ErrorKind::Quota { until: "2026-09-04T12:01:00Z".parse().unwrap() })
        );
    }

    #[test]
    fn a_vendors_ordinary_window_is_sat_out_unless_a_person_waits() {
        let usual = RetryPolicy::default();
        assert_eq!(usual.outlasting(Duration::ZERO), usual);
        assert_eq!(usual.outlasting(Duration::from_mins(2)), usual, "never less patient");
        assert_eq!(usual.outlasting(Duration::from_mins(15)).longest_wait, Duration::from_mins(16));
        let short = usual.while_a_person_waits();
        assert_eq!(short.outlasting(Duration::from_mins(15)), short);
    }

    proptest! {
        #[test]
        fn backoff_stays_below_its_bound(failures in 1u32..60, seed: u64) {
            let policy = RetryPolicy::default();
            let wait = backoff(&policy, failures, &mut StdRng::seed_from_u64(seed));
            prop_assert!(wait <= policy.longest_delay);
            prop_assert!(failures > 1 || wait <= policy.first_delay);
        }
    }
}
