//! Days, months and ranges of days for people, in English.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use model::DayRange;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Name of a month, 1 to 12; empty for other numbers.
pub fn month_full_name(month: u32) -> &'static str {
    (month as usize).checked_sub(1).and_then(|at| MONTHS.get(at)).copied().unwrap_or("")
}

/// First three letters of a month's name.
pub fn month_name(month: u32) -> &'static str {
    month_full_name(month).get(..3).unwrap_or("")
}

/// Name of a weekday by its ISO number, 1 (Monday) to 7.
pub fn weekday_full_name(number: u32) -> Option<&'static str> {
    WEEKDAYS.get((number as usize).checked_sub(1)?).copied()
}

/// First three letters of a weekday's name.
pub fn weekday_name(number: u32) -> Option<&'static str> {
    weekday_full_name(number)?.get(..3)
}

/// `20 Nov 2026`.
pub fn day_long(day: NaiveDate) -> String {
    format!("{} {} {}", day.day(), month_name(day.month()), day.year())
}

/// `20 Nov`.
pub fn day_short(day: NaiveDate) -> String {
    format!("{} {}", day.day(), month_name(day.month()))
}

/// `Nov 2026`, or `November 2026` in full.
pub fn month_year(day: NaiveDate, full: bool) -> String {
    let name = if full { month_full_name(day.month()) } else { month_name(day.month()) };
    format!("{name} {}", day.year())
}

/// `1–20 Nov 2026`, `28 Oct – 3 Nov 2026`, `30 Dec 2025 – 2 Jan 2026`, `20 Nov 2026`.
pub fn day_range(days: DayRange) -> String {
    let (from, until) = (days.from(), days.until());
    if from == until {
        return day_long(from);
    }
    if from.year() != until.year() {
        return format!("{} – {}", day_long(from), day_long(until));
    }
    if from.month() != until.month() {
        return format!("{} – {}", day_short(from), day_long(until));
    }
    format!("{}–{}", from.day(), day_long(until))
}

/// `20 Nov 2026, 14:05 UTC`.
pub fn date_time(at: DateTime<Utc>) -> String {
    format!("{}, {:02}:{:02} UTC", day_long(at.date_naive()), at.hour(), at.minute())
}
