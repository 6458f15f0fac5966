//! Weeks, months and quarters by their number.

use chrono::{Days, Months, NaiveDate, Weekday};
use model::DayRange;

/// The days of a month.
pub fn whole_month(year: i32, month: u32) -> Option<DayRange> {
    months(year, month, 1)
}

/// The days of the quarter that begins with a month.
pub fn whole_quarter(year: i32, first_month: u32) -> Option<DayRange> {
    months(year, first_month, 3)
}

/// `2026-W31`, `W31 2026`, `KW 31/2026` (weeks from Monday, as ISO 8601 counts them) and `2026-Q3`, `Q3 2026`,
/// `3. Quartal 2026`.
pub fn week_or_quarter(text: &str) -> Option<DayRange> {
    if !text.contains(['W', 'w', 'Q', 'q', 'T', 't']) || text.len() > 24 {
        return None;
    }
    let lower = text.to_lowercase();
    // Between a letter and a figure a new part begins: `2026w31` reads like `2026 w 31`.
    let mut parts: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in lower.chars() {
        if !c.is_alphanumeric() {
            last = ' ';
            continue;
        }
        match parts.last_mut() {
            Some(part) if last != ' ' && c.is_ascii_digit() == last.is_ascii_digit() => part.push(c),
            _ => parts.push(c.to_string()),
        }
        last = c;
    }
    let number = |part: &str, length: usize| {
        (part.len() <= length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())?
    };
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (word, count, year) = match parts[..] {
        [year, word, count] if year.len() == 4 => (word, count, year),
        // `2. Quartal 2026`
        [count, word, year] if year.len() == 4 && count.bytes().all(|b| b.is_ascii_digit()) => {
            (word, count, year)
        }
        [word, count, year] if year.len() == 4 => (word, count, year),
        _ => return None,
    };
    let year = i32::try_from(number(year, 4)?).ok().filter(|y| (1990..=2100).contains(y))?;
    let count = number(count, 2)?;
    match word {
        "w" | "kw" | "wk" | "week" | "woche" => {
            let first = NaiveDate::from_isoywd_opt(year, count, Weekday::Mon)?;
            DayRange::new(first, first.checked_add_days(Days::new(6))?).ok()
        }
        "q" | "t" | "quarter" | "quartal" | "trimestre" | "kwartaal" | "kwartał" | "kvartal"
            if (1..=4).contains(&count) =>
        {
            months(year, count * 3 - 2, 3)
        }
        _ => None,
    }
}

fn months(year: i32, first: u32, count: u32) -> Option<DayRange> {
    let first = NaiveDate::from_ymd_opt(year, first, 1).filter(|_| (1990..=2100).contains(&year))?;
    let last = first.checked_add_months(Months::new(count))?.pred_opt()?;
    DayRange::new(first, last).ok()
}
