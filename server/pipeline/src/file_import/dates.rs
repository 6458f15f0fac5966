//! Days as people and vendors write them.

use super::numbers::trim;
use chrono::{Datelike, Days, NaiveDate};
use model::DayRange;
use model::imports::DateOrder;

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

const MONTHS: &[&[&str]] = &[
    &[
        "january", "jan", "januar", "jän", "jänner", "janvier", "janv", "enero", "ene", "gennaio", "gen",
        "janeiro", "januari", "styczeń",
    ],
    &[
        "february",
        "feb",
        "februar",
        "février",
        "fevrier",
        "févr",
        "fév",
        "febrero",
        "febbraio",
        "fevereiro",
        "fev",
        "februari",
    ],
    &["march", "mar", "märz", "mrz", "mär", "maerz", "mars", "marzo", "março", "marco", "maart", "mrt"],
    &["april", "apr", "avril", "avr", "abril", "abr", "aprile"],
    &["may", "mai", "mayo", "maggio", "mag", "maio", "mei"],
    &["june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho"],
    &["july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho"],
    &["august", "aug", "août", "aout", "agosto", "ago", "augustus"],
    &["september", "sept", "sep", "septembre", "septiembre", "settembre", "set", "setembro"],
    &["october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out"],
    &["november", "nov", "novembre", "noviembre", "novembro"],
    &[
        "december",
        "dec",
        "dezember",
        "dez",
        "décembre",
        "decembre",
        "déc",
        "diciembre",
        "dic",
        "dicembre",
        "dezembro",
    ],
];

/// The number (1 to 12) of a month's name in the languages that exports come in.
pub fn month_number(text: &str) -> Option<u32> {
    let name = trim(text);
    if name.len() > 16 || !name.starts_with(char::is_alphabetic) {
        return None;
    }
    let name = name.trim_end_matches('.').to_lowercase();
    MONTHS.iter().position(|names| names.contains(&name.as_str())).and_then(|i| u32::try_from(i + 1).ok())
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

/// `2025-12-08 - 2025-12-13`, `July 8, 2025 - July 31, 2025`, `1 Jul 2025 – 31 Jul 2025`, `2025-07-08..2025-07-31`,
/// `7/8/2025,7/31/2025`.
fn range(text: &str, order: Option<DateOrder>) -> Option<DateCell> {
    for separator in [" - ", " – ", " — ", "..", " to ", " bis ", "–", "—", " / ", "~", ",", "-"] {
        let Some((first, last)) = text.split_once(separator) else { continue };
        // A bare comma or hyphen also stands inside dates.
        if separator.len() == 1 && separator != "~" && ![first, last].iter().all(|t| t.contains('/')) {
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

fn whole_month(year: i32, month: u32) -> DateCell {
    let Some(first) = NaiveDate::from_ymd_opt(year, month, 1).filter(|d| (1990..=2100).contains(&d.year()))
    else {
        return DateCell::Text;
    };
    let last =
        first.checked_add_months(chrono::Months::new(1)).and_then(|d| d.checked_sub_days(Days::new(1)));
    last.and_then(|last| DayRange::new(first, last).ok())
        .map_or(DateCell::Text, |days| DateCell::Days(days, None))
}

fn single(text: &str, order: Option<DateOrder>) -> DateCell {
    let (text, hour) = split_time(text);
    let text = without_weekday(text);
    let found = if text.bytes().all(|b| b.is_ascii_digit()) { digits(text) } else { separated(text, order) };
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

fn without_weekday(text: &str) -> &str {
    const DAYS: &[&str] =
        &["mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so"];
    let Some((first, rest)) = text.split_once([',', ' ']) else { return text };
    let name = first.trim_end_matches(['.', ',']).to_lowercase();
    let is_weekday = DAYS.contains(&name.as_str())
        || ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            .contains(&name.as_str());
    if is_weekday { trim(rest) } else { text }
}

/// `20261122`, `2026112214`, `202611`; spreadsheet day numbers are not guessed.
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
            (Some(y), Some(m)) => whole_month(y, m),
            _ => DateCell::Text,
        },
        _ => DateCell::Text,
    }
}

fn separated(text: &str, order: Option<DateOrder>) -> DateCell {
    let parts: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '/' | '.' | ',' | '\''))
        .filter(|p| !p.is_empty())
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
                1990..=2100 => i32::try_from(other).map_or(DateCell::Text, |y| whole_month(y, month)),
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
            (Some(y), Some(m)) if y >= 1990 => i32::try_from(y).map_or(DateCell::Text, |y| whole_month(y, m)),
            (Some(m), Some(y)) if y >= 1990 => i32::try_from(y).map_or(DateCell::Text, |y| whole_month(y, m)),
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
            figures(a, b, c, parts[0].len() == 4, order)
        }
        _ => DateCell::Text,
    }
}

