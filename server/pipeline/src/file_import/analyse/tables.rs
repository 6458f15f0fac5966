//! Several tables in one file, each below a title that says what its figures are: `Facebook reach`, then `Date` and
//! `Primary`.

use super::header::repeats_header;
use crate::file_import::dates::{self, DateCell};
use crate::file_import::lexicon;
use crate::file_import::numbers::{self, NumberCell};
use crate::file_import::records::{Record, Records};
use crate::file_import::text::TextEncoding;
use metrics::Metric;
use model::imports::{ColumnRole, Delimiter, NumberFormat};
use std::io::Read;

/// Wider tables name their figures in their headers.
const MOST_COLUMNS: usize = 4;

/// A table below a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Line of the title.
    pub line: u64,
    /// The title.
    pub title: String,
    /// The platform that the title names.
    pub platform: Option<&'static str>,
    /// The metric that the title names.
    pub metric: Option<Metric>,
    /// Its header is the first table's.
    pub is_alike: bool,
}

impl Table {
    fn new(line: u64, title: &str) -> Self {
        let (platform, metric) = lexicon::title(title);
        Self { line, title: title.to_owned(), platform, metric, is_alike: false }
    }
}

/// Whether the titles must say what a table's figures are, because its header does not.
fn is_untold(headers: &[String]) -> bool {
    let roles: Vec<Option<ColumnRole>> = headers.iter().map(|h| lexicon::guess(h).map(|g| g.role)).collect();
    (2..=MOST_COLUMNS).contains(&headers.len())
        && roles.iter().any(Option::is_none)
        && !roles.iter().flatten().any(|role| matches!(role, ColumnRole::Metric { .. }))
}

/// The tables of a file whose header tells no metric, with the first one; none where its title does not tell it either.
pub(super) fn find<R: Read>(
    reader: R,
    encoding: TextEncoding,
    delimiter: Delimiter,
    header_line: u64,
    headers: &[String],
) -> std::io::Result<Vec<Table>> {
    if !is_untold(headers) {
        return Ok(Vec::new());
    }
    let mut records = Records::new(reader, encoding, delimiter);
    let mut record = Record::default();
    let mut tables: Vec<Table> = Vec::new();
    let mut title: Option<Table> = None;
    while records.next_into(&mut record)? {
        if record.is_blank() {
            continue;
        }
        if let Some(text) = lone_text(&record) {
            title = Some(Table::new(record.line, text));
            continue;
        }
        let is_header = record.line >= header_line;
        if let Some(table) = title.take().filter(|_| is_header) {
            tables.push(Table { is_alike: repeats_header(&record, headers), ..table });
        }
    }
    Ok(if tables.iter().any(|table| table.is_alike && table.metric.is_some()) { tables } else { Vec::new() })
}

/// The text of a record that holds nothing else.
fn lone_text(record: &Record) -> Option<&str> {
    let mut filled = record.fields.iter().map(|f| numbers::trim(f)).filter(|f| !f.is_empty());
    let text = filled.next().filter(|_| filled.next().is_none())?;
    let is_number = matches!(numbers::parse(text, NumberFormat::PointDecimal), NumberCell::Value { .. });
    let is_text = !is_number && matches!(dates::parse(text, None), DateCell::Text);
    (is_text && !text.starts_with("sep=") && !text.starts_with('#')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_say_what_tables_hold() {
        let text = "sep=,\n\"Facebook visits\"\n\"Date\",\"Primary\"\n2026-08-01,5\n2026-08-02,\n\n\"Instagram follows\"\n\
                    \"Date\",\"Primary\"\n2026-08-01,1\n\"Top cities\"\nKyiv,Lviv\n3,4\n";
        let headers = ["Date".to_owned(), "Primary".to_owned()];
        let encoding = crate::file_import::text::detect(text.as_bytes());
        let found = find(text.as_bytes(), encoding, Delimiter::Comma, 3, &headers).unwrap();
        let shown: Vec<_> = found.iter().map(|t| (t.line, t.platform, t.metric, t.is_alike)).collect();
        assert_eq!(
            shown,
            [
                (2, Some("facebook"), Some(Metric::ProfileViews), true),
                (7, Some("instagram"), Some(Metric::NewFollowers), true),
                (10, None, None, false),
            ]
        );
        let told = ["Date".to_owned(), "Reach".to_owned()];
        assert_eq!(find(text.as_bytes(), encoding, Delimiter::Comma, 3, &told).unwrap(), []);
    }
}
