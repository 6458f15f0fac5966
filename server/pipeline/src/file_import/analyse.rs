//! What a file is: its encoding, delimiter, header row, and what its columns look like.

use super::dates::{self, DateCell, OrderVotes};
use super::lexicon;
use super::numbers::{self, FormatVotes, NumberCell};
use super::records::{Record, Records, delimiter_of};
use super::text::{self, TextEncoding};
use model::DayRange;
use model::imports::{ColumnRole, DateOrder, Delimiter, FileFormat, NumberFormat};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Bytes that decide encoding and delimiter.
pub const SAMPLE_BYTES: usize = 256 * 1024;
/// Records among which the header is looked for.
const HEADER_SEARCH: usize = 120;
/// Records that decide formats; later ones that do not fit are rejected with their reason.
const ANALYSED_RECORDS: u64 = 20_000;
/// Records among which a proof for the order of dates, and months without a year, are looked for.
const DATED_RECORDS: u64 = 2_000_000;

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
    /// Hours other than midnight.
    pub hours: u64,
    /// First days of a month.
    pub month_starts: u64,
    /// For the decimal sign.
    pub format: FormatVotes,
    /// For the order of dates.
    pub order: OrderVotes,
    /// Currencies named by symbols.
    pub currencies: BTreeMap<&'static str, u64>,
}

/// Everything that was found out.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// How to read it.
    pub format: FileFormat,
    /// The header's cells.
    pub headers: Vec<String>,
    /// One per header.
    pub columns: Vec<ColumnLook>,
    /// Months without a year, in the order of their first appearance.
    pub month_order: Vec<u32>,
    /// Days that a title line speaks of.
    pub title_period: Option<DayRange>,
    /// The lines above the header, joined.
    pub title: String,
    /// Lines whose figures are the sums of the others, found by [`super::summaries`].
    pub summaries: BTreeSet<u64>,
}

/// The file holds no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTable {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Zeros or signatures that text does not have.
    #[error("this is no text file ({0}); export it as CSV or TSV")]
    Binary(&'static str),
    /// No row looks like a header.
    #[error("no header row was found: no line names at least two columns")]
    NoHeader,
    /// Reading failed.
    #[error("the file can't be read: {0}")]
    Io(String),
}

impl From<std::io::Error> for NoTable {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.to_string())
    }
}

/// Looks at a file. `open` reads it from its start, as often as it is called.
///
/// # Errors
/// When there is no table in it.
pub fn analyse<R: Read>(
    mut open: impl FnMut() -> std::io::Result<R>,
    given: Option<&FileFormat>,
) -> Result<Analysis, NoTable> {
    let mut sample = Vec::new();
    open()?.take(SAMPLE_BYTES as u64).read_to_end(&mut sample)?;
    refuse_binary(&sample)?;
    let encoding =
        given.and_then(|g| TextEncoding::from_name(&g.encoding)).unwrap_or_else(|| text::detect(&sample));
    let delimiter = given.map_or_else(|| sniff_delimiter(&sample, encoding), |g| g.delimiter);

    let first = first_records(open()?, encoding, delimiter)?;
    let header = match given.and_then(|g| first.iter().find(|r| r.line == u64::from(g.header_line))) {
        Some(chosen) => chosen,
        None => {
            find_header(&first).ok_or(if first.is_empty() { NoTable::Empty } else { NoTable::NoHeader })?
        }
    };
    let header_line = header.line;
    let headers = header_cells(header);
    let title_lines: Vec<String> =
        first.iter().filter(|r| r.line < header_line).map(|r| title_line(&r.fields)).collect();
    let looks = look(open()?, encoding, delimiter, header_line, &headers)?;

    let title_period = title_period(&title_lines);
    let dates = given.and_then(|g| g.dates).or_else(|| order_of(&headers, &looks.columns, title_period));
    let numbers = given.map_or_else(|| number_format(&headers, &looks.columns, delimiter), |g| g.numbers);
    Ok(Analysis {
        format: FileFormat {
            encoding: encoding.name().to_lowercase(),
            delimiter,
            header_line: u32::try_from(header_line).unwrap_or(u32::MAX),
            numbers,
            dates,
        },
        title_period,
        title: title_lines.join("\n"),
        summaries: BTreeSet::new(),
        headers,
        columns: looks.columns,
        month_order: looks.month_order,
    })
}

