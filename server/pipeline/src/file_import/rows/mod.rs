//! From a record to what it means under a mapping.

mod cells;
mod columns;

use super::analyse::{Analysis, repeats_header, starts_another_table};
use super::dates::{self, DateCell};
use super::lexicon::{self, TotalMark};
use super::mapping::years_of_months;
use super::numbers::{self, NumberCell};
use super::records::Record;
use chrono::NaiveDate;
pub use columns::BadMapping;
use columns::{Columns, Part, Use};
use metrics::{Family, Metric};
use model::DayRange;
use model::imports::Mapping;
use rust_decimal::Decimal;
use std::collections::HashMap;

/// Longest period that one row may speak of.
const LONGEST_PERIOD_DAYS: u32 = 3660;

/// An entity that a row names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// Its id, or its path of names where the file has no ids.
    pub id: String,
    /// For people.
    pub name: String,
}

/// A row's meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// Line number of the record.
    pub line: u64,
    /// The days that its figures are about.
    pub days: Option<DayRange>,
    /// Month and day, where the year must be asked for first.
    pub undated: Option<(u32, Option<u32>)>,
    /// The hour, where hours matter.
    pub hour: Option<u8>,
    /// Platform slug, if the row says it.
    pub platform: Option<String>,
    /// Account, if the row says it.
    pub account: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Campaign, ad group, ad.
    pub entities: [Option<Named>; 3],
    /// Breakdown values, parallel to [`Reader::dimensions`].
    pub segments: Vec<Option<String>>,
    /// Figures, parallel to [`Reader::metrics`]; none = the cell says that there is no value.
    pub values: Vec<Option<Decimal>>,
}

/// How a record was understood. The meaning of a data row is in the row that was passed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Understood {
    /// Title, comment, footnote, blank.
    Preamble,
    /// The header or a repetition.
    Header,
    /// A totals row.
    Total,
    /// Is loaded.
    Data,
    /// Its date can be read two ways, and the mapping does not say which.
    AmbiguousDate,
    /// Can't be read.
    Rejected(String),
    /// A table with other columns begins: it is left out.
    OtherTable,
    /// A row of such a table.
    LeftOut,
}

/// Reads records under a mapping. Holds what carries over from line to line (the month of a block).
pub struct Reader<'a> {
    mapping: &'a Mapping,
    headers: Vec<String>,
    uses: Vec<Use>,
    /// Metrics of the mapping, by column.
    pub metrics: Vec<Metric>,
    /// Breakdown dimensions of the mapping, by column.
    pub dimensions: Vec<String>,
    /// To which all metrics belong.
    pub family: Family,
    titled: Option<usize>,
    parts: Vec<Part>,
    /// The table that the current line belongs to, where tables have titles.
    part: Option<Part>,
    is_in_other_table: bool,
    years: HashMap<u32, i32>,
    month: Option<u32>,
    has_hours: bool,
    has_entities: bool,
    /// Per level, whether a column names it.
    has_name: [bool; 3],
    has_dates: bool,
    last_needed: usize,
    /// From which days are counted.
    first_day: Option<NaiveDate>,
    is_after_blank: bool,
}

impl<'a> Reader<'a> {
    /// Prepares for a file that looks like that. `has_hours`: hours of its dates mean something.
    ///
    /// # Errors
    /// When the mapping names unknown metrics, one twice, or such that don't belong together.
    pub fn new(mapping: &'a Mapping, analysis: &Analysis, has_hours: bool) -> Result<Self, BadMapping> {
        let Columns { uses, metrics, dimensions, family, titled, parts } =
            Columns::of(mapping, &analysis.tables)?;
        let last_needed = uses
            .iter()
            .rposition(|u| matches!(u, Use::Metric { .. } | Use::Date { .. } | Use::Counted { .. }))
            .unwrap_or(0);
        Ok(Self {
            mapping,
            headers: analysis.headers.clone(),
            family,
            titled,
            part: parts.first().cloned(),
            parts,
            is_in_other_table: false,
            has_entities: uses.iter().any(|u| matches!(u, Use::Id(_) | Use::Name(_))),
            has_name: [0, 1, 2].map(|level| uses.iter().any(|u| matches!(u, Use::Name(at) if *at == level))),
            has_dates: uses.iter().any(is_day),
            years: mapping.year.map(|y| years_of_months(&analysis.month_order, y)).unwrap_or_default(),
            month: None,
            uses,
            metrics,
            dimensions,
            has_hours,
            last_needed,
            first_day: mapping.period.or(analysis.title_period).map(DayRange::from),
            is_after_blank: false,
        })
    }

