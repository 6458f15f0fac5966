//! Days as people and vendors write them.

mod names;
mod periods;
mod votes;

use super::numbers::trim;
use chrono::{Datelike, Days, NaiveDate};
use model::DayRange;
use model::imports::DateOrder;
pub use names::month_number;
use names::without_weekday;
pub use periods::{whole_month, whole_quarter};
pub use votes::OrderVotes;

/// Day numbers of spreadsheets (1 is the first of January 1900) that are read as days: 2000-01-01 to 2050-12-31.
const SERIALS: std::ops::RangeInclusive<u64> = 36_526..=55_153;

/// What stands between the first and the last day of a period.
const RANGE_SEPARATORS: &[&str] = &[
    " - ",
    " – ",
    " — ",
    "..",
    " to ",
    " bis ",
    " au ",
    " al ",
    " tot ",
    " t/m ",
    " through ",
    "–",
    "—",
    " / ",
    "~",
    "～",
    ",",
    "-",
];

/// What a cell that should hold a date holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateCell {
    /// Days (one, a week, a month …), with the hour where it is given.
    Days(DayRange, Option<u8>),
    /// A month without a year: needs to be told which.
    MonthOnly(u32),
    /// Day and month without a year.
    DayMonth(u32, u32),
    /// Two orders are possible and lead to different days.
    Ambiguous,
    /// Empty.
    Blank,
    /// Anything else.
    Text,
}

/// Reads a cell. `order` decides figures like `03/04/2026`; without it they are [`DateCell::Ambiguous`] when both
/// readings exist and differ.
pub fn parse(cell: &str, order: Option<DateOrder>) -> DateCell {
    let text = trim(cell).trim_matches('"');
    if super::numbers::is_blank(text) {
        return DateCell::Blank;
    }
    if let Some(day) = plain_iso(text) {
        return DateCell::Days(DayRange::single(day), None);
    }
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return month_number(text).map_or(DateCell::Text, DateCell::MonthOnly);
    }
    if let Some(found) = range(text, order) {
        return found;
    }
    single(text, order)
}

/// `2026-11-22`, which most exports write.
fn plain_iso(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    text.parse().ok().filter(|d: &NaiveDate| (1990..=2100).contains(&d.year()))
}

/// The days of a text that names the first and the last of them.
pub fn period(text: &str, order: Option<DateOrder>) -> Option<DayRange> {
    match range(text, order) {
        Some(DateCell::Days(days, _)) => Some(days),
        _ => None,
    }
}

/// `2025-12-08 - 2025-12-13`, `July 8, 2025 - July 31, 2025`, `1 Jul 2025 – 31 Jul 2025`, `2025-07-08..2025-07-31`,
/// `7/8/2025,7/31/2025`.
fn range(text: &str, order: Option<DateOrder>) -> Option<DateCell> {
    let text =
        ["from ", "von ", "vom ", "du ", "del "].iter().find_map(|w| text.strip_prefix(w)).unwrap_or(text);
    for separator in RANGE_SEPARATORS {
        let Some((first, last)) = text.split_once(separator) else { continue };
        // A bare comma or hyphen also stands inside dates.
        let is_whole =
            |text: &&str| text.contains('/') || text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        if matches!(*separator, "," | "-") && ![first, last].iter().all(is_whole) {
            continue;
        }
        // The last day may prove the order of the first: `7/8/2025 - 7/31/2025`.
        let mut votes = OrderVotes::default();
        if order.is_none() {
            [first, last].iter().for_each(|t| votes.add_single(trim(t)));
        }
        let order = order.or_else(|| votes.winner());
        let (first, last) = (single(trim(first), order), single(trim(last), order));
        match (first, last) {
            (DateCell::Days(a, None), DateCell::Days(b, None)) => {
                return DayRange::new(a.from(), b.until()).ok().map(|days| DateCell::Days(days, None));
            }
            // `Jul 8 - Jul 31, 2025`: the year stands once.
            (DateCell::DayMonth(day, month), DateCell::Days(b, None)) => {
                return (0..2)
                    .filter_map(|back| NaiveDate::from_ymd_opt(b.until().year() - back, month, day))
                    .find_map(|a| DayRange::new(a, b.until()).ok())
                    .map(|days| DateCell::Days(days, None));
            }
            (DateCell::Ambiguous, DateCell::Ambiguous | DateCell::Days(..))
            | (DateCell::Days(..), DateCell::Ambiguous) => {
                return Some(DateCell::Ambiguous);
            }
            _ => {}
        }
    }
    None
}