fn refuse_binary(sample: &[u8]) -> Result<(), NoTable> {
    if sample.iter().all(u8::is_ascii_whitespace) {
        return Err(NoTable::Empty);
    }
    for (magic, what) in [
        (&b"PK\x03\x04"[..], "it is a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook"),
        (b"%PDF", "it is a PDF"),
        (b"\x1f\x8b", "it is compressed by gzip"),
        (b"\x89PNG", "it is a picture"),
        (b"\xff\xd8\xff", "it is a picture"),
        (b"SQLite format", "it is a database"),
    ] {
        if sample.starts_with(magic) {
            return Err(NoTable::Binary(what));
        }
    }
    let is_utf16 = matches!(text::detect(sample), TextEncoding::Utf16(_));
    if !is_utf16 && sample.contains(&0) {
        return Err(NoTable::Binary("it holds zero bytes"));
    }
    let start = String::from_utf8_lossy(&sample[..sample.len().min(200)]).trim_start().to_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<?xml") {
        return Err(NoTable::Binary("it is a web page or XML"));
    }
    if start.starts_with('{') || start.starts_with('[') {
        return Err(NoTable::Binary("it is JSON"));
    }
    Ok(())
}

/// `sep=` decides; else the character that cuts the most lines into the same number of fields.
fn sniff_delimiter(sample: &[u8], encoding: TextEncoding) -> Delimiter {
    let first = first_records(sample, encoding, Delimiter::Pipe).unwrap_or_default();
    let declared = first.first().and_then(|r| r.fields.first()).and_then(|f| f.strip_prefix("sep="));
    if let Some(delimiter) = declared.and_then(|d| d.bytes().next()).and_then(delimiter_of) {
        return delimiter;
    }
    // A tab after `sep=` is trimmed away by some readers, but not by us; an empty `sep=` says nothing.
    [Delimiter::Comma, Delimiter::Tab, Delimiter::Semicolon, Delimiter::Pipe]
        .into_iter()
        .max_by_key(|delimiter| {
            let records = first_records(sample, encoding, *delimiter).unwrap_or_default();
            let header = find_header(&records).map_or(0, |h| {
                h.fields.iter().filter(|f| lexicon::guess(f).is_some() || lexicon::is_derived(f)).count()
            });
            let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
            for record in records.iter().filter(|r| r.fields.len() > 1) {
                *widths.entry(record.fields.len()).or_default() += 1;
            }
            let agreeing = widths.iter().map(|(width, lines)| lines * width.min(&20)).max().unwrap_or(0);
            // The comma comes first in the list; of equals, max_by_key takes the last, so ties are broken here.
            (header, agreeing, *delimiter == Delimiter::Comma)
        })
        .unwrap_or(Delimiter::Comma)
}

fn first_records<R: Read>(
    reader: R,
    encoding: TextEncoding,
    delimiter: Delimiter,
) -> std::io::Result<Vec<Record>> {
    let mut records = Records::new(reader, encoding, delimiter);
    let mut all = Vec::new();
    let mut record = Record::default();
    while all.len() < HEADER_SEARCH && records.next_into(&mut record)? {
        if !record.is_blank() {
            all.push(record.clone());
        }
    }
    Ok(all)
}

/// How much a record looks like a header: cells with known words, none of them a number.
fn header_score(record: &Record) -> (usize, usize) {
    let filled: Vec<&str> =
        record.fields.iter().map(|f| numbers::trim(f)).filter(|f| !f.is_empty()).collect();
    let is_number =
        |f: &&&str| matches!(numbers::parse(f, NumberFormat::PointDecimal), NumberCell::Value { .. });
    if filled.len() < 2
        || filled[0].starts_with('#')
        || filled.iter().filter(is_number).count() * 5 > filled.len()
    {
        return (0, 0);
    }
    let known = filled.iter().filter(|f| lexicon::guess(f).is_some() || lexicon::is_derived(f)).count();
    let metrics = filled
        .iter()
        .filter(|f| matches!(lexicon::guess(f).map(|g| g.role), Some(ColumnRole::Metric { .. })))
        .count();
    (metrics, known)
}

