//! File imports: what was detected, how columns map, what will be loaded.

use crate::days::DayRange;
use crate::ids::ImportId;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What separates fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// Tab.
    Tab,
    /// `|`
    Pipe,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `1,234.56`
    PointDecimal,
    /// `1.234,56` or `1 234,56`
    CommaDecimal,
}

/// In which order an all-figures date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 2026-11-22, 20261122
    YearMonthDay,
    /// 22.11.2026
    DayMonthYear,
    /// 11/22/2026
    MonthDayYear,
}

/// How a file is to be read. Everything is detected, and everything can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFormat {
    /// WHATWG name, for example `utf-8`, `utf-16le`, `windows-1252`.
    pub encoding: String,
    /// What separates fields.
    pub delimiter: Delimiter,
    /// Line number (from 1) of the header row.
    pub header_line: u32,
    /// How numbers are written.
    pub numbers: NumberFormat,
    /// Order of date parts; none when the file does not decide it and the person must.
    pub dates: Option<DateOrder>,
}

/// What a column means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum ColumnRole {
    /// Not loaded.
    Ignore,
    /// The day (or hour, or month, or range of days) that the row is about.
    Date,
    /// Only the month of the date, by name or number; the day or the year comes from elsewhere.
    Month,
    /// Only the day of the month.
    DayOfMonth,
    /// Only the year.
    Year,
    /// Last day of the row's period, where `Date` is the first.
    DateUntil,
    /// ISO 4217 code of the row's money.
    Currency,
    /// Platform name or slug per row.
    Platform,
    /// Name or id of the account.
    Account,
    /// Id of an entity of that level.
    EntityId {
        /// `campaign`, `ad_group` or `ad`.
        level: EntityLevel,
    },
    /// Name of an entity of that level.
    EntityName {
        /// `campaign`, `ad_group` or `ad`.
        level: EntityLevel,
    },
    /// A breakdown such as `device`, `country`, `age`, `placement`, or the column's own name.
    Breakdown {
        /// Canonical name, or a free one.
        dimension: String,
    },
    /// A canonical metric by name, for example `spend`.
    Metric {
        /// Name in the catalogue.
        metric: String,
    },
}

/// Levels of an advertising account below the account itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityLevel {
    /// Campaign.
    Campaign,
    /// Ad group, ad set.
    AdGroup,
    /// Ad.
    Ad,
}

/// What a total over a longer period becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PeriodPlacement {
    /// Spread evenly over the days of the period; the parts add up exactly.
    #[default]
    Spread,
    /// Booked on the first day.
    FirstDay,
}

/// Everything that decides how a file becomes facts. Remembered for files of the same shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// How the file is read.
    pub format: FileFormat,
    /// One per column of the header.
    pub columns: Vec<ColumnMapping>,
    /// Platform slug for rows without one, for example `facebook`; `file` when unknown.
    pub platform: String,
    /// Account name for rows without one.
    pub account: String,
    /// Currency for money without one.
    pub currency: Option<String>,
    /// Period for rows without a date.
    pub period: Option<DayRange>,
    /// Year of the first row, where the file gives months without a year.
    pub year: Option<i32>,
    /// What totals over several days become.
    pub placement: PeriodPlacement,
}

/// One column's role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// The header's text.
    pub header: String,
    /// What it means.
    pub role: ColumnRole,
}

/// How a line of the file was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Title, comment, date range or blank line above or between the data.
    Preamble,
    /// The header, or a repetition of it.
    Header,
    /// Is loaded.
    Data,
    /// A totals row of the vendor: not loaded.
    Total,
    /// Can't be read; says why.
    Rejected,
}

/// A line in the preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewLine {
    /// Line number in the file, from 1.
    pub number: u64,
    /// How it was understood.
    pub kind: LineKind,
    /// Its fields.
    pub fields: Vec<String>,
    /// Why it is not loaded.
    pub reason: Option<String>,
}

/// Something that the person has to decide before loading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// `03/04/2026` can be 3 April or 4 March.
    DateOrder {
        /// A value of the file.
        example: String,
    },
    /// The file has no dates.
    Period {
        /// Found in a title line, to be confirmed.
        suggestion: Option<DayRange>,
    },
    /// Months have no year.
    Year {
        /// A guess.
        suggestion: Option<i32>,
    },
    /// Money has no currency.
    Currency,
}

/// Sum of a metric over all rows that will be loaded, in the file's own currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricTotal {
    /// Name in the catalogue.
    pub metric: String,
    /// Exact decimal.
    pub total: String,
    /// For money.
    pub currency: Option<String>,
    /// Cells that hold a value.
    pub values: u64,
    /// Cells without one (blank, `--`): these are missing, not zero.
    pub blanks: u64,
}

/// What was found in a file, and what loading it with this mapping would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// The uploaded file.
    pub import: ImportId,
    /// Its name.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// How it will be read; guessed, or as given.
    pub mapping: Mapping,
    /// Remembered from an earlier file of this shape.
    pub is_remembered: bool,
    /// The first lines, as understood.
    pub lines: Vec<PreviewLine>,
    /// Data rows that will be loaded.
    pub rows: u64,
    /// The vendor's totals rows, left out.
    pub total_rows: u64,
    /// Rows that can't be read.
    pub rejected_rows: u64,
    /// The first rejected rows with reasons.
    pub rejected: Vec<PreviewLine>,
    /// Rows that repeat another row's keys; their values are added up.
    pub repeated_rows: u64,
    /// Days covered.
    pub days: Option<DayRange>,
    /// Sums per metric.
    pub totals: Vec<MetricTotal>,
    /// What must be decided first; empty = ready to load.
    pub questions: Vec<Question>,
    /// Why this file can't be loaded at all, for example that it holds no metrics by day.
    pub refusal: Option<String>,
    /// Things worth knowing, for example mixed encodings.
    pub notes: Vec<String>,
}

/// How an import stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ImportState {
    /// Uploaded, not loaded.
    Draft,
    /// Being loaded.
    Loading {
        /// Rows so far.
        rows: u64,
    },
    /// Loaded.
    Loaded,
    /// Taken back.
    Undone,
    /// Failed; nothing was changed.
    Failed {
        /// Why.
        reason: String,
    },
}

/// An import in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSummary {
    /// Key.
    pub id: ImportId,
    /// The file's name.
    pub file_name: String,
    /// Where its figures are: platform slug.
    pub platform: String,
    /// And account.
    pub account: String,
    /// How it stands.
    pub state: ImportState,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    /// Who did it.
    pub created_by: String,
    /// Rows loaded.
    pub rows: u64,
    /// First day.
    pub first_day: Option<NaiveDate>,
    /// Last day.
    pub last_day: Option<NaiveDate>,
    /// Sums per metric.
    pub totals: Vec<MetricTotal>,
}
