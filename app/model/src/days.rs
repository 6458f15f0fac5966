//! Calendar days. A day is what the vendor reported in the account's time zone; it is never an instant.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// An inclusive range of calendar days, `from <= until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(NaiveDate, NaiveDate)", into = "(NaiveDate, NaiveDate)")]
pub struct DayRange {
    from: NaiveDate,
    until: NaiveDate,
}

/// The end of a range lies before its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last day {until} lies before the first day {from}")]
pub struct ReversedRange {
    /// The first day as given.
    pub from: NaiveDate,
    /// The last day as given.
    pub until: NaiveDate,
}

impl DayRange {
    /// A range from the first to the last day, both included.
    ///
    /// # Errors
    /// When `until` lies before `from`.
    pub fn new(from: NaiveDate, until: NaiveDate) -> Result<Self, ReversedRange> {
        if until < from {
            return Err(ReversedRange { from, until });
        }
        Ok(Self { from, until })
    }

    /// The range of one day.
    pub fn single(day: NaiveDate) -> Self {
        Self { from: day, until: day }
    }

    /// The `days` days that end with `until`; at least one.
    pub fn ending(until: NaiveDate, days: u32) -> Self {
        let back = chrono::Days::new(u64::from(days.saturating_sub(1)));
        Self { from: until.checked_sub_days(back).unwrap_or(NaiveDate::MIN), until }
    }

    /// First day.
    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// Last day, included.
    pub fn until(self) -> NaiveDate {
        self.until
    }

    /// Number of days, at least 1.
    pub fn len(self) -> u32 {
        u32::try_from((self.until - self.from).num_days() + 1).unwrap_or(u32::MAX)
    }

    /// Never true: a range holds at least one day.
    pub fn is_empty(self) -> bool {
        false
    }

    /// Whether the day lies inside.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.until
    }

    /// The common days of two ranges.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.until.min(other.until)).ok()
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }

    /// All days, oldest first.
    pub fn days(self) -> impl DoubleEndedIterator<Item = NaiveDate> {
        let first = self.from;
        (0..self.len()).filter_map(move |i| first.checked_add_days(chrono::Days::new(u64::from(i))))
    }
}

impl TryFrom<(NaiveDate, NaiveDate)> for DayRange {
    type Error = ReversedRange;
    fn try_from((from, until): (NaiveDate, NaiveDate)) -> Result<Self, Self::Error> {
        Self::new(from, until)
    }
}

impl From<DayRange> for (NaiveDate, NaiveDate) {
    fn from(range: DayRange) -> Self {
        (range.from, range.until)
    }
}

/// The day that a week starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum WeekStart {
    /// ISO 8601, most of the world.
    #[default]
    Monday,
    /// The Americas and parts of Asia.
    Sunday,
    /// Parts of the Middle East.
    Saturday,
}

impl WeekStart {
    /// As a weekday.
    pub fn weekday(self) -> chrono::Weekday {
        match self {
            Self::Monday => chrono::Weekday::Mon,
            Self::Sunday => chrono::Weekday::Sun,
            Self::Saturday => chrono::Weekday::Sat,
        }
    }

    /// The first day of the week that holds `day`.
    pub fn start_of_week(self, day: NaiveDate) -> NaiveDate {
        day.week(self.weekday()).first_day()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn a_reversed_range_is_refused_also_from_json() {
        assert!(DayRange::new(day(2026, 2, 2), day(2026, 2, 1)).is_err());
        assert!(serde_json::from_str::<DayRange>(r#"["2026-02-02","2026-02-01"]"#).is_err());
    }

    proptest! {
        #[test]
        fn ending_has_the_asked_length_and_days_agree(n in 1u32..800, offset in 0i64..20_000) {
            let until = day(1990, 1, 1) + chrono::TimeDelta::days(offset);
            let range = DayRange::ending(until, n);
            prop_assert_eq!(range.len(), n);
            prop_assert_eq!(range.days().count(), n as usize);
            prop_assert_eq!(range.days().last(), Some(until));
            prop_assert!(range.days().all(|d| range.contains(d)));
        }
    }
}
