//! Periods as people name them, and the days they stand for.

mod comparison;
mod granularity;
mod parse;

pub use comparison::{Alignment, Comparison, ComparisonKind};
pub use granularity::Granularity;
pub use parse::ParseError;

use crate::format::{day_range, month_year};
use chrono::{Datelike, Days, Months, NaiveDate};
use model::DayRange;
use model::days::WeekStart;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// Seven days from the workspace's first day of the week.
    Week,
    /// Calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// Calendar year.
    Year,
}

/// What "last 6 …" counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanUnit {
    /// Days.
    Day,
    /// Seven days each.
    Week,
    /// Calendar months, to the same day of the month.
    Month,
}

/// A period as chosen: relative ones move with the day they are resolved on. Stored and put into addresses in its
/// canonical text ([`fmt::Display`], [`Period::parse`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Period {
    /// The current, partial day.
    Today,
    /// The day before.
    Yesterday,
    /// The last `n` days, weeks or months, up to yesterday (or today, if asked to include it).
    Last {
        /// How many, 1 to 3,660 days.
        n: u16,
        /// Of what.
        unit: SpanUnit,
    },
    /// The current calendar unit, up to yesterday (or today).
    This(CalendarUnit),
    /// The whole calendar unit before the current one.
    Previous(CalendarUnit),
    /// From the first of the month up to yesterday (or today).
    MonthToDate,
    /// From the first of the quarter.
    QuarterToDate,
    /// From 1 January.
    YearToDate,
    /// A quarter; without a year the latest one that has begun.
    Quarter {
        /// 1 to 4.
        quarter: u8,
        /// Calendar year.
        year: Option<i32>,
    },
    /// Fixed days.
    Range(DayRange),
}

/// Which way a period is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shift {
    /// To earlier days.
    Back,
    /// To later days.
    Forward,
}

impl Period {
    /// What a new dashboard shows.
    pub const DEFAULT: Self = Self::Last { n: 28, unit: SpanUnit::Day };

    /// The list of the date popover, in its order.
    pub const PRESETS: &[Self] = &[
        Self::Today,
        Self::Yesterday,
        Self::Last { n: 7, unit: SpanUnit::Day },
        Self::Last { n: 14, unit: SpanUnit::Day },
        Self::Last { n: 28, unit: SpanUnit::Day },
        Self::Last { n: 90, unit: SpanUnit::Day },
        Self::This(CalendarUnit::Week),
        Self::Previous(CalendarUnit::Week),
        Self::This(CalendarUnit::Month),
        Self::Previous(CalendarUnit::Month),
        Self::This(CalendarUnit::Quarter),
        Self::Previous(CalendarUnit::Quarter),
        Self::This(CalendarUnit::Year),
        Self::Previous(CalendarUnit::Year),
        Self::MonthToDate,
        Self::QuarterToDate,
        Self::YearToDate,
    ];

    /// Reads what a person typed or an address holds; see [`ParseError`] for what is understood. Days without a year
    /// mean their latest occurrence that has begun by `today`.
    ///
    /// # Errors
    /// When the text is none of the known forms, or names a day that does not exist.
    pub fn parse(text: &str, today: NaiveDate, week_start: WeekStart) -> Result<Self, ParseError> {
        parse::parse(text, today, week_start)
    }

    /// The canonical text, fit for an address (no character needs escaping).
    pub fn to_url(self) -> String {
        self.to_string()
    }

    /// The days meant on `today`. `include_today` lets relative periods end with the partial current day; where
    /// leaving it out would leave no day (the first of the month), it is kept.
    pub fn resolve(self, today: NaiveDate, week_start: WeekStart, include_today: bool) -> DayRange {
        let yesterday = back(today, 1);
        let end = if include_today { today } else { yesterday };
        let to_date = |start: NaiveDate| range(start, if end < start { today } else { end });
        match self {
            Self::Today => DayRange::single(today),
            Self::Yesterday => DayRange::single(yesterday),
            Self::Last { n, unit: SpanUnit::Day } => DayRange::ending(end, u32::from(n)),
            Self::Last { n, unit: SpanUnit::Week } => DayRange::ending(end, u32::from(n) * 7),
            Self::Last { n, unit: SpanUnit::Month } => {
                let start = ahead(end, 1).checked_sub_months(Months::new(u32::from(n))).unwrap_or(end);
                range(start, end)
            }
            Self::This(unit) => to_date(unit_start(unit, today, week_start)),
            Self::MonthToDate => to_date(unit_start(CalendarUnit::Month, today, week_start)),
            Self::QuarterToDate => to_date(unit_start(CalendarUnit::Quarter, today, week_start)),
            Self::YearToDate => to_date(unit_start(CalendarUnit::Year, today, week_start)),
            Self::Previous(unit) => {
                let until = back(unit_start(unit, today, week_start), 1);
                range(unit_start(unit, until, week_start), until)
            }
            Self::Quarter { quarter, year } => {
                let current = u8::try_from(today.month0() / 3 + 1).unwrap_or(4);
                let latest = if quarter <= current { today.year() } else { today.year() - 1 };
                let start = month_start(year.unwrap_or(latest), u32::from(quarter - 1) * 3 + 1);
                range(start, back(start.checked_add_months(Months::new(3)).unwrap_or(start), 1))
            }
            Self::Range(days) => days,
        }
    }

