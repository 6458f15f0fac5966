//! Reading a typed period.

use super::{CalendarUnit, Period, SpanUnit, month_start, range, unit_start};
use chrono::{Datelike, Days, Months, NaiveDate};
use model::DayRange;
use model::days::WeekStart;

/// Why a text is not a period; the message names the part and shows what would work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing was typed.
    #[error("type a period, for example 28d, mtd, 1-15 mar or 2026-09-01..2026-09-30")]
    Empty,
    /// None of the known forms.
    #[error(
        "“{0}” is not a period that is understood; try 28d, 6w, 3m, mtd, q3, last week, 1-15 mar or 2026-09-01..2026-09-30"
    )]
    Unknown(String),
    /// A day that the calendar does not have.
    #[error("there is no day {0}")]
    NoSuchDay(String),
    /// The end lies before the start.
    #[error("the last day {until} lies before the first day {from}; swap them")]
    Reversed {
        /// First day as understood.
        from: NaiveDate,
        /// Last day as understood.
        until: NaiveDate,
    },
    /// A count outside of what can be shown.
    #[error("{0} is out of bounds: ask for 1 to 3660 days, 520 weeks or 120 months")]
    Count(String),
    /// A quarter other than 1 to 4.
    #[error("there is no quarter {0}; write q1, q2, q3 or q4, with a year if it is not the latest: q3 2025")]
    Quarter(String),
}

/// A text that means the same on every day: what [`super::Period`] prints.
pub(super) fn canonical(text: &str) -> Result<Period, ParseError> {
    keyword(text).or_else(|| iso(text)).unwrap_or_else(|| Err(ParseError::Unknown(text.to_owned())))
}

pub(super) fn parse(text: &str, today: NaiveDate, week_start: WeekStart) -> Result<Period, ParseError> {
    let text = normalise(text);
    if text.is_empty() {
        return Err(ParseError::Empty);
    }
    if let Some(found) = keyword(&text).or_else(|| iso(&text)) {
        return found;
    }
    for separator in [" - ", " to ", " .. "] {
        if let Some((first, last)) = text.split_once(separator)
            && let (Some(first), Some(last)) = (iso_part(first), iso_part(last))
        {
            return span(first?, last?).map(Period::Range);
        }
    }
    if let Some(day) = text.strip_prefix("week of ") {
        let start = week_start.start_of_week(written(day, today)?.from());
        return Ok(Period::Range(range(start, start.checked_add_days(Days::new(6)).unwrap_or(start))));
    }
    let joined = text.replace(" - ", "-").replace(" -", "-").replace("- ", "-").replace(" to ", "-");
    written(&joined.replace(" .. ", ".."), today).map(Period::Range)
}

/// Lower case, single spaces, every kind of dash as `-`.
fn normalise(text: &str) -> String {
    let text: String = text
        .trim()
        .chars()
        .take(80)
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '–' | '—' | '−' | '‐' | '‑') { '-' } else { c })
        .map(|c| if c.is_whitespace() || c == ',' { ' ' } else { c })
        .collect();
    let text = text.replace('…', "..");
    let words: Vec<&str> = text.split(' ').filter(|w| !w.is_empty()).collect();
    words.join(" ")
}

/// Forms without a date in them.
fn keyword(text: &str) -> Option<Result<Period, ParseError>> {
    let period = match text.replace([' ', '_'], "-").as_str() {
        "today" => Period::Today,
        "yesterday" => Period::Yesterday,
        "mtd" | "month-to-date" => Period::MonthToDate,
        "qtd" | "quarter-to-date" => Period::QuarterToDate,
        "ytd" | "year-to-date" => Period::YearToDate,
        words => {
            if let Some(unit) = words.strip_prefix("this-").and_then(unit) {
                return Some(Ok(Period::This(unit)));
            }
            let previous = words.strip_prefix("last-").or_else(|| words.strip_prefix("previous-"));
            if let Some(unit) = previous.and_then(unit) {
                return Some(Ok(Period::Previous(unit)));
            }
            return quarter(words).or_else(|| count(words.strip_prefix("last-").unwrap_or(words)));
        }
    };
    Some(Ok(period))
}

fn unit(word: &str) -> Option<CalendarUnit> {
    match word {
        "week" => Some(CalendarUnit::Week),
        "month" => Some(CalendarUnit::Month),
        "quarter" => Some(CalendarUnit::Quarter),
        "year" => Some(CalendarUnit::Year),
        _ => None,
    }
}

/// `28d`, `6w`, `3m`, `28-days`.
fn count(text: &str) -> Option<Result<Period, ParseError>> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, word) = text.split_at(split);
    if digits.is_empty() {
        return None;
    }
    let (unit, most) = match word.trim_start_matches('-') {
        "d" | "day" | "days" => (SpanUnit::Day, 3660),
        "w" | "week" | "weeks" => (SpanUnit::Week, 520),
        "m" | "month" | "months" => (SpanUnit::Month, 120),
        _ => return None,
    };
    Some(match digits.parse::<u16>() {
        Ok(n) if (1..=most).contains(&n) => Ok(Period::Last { n, unit }),
        _ => Err(ParseError::Count(text.to_owned())),
    })
}

/// `q3`, `q3-2025`, `2025-q3`.
fn quarter(text: &str) -> Option<Result<Period, ParseError>> {
    let (name, year) = match text.split_once('-') {
        None => (text, None),
        Some((a, b)) if a.starts_with('q') => (a, Some(b)),
        Some((a, b)) => (b, Some(a)),
    };
    let number = name.strip_prefix('q')?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year = match year.map(year_number) {
        Some(None) => return None,
        Some(year) => year,
        None => None,
    };
    Some(match number.parse::<u8>() {
        Ok(quarter @ 1..=4) => Ok(Period::Quarter { quarter, year }),
        _ => Err(ParseError::Quarter(number.to_owned())),
    })
}