/// The first record that names a metric and another known column; else the first of only texts over one with numbers.
fn find_header(records: &[Record]) -> Option<&Record> {
    let best = records.iter().max_by_key(|r| {
        let (metrics, known) = header_score(r);
        // Of equally good ones the first.
        (if metrics > 0 && known >= 2 { known } else { 0 }, std::cmp::Reverse(r.line))
    })?;
    if header_score(best).0 > 0 && header_score(best).1 >= 2 {
        return Some(best);
    }
    let has_number = |r: &Record| {
        r.fields
            .iter()
            .any(|f| matches!(numbers::parse(f, NumberFormat::PointDecimal), NumberCell::Value { .. }))
    };
    records.windows(2).map(|pair| (&pair[0], &pair[1])).find_map(|(above, below)| {
        let filled = above.fields.iter().filter(|f| !numbers::trim(f).is_empty()).count();
        (filled >= 2 && !has_number(above) && has_number(below) && !above.field(0).starts_with('#'))
            .then_some(above)
    })
}

fn header_cells(record: &Record) -> Vec<String> {
    let mut cells: Vec<String> =
        record.fields.iter().map(|f| numbers::trim(f).trim_matches('"').to_owned()).collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}

/// The fields of a title, as the line was before it was cut at its commas.
fn title_line(fields: &[String]) -> String {
    let filled: Vec<&str> = fields.iter().map(|f| numbers::trim(f)).filter(|f| !f.is_empty()).collect();
    filled.join(", ")
}

/// Whether hardly any cell begins like a number: rows of figures need no closer look.
fn is_text(record: &Record) -> bool {
    let filled = record.fields.iter().filter(|f| !f.is_empty()).count();
    let figures = record.fields.iter().filter(|f| f.starts_with(|c: char| c.is_ascii_digit())).count();
    figures * 5 <= filled
}

/// Whether a record repeats the header (blocks of hand-kept sheets), months in it aside.
pub fn repeats_header(record: &Record, headers: &[String]) -> bool {
    let named = |h: &&String| !h.is_empty() && dates::month_number(h).is_none();
    let wanted = headers.iter().filter(named).count();
    let equal = headers
        .iter()
        .enumerate()
        .filter(|(i, h)| {
            named(h) && numbers::trim(record.field(*i)).trim_matches('"').eq_ignore_ascii_case(h)
        })
        .count();
    wanted > 0 && equal * 10 >= wanted * 7
}

/// Whether a record is the header of another table below this one.
pub fn starts_another_table(record: &Record, headers: &[String]) -> bool {
    let (metrics, known) = header_score(record);
    metrics > 0 && known >= 2 && !repeats_header(record, headers)
}

struct Looks {
    columns: Vec<ColumnLook>,
    month_order: Vec<u32>,
}

fn look<R: Read>(
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
    while seen < DATED_RECORDS && !open.is_empty() && records.next_into(&mut record)? {
        if record.line < header_line || record.is_blank() || record.field(0).starts_with('#') {
            continue;
        }
        let is_header = record.line == header_line || is_text(&record) && repeats_header(&record, headers);
        if !is_header && is_text(&record) && starts_another_table(&record, headers) {
            break;
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
                column.add(cell);
            } else if month.is_some() {
                // A block's title stands in its header: the column holds months.
                column.months += 1;
            }
        }
    }
    Ok(Looks { columns, month_order })
}