    /// Whether the file names campaigns, ad groups or ads.
    pub fn has_entities(&self) -> bool {
        self.has_entities
    }

    /// Whether rows say of which hour they are.
    pub fn has_hours(&self) -> bool {
        self.has_hours
    }

    /// Whether rows carry dates of their own.
    pub fn has_dates(&self) -> bool {
        self.has_dates
    }

    /// Whether a row lacks all that could tell it from others: such a row may sum them up.
    pub fn is_unnamed(&self, row: &Row) -> bool {
        if self.has_entities {
            return row.entities.iter().all(Option::is_none);
        }
        !self.dimensions.is_empty() && row.segments.iter().all(Option::is_none)
    }

    /// Understands one record; a data row's meaning goes into `row`.
    pub fn understand(&mut self, record: &Record, row: &mut Row) -> Understood {
        let is_after_blank = std::mem::replace(&mut self.is_after_blank, record.is_blank());
        if record.line < u64::from(self.mapping.format.header_line) || record.is_blank() {
            return Understood::Preamble;
        }
        if record.line == u64::from(self.mapping.format.header_line) {
            self.note_month(record);
            return Understood::Header;
        }
        // A comment; people also search for `#1 …`.
        if record.field(0).starts_with('#') && self.metric_cells(record) == 0 {
            self.is_after_blank = is_after_blank;
            return Understood::Preamble;
        }
        if let Some(part) = self.parts.iter().find(|part| part.line == record.line) {
            self.part = Some(part.clone());
            return Understood::Preamble;
        }
        if self.part.as_ref().is_some_and(|part| part.at.is_none()) {
            return Understood::LeftOut;
        }
        if self.is_in_other_table {
            if repeats_header(record, &self.headers) {
                self.is_in_other_table = false;
                return Understood::Header;
            }
            let is_next = is_after_blank && starts_another_table(record, &self.headers, is_after_blank);
            return if is_next { Understood::OtherTable } else { Understood::LeftOut };
        }
        if record.has_open_quote {
            return Understood::Rejected("a quote is opened and never closed".into());
        }
        if self.is_footnote(record, is_after_blank) {
            self.is_after_blank = is_after_blank;
            self.note_month(record);
            return Understood::Preamble;
        }
        if self.is_total(record) {
            return Understood::Total;
        }
        match self.read(record, row) {
            Understood::Data => Understood::Data,
            // A header can't be read as data, so only what can't is looked at more closely.
            _ if repeats_header(record, &self.headers) => {
                self.note_month(record);
                Understood::Header
            }
            _ if starts_another_table(record, &self.headers, is_after_blank) => {
                self.is_in_other_table = true;
                Understood::OtherTable
            }
            other => other,
        }
    }

    /// A footnote, the title of a block, or what some vendors write below their rows: `Date range:,2026-08-01 to …`.
    fn is_footnote(&self, record: &Record, is_after_blank: bool) -> bool {
        let filled: Vec<&str> =
            record.fields.iter().map(|f| numbers::trim(f)).filter(|f| !f.is_empty()).collect();
        match (&filled[..], self.headers.len()) {
            ([_], 3..) => self.metric_cells(record) == 0,
            // The title of a table below.
            ([text], 2) if is_after_blank => {
                self.metric_cells(record) == 0 && dates::parse(text, None) == DateCell::Text
            }
            ([label, _], 4..) => {
                let has_figure =
                    !self.all_blank(record, |u| matches!(u, Use::Metric { .. })) && !label.ends_with(':');
                let has_day = self.uses.iter().enumerate().any(|(i, u)| {
                    is_day(u)
                        && !matches!(dates::parse(record.field(i), None), DateCell::Blank | DateCell::Text)
                });
                !has_figure && !has_day
            }
            _ => false,
        }
    }