fn year_number(text: &str) -> Option<i32> {
    (text.len() == 4).then(|| text.parse().ok()).flatten().filter(|y| (1900..=2999).contains(y))
}

/// `2026`, `2026-09`, `2026-09-14`, and two of them joined by `..`.
fn iso(text: &str) -> Option<Result<Period, ParseError>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (iso_part(first)?, iso_part(last)?);
    Some(first.and_then(|first| span(first, last?)).map(Period::Range))
}

fn iso_part(text: &str) -> Option<Result<DayRange, ParseError>> {
    let mut parts = text.split('-');
    let year = year_number(parts.next()?)?;
    let mut number = || match parts.next() {
        None => Some(None),
        Some(p) if (1..=2).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()) => {
            p.parse::<u32>().ok().map(Some)
        }
        Some(_) => None,
    };
    let (month, day) = (number()?, number()?);
    if parts.next().is_some() {
        return None;
    }
    let missing = || ParseError::NoSuchDay(text.to_owned());
    Some(match (month, day) {
        (None, _) => Ok(whole(month_start(year, 1), 12)),
        (Some(month), None) => {
            NaiveDate::from_ymd_opt(year, month, 1).map(|d| whole(d, 1)).ok_or_else(missing)
        }
        (Some(month), Some(day)) => {
            NaiveDate::from_ymd_opt(year, month, day).map(DayRange::single).ok_or_else(missing)
        }
    })
}

fn whole(start: NaiveDate, months: u32) -> DayRange {
    let next = start.checked_add_months(Months::new(months)).unwrap_or(start);
    range(start, next.pred_opt().unwrap_or(start))
}

fn span(first: DayRange, last: DayRange) -> Result<DayRange, ParseError> {
    DayRange::new(first.from(), last.until())
        .map_err(|e| ParseError::Reversed { from: e.from, until: e.until })
}

/// A written date: any of day, month and year may be missing except the month (or day, before a `-`).
#[derive(Clone, Copy)]
struct Written {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
}

/// `1-15 mar`, `1 mar-15 apr 2026`, `mar`, `march 2026`, `mar-may`, `15 mar`.
fn written(text: &str, today: NaiveDate) -> Result<DayRange, ParseError> {
    let unknown = || ParseError::Unknown(text.to_owned());
    let (first, last) = text.split_once("..").or_else(|| text.split_once('-')).unwrap_or((text, text));
    let first = words(first).ok_or_else(unknown)?;
    let last = words(last).ok_or_else(unknown)?;
    let month = last.month.or(first.month).ok_or_else(unknown)?;
    if first.day.is_some() != last.day.is_some() {
        return Err(unknown());
    }
    let last = Written { month: Some(month), ..last };
    let first_month = first.month.unwrap_or(month);
    let end_year = match (last.year, first.year) {
        (Some(year), _) => year,
        (None, Some(year)) if first_month <= month => year,
        (None, Some(year)) => year + 1,
        (None, None) => latest_year(first, first_month, month, today),
    };
    let start_year = first.year.unwrap_or(if first_month > month { end_year - 1 } else { end_year });
    let from = resolve(Written { month: Some(first_month), year: Some(start_year), ..first })?;
    let until = resolve(Written { year: Some(end_year), ..last })?;
    span(from, until)
}

/// The latest year in which the range has begun by today.
fn latest_year(first: Written, first_month: u32, last_month: u32, today: NaiveDate) -> i32 {
    let begun = (first_month, first.day.unwrap_or(1)) <= (today.month(), today.day());
    let start = if begun { today.year() } else { today.year() - 1 };
    if first_month > last_month { start + 1 } else { start }
}

fn resolve(date: Written) -> Result<DayRange, ParseError> {
    let (Some(month), Some(year)) = (date.month, date.year) else {
        return Err(ParseError::Empty);
    };
    match date.day {
        None => Ok(whole(unit_start(CalendarUnit::Month, month_start(year, month), WeekStart::Monday), 1)),
        Some(day) => NaiveDate::from_ymd_opt(year, month, day).map(DayRange::single).ok_or_else(|| {
            ParseError::NoSuchDay(format!("{day} {} {year}", crate::format::month_name(month)))
        }),
    }
}

fn words(text: &str) -> Option<Written> {
    let mut date = Written { day: None, month: None, year: None };
    for word in text.split([' ', '/']).filter(|w| !w.is_empty()) {
        let word = word.trim_end_matches('.');
        if let Some(year) = year_number(word) {
            date.year.replace(year).is_none().then_some(())?;
        } else if let Some(month) = month_number(word) {
            date.month.replace(month).is_none().then_some(())?;
        } else {
            let digits = ["st", "nd", "rd", "th"].iter().find_map(|s| word.strip_suffix(s)).unwrap_or(word);
            let day = digits.parse::<u32>().ok().filter(|d| digits.len() <= 2 && *d >= 1)?;
            date.day.replace(day).is_none().then_some(())?;
        }
    }
    (date.day.is_some() || date.month.is_some()).then_some(date)
}

/// English month names, whole or from three letters on.
fn month_number(word: &str) -> Option<u32> {
    if word.len() < 3 {
        return None;
    }
    (1..=12)
        .find(|m| crate::format::month_full_name(*m).to_lowercase().starts_with(word))
        .or((word == "sept").then_some(9))
}
