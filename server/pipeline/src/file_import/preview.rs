//! What loading a file with a mapping would do, before it is done.

use super::analyse::{Analysis, NoTable, analyse};
use super::families::metrics_of;
use super::mapping;
use super::refusals::no_metrics;
use super::scan::{Scan, ScanError, each_row};
use super::{notes, summaries};
use chrono::NaiveDate;
use metrics::{Family, Metric};
use model::ids::ImportId;
use model::imports::{ColumnRole, ImportPreview, Mapping, MetricTotal, PeriodPlacement, Question};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A file on disk with its name as the person knows it.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// As uploaded.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// How many of them the current pass has read; clones share it.
    pub read: Arc<AtomicU64>,
}

impl SourceFile {
    /// Opens it from its start.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(&self) -> std::io::Result<Watched> {
        let file = File::open(&self.path)?;
        self.read.store(0, Ordering::Relaxed);
        Ok(Watched { file, read: self.read.clone() })
    }
}

/// A file that tells how far it was read.
#[derive(Debug)]
pub struct Watched {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// A file with everything that was found out about it.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What it looks like.
    pub analysis: Analysis,
    /// How it will be loaded.
    pub mapping: Mapping,
    /// What a pass over it found.
    pub scan: Scan,
    /// The mapping came from an earlier file.
    pub is_remembered: bool,
}

/// Looks at a file and passes over it. `given` is the person's mapping; `remembered` finds one for files of a shape.
///
/// # Errors
/// When there is no table, or the mapping can't be used.
pub fn prepare(
    file: &SourceFile,
    given: Option<Mapping>,
    today: NaiveDate,
    remembered: impl FnOnce(&Analysis) -> Option<Mapping>,
) -> Result<Prepared, PrepareError> {
    let mut analysis = analyse(|| file.open(), given.as_ref().map(|m| &m.format))?;
    let (mapping, is_remembered) = match given {
        Some(mapping) => (fit(mapping, &analysis), false),
        None => match remembered(&analysis) {
            Some(known) => (renew(known, &analysis, file, today), true),
            None => (mapping::guess(&analysis, &file.name, today), false),
        },
    };
    let mut unnamed = 0_u64;
    let mut scan = each_row(file.open()?, &mapping, &analysis, |row, reader| {
        unnamed += u64::from(reader.is_unnamed(row));
        Ok(())
    })?;
    if unnamed > 0 {
        analysis.summaries = summaries::find(file, &mapping, &analysis)?;
    }
    if !analysis.summaries.is_empty() {
        scan = each_row(file.open()?, &mapping, &analysis, |_, _| Ok(()))?;
    }
    Ok(Prepared { analysis, mapping, scan, is_remembered })
}

