//! Days that are to be counted anew.

use chrono::{Datelike, NaiveDate};
use model::DayRange;
use std::collections::BTreeSet;

/// Days on which figures may have become others.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Of deals.
    pub(super) deals: BTreeSet<NaiveDate>,
    /// Of contacts and leads.
    pub(super) parties: BTreeSet<NaiveDate>,
}

/// Adds days. People type days of closing by hand: what can't be meant is kept with the record and counts nowhere.
pub(super) fn touch(days: &mut BTreeSet<NaiveDate>, more: impl IntoIterator<Item = Option<NaiveDate>>) {
    days.extend(more.into_iter().flatten().filter(|day| (1990..=2100).contains(&day.year())));
}

/// Consecutive days as ranges.
pub(super) fn ranges(days: &BTreeSet<NaiveDate>) -> Vec<DayRange> {
    let days: Vec<NaiveDate> = days.iter().copied().collect();
    let runs = days.chunk_by(|a, b| a.succ_opt() == Some(*b));
    runs.filter_map(|run| DayRange::new(*run.first()?, *run.last()?).ok()).collect()
}
