//! Which line names the columns, and what separates them.

use crate::file_import::dates;
use crate::file_import::lexicon;
use crate::file_import::numbers::{self, NumberCell};
use crate::file_import::records::{Record, Records, delimiter_of};
use crate::file_import::text::TextEncoding;
use model::imports::{ColumnRole, Delimiter, NumberFormat};
use std::collections::BTreeMap;
use std::io::Read;

/// Records among which the header is looked for.
const HEADER_SEARCH: usize = 120;

/// `sep=` decides; else the character that cuts the most lines into the same number of fields.
pub(super) fn sniff_delimiter(sample: &[u8], encoding: TextEncoding) -> Delimiter {
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

pub(super) fn first_records<R: Read>(
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

/// Whether a row of texts names a metric and another known column.
pub fn names_metrics(fields: Vec<String>) -> bool {
    let (metrics, known) = header_score(&Record { fields, ..Record::default() });
    metrics > 0 && known >= 2
}

/// The first record that names a metric and another known column; else the first of only texts over one with numbers;
/// else over one of texts.
pub(super) fn find_header(records: &[Record]) -> Option<&Record> {
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
    let filled = |r: &Record| r.fields.iter().filter(|f| !numbers::trim(f).is_empty()).count();
    let pairs = || records.windows(2).map(|pair| (&pair[0], &pair[1]));
    let names = |r: &Record| filled(r) >= 2 && !has_number(r) && !r.field(0).starts_with('#');
    // With a table of texts, there is at least something to name in the refusal.
    let of_texts = || pairs().find(|(above, below)| names(above) && filled(below) >= 2);
    pairs().find(|(above, below)| names(above) && has_number(below)).or_else(of_texts).map(|(above, _)| above)
}

pub(super) fn header_cells(record: &Record) -> Vec<String> {
    let mut cells: Vec<String> =
        record.fields.iter().map(|f| numbers::trim(f).trim_matches('"').to_owned()).collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
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

/// Whether a record is the header of another table below this one. Behind a blank line, one known metric is enough.
pub fn starts_another_table(record: &Record, headers: &[String], is_after_blank: bool) -> bool {
    let (metrics, known) = header_score(record);
    metrics > 0 && (known >= 2 || is_after_blank) && !repeats_header(record, headers)
}
