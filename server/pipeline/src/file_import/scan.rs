//! One pass over a file under a mapping: what would be loaded, what not, and why.

use super::analyse::Analysis;
use super::lexicon;
use super::records::{Record, Records};
use super::rows::{BadMapping, Reader, Row, Understood};
use super::text::TextEncoding;
use chrono::{Datelike, Months, NaiveDate};
use metrics::{Class, Metric};
use model::DayRange;
use model::imports::{ColumnRole, LineKind, Mapping, MetricTotal, PreviewLine};
use rust_decimal::Decimal;
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;

/// Lines that a preview shows.
const SHOWN_LINES: usize = 60;
/// Rejected lines that a preview shows.
const SHOWN_REJECTED: usize = 50;
/// Tables with other columns that a preview names.
const SHOWN_TABLES: usize = 8;
/// Characters of a totals row that a preview names.
const SHOWN_CHARS: usize = 40;
/// Keys that are remembered to count repeated rows; beyond, the count is a lower bound.
const REMEMBERED_KEYS: usize = 2_000_000;

/// What a pass found.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The first lines as understood.
    pub lines: Vec<PreviewLine>,
    /// Rows that would be loaded.
    pub rows: u64,
    /// Totals rows.
    pub total_rows: u64,
    /// The first of them: its line and what stands first in it.
    pub first_total: Option<(u64, String)>,
    /// Rows that can't be read.
    pub rejected_rows: u64,
    /// The first of them.
    pub rejected: Vec<PreviewLine>,
    /// Rows whose keys stood before.
    pub repeated_rows: u64,
    /// A date that can be read two ways.
    pub ambiguous_date: Option<String>,
    /// Rows with such a date.
    pub ambiguous_rows: u64,
    /// Days covered.
    pub days: Option<DayRange>,
    /// The first days of the months covered.
    pub months: BTreeSet<NaiveDate>,
    /// Rows that speak of more than one day.
    pub period_rows: u64,
    /// Sums by column.
    pub totals: Vec<MetricTotal>,
    /// Currencies that rows name.
    pub currencies: Vec<String>,
    /// Rows with money and without a currency.
    pub rows_without_currency: u64,
    /// Rows say their hours.
    pub has_hours: bool,
    /// Lines that were not in the file's main encoding.
    pub other_encoding_lines: u64,
    /// Tables with other columns, which are left out: line and header.
    pub other_tables: Vec<(u64, String)>,
}

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The mapping can't be used.
    #[error(transparent)]
    Mapping(#[from] BadMapping),
    /// Reading failed.
    #[error("the file can't be read: {0}")]
    Io(#[from] std::io::Error),
    /// The caller of [`each_row`] gave up.
    #[error("{0}")]
    Stopped(String),
}

/// Reads all data rows, in order, and answers what else was there. `visit` gets each data row with the reader's
/// metrics and dimensions.
///
/// # Errors
/// When the mapping is unusable, reading fails, or `visit` does.
pub fn each_row<R: Read>(
    reader: R,
    mapping: &Mapping,
    analysis: &Analysis,
    mut visit: impl FnMut(&Row, &Reader<'_>) -> Result<(), String>,
) -> Result<Scan, ScanError> {
    let encoding = TextEncoding::from_name(&mapping.format.encoding)
        .ok_or_else(|| ScanError::Stopped(format!("{:?} is no known encoding", mapping.format.encoding)))?;
    let has_hours = mapping.columns.iter().zip(&analysis.columns).any(|(column, look)| {
        column.role == ColumnRole::Date && look.hours > 0 && !lexicon::is_moment(&column.header)
    });
    // Of a post, the hour is that of its publication.
    let by_post =
        |role: &ColumnRole| matches!(role, ColumnRole::Breakdown { dimension } if dimension == "post");
    let has_hours = has_hours && !mapping.columns.iter().any(|column| by_post(&column.role));
    let mut understand = Reader::new(mapping, analysis, has_hours)?;
    let mut records = Records::new(reader, encoding, mapping.format.delimiter);
    let mut scan = Scan::default();
    let mut sums = vec![(Decimal::ZERO, 0_u64, 0_u64); understand.metrics.len()];
    let mut keys: HashSet<u64> = HashSet::new();
    let (mut record, mut row) = (Record::default(), Row::default());
    while records.next_into(&mut record)? {
        let understood = if analysis.summaries.contains(&record.line) {
            Understood::Total
        } else {
            understand.understand(&record, &mut row)
        };
        let (kind, reason) = match understood {
            Understood::Preamble => (LineKind::Preamble, None),
            Understood::Header => (LineKind::Header, None),
            Understood::Total => {
                scan.total_rows += 1;
                scan.first_total.get_or_insert_with(|| (record.line, first_text(&record)));
                (LineKind::Total, Some("a totals row of the vendor".to_owned()))
            }
            Understood::OtherTable => {
                if scan.other_tables.len() < SHOWN_TABLES {
                    scan.other_tables.push((record.line, record.fields.join(", ")));
                }
                (LineKind::Preamble, Some("another table begins, which is left out".to_owned()))
            }
            Understood::LeftOut => (LineKind::Preamble, None),
            Understood::AmbiguousDate => {
                scan.ambiguous_rows += 1;
                let example = record
                    .fields
                    .iter()
                    .find(|f| super::dates::parse(f, None) == super::dates::DateCell::Ambiguous);
                scan.ambiguous_date =
                    scan.ambiguous_date.take().or_else(|| example.map(|f| f.trim().to_owned()));
                (LineKind::Rejected, Some("its date can be read two ways".to_owned()))
            }
            Understood::Rejected(why) => {
                scan.rejected_rows += 1;
                (LineKind::Rejected, Some(why))
            }
            Understood::Data => {
                scan.take(&row, &understand, &mut sums, &mut keys);
                visit(&row, &understand).map_err(ScanError::Stopped)?;
                (LineKind::Data, None)
            }
        };
        let shown = |reason| PreviewLine { number: record.line, kind, fields: record.fields.clone(), reason };
        if kind == LineKind::Rejected && scan.rejected.len() < SHOWN_REJECTED {
            scan.rejected.push(shown(reason.clone()));
        }
        if scan.lines.len() < SHOWN_LINES {
            scan.lines.push(shown(reason));
        }
    }
    scan.has_hours = has_hours;
    scan.other_encoding_lines = records.other_lines();
    scan.totals = totals(&understand.metrics, &sums, mapping, &scan.currencies);
    Ok(scan)
}

/// The first text of a record, for people.
fn first_text(record: &Record) -> String {
    let text = record.fields.iter().find(|field| field.contains(char::is_alphabetic));
    text.map(|text| text.trim().chars().take(SHOWN_CHARS).collect()).unwrap_or_default()
}

impl Scan {
    fn note_months(&mut self, days: DayRange) {
        let mut month = days.from().with_day(1);
        while let Some(first) = month.filter(|first| *first <= days.until()) {
            self.months.insert(first);
            month = first.checked_add_months(Months::new(1));
        }
    }

    fn take(
        &mut self,
        row: &Row,
        reader: &Reader<'_>,
        sums: &mut [(Decimal, u64, u64)],
        keys: &mut HashSet<u64>,
    ) {
        self.rows += 1;
        if let Some(days) = row.days {
            self.days = Some(self.days.map_or(days, |all| all.hull(days)));
            self.period_rows += u64::from(days.len() > 1);
            self.note_months(days);
        }
        let mut has_money = false;
        for (at, value) in row.values.iter().enumerate() {
            match value {
                Some(value) => {
                    // Nothing is nothing in each currency.
                    has_money |= reader.metrics[at].is_money() && !value.is_zero();
                    sums[at].0 = sums[at].0.checked_add(*value).unwrap_or(Decimal::MAX);
                    sums[at].1 += 1;
                }
                None => sums[at].2 += 1,
            }
        }
        match &row.currency {
            Some(code) if !self.currencies.contains(code) => self.currencies.push(code.clone()),
            None if has_money => self.rows_without_currency += 1,
            _ => {}
        }
        if keys.len() < REMEMBERED_KEYS {
            let mut hasher = DefaultHasher::new();
            (row.days, row.undated, row.hour, &row.platform, &row.account, &row.segments).hash(&mut hasher);
            for entity in row.entities.iter().flatten() {
                entity.id.hash(&mut hasher);
            }
            self.repeated_rows += u64::from(!keys.insert(hasher.finish()));
        }
    }
}

fn totals(
    metrics: &[Metric],
    sums: &[(Decimal, u64, u64)],
    mapping: &Mapping,
    currencies: &[String],
) -> Vec<MetricTotal> {
    metrics
        .iter()
        .zip(sums)
        .map(|(metric, (sum, values, blanks))| MetricTotal {
            metric: metric.name().to_owned(),
            // A sum of people or levels means nothing, but shows that the column was read rightly.
            total: sum.normalize().to_string(),
            currency: metric
                .is_money()
                .then(|| match currencies {
                    [] => mapping.currency.clone(),
                    [one] => Some(one.clone()),
                    _ => None,
                })
                .flatten(),
            values: *values,
            blanks: *blanks,
        })
        .collect()
}

/// Whether a metric's rows can be spread over days and added up.
pub fn is_additive(metric: Metric) -> bool {
    metric.class() == Class::Additive
}
