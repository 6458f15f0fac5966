//! Streams as data, and how a range of days is cut into slices.

use crate::record::EntityRecord;
use crate::setting::Settings;
use chrono::{Days, NaiveDate};
use metrics::{Family, Metric};
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;

/// How fine the rows of a stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    /// How things stand now: one slice, whatever the days.
    Snapshot,
    /// A row per entity and day.
    Day,
    /// A row per event; the day is the event's.
    Event,
    /// Things as they stand now, found by when they were last changed: the days are those of the last change, and say
    /// nothing about the days of the figures that are derived from them. The newest slice has no end.
    Record,
}

/// What the figures of a stream count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counts {
    /// What happened on the day; also totals of a thing that stand under one fixed day, such as that of the sending.
    Days,
    /// What a thing has come to so far, dated on the day of the pull. Never added over days: whoever stores it makes days
    /// of it, which begin with [`crate::FactRecord::began`].
    Lifetime,
    /// As [`Self::Lifetime`], but without any day of its own: only what was gained since the last pull is a figure
    /// (see [`crate::gains::Gains`]).
    Gains,
}

/// One stream of a platform.
#[derive(Debug, Clone, Copy)]
pub struct StreamSpec {
    /// For example `campaign_daily`.
    pub name: &'static str,
    /// What is read, for people.
    pub summary: &'static str,
    /// What its rows belong to.
    pub kind: EntityKind,
    /// Which facts they are. All its figures are metrics of this family.
    pub family: Family,
    /// Further families of its figures, where one row of the vendor has figures of several (an ad that is liked).
    pub also: &'static [Family],
    /// The vendor's fields that identify a row.
    pub key: &'static [&'static str],
    /// The vendor's field that moves on with time; none for snapshots.
    pub cursor: Option<&'static str>,
    /// How fine the rows are.
    pub grain: Grain,
    /// Days before today that the vendor may still restate.
    pub lookback_days: u32,
    /// The setting that overrides [`Self::lookback_days`].
    pub lookback_setting: Option<&'static str>,
    /// Days per request.
    pub slice_days: u32,
    /// Rows per page, where the vendor lets us choose or fixes it.
    pub page_size: Option<u32>,
    /// What its rows split further, and by what: these are kept apart from totals. Names of several dimensions are joined
    /// by `+`. All that can occur are listed, so that rows that the vendor withdrew are found. Empty for totals.
    pub breakdowns: &'static [(EntityKind, &'static str)],
    /// Rows that split others are also handed out summed up, as totals beside the breakdown.
    pub has_totals: bool,
    /// What its figures count.
    pub counts: Counts,
    /// What a campaign of its list may spend per day, where it runs and has a budget of its own; none where the list tells no
    /// budgets.
    pub budget: Option<fn(&EntityRecord) -> Option<Decimal>>,
    /// Days between two readings of a snapshot; 0 = it is read in every run.
    pub every_days: u32,
    /// Read unless asked otherwise.
    pub is_ordinary: bool,
    /// Of those on request: its rows must not stand beside those of ordinary streams, because they repeat them or count
    /// something else under the same name. It is read on the command line only.
    pub is_apart: bool,
    /// Of those on request: the setting without which it can't be asked for.
    pub needs: Option<&'static str>,
    /// How far back the vendor keeps it.
    pub max_history_days: Option<u32>,
    /// Whether it may still have some of what is older: plans leave that out, but a person who asks for it gets the vendor's
    /// answer.
    pub may_be_older: bool,
}

impl StreamSpec {
    /// What streams of days have in common, to start from.
    pub const DAY: Self = Self {
        name: "",
        summary: "",
        kind: EntityKind::Account,
        family: Family::Ads,
        also: &[],
        key: &[],
        cursor: None,
        grain: Grain::Day,
        lookback_days: 0,
        lookback_setting: None,
        slice_days: 1,
        page_size: None,
        breakdowns: &[],
        has_totals: false,
        counts: Counts::Days,
        budget: None,
        every_days: 0,
        is_ordinary: true,
        is_apart: false,
        needs: None,
        max_history_days: None,
        may_be_older: false,
    };

    /// What streams that tell how things stand now have in common, to start from.
    pub const SNAPSHOT: Self = Self { grain: Grain::Snapshot, ..Self::DAY };

    /// Days before today that may still be restated, with the connection's settings.
    pub fn lookback_days(&self, settings: &Settings) -> u32 {
        self.lookback_setting.and_then(|name| settings.integer(name)).unwrap_or(self.lookback_days)
    }

    /// Whether its rows may hold that metric.
    pub fn holds(&self, metric: Metric) -> bool {
        metric.families().iter().any(|family| *family == self.family || self.also.contains(family))
    }

    /// Whether its rows only split other rows further.
    pub fn is_breakdown(&self) -> bool {
        !self.breakdowns.is_empty() && !self.has_totals
    }

    /// Whether rows belong to days.
    pub fn is_dated(&self) -> bool {
        self.grain != Grain::Snapshot
    }

    /// Whether a slice holds all rows of its days, so that others of those days are no longer true.
    pub fn replaces_days(&self) -> bool {
        matches!(self.grain, Grain::Day | Grain::Event)
    }