impl ColumnLook {
    fn add(&mut self, cell: &str) {
        if numbers::is_blank(numbers::trim(cell)) {
            return;
        }
        self.filled += 1;
        let point = numbers::parse(cell, NumberFormat::PointDecimal);
        let comma = numbers::parse(cell, NumberFormat::CommaDecimal);
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
            _ => {}
        }
    }

    /// Whether nearly all of its cells are days.
    pub fn is_dates(&self) -> bool {
        self.filled > 0 && self.dates * 10 >= self.filled * 8
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

/// What the cells prove; else what the title leaves possible; else what the vendor always writes.
fn order_of(headers: &[String], columns: &[ColumnLook], title: Option<DayRange>) -> Option<DateOrder> {
    let mut all = OrderVotes::default();
    for (header, column) in headers.iter().zip(columns) {
        if column.is_dates() && (is_date_header(header) || !column.is_numbers()) {
            all.day_first += column.order.day_first;
            all.month_first += column.order.month_first;
            all.ambiguous += column.order.ambiguous;
            if let Some((a, b)) = column.order.spans {
                all.spans = Some(all.spans.map_or((a, b), |(x, y)| (x.hull(a), y.hull(b))));
            }
        }
    }
    let is_silent = all.day_first == 0 && all.month_first == 0;
    all.winner()
        .or_else(|| title.and_then(|period| all.within(period)))
        .or_else(|| (is_silent && is_always_american(headers)).then_some(DateOrder::MonthDayYear))
}

/// LinkedIn's Campaign Manager writes month/day/year in every language.
fn is_always_american(headers: &[String]) -> bool {
    headers.iter().any(|h| h.eq_ignore_ascii_case("Start Date (in UTC)"))
}

fn number_format(headers: &[String], columns: &[ColumnLook], delimiter: Delimiter) -> NumberFormat {
    let mut all = FormatVotes::default();
    for (header, column) in headers.iter().zip(columns) {
        if !is_date_header(header) && column.is_numbers() {
            all.point += column.format.point;
            all.comma += column.format.comma;
            all.ambiguous += column.format.ambiguous;
        }
    }
    // `1.234;5.678` with semicolons between fields comes from a place where the comma is the decimal sign.
    if all.point == 0 && all.comma == 0 && all.ambiguous > 0 && delimiter == Delimiter::Semicolon {
        return NumberFormat::CommaDecimal;
    }
    all.winner()
}

/// The period that the lines above the header name: `July 8, 2025 - July 31, 2025`, `Start date: 20230708` with
/// `End date: …`. A lone day counts only where it is said to be the period: `Downloaded on: …` is none.
fn title_period(lines: &[String]) -> Option<DayRange> {
    let as_days = |text: &str| match dates::parse(text, None) {
        DateCell::Days(days, _) => Some(days),
        _ => None,
    };
    let (mut first, mut last, mut alone) = (None, None, None);
    for line in lines {
        let text = line.trim_start_matches(['#', ' ']).trim_matches(['"', ',', ';', ' ', '\t']);
        let (label, value) = text.split_once(": ").unwrap_or(("", text));
        let Some(days) = as_days(text).or_else(|| as_days(value)) else { continue };
        if days.len() > 1 {
            return Some(days);
        }
        let label = label.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| label.split_whitespace().any(|w| w == *word));
        if says(&["start", "from", "since", "begin", "von", "beginn", "début", "inicio", "du"]) {
            first = Some(days);
        } else if says(&["end", "to", "until", "bis", "ende", "fin", "au"]) {
            last = Some(days);
        } else if label.is_empty()
            || says(&["date", "day", "period", "range", "zeitraum", "période", "período"])
        {
            alone = Some(days);
        }
    }
    match (first, last) {
        (Some(first), Some(last)) => DayRange::new(first.from(), last.until()).ok(),
        _ => alone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_lines_name_the_period() {
        let period = |lines: &[&str]| {
            let lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            title_period(&lines).map(|p| format!("{}..{}", p.from(), p.until()))
        };
        let july = Some("2026-07-01..2026-07-31".to_owned());
        assert_eq!(period(&["Campaign report", "July 1, 2026 - July 31, 2026"]), july);
        assert_eq!(period(&["# Start date: 20260701", "# End date: 20260731"]), july);
        let linkedin = [
            "Campaign Performance Report (in UTC)",
            "Report Start: July 1, 2026, 12:00 AM",
            "Report End: July 31, 2026, 11:59 PM",
            "Date Generated: August 3, 2026, 7:12 AM",
        ];
        assert_eq!(period(&linkedin), july);
        assert_eq!(period(&["Report Time: 7/1/2026,7/31/2026", "Rows: 60"]), july);
        assert_eq!(period(&["1. Juli 2026 – 31. Juli 2026"]), july);
        assert_eq!(period(&["Downloaded on: August 3, 2026"]), None);
        assert_eq!(period(&["July 8, 2026"]), Some("2026-07-08..2026-07-08".to_owned()));
    }
}