    /// The period of the same length before or after. Relative and calendar periods become fixed days: whole months,
    /// quarters and years move by whole months, everything else by its number of days.
    #[must_use]
    pub fn shift(
        self,
        direction: Shift,
        today: NaiveDate,
        week_start: WeekStart,
        include_today: bool,
    ) -> Self {
        let days = self.resolve(today, week_start, include_today);
        if let Some(months) = whole_months(days) {
            let months = Months::new(months);
            let from = match direction {
                Shift::Back => days.from().checked_sub_months(months),
                Shift::Forward => days.from().checked_add_months(months),
            };
            let moved = from.and_then(|from| Some((from, from.checked_add_months(months)?)));
            return moved.map_or(self, |(from, next)| Self::Range(range(from, back(next, 1))));
        }
        let step = Days::new(u64::from(days.len()));
        let moved = match direction {
            Shift::Back => days.from().checked_sub_days(step).zip(days.until().checked_sub_days(step)),
            Shift::Forward => days.from().checked_add_days(step).zip(days.until().checked_add_days(step)),
        };
        moved.map_or(self, |(from, until)| Self::Range(range(from, until)))
    }

    /// For people: `Last 28 days`, `March 2026`, `1–15 Mar 2026`.
    pub fn label(self) -> String {
        match self {
            Self::Today => "Today".into(),
            Self::Yesterday => "Yesterday".into(),
            Self::Last { n: 1, unit } => format!("Last {}", unit.word()),
            Self::Last { n, unit } => format!("Last {n} {}s", unit.word()),
            Self::This(unit) => format!("This {}", unit.word()),
            Self::Previous(unit) => format!("Last {}", unit.word()),
            Self::MonthToDate => "Month to date".into(),
            Self::QuarterToDate => "Quarter to date".into(),
            Self::YearToDate => "Year to date".into(),
            Self::Quarter { quarter, year: Some(year) } => format!("Q{quarter} {year}"),
            Self::Quarter { quarter, year: None } => format!("Q{quarter}"),
            Self::Range(days) => match whole_months(days) {
                Some(1) => month_year(days.from(), true),
                Some(12) if days.from().month() == 1 => days.from().year().to_string(),
                _ => day_range(days),
            },
        }
    }
}

impl Default for Period {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl SpanUnit {
    fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl CalendarUnit {
    fn word(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
            Self::Last { n, unit } => {
                let letter = match unit {
                    SpanUnit::Day => 'd',
                    SpanUnit::Week => 'w',
                    SpanUnit::Month => 'm',
                };
                write!(f, "{n}{letter}")
            }
            Self::This(unit) => write!(f, "this-{}", unit.word()),
            Self::Previous(unit) => write!(f, "last-{}", unit.word()),
            Self::MonthToDate => f.write_str("mtd"),
            Self::QuarterToDate => f.write_str("qtd"),
            Self::YearToDate => f.write_str("ytd"),
            Self::Quarter { quarter, year: Some(year) } => write!(f, "q{quarter}-{year}"),
            Self::Quarter { quarter, year: None } => write!(f, "q{quarter}"),
            Self::Range(days) => write!(f, "{}..{}", days.from(), days.until()),
        }
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl TryFrom<String> for Period {
    type Error = ParseError;
    /// Reads the canonical text, which does not depend on the current day.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        parse::canonical(&text)
    }
}

fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

fn ahead(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

/// A range from two days that are known to be in order; a reversed pair would give its last day alone.
fn range(from: NaiveDate, until: NaiveDate) -> DayRange {
    DayRange::new(from, until).unwrap_or_else(|_| DayRange::single(until))
}

fn month_start(year: i32, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MIN)
}

/// The first day of the calendar unit that holds `day`.
pub(crate) fn unit_start(unit: CalendarUnit, day: NaiveDate, week_start: WeekStart) -> NaiveDate {
    match unit {
        CalendarUnit::Week => week_start.start_of_week(day),
        CalendarUnit::Month => month_start(day.year(), day.month()),
        CalendarUnit::Quarter => month_start(day.year(), day.month0() / 3 * 3 + 1),
        CalendarUnit::Year => month_start(day.year(), 1),
    }
}

/// How many calendar months the range covers, when it covers whole ones.
fn whole_months(days: DayRange) -> Option<u32> {
    let next = days.until().checked_add_days(Days::new(1))?;
    if days.from().day() != 1 || next.day() != 1 {
        return None;
    }
    let months = (next.year() - days.from().year()) * 12 + next.month0().cast_signed()
        - days.from().month0().cast_signed();
    u32::try_from(months).ok().filter(|m| *m > 0)
}

#[cfg(test)]
mod tests;