/// Why a file can't even be previewed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// No table.
    #[error(transparent)]
    NoTable(#[from] NoTable),
    /// The pass failed.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Reading failed.
    #[error("the file can't be read: {0}")]
    Io(#[from] std::io::Error),
}

/// A mapping for another header (the person changed the delimiter or the header line): columns are found by name.
fn fit(mut mapping: Mapping, analysis: &Analysis) -> Mapping {
    let is_same = mapping.columns.len() == analysis.headers.len()
        && mapping.columns.iter().zip(&analysis.headers).all(|(c, h)| c.header == *h);
    if is_same {
        mapping.format.header_line = analysis.format.header_line;
        return mapping;
    }
    let guessed = mapping::guess(analysis, "", NaiveDate::MIN);
    let old = std::mem::take(&mut mapping.columns);
    mapping.columns = guessed
        .columns
        .into_iter()
        .map(|column| old.iter().find(|c| c.header == column.header).cloned().unwrap_or(column))
        .collect();
    mapping.format.header_line = analysis.format.header_line;
    mapping
}

/// What a remembered mapping says of columns holds; what belongs to one file (dates, period, year) is found anew.
fn renew(known: Mapping, analysis: &Analysis, file: &SourceFile, today: NaiveDate) -> Mapping {
    let fresh = mapping::guess(analysis, &file.name, today);
    let dates = fresh.format.dates.or(known.format.dates);
    Mapping {
        format: model::imports::FileFormat { dates, ..fresh.format },
        columns: known.columns,
        platform: known.platform,
        account: known.account,
        currency: known.currency.or(fresh.currency),
        period: fresh.period,
        year: fresh.year,
        placement: known.placement,
    }
}

/// The preview for people.
pub fn preview(import: ImportId, file: &SourceFile, prepared: Prepared, today: NaiveDate) -> ImportPreview {
    let questions = questions(&prepared, today);
    let refusal = refusal(&prepared);
    // Of a file that is refused, the reason is all that there is to say.
    let mut notes = if refusal.is_none() { notes::notes(&prepared) } else { Vec::new() };
    notes.extend(super::workbook::notes(&file.path));
    let Prepared { mapping, scan, is_remembered, .. } = prepared;
    ImportPreview {
        import,
        file_name: file.name.clone(),
        size: file.size,
        mapping,
        is_remembered,
        lines: scan.lines,
        rows: scan.rows,
        total_rows: scan.total_rows,
        rejected_rows: scan.rejected_rows,
        rejected: scan.rejected,
        repeated_rows: scan.repeated_rows,
        days: scan.days,
        totals: scan.totals,
        questions: if refusal.is_some() { Vec::new() } else { questions },
        refusal,
        notes,
    }
}

/// The preview of a file without a table.
pub fn refused(
    import: ImportId,
    file: &SourceFile,
    why: &PrepareError,
    mapping: Option<Mapping>,
) -> ImportPreview {
    ImportPreview {
        import,
        file_name: file.name.clone(),
        size: file.size,
        mapping: mapping.unwrap_or_else(empty_mapping),
        is_remembered: false,
        lines: Vec::new(),
        rows: 0,
        total_rows: 0,
        rejected_rows: 0,
        rejected: Vec::new(),
        repeated_rows: 0,
        days: None,
        totals: Vec::<MetricTotal>::new(),
        questions: Vec::new(),
        refusal: Some(sentence(&why.to_string())),
        notes: Vec::new(),
    }
}

/// A reason as a sentence of its own: who shows it says already that the file can't be loaded.
fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

fn empty_mapping() -> Mapping {
    Mapping {
        format: model::imports::FileFormat {
            encoding: "utf-8".into(),
            delimiter: model::imports::Delimiter::Comma,
            header_line: 1,
            numbers: model::imports::NumberFormat::PointDecimal,
            dates: None,
        },
        columns: Vec::new(),
        platform: "file".into(),
        account: "File".into(),
        currency: None,
        period: None,
        year: None,
        placement: PeriodPlacement::default(),
    }
}

fn has_dates(mapping: &Mapping) -> bool {
    mapping.columns.iter().any(|c| {
        matches!(c.role, ColumnRole::Date | ColumnRole::Month | ColumnRole::DayOfMonth | ColumnRole::Year)
    })
}

/// What must be decided before loading.
pub fn questions(prepared: &Prepared, today: NaiveDate) -> Vec<Question> {
    let (mapping, scan) = (&prepared.mapping, &prepared.scan);
    let mut questions = Vec::new();
    if let Some(example) = &scan.ambiguous_date {
        questions.push(Question::DateOrder { example: example.clone() });
    }
    if !has_dates(mapping) && mapping.period.is_none() {
        questions.push(Question::Period { suggestion: prepared.analysis.title_period });
    }
    if mapping::needs_year(mapping, &prepared.analysis) && mapping.year.is_none() {
        let suggestion = mapping::suggest_year(&prepared.analysis.month_order, today);
        questions.push(Question::Year { suggestion });
    }
    let has_money = metrics_of(mapping).iter().any(|m| m.is_money());
    let has_column = mapping.columns.iter().any(|c| c.role == ColumnRole::Currency);
    // While no row can be read for its date, its currency is not known yet.
    let has_code = if scan.rows == 0 { has_column } else { scan.rows_without_currency == 0 };
    if has_money && mapping.currency.is_none() && !has_code {
        questions.push(Question::Currency);
    }
    questions
}

/// Why the file can't be loaded with any mapping that we know of.
pub fn refusal(prepared: &Prepared) -> Option<String> {
    let metrics = metrics_of(&prepared.mapping);
    if metrics.is_empty() {
        return Some(no_metrics(&prepared.analysis));
    }
    let names =
        |role: &ColumnRole| matches!(role, ColumnRole::EntityName { .. } | ColumnRole::EntityId { .. });
    let has_names = prepared.mapping.columns.iter().any(|c| names(&c.role));
    // Figures of a period, which the person is asked for.
    let is_report = metrics.iter().any(|m| matches!(m, Metric::Impressions | Metric::Clicks))
        || super::families::of_mapping(&prepared.mapping).is_some_and(|f| f != Family::Ads)
            && metrics.len() > 1;
    if !has_dates(&prepared.mapping) && prepared.mapping.period.is_none() && !has_names && !is_report {
        return Some(
            "This file has neither days nor campaigns: it holds no metrics by day. If a column does hold \
             them, say so in the mapping."
                .to_owned(),
        );
    }
    let scan = &prepared.scan;
    if scan.rows > 0 || scan.ambiguous_rows > 0 || scan.rejected_rows > 0 {
        return None;
    }
    Some(match scan.total_rows {
        0 => "This file has a header, but no rows below it.".to_owned(),
        rows => format!(
            "All {rows} rows of this file are named like totals rows. If they are none, add a column with their ids, or give \
             them other names in the file."
        ),
    })
}

/// Where uploads of a data directory wait.
pub fn upload_path(data_dir: &Path, import: ImportId) -> PathBuf {
    data_dir.join("uploads").join(format!("{import}"))
}