    /// Whether all columns of a kind say nothing in this record.
    fn all_blank(&self, record: &Record, wanted: fn(&Use) -> bool) -> bool {
        let mut cells = self.uses.iter().enumerate().filter(|(_, u)| wanted(u));
        cells.all(|(i, _)| numbers::is_blank(numbers::trim(record.field(i))))
    }

    fn note_month(&mut self, record: &Record) {
        let found = self
            .uses
            .iter()
            .enumerate()
            .filter(|(_, u)| matches!(u, Use::Month))
            .find_map(|(i, _)| dates::month_number(record.field(i)));
        self.month = found.or(self.month);
    }

    fn metric_cells(&self, record: &Record) -> usize {
        self.uses
            .iter()
            .enumerate()
            .filter(|(i, u)| {
                matches!(u, Use::Metric { .. })
                    && matches!(
                        numbers::parse(record.field(*i), self.mapping.format.numbers),
                        NumberCell::Value { .. }
                    )
            })
            .count()
    }

    /// A word that marks totals in one of the leading texts; or no entity and no day at all in a file that has them.
    fn is_total(&self, record: &Record) -> bool {
        // People search for `total`, and that row is none.
        let is_query = |u: &Use| matches!(u, Use::Segment(at) if self.dimensions[*at] == "query");
        let mut texts = self
            .uses
            .iter()
            .enumerate()
            .filter(|(_, u)| !matches!(u, Use::Metric { .. }) && !is_query(u))
            .map(|(i, u)| (u, numbers::trim(record.field(i))))
            .filter(|(_, text)| text.contains(char::is_alphabetic) && !numbers::is_blank(text))
            .take(3);
        let is_marked = texts.any(|(usage, text)| {
            lexicon::total_mark(text).is_some_and(|mark| !self.is_name(record, usage, mark))
        });
        // Google Analytics writes `Grand total` behind the last column.
        let behind = record.fields.get(self.uses.len()..).unwrap_or_default();
        if is_marked || behind.iter().any(|field| lexicon::marks_total(field)) {
            return true;
        }
        let names = |u: &Use| matches!(u, Use::Id(_) | Use::Name(_));
        let lacks_entity = self
            .uses
            .iter()
            .enumerate()
            .filter(|(_, u)| names(u))
            .all(|(i, _)| numbers::is_blank_text(numbers::trim(record.field(i))));
        let lacks_day = self.all_blank(record, is_day);
        let has_day_column = self.uses.iter().any(|u| matches!(u, Use::Date { .. } | Use::Counted { .. }));
        let has_no_key = lacks_entity && lacks_day && (self.has_entities || has_day_column);
        has_no_key && self.metric_cells(record) > 0
    }
}

impl Reader<'_> {
    /// Whether a cell that marks totals is the name of a thing all the same: the row has its id, or, where the mark leaves
    /// it open, a day.
    fn is_name(&self, record: &Record, usage: &Use, mark: TotalMark) -> bool {
        let Use::Name(level) = usage else { return false };
        let mut cells = self.uses.iter().enumerate().map(|(i, u)| (u, numbers::trim(record.field(i))));
        let is_id = |text: &str| !numbers::is_blank_text(text) && !lexicon::marks_total(text);
        if cells.any(|(u, text)| matches!(u, Use::Id(at) if at == level) && is_id(text)) {
            return true;
        }
        let is_dated = |(i, u): (usize, &Use)| {
            let days = || dates::parse(record.field(i), self.mapping.format.dates);
            matches!(u, Use::Date { .. }) && matches!(days(), DateCell::Days(..) | DateCell::Ambiguous)
        };
        mark == TotalMark::Perhaps && *level == 0 && self.uses.iter().enumerate().any(is_dated)
    }
}

/// Whether a column says of which day a row is.
fn is_day(usage: &Use) -> bool {
    matches!(usage, Use::Date { .. } | Use::Counted { .. } | Use::Month | Use::DayOfMonth)
}

/// `Microsoft Ads` → `microsoft_ads`.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('_') && !slug.is_empty() {
            slug.push('_');
        }
    }
    let slug: String = slug.trim_end_matches('_').chars().take(40).collect();
    if slug.is_empty() { "file".into() } else { slug }
}