fn figures(a: u32, b: u32, c: u32, year_first: bool, order: Option<DateOrder>) -> DateCell {
    if year_first {
        return i32::try_from(a).map_or(DateCell::Text, |y| one(y, b, c));
    }
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
            (DateCell::Days(x, _), DateCell::Days(y, _)) if x != y => DateCell::Ambiguous,
            (DateCell::Days(..), _) => day_first,
            _ => month_first,
        },
    }
}

fn full_year(figure: u32) -> Option<i32> {
    let year = if figure < 100 { figure + 2000 } else { figure };
    i32::try_from(year).ok().filter(|y| (1990..=2100).contains(y))
}

/// What the dates of a column tell about their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderVotes {
    /// Cells that only day-first can read.
    pub day_first: u64,
    /// Cells that only month-first can read.
    pub month_first: u64,
    /// Cells that both can read, with different results; and the first of them.
    pub ambiguous: u64,
    /// An ambiguous cell, to show.
    pub example: Option<String>,
    /// What the ambiguous cells cover when the day comes first, and when the month does.
    pub spans: Option<(DayRange, DayRange)>,
}

impl OrderVotes {
    /// Counts a cell.
    pub fn add(&mut self, cell: &str) {
        self.count(cell, parse);
    }

    /// Counts a cell that is no range.
    fn add_single(&mut self, cell: &str) {
        self.count(cell, single);
    }

    fn count(&mut self, cell: &str, read: fn(&str, Option<DateOrder>) -> DateCell) {
        if read(cell, None) == DateCell::Ambiguous {
            self.ambiguous += 1;
            self.example.get_or_insert_with(|| trim(cell).to_owned());
            let day_first = read(cell, Some(DateOrder::DayMonthYear));
            let month_first = read(cell, Some(DateOrder::MonthDayYear));
            if let (DateCell::Days(a, _), DateCell::Days(b, _)) = (day_first, month_first) {
                self.spans = Some(self.spans.map_or((a, b), |(x, y)| (x.hull(a), y.hull(b))));
            }
            return;
        }
        let fits = |order| matches!(read(cell, Some(order)), DateCell::Days(..));
        match (fits(DateOrder::DayMonthYear), fits(DateOrder::MonthDayYear)) {
            (true, false) => self.day_first += 1,
            (false, true) => self.month_first += 1,
            _ => {}
        }
    }

    /// Whether a later cell could still prove an order.
    pub fn is_undecided(&self) -> bool {
        self.ambiguous > 0 && self.winner().is_none() && (self.day_first == 0 || self.month_first == 0)
    }

    /// The order that the column proves; none when it proves neither, or both (then somebody must say).
    pub fn winner(&self) -> Option<DateOrder> {
        match (self.day_first > 0, self.month_first > 0) {
            (true, false) => Some(DateOrder::DayMonthYear),
            (false, true) => Some(DateOrder::MonthDayYear),
            (false, false) if self.ambiguous == 0 => Some(DateOrder::YearMonthDay),
            _ => None,
        }
    }