    /// The days to ask for, so that the figures of those days are complete: what happened on a day is known only from
    /// everything that was changed since.
    pub fn days_to_read(&self, days: DayRange, today: NaiveDate) -> DayRange {
        let until = if self.grain == Grain::Record { days.until().max(today) } else { days.until() };
        DayRange::new(days.from(), until).unwrap_or(days)
    }

    /// What of the range the vendor still has, seen from `today`. None when all of it is too old.
    pub fn available(&self, days: DayRange, today: NaiveDate) -> Option<DayRange> {
        let Some(oldest) = self.oldest(today) else {
            return Some(days);
        };
        DayRange::new(days.from().max(oldest), days.until()).ok()
    }

    /// The rest of the range: days of which it is not sure that the vendor still has them.
    pub fn older(&self, days: DayRange, today: NaiveDate) -> Option<DayRange> {
        let until = self.oldest(today)?.pred_opt()?;
        DayRange::new(days.from(), days.until().min(until)).ok()
    }

    /// The first day that the vendor still has, where it drops old ones.
    fn oldest(&self, today: NaiveDate) -> Option<NaiveDate> {
        let kept = Days::new(u64::from(self.max_history_days?));
        Some(today.checked_sub_days(kept).unwrap_or(NaiveDate::MIN))
    }
}

/// Cuts days into slices of the stream's size, newest first. A snapshot is one slice. Days that the vendor no longer
/// keeps (seen from `today` in the account's zone) are left out.
pub fn plan_slices(stream: &StreamSpec, days: DayRange, today: NaiveDate) -> Vec<DayRange> {
    if !stream.is_dated() {
        return vec![days];
    }
    stream.available(days, today).map(|days| cut(days, stream.slice_days)).unwrap_or_default()
}

/// Cuts days into parts of at most `size` days (at least 1), newest first.
pub fn cut(days: DayRange, size: u32) -> Vec<DayRange> {
    let mut parts = Vec::new();
    let mut rest = Some(days);
    while let Some(days) = rest {
        let part = DayRange::ending(days.until(), size.max(1).min(days.len()));
        parts.push(part);
        rest = part.from().pred_opt().and_then(|until| DayRange::new(days.from(), until).ok());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn stream(grain: Grain, slice_days: u32, max_history_days: Option<u32>) -> StreamSpec {
        StreamSpec { name: "s", grain, slice_days, max_history_days, ..StreamSpec::DAY }
    }

    #[test]
    fn old_days_are_left_out_where_the_vendor_drops_them() {
        let spec = stream(Grain::Event, 1, Some(90));
        let days = DayRange::new(day("2026-01-01"), day("2026-06-07")).unwrap();
        let slices = plan_slices(&spec, days, day("2026-09-04"));
        assert_eq!(slices.len(), 2);
        assert_eq!(slices[0], DayRange::single(day("2026-06-07")));
        assert_eq!(slices[1], DayRange::single(day("2026-06-06")));
        let old = DayRange::new(day("2024-01-01"), day("2024-01-02")).unwrap();
        assert!(plan_slices(&spec, old, day("2026-09-04")).is_empty());
    }

    #[test]
    fn what_is_kept_and_what_is_older_make_the_whole() {
        let spec = stream(Grain::Day, 7, Some(90));
        let today = day("2026-09-04");
        let range = |from: &str, until: &str| DayRange::new(day(from), day(until)).unwrap();
        let both = |days| (spec.available(days, today), spec.older(days, today));
        let (old, new) = (range("2026-06-01", "2026-06-05"), range("2026-06-06", "2026-06-09"));
        assert_eq!(both(range("2026-06-01", "2026-06-09")), (Some(new), Some(old)));
        assert_eq!(both(new), (Some(new), None));
        assert_eq!(both(old), (None, Some(old)));
        assert_eq!(stream(Grain::Day, 7, None).older(old, today), None);
    }

    #[test]
    fn changed_records_are_read_until_today() {
        let days = DayRange::new(day("2026-02-01"), day("2026-02-28")).unwrap();
        let read = |grain| stream(grain, 7, None).days_to_read(days, day("2026-03-15")).until();
        assert_eq!(read(Grain::Record), day("2026-03-15"));
        assert_eq!(read(Grain::Day), day("2026-02-28"));
        assert!(!stream(Grain::Record, 7, None).replaces_days());
    }

    #[test]
    fn a_snapshot_is_one_slice() {
        let days = DayRange::new(day("2020-01-01"), day("2026-06-07")).unwrap();
        assert_eq!(plan_slices(&stream(Grain::Snapshot, 1, None), days, day("2026-09-04")), [days]);
    }

    proptest! {
        #[test]
        fn slices_cover_each_day_once_newest_first(length in 1u32..400, size in 1u32..40, start in 0i64..9_000) {
            let from = day("2001-01-01") + chrono::TimeDelta::days(start);
            let days = DayRange::new(from, from + chrono::TimeDelta::days(i64::from(length) - 1)).unwrap();
            let slices = plan_slices(&stream(Grain::Day, size, None), days, day("2026-09-04"));
            let mut covered: Vec<_> = slices.iter().flat_map(|s| s.days().rev()).collect();
            prop_assert!(covered.windows(2).all(|w| w[0] > w[1]));
            covered.reverse();
            prop_assert_eq!(covered, days.days().collect::<Vec<_>>());
            prop_assert!(slices.iter().all(|s| s.len() <= size));
        }
    }
}
