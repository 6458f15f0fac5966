//! What the cells of each column look like, and what they prove about dates and numbers.

use super::NoTable;
use super::header::{repeats_header, starts_another_table};
use crate::file_import::currencies;
use crate::file_import::dates::{self, DateCell, OrderVotes};
use crate::file_import::durations;
use crate::file_import::lexicon;
use crate::file_import::numbers::{self, FormatVotes, NumberCell};
use crate::file_import::records::{Record, Records};
use crate::file_import::text::TextEncoding;
use metrics::Metric;
use model::DayRange;
use model::imports::{ColumnRole, DateOrder, Delimiter, NumberFormat};
use std::collections::BTreeMap;
use std::io::Read;

/// Records that decide formats; later ones that do not fit are rejected with their reason.
const ANALYSED_RECORDS: u64 = 20_000;
/// Records among which a proof for the order of dates, and months without a year, are looked for.
const DATED_RECORDS: u64 = 2_000_000;
/// Characters of a cell that a refusal shows.
const SHOWN_CHARS: usize = 40;

/// What a column's cells look like.
#[derive(Debug, Clone, Default)]
pub struct ColumnLook {
    /// Cells with something in them.
    pub filled: u64,
    /// Cells that can be numbers.
    pub numbers: u64,
    /// Whole numbers from 1 to 31.
    pub days_of_month: u64,
    /// Days, weeks, months with a year.
    pub dates: u64,
    /// Month names without a year.
    pub months: u64,
    /// Days of a month, with its name and without a year.
    pub day_months: u64,
    /// Those of them that begin with the name: `Jan-26` can be a month and its year.
    pub month_first: u64,
    /// Numbers with a percent sign.
    pub percents: u64,
    /// Durations such as `0:03:15`.
    pub durations: u64,
    /// Hours other than midnight.
    pub hours: u64,
    /// First days of a month.
    pub month_starts: u64,
    /// For the decimal sign.
    pub format: FormatVotes,
    /// For the order of dates.
    pub order: OrderVotes,
    /// Cells that are codes of currencies.
    pub currency_codes: u64,
    /// The first cell that is neither a number nor blank, and its line.
    pub first_text: Option<(u64, String)>,
    /// Currencies named by symbols.
    pub currencies: BTreeMap<&'static str, u64>,
}

/// Whether hardly any cell begins like a number: rows of figures need no closer look.
fn is_text(record: &Record) -> bool {
    let filled = record.fields.iter().filter(|f| !f.is_empty()).count();
    let figures = record.fields.iter().filter(|f| f.starts_with(|c: char| c.is_ascii_digit())).count();
    figures * 5 <= filled
}

pub(super) struct Looks {
    pub(super) columns: Vec<ColumnLook>,
    pub(super) month_order: Vec<u32>,
}

pub(super) fn look<R: Read>(
    reader: R,
    encoding: TextEncoding,
    delimiter: Delimiter,
    header_line: u64,
    headers: &[String],
) -> Result<Looks, NoTable> {
    let mut records = Records::new(reader, encoding, delimiter);
    let mut columns = vec![ColumnLook::default(); headers.len()];
    let mut month_order = Vec::new();
    let mut record = Record::default();
    let mut seen = 0;
    // Columns that are still worth looking at.
    let mut open: Vec<usize> = (0..headers.len()).collect();
    let mut is_after_blank = false;
    while seen < DATED_RECORDS && !open.is_empty() && records.next_into(&mut record)? {
        let was_after_blank = is_after_blank;
        // Comments and titles stand between the blank line and the header.
        let is_title = || record.field(0).starts_with('#') || is_lone_text(&record);
        is_after_blank = record.is_blank() || is_after_blank && is_title();
        if record.line < header_line || record.field(0).starts_with('#') || is_sparse(&record, headers) {
            continue;
        }
        let is_header = record.line == header_line || is_text(&record) && repeats_header(&record, headers);
        if !is_header && is_text(&record) && starts_another_table(&record, headers, was_after_blank) {
            break;
        }
        if seen < ANALYSED_RECORDS && is_total(&record) {
            continue;
        }
        seen += 1;
        if seen == ANALYSED_RECORDS {
            open.retain(|index| columns[*index].order.is_undecided() || columns[*index].months > 0);
        }
        for index in &open {
            let (index, column) = (*index, &mut columns[*index]);
            let cell = record.field(index);
            let month = dates::month_number(cell);
            if let Some(month) = month.filter(|m| !month_order.contains(m)) {
                month_order.push(month);
            }
            if !is_header {
                let month = column.add(cell, record.line);
                if let Some(month) = month.filter(|m| !month_order.contains(m)) {
                    month_order.push(month);
                }
            } else if month.is_some() {
                // A block's title stands in its header: the column holds months.
                column.months += 1;
            }
        }
    }
    Ok(Looks { columns, month_order })
}

