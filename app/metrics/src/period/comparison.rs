//! What a period is compared with, and which day of it answers to which.

use super::{Granularity, Period, back, range};
use crate::keys::{bucket_ordinal, from_ordinal, parse_key};
use crate::query::Dimension;
use chrono::{Days, Months, NaiveDate};
use model::DayRange;
use model::days::WeekStart;
use serde::{Deserialize, Serialize};

/// The other days to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonKind {
    /// No comparison.
    None,
    /// As many days right before.
    #[default]
    PreviousPeriod,
    /// The same dates one year earlier.
    SamePeriodLastYear,
    /// Chosen days.
    Custom(DayRange),
}

/// What a period is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Comparison {
    /// With which days.
    pub kind: ComparisonKind,
    /// Whether a Monday is compared with a Monday: the shift is then a whole number of weeks (52 for last year).
    /// Without meaning for chosen days.
    pub match_weekdays: bool,
}

impl Default for Comparison {
    fn default() -> Self {
        Self { kind: ComparisonKind::PreviousPeriod, match_weekdays: true }
    }
}

impl Comparison {
    /// No comparison.
    pub const NONE: Self = Self { kind: ComparisonKind::None, match_weekdays: false };

    /// Matching weekdays is on by default for periods of up to eight weeks.
    pub fn default_match(days: DayRange) -> bool {
        days.len() <= 56
    }

    /// The days to compare with; none when nothing is compared.
    pub fn resolve(self, days: DayRange) -> Option<DayRange> {
        match (self.kind, self.match_weekdays) {
            (ComparisonKind::None, _) => None,
            (ComparisonKind::Custom(other), _) => Some(other),
            (ComparisonKind::PreviousPeriod, false) => Some(moved_back(days, days.len())),
            (ComparisonKind::PreviousPeriod, true) => Some(moved_back(days, days.len().div_ceil(7) * 7)),
            (ComparisonKind::SamePeriodLastYear, true) => Some(moved_back(days, 364)),
            (ComparisonKind::SamePeriodLastYear, false) => {
                let year = Months::new(12);
                Some(range(days.from().checked_sub_months(year)?, days.until().checked_sub_months(year)?))
            }
        }
    }

    /// How days of the comparison answer to days of the period; none when nothing is compared.
    pub fn alignment(self, days: DayRange) -> Option<Alignment> {
        let other = self.resolve(days)?;
        let by_date = self.kind == ComparisonKind::SamePeriodLastYear && !self.match_weekdays;
        Some(Alignment { days, other, by_date })
    }

    /// The day of the period that `day` of the comparison answers to. See [`Alignment::day`].
    pub fn align(self, day: NaiveDate, days: DayRange) -> Option<NaiveDate> {
        self.alignment(days)?.day(day)
    }

    /// In addresses: `none`, `prev`, `year` or two dates; `prev-dates`, `year-dates` when weekdays are not matched.
    pub fn to_url(self) -> String {
        let suffix = if self.match_weekdays { "" } else { "-dates" };
        match self.kind {
            ComparisonKind::None => "none".into(),
            ComparisonKind::PreviousPeriod => format!("prev{suffix}"),
            ComparisonKind::SamePeriodLastYear => format!("year{suffix}"),
            ComparisonKind::Custom(days) => Period::Range(days).to_url(),
        }
    }

    /// Reads what [`Comparison::to_url`] wrote; none for anything else.
    pub fn from_url(text: &str) -> Option<Self> {
        let (name, match_weekdays) = text.strip_suffix("-dates").map_or((text, true), |name| (name, false));
        let kind = match name {
            "none" => return (text == "none").then_some(Self::NONE),
            "prev" => ComparisonKind::PreviousPeriod,
            "year" => ComparisonKind::SamePeriodLastYear,
            _ => match super::parse::canonical(text) {
                Ok(Period::Range(days)) => {
                    return Some(Self { kind: ComparisonKind::Custom(days), match_weekdays: false });
                }
                _ => return None,
            },
        };
        Some(Self { kind, match_weekdays })
    }

    /// For people, after "vs": `previous 28 days`, `last year`, `1–20 Oct 2026`.
    pub fn label(self, days: DayRange) -> Option<String> {
        match self.kind {
            ComparisonKind::None => None,
            ComparisonKind::PreviousPeriod if days.len() == 1 && self.match_weekdays => {
                Some("same day last week".into())
            }
            ComparisonKind::PreviousPeriod if days.len() == 1 => Some("previous day".into()),
            ComparisonKind::PreviousPeriod => Some(format!("previous {} days", days.len())),
            ComparisonKind::SamePeriodLastYear => Some("last year".into()),
            ComparisonKind::Custom(other) => Some(crate::format::day_range(other)),
        }
    }
}

fn moved_back(days: DayRange, by: u32) -> DayRange {
    range(back(days.from(), u64::from(by)), back(days.until(), u64::from(by)))
}

/// Which day or bucket of a comparison answers to which of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alignment {
    days: DayRange,
    other: DayRange,
    by_date: bool,
}

impl Alignment {
    /// The days of the period.
    pub fn period(self) -> DayRange {
        self.days
    }

    /// The days of the comparison.
    pub fn comparison(self) -> DayRange {
        self.other
    }

    /// The day of the period that `day` of the comparison answers to: the one with the same distance from the start,
    /// or the same date a year later. None for a day outside of the comparison, one that falls outside of the period
    /// (chosen days may be more), and 29 February when the later year has none.
    pub fn day(self, day: NaiveDate) -> Option<NaiveDate> {
        if !self.other.contains(day) {
            return None;
        }
        let aligned = if self.by_date {
            let later = day.checked_add_months(Months::new(12))?;
            (chrono::Datelike::day(&later) == chrono::Datelike::day(&day)).then_some(later)?
        } else {
            let distance = u64::try_from((day - self.other.from()).num_days()).ok()?;
            self.days.from().checked_add_days(Days::new(distance))?
        };
        self.days.contains(aligned).then_some(aligned)
    }

    /// The same for the key of a bucket: the n-th week, month, quarter or year of the comparison answers to the n-th
    /// of the period; weekdays and hours to themselves. None where there is no counterpart.
    pub fn key(self, dimension: Dimension, key: &str, week_start: WeekStart) -> Option<String> {
        match dimension {
            Dimension::Day => Some(self.day(parse_key(Dimension::Day, key)?)?.to_string()),
            Dimension::Week | Dimension::Month | Dimension::Quarter | Dimension::Year => {
                let first = bucket_ordinal(dimension, self.days.from(), week_start);
                let other_first = bucket_ordinal(dimension, self.other.from(), week_start);
                let bucket = bucket_ordinal(dimension, parse_key(dimension, key)?, week_start);
                let aligned = bucket - other_first + first;
                let last = bucket_ordinal(dimension, self.days.until(), week_start);
                let inside = bucket >= other_first && aligned <= last;
                inside.then(|| from_ordinal(dimension, aligned, week_start)).flatten()
            }
            _ => Some(key.to_owned()),
        }
    }

    /// The step that both time axes share.
    pub fn granularity(self, has_hours: bool) -> Granularity {
        Granularity::auto(self.days, has_hours)
    }
}
