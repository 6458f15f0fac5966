//! What a file is: its encoding, delimiter, header row, and what its columns look like.

mod header;
mod looks;
mod tables;
mod title;

use super::records::Record;
use super::text::{self, TextEncoding};
use header::{find_header, first_records, header_cells, sniff_delimiter};
pub use header::{names_metrics, repeats_header, starts_another_table};
pub use looks::ColumnLook;
use looks::{look, number_format, order_of};
use model::DayRange;
use model::imports::FileFormat;
use std::collections::BTreeSet;
use std::io::Read;
pub use tables::Table;
use title::{title_line, title_order, title_period};

/// Bytes that decide encoding and delimiter.
pub const SAMPLE_BYTES: usize = 256 * 1024;
/// Characters of a first line that a refusal shows.
const SHOWN_CHARS: usize = 80;

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
    /// Tables with titles that say what their figures are, where the header does not.
    pub tables: Vec<Table>,
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
    #[error(
        "no header row was found: no line has two columns or more. It begins with {0:?}; export the report as CSV, with the \
         names of its columns"
    )]
    NoHeader(String),
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
        None => find_header(&first).ok_or_else(|| no_header(&first))?,
    };
    let header_line = header.line;
    let headers = header_cells(header);
    let title_lines: Vec<String> =
        first.iter().filter(|r| r.line < header_line).map(|r| title_line(&r.fields)).collect();
    let looks = look(open()?, encoding, delimiter, header_line, &headers)?;

    let tables = tables::find(open()?, encoding, delimiter, header_line, &headers)?;
    let title_order = title_order(&title_lines);
    let title_period = title_period(&title_lines, title_order);
    let dates =
        given.and_then(|g| g.dates).or_else(|| order_of(&headers, &looks.columns, title_period, title_order));
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
        tables,
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
        (
            &b"PK\x03\x04"[..],
            "it is a ZIP archive, whose files must be taken out and imported one by one, or a workbook that can't be opened: \
             protected by a password, damaged, or over 2 GB",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "it is a workbook or document that can't be opened: protected by a password, or damaged",
        ),
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

fn no_header(records: &[Record]) -> NoTable {
    match records.first() {
        None => NoTable::Empty,
        Some(first) => NoTable::NoHeader(title_line(&first.fields).chars().take(SHOWN_CHARS).collect()),
    }
}