fn one(year: i32, month: u32, day: u32) -> DateCell {
    NaiveDate::from_ymd_opt(year, month, day)
        .filter(|d| (1990..=2100).contains(&d.year()))
        .map_or(DateCell::Text, |d| DateCell::Days(DayRange::single(d), None))
}

fn single(text: &str, order: Option<DateOrder>) -> DateCell {
    let (text, hour) = split_time(text);
    let text = without_weekday(text);
    if let Some(days) = periods::week_or_quarter(text) {
        return DateCell::Days(days, None);
    }
    let found = if text.bytes().all(|b| b.is_ascii_digit()) {
        digits(text)
    } else {
        // Spreadsheets write the time of day as a fraction of a day.
        match text.split_once('.').filter(|(day, part)| day.len() == 5 && part.len() > 2) {
            Some((day, part)) if [day, part].iter().all(|t| t.bytes().all(|b| b.is_ascii_digit())) => {
                serial(day)
            }
            _ => separated(text, order),
        }
    };
    match (found, hour) {
        (DateCell::Days(days, None), Some(hour)) if days.len() == 1 => DateCell::Days(days, Some(hour)),
        (found, _) => found,
    }
}

/// Cuts `T00:00:00`, ` 14:00`, ` 12:00 AM` and zones off. Midnight in a date-time export says nothing about hours, so
/// the caller decides by the column whether hours mean anything.
fn split_time(text: &str) -> (&str, Option<u8>) {
    let Some(colon) = text.find(':') else { return (text, None) };
    let Some(start) = text[..colon].rfind(['T', ' ']) else { return (text, None) };
    let date = trim(&text[..start]).trim_end_matches(',');
    let hour: Option<u8> = text[start + 1..colon].parse().ok().filter(|h| *h < 24);
    let is_afternoon = text[colon..].to_ascii_lowercase().contains("pm");
    let is_morning = text[colon..].to_ascii_lowercase().contains("am");
    let hour = match hour {
        Some(12) if is_morning => Some(0),
        Some(h) if is_afternoon && h < 12 => Some(h + 12),
        other => other,
    };
    (date, hour)
}

fn month_of(year: i32, month: u32) -> DateCell {
    whole_month(year, month).map_or(DateCell::Text, |days| DateCell::Days(days, None))
}

/// `20261122`, `2026112214`, `202611`, and the day numbers of spreadsheets.
fn digits(text: &str) -> DateCell {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<u32>().ok());
    let year = |range| number(range).and_then(|y| i32::try_from(y).ok());
    match text.len() {
        8 => match (year(0..4), number(4..6), number(6..8)) {
            (Some(y), Some(m), Some(d)) => one(y, m, d),
            _ => DateCell::Text,
        },
        10 => {
            match (year(0..4), number(4..6), number(6..8), number(8..10).and_then(|h| u8::try_from(h).ok())) {
                (Some(y), Some(m), Some(d), Some(h)) if h < 24 => match one(y, m, d) {
                    DateCell::Days(days, _) => DateCell::Days(days, Some(h)),
                    other => other,
                },
                _ => DateCell::Text,
            }
        }
        6 => match (year(0..4), number(4..6)) {
            (Some(y), Some(m)) => month_of(y, m),
            _ => DateCell::Text,
        },
        5 => serial(text),
        _ => DateCell::Text,
    }
}

fn serial(text: &str) -> DateCell {
    let day = text
        .parse()
        .ok()
        .filter(|number| SERIALS.contains(number))
        // Spreadsheets count a 29 February 1900 that never was, hence the day before.
        .and_then(|number| NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(number)));
    day.map_or(DateCell::Text, |day| DateCell::Days(DayRange::single(day), None))
}