/// Whether a record is the vendor's sum of others: its texts say nothing of the columns.
fn is_total(record: &Record) -> bool {
    let mut filled = record.fields.iter().map(|f| numbers::trim(f)).filter(|f| !numbers::is_blank(f));
    filled.next().and_then(lexicon::total_mark) == Some(lexicon::TotalMark::Surely)
}

/// Whether a record holds one text and nothing else.
fn is_lone_text(record: &Record) -> bool {
    let mut filled = record.fields.iter().map(|f| numbers::trim(f)).filter(|f| !f.is_empty());
    filled
        .next()
        .is_some_and(|text| filled.next().is_none() && !text.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a record holds so little that it is a footnote, or nothing at all.
fn is_sparse(record: &Record, headers: &[String]) -> bool {
    let most = if headers.len() > 4 { 2 } else { 0 };
    record.fields.iter().filter(|f| !numbers::trim(f).is_empty()).count() <= most
}

impl ColumnLook {
    /// Answers the month of a day without a year.
    fn add(&mut self, cell: &str, line: u64) -> Option<u32> {
        if numbers::is_blank(numbers::trim(cell)) {
            return None;
        }
        let point = numbers::parse(cell, NumberFormat::PointDecimal);
        let comma = numbers::parse(cell, NumberFormat::CommaDecimal);
        if point == NumberCell::Blank {
            return None;
        }
        self.filled += 1;
        let is_percent = |c: &NumberCell| matches!(c, NumberCell::Value { percent: true, .. });
        self.percents += u64::from(is_percent(&point) || is_percent(&comma));
        if let NumberCell::Value { value, currency, .. } = &point {
            if value.is_integer() && (1..=31).any(|d| *value == d.into()) {
                self.days_of_month += 1;
            }
            if let Some(code) = currency {
                *self.currencies.entry(code).or_default() += 1;
            }
        } else if let NumberCell::Value { currency: Some(code), .. } = &comma {
            *self.currencies.entry(code).or_default() += 1;
        }
        let is_number = [&point, &comma].iter().any(|c| matches!(c, NumberCell::Value { .. }));
        self.numbers += u64::from(is_number);
        if !is_number && self.first_text.is_none() {
            self.first_text = Some((line, numbers::trim(cell).chars().take(SHOWN_CHARS).collect()));
        }
        self.durations += u64::from(!is_number && durations::parse(cell).is_some());
        let is_code = |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
        self.currency_codes += u64::from(
            is_code(numbers::trim(cell)) && currencies::known_currency(numbers::trim(cell)).is_some(),
        );
        self.format.add(cell);
        match dates::parse(cell, None) {
            DateCell::Days(days, hour) => {
                self.dates += 1;
                self.hours += u64::from(hour.is_some_and(|h| h > 0));
                self.month_starts += u64::from(chrono::Datelike::day(&days.from()) == 1);
                self.order.add(cell);
            }
            DateCell::Ambiguous => {
                self.dates += 1;
                self.order.add(cell);
            }
            DateCell::MonthOnly(_) => self.months += 1,
            DateCell::DayMonth(_, month) => {
                self.day_months += 1;
                self.month_first += u64::from(numbers::trim(cell).starts_with(char::is_alphabetic));
                return Some(month);
            }
            _ => {}
        }
        None
    }

    /// Whether nearly all of its cells are days of a month without a year.
    pub fn is_day_months(&self) -> bool {
        self.filled > 0 && self.day_months * 10 >= self.filled * 8
    }

    /// Whether nearly all of its cells can be months with a year of two figures.
    pub fn is_short_months(&self) -> bool {
        self.is_day_months() && self.month_first == self.day_months
    }

    /// Whether most of its cells are percentages.
    pub fn is_percents(&self) -> bool {
        self.percents * 2 > self.filled
    }

    /// Whether nearly all of its cells are durations or numbers.
    pub fn is_durations(&self) -> bool {
        self.filled > 0 && (self.durations + self.numbers) * 10 >= self.filled * 7
    }

    /// Whether nearly all of its cells are days.
    pub fn is_dates(&self) -> bool {
        self.filled > 0 && self.dates * 10 >= self.filled * 8
    }

    /// Whether nearly all of its cells are codes of currencies.
    pub fn is_currencies(&self) -> bool {
        self.filled > 0 && self.currency_codes * 10 >= self.filled * 8
    }

    /// Whether nearly all of its cells can be numbers.
    pub fn is_numbers(&self) -> bool {
        self.filled > 0 && self.numbers * 10 >= self.filled * 7
    }

    /// Whether nearly all of its cells are days of a month.
    pub fn is_days_of_month(&self) -> bool {
        self.filled > 0 && self.days_of_month == self.filled
    }
}

fn is_date_header(header: &str) -> bool {
    matches!(
        lexicon::guess(header).map(|g| g.role),
        Some(ColumnRole::Date | ColumnRole::DateUntil | ColumnRole::Month)
    )
}

/// Whether the header names a metric that has no fractions.
fn is_whole(header: &str) -> bool {
    matches!(
        lexicon::guess(header).map(|g| g.role),
        Some(ColumnRole::Metric { metric }) if Metric::from_name(&metric).is_some_and(|m| m.scale() == 0)
    )
}

/// What the cells prove; else what the dates of the title prove or leave possible; else what the vendor always writes.
pub(super) fn order_of(
    headers: &[String],
    columns: &[ColumnLook],
    title: Option<DayRange>,
    title_order: Option<DateOrder>,
) -> Option<DateOrder> {
    let mut all = OrderVotes::default();
    for (header, column) in headers.iter().zip(columns) {
        if column.is_dates() && (is_date_header(header) || !column.is_numbers()) {
            all.day_first += column.order.day_first;
            all.by_custom += column.order.by_custom;
            all.month_first += column.order.month_first;
            all.ambiguous += column.order.ambiguous;
            if let Some((a, b)) = column.order.spans {
                all.spans = Some(all.spans.map_or((a, b), |(x, y)| (x.hull(a), y.hull(b))));
            }
        }
    }
    let is_silent = all.day_first == 0 && all.month_first == 0;
    all.winner()
        .or_else(|| title_order.filter(|_| is_silent))
        .or_else(|| title.and_then(|period| all.within(period)))
        .or_else(|| (is_silent && is_always_american(headers)).then_some(DateOrder::MonthDayYear))
}

/// LinkedIn writes month/day/year in every language: in the Campaign Manager and in the analytics of pages.
fn is_always_american(headers: &[String]) -> bool {
    const LINKEDIN: &[&str] = &[
        "Start Date (in UTC)",
        "Impressions (organic)",
        "Impressions (organisch)",
        "Organic followers",
        "Overview page views (desktop)",
        "Offsite Views",
    ];
    headers.iter().any(|header| LINKEDIN.iter().any(|known| header.eq_ignore_ascii_case(known)))
}

pub(super) fn number_format(
    headers: &[String],
    columns: &[ColumnLook],
    delimiter: Delimiter,
) -> NumberFormat {
    let mut all = FormatVotes::default();
    for (header, column) in headers.iter().zip(columns) {
        if !is_date_header(header) && column.is_numbers() {
            let votes = if is_whole(header) { column.format.of_whole_figures() } else { column.format };
            all.point += votes.point;
            all.comma += votes.comma;
            all.ambiguous += votes.ambiguous;
        }
    }
    // `1.234;5.678` with semicolons between fields comes from a place where the comma is the decimal sign.
    if all.point == 0 && all.comma == 0 && all.ambiguous > 0 && delimiter == Delimiter::Semicolon {
        return NumberFormat::CommaDecimal;
    }
    all.winner()
}