    /// The only order in which the ambiguous cells lie in the period that the file's title names.
    pub fn within(&self, period: DayRange) -> Option<DateOrder> {
        if self.day_first > 0 || self.month_first > 0 {
            return None;
        }
        let fits = |span: DayRange| period.from() <= span.from() && span.until() <= period.until();
        match self.spans.map(|(day_first, month_first)| (fits(day_first), fits(month_first))) {
            Some((true, false)) => Some(DateOrder::DayMonthYear),
            Some((false, true)) => Some(DateOrder::MonthDayYear),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cell: &str, order: Option<DateOrder>) -> String {
        match parse(cell, order) {
            DateCell::Days(days, hour) => {
                let range = if days.len() == 1 {
                    days.from().to_string()
                } else {
                    format!("{}..{}", days.from(), days.until())
                };
                hour.map_or(range.clone(), |h| format!("{range} {h}h"))
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn dates_of_vendor_exports() {
        let cases = [
            ("2026-01-14", "2026-01-14"),
            ("20230708", "2023-07-08"),
            ("2024041623", "2024-04-16 23h"),
            ("2023-07-08T00:00:00", "2023-07-08 0h"),
            ("2025-12-08 - 2025-12-13", "2025-12-08..2025-12-13"),
            ("July 8, 2025 - July 31, 2025", "2025-07-08..2025-07-31"),
            ("\"July 8, 2025 - July 31, 2025\"", "2025-07-08..2025-07-31"),
            ("Jul 8 - Jul 31, 2025", "2025-07-08..2025-07-31"),
            ("8 July 2025", "2025-07-08"),
            ("8. Juli 2025", "2025-07-08"),
            ("Sep 3, 2025", "2025-09-03"),
            ("Wed, Sep 3, 2025", "2025-09-03"),
            ("22.11.2026", "2026-11-22"),
            ("11/22/2026", "2026-11-22"),
            ("03/04/2026", "Ambiguous"),
            ("04/04/2026", "2026-04-04"),
            ("2026/11/22", "2026-11-22"),
            ("22-Nov-26", "2026-11-22"),
            ("2026-11", "2026-11-01..2026-11-30"),
            ("Nov 2026", "2026-11-01..2026-11-30"),
            ("September", "MonthOnly(9)"),
            ("7/8/2026 - 7/31/2026", "2026-07-08..2026-07-31"),
            ("7/8/2026,7/31/2026", "2026-07-08..2026-07-31"),
            ("7/8/2026-7/9/2026", "Ambiguous"),
            ("July 1, 2026, 12:00 AM", "2026-07-01 0h"),
            ("11/22/2026 3:00 PM", "2026-11-22 15h"),
            ("--", "Blank"),
            ("Total", "Text"),
            ("12345", "Text"),
            ("1.5", "Text"),
        ];
        for (cell, expected) in cases {
            assert_eq!(shown(cell, None), expected, "{cell}");
        }
        assert_eq!(shown("03/04/2026", Some(DateOrder::DayMonthYear)), "2026-04-03");
        assert_eq!(shown("03/04/2026", Some(DateOrder::MonthDayYear)), "2026-03-04");
        assert_eq!(shown("13/04/2026", Some(DateOrder::MonthDayYear)), "Text");
    }

    #[test]
    fn a_column_proves_its_order_or_asks() {
        let votes = |cells: &[&str]| {
            let mut votes = OrderVotes::default();
            cells.iter().for_each(|c| votes.add(c));
            votes
        };
        assert_eq!(votes(&["03/04/2026", "13/04/2026"]).winner(), Some(DateOrder::DayMonthYear));
        assert_eq!(votes(&["03/04/2026", "04/13/2026"]).winner(), Some(DateOrder::MonthDayYear));
        assert_eq!(votes(&["03/04/2026", "05/06/2026"]).winner(), None);
        assert_eq!(votes(&["13/04/2026", "04/13/2026"]).winner(), None);
        assert_eq!(votes(&["2026-04-13"]).winner(), Some(DateOrder::YearMonthDay));
    }

    #[test]
    fn a_title_decides_the_order_where_only_one_fits() {
        let mut votes = OrderVotes::default();
        ["7/1/2026", "7/2/2026"].into_iter().for_each(|c| votes.add(c));
        let range =
            |from: &str, until: &str| DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
        assert_eq!(votes.within(range("2026-07-01", "2026-07-31")), Some(DateOrder::MonthDayYear));
        assert_eq!(votes.within(range("2026-01-01", "2026-03-31")), Some(DateOrder::DayMonthYear));
        assert_eq!(votes.within(range("2026-01-01", "2026-12-31")), None);
    }

    #[test]
    fn nothing_panics_on_odd_text() {
        for cell in
            ["", "-", "..", ":", "T:", "é:", "9999999999", "0000-00-00", "31/02/2026", "– –", "a:b:c", "Mon,"]
        {
            parse(cell, None);
        }
    }
}