fn separated(text: &str, order: Option<DateOrder>) -> DateCell {
    let parts: Vec<&str> = text
        .split(|c: char| {
            c.is_whitespace()
                || matches!(c, '-' | '/' | '.' | ',' | '\'' | '年' | '月' | '日' | '년' | '월' | '일')
        })
        // `1 de agosto de 2026`
        .filter(|p| !p.is_empty() && !matches!(*p, "de" | "del" | "of"))
        .collect();
    let names: Vec<Option<u32>> = parts.iter().map(|p| month_number(p)).collect();
    let number = |i: usize| {
        parts
            .get(i)
            .map(|p| p.trim_end_matches(|c: char| c.is_alphabetic()))
            .and_then(|p| p.parse::<u32>().ok())
    };
    match (parts.len(), names.iter().position(Option::is_some)) {
        (1, Some(_)) => names[0].map_or(DateCell::Text, DateCell::MonthOnly),
        (2, Some(at)) => {
            let (Some(month), Some(other)) = (names[at], number(1 - at)) else { return DateCell::Text };
            match other {
                1..=31 if parts[1 - at].len() <= 2 || at == 0 && other <= 31 => {
                    DateCell::DayMonth(other, month)
                }
                1990..=2100 => i32::try_from(other).map_or(DateCell::Text, |y| month_of(y, month)),
                _ => DateCell::Text,
            }
        }
        (3, Some(at)) => {
            let Some(month) = names[at] else { return DateCell::Text };
            let others: Vec<u32> = (0..3).filter(|i| *i != at).filter_map(number).collect();
            let [a, b] = others[..] else { return DateCell::Text };
            let (day, year) = if a > 31 { (b, a) } else { (a, b) };
            full_year(year).map_or(DateCell::Text, |y| one(y, month, day))
        }
        (2, None) => match (number(0), number(1)) {
            (Some(y), Some(m)) if y >= 1990 => i32::try_from(y).map_or(DateCell::Text, |y| month_of(y, m)),
            (Some(m), Some(y)) if y >= 1990 => i32::try_from(y).map_or(DateCell::Text, |y| month_of(y, m)),
            _ => DateCell::Text,
        },
        (3, None) => {
            // All three must be plain figures.
            if parts.iter().any(|p| !p.bytes().all(|b| b.is_ascii_digit())) {
                return DateCell::Text;
            }
            let (Some(a), Some(b), Some(c)) = (number(0), number(1), number(2)) else {
                return DateCell::Text;
            };
            if parts[0].len() == 4 {
                return i32::try_from(a).map_or(DateCell::Text, |y| one(y, b, c));
            }
            let is_dotted = text.contains('.') && !text.contains(['/', '-']);
            figures([a, b, c], is_dotted, order)
        }
        _ => DateCell::Text,
    }
}

/// Where points stand between day, month and year, the day comes first in all countries that write so; only a column
/// that proves otherwise is read otherwise.
fn figures([a, b, c]: [u32; 3], is_dotted: bool, order: Option<DateOrder>) -> DateCell {
    if order == Some(DateOrder::YearMonthDay) {
        return full_year(a).map_or(DateCell::Text, |y| one(y, b, c));
    }
    let Some(year) = full_year(c) else { return DateCell::Text };
    let day_first = one(year, b, a);
    let month_first = one(year, a, b);
    match order {
        Some(DateOrder::DayMonthYear) => day_first,
        Some(DateOrder::MonthDayYear) => month_first,
        _ => match (day_first, month_first) {
            (DateCell::Days(x, _), DateCell::Days(y, _)) if x != y && !is_dotted => DateCell::Ambiguous,
            (DateCell::Days(..), _) => day_first,
            _ => month_first,
        },
    }
}

fn full_year(figure: u32) -> Option<i32> {
    let year = if figure < 100 { figure + 2000 } else { figure };
    i32::try_from(year).ok().filter(|y| (1990..=2100).contains(y))
}

#[cfg(test)]
mod tests;
