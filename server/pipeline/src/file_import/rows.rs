//! From a record to what it means under a mapping.

use super::analyse::{repeats_header, starts_another_table};
use super::dates::{self, DateCell};
use super::lexicon;
use super::mapping::years_of_months;
use super::numbers::{self, NumberCell};
use super::records::Record;
use chrono::{Datelike, NaiveDate};
use metrics::Metric;
use model::DayRange;
use model::imports::{ColumnRole, EntityLevel, Mapping};
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
    /// Another table begins: nothing from here on is read.
    OtherTable,
}

/// What a column is for, resolved.
#[derive(Debug, Clone, Copy)]
enum Use {
    Nothing,
    Date { expand: Expand },
    DateUntil,
    Month,
    DayOfMonth,
    Year,
    Currency,
    Platform,
    Account,
    Id(usize),
    Name(usize),
    Segment(usize),
    Metric(usize),
}

/// What a single day in the date column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expand {
    Day,
    Week,
    Month,
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
    years: HashMap<u32, i32>,
    month: Option<u32>,
    has_hours: bool,
    has_entities: bool,
    has_dates: bool,
    last_needed: usize,
}

/// A mapping that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMapping {
    /// The catalogue has no such metric for advertising.
    #[error("column {column:?}: advertising figures have no metric {metric:?}")]
    Metric {
        /// Header.
        column: String,
        /// Name.
        metric: String,
    },
    /// Two columns claim one metric.
    #[error("columns {first:?} and {second:?} are both mapped to {metric}: choose one")]
    Twice {
        /// Header.
        first: String,
        /// Header.
        second: String,
        /// Name.
        metric: String,
    },
}

impl<'a> Reader<'a> {
    /// Prepares for a file with these headers. `month_order` and `has_hours` come from the analysis.
    ///
    /// # Errors
    /// When the mapping names unknown metrics, or one twice.
    pub fn new(
        mapping: &'a Mapping,
        headers: &[String],
        month_order: &[u32],
        has_hours: bool,
    ) -> Result<Self, BadMapping> {
        let mut metrics: Vec<Metric> = Vec::new();
        let mut columns_of: Vec<&str> = Vec::new();
        let mut dimensions = Vec::new();
        let mut uses = Vec::with_capacity(mapping.columns.len());
        for column in &mapping.columns {
            let level = |level: EntityLevel| match level {
                EntityLevel::Campaign => 0,
                EntityLevel::AdGroup => 1,
                EntityLevel::Ad => 2,
            };
            uses.push(match &column.role {
                ColumnRole::Ignore => Use::Nothing,
                ColumnRole::Date => Use::Date { expand: expansion(&column.header) },
                ColumnRole::DateUntil => Use::DateUntil,
                ColumnRole::Month => Use::Month,
                ColumnRole::DayOfMonth => Use::DayOfMonth,
                ColumnRole::Year => Use::Year,
                ColumnRole::Currency => Use::Currency,
                ColumnRole::Platform => Use::Platform,
                ColumnRole::Account => Use::Account,
                ColumnRole::EntityId { level: l } => Use::Id(level(*l)),
                ColumnRole::EntityName { level: l } => Use::Name(level(*l)),
                ColumnRole::Breakdown { dimension } => {
                    dimensions.push(dimension.clone());
                    Use::Segment(dimensions.len() - 1)
                }
                ColumnRole::Metric { metric } => {
                    let found = Metric::from_name(metric)
                        .filter(|m| m.families().contains(&metrics::Family::Ads))
                        .ok_or_else(|| BadMapping::Metric {
                            column: column.header.clone(),
                            metric: metric.clone(),
                        })?;
                    if let Some(at) = metrics.iter().position(|m| *m == found) {
                        return Err(BadMapping::Twice {
                            first: columns_of[at].to_owned(),
                            second: column.header.clone(),
                            metric: metric.clone(),
                        });
                    }
                    metrics.push(found);
                    columns_of.push(&column.header);
                    Use::Metric(metrics.len() - 1)
                }
            });
        }
        let last_needed =
            uses.iter().rposition(|u| matches!(u, Use::Metric(_) | Use::Date { .. })).unwrap_or(0);
        Ok(Self {
            mapping,
            headers: headers.to_vec(),
            has_entities: uses.iter().any(|u| matches!(u, Use::Id(_) | Use::Name(_))),
            has_dates: uses.iter().any(|u| matches!(u, Use::Date { .. } | Use::Month | Use::DayOfMonth)),
            years: mapping.year.map(|y| years_of_months(month_order, y)).unwrap_or_default(),
            month: None,
            uses,
            metrics,
            dimensions,
            has_hours,
            last_needed,
        })
    }

    /// Whether the file names campaigns, ad groups or ads.
    pub fn has_entities(&self) -> bool {
        self.has_entities
    }

    /// Whether rows carry dates of their own.
    pub fn has_dates(&self) -> bool {
        self.has_dates
    }

    /// Understands one record; a data row's meaning goes into `row`.
    pub fn understand(&mut self, record: &Record, row: &mut Row) -> Understood {
        if record.line < u64::from(self.mapping.format.header_line) || record.is_blank() {
            return Understood::Preamble;
        }
        if record.line == u64::from(self.mapping.format.header_line) {
            self.note_month(record);
            return Understood::Header;
        }
        if record.field(0).starts_with('#') {
            return Understood::Preamble;
        }
        if record.has_open_quote {
            return Understood::Rejected("a quote is opened and never closed".into());
        }
        let filled = record.fields.iter().filter(|f| !numbers::trim(f).is_empty()).count();
        if filled == 1 && self.headers.len() > 2 && self.metric_cells(record) == 0 {
            // A footnote, or the title of a block.
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
            _ if starts_another_table(record, &self.headers) => Understood::OtherTable,
            other => other,
        }
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
                matches!(u, Use::Metric(_))
                    && matches!(
                        numbers::parse(record.field(*i), self.mapping.format.numbers),
                        NumberCell::Value { .. }
                    )
            })
            .count()
    }

    /// A word that marks totals in one of the leading texts; or no entity and no day at all in a file that has them.
    fn is_total(&self, record: &Record) -> bool {
        let texts = self
            .uses
            .iter()
            .enumerate()
            .filter(|(_, u)| !matches!(u, Use::Metric(_)))
            .map(|(i, _)| record.field(i));
        let is_marked =
            texts.map(numbers::trim).filter(|t| !numbers::is_blank(t)).take(3).any(lexicon::marks_total);
        if is_marked {
            return true;
        }
        let is_empty = |wanted: fn(&Use) -> bool| {
            self.uses
                .iter()
                .enumerate()
                .filter(|(_, u)| wanted(u))
                .all(|(i, _)| numbers::is_blank(numbers::trim(record.field(i))))
        };
        let lacks_entity = !self.has_entities || is_empty(|u| matches!(u, Use::Id(_) | Use::Name(_)));
        let lacks_day = is_empty(|u| matches!(u, Use::Date { .. } | Use::DayOfMonth | Use::Month));
        let has_day_column = self.uses.iter().any(|u| matches!(u, Use::Date { .. }));
        let has_no_key = lacks_entity && lacks_day && (self.has_entities || has_day_column);
        has_no_key && self.metric_cells(record) > 0
    }

    fn read(&mut self, record: &Record, row: &mut Row) -> Understood {
        let extra = record.fields.get(self.uses.len()..).unwrap_or_default();
        if extra.iter().any(|f| !numbers::trim(f).is_empty()) {
            return Understood::Rejected(format!(
                "has {} fields, but the header names {} columns",
                record.fields.len(),
                self.uses.len()
            ));
        }
        if record.fields.len() <= self.last_needed {
            return Understood::Rejected(format!(
                "ends after {} of {} fields, before {:?}",
                record.fields.len(),
                self.uses.len(),
                self.headers.get(self.last_needed).map_or("", String::as_str)
            ));
        }
        row.clear(self.metrics.len(), self.dimensions.len());
        row.line = record.line;
        let mut parts = DateParts::default();
        let format = &self.mapping.format;
        for (index, usage) in self.uses.iter().enumerate() {
            let cell = record.field(index);
            let text = || numbers::trim(cell);
            let given = || Some(text()).filter(|t| !numbers::is_blank(t)).map(str::to_owned);
            match *usage {
                Use::Nothing => {}
                Use::Metric(at) => match numbers::parse(cell, format.numbers) {
                    NumberCell::Value { percent: true, .. } => {
                        return self.bad(index, cell, "is a percentage, not an amount");
                    }
                    NumberCell::Value { value, currency, .. } => {
                        if self.metrics[at].scale() == 0 && !value.is_integer() {
                            return self.bad(index, cell, "must be a whole number");
                        }
                        row.values[at] = Some(value);
                        if self.metrics[at].is_money() && self.mapping.currency.is_none() {
                            row.currency = row.currency.take().or(currency.map(str::to_owned));
                        }
                    }
                    NumberCell::Blank => row.values[at] = None,
                    NumberCell::Text => return self.bad(index, cell, "is no number"),
                },
                Use::Date { expand } => match dates::parse(cell, format.dates) {
                    DateCell::Days(days, hour) => {
                        parts.days = Some(expand.apply(days));
                        parts.hour = hour;
                    }
                    DateCell::Ambiguous => return Understood::AmbiguousDate,
                    DateCell::Blank => return self.bad(index, cell, "is empty: the row has no date"),
                    DateCell::MonthOnly(month) => parts.month = Some(month),
                    DateCell::DayMonth(day, month) => {
                        parts.month = Some(month);
                        parts.day = Some(day);
                    }
                    DateCell::Text => return self.bad(index, cell, "is no date"),
                },
                Use::DateUntil => {
                    if let DateCell::Days(days, _) = dates::parse(cell, format.dates) {
                        parts.until = Some(days.until());
                    }
                }
                Use::Month => {
                    let by_number = || text().parse::<u32>().ok().filter(|m| (1..=12).contains(m));
                    if let Some(month) = dates::month_number(cell).or_else(by_number) {
                        self.month = Some(month);
                    } else if !text().is_empty() {
                        return self.bad(index, cell, "is no month");
                    }
                    parts.month = self.month;
                }
                Use::DayOfMonth => match text().parse::<u32>() {
                    Ok(day @ 1..=31) => parts.day = Some(day),
                    _ => return self.bad(index, cell, "is no day of a month"),
                },
                Use::Year => match text().parse::<i32>() {
                    Ok(year @ 1990..=2100) => parts.year = Some(year),
                    _ => return self.bad(index, cell, "is no year"),
                },
                Use::Currency => {
                    let code = text().to_uppercase();
                    if !numbers::is_blank(text()) {
                        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                            return self.bad(index, cell, "is no currency code");
                        }
                        row.currency = Some(code);
                    }
                }
                Use::Platform => {
                    row.platform =
                        given().map(|t| lexicon::platform(&t).map_or_else(|| slug(&t), str::to_owned));
                }
                Use::Account => row.account = given(),
                Use::Id(level) => {
                    if let Some(id) = given() {
                        row.entities[level].get_or_insert_default().id = id;
                    }
                }
                Use::Name(level) => {
                    if let Some(name) = given() {
                        row.entities[level].get_or_insert_default().name = name;
                    }
                }
                Use::Segment(at) => row.segments[at] = given(),
            }
        }
        if row.values.iter().all(Option::is_none) {
            return Understood::Rejected("holds no figure in any mapped column".into());
        }
        row.hour = parts.hour.filter(|_| self.has_hours);
        row.days = match self.days(&parts) {
            Ok(days) => days,
            Err(why) => return Understood::Rejected(why),
        };
        complete_names(&mut row.entities);
        Understood::Data
    }

    fn bad(&self, index: usize, cell: &str, why: &str) -> Understood {
        let header = self.headers.get(index).map_or("", String::as_str);
        let shown: String = cell.chars().take(40).collect();
        Understood::Rejected(format!("{header}: {shown:?} {why}"))
    }

    /// None when the period or the year must be asked for first.
    fn days(&self, parts: &DateParts) -> Result<Option<DayRange>, String> {
        if let Some(days) = parts.days {
            let whole = match parts.until {
                Some(until) => {
                    DayRange::new(days.from(), until.max(days.until())).map_err(|e| e.to_string())?
                }
                None => days,
            };
            return if whole.len() > LONGEST_PERIOD_DAYS {
                Err(format!("covers {} days", whole.len()))
            } else {
                Ok(Some(whole))
            };
        }
        let Some(month) = parts.month else {
            return match self.mapping.period {
                None if self.has_dates => Err("has no date".into()),
                period => Ok(period),
            };
        };
        let Some(year) = parts.year.or_else(|| self.years.get(&month).copied()).or(self.mapping.year) else {
            return Ok(None);
        };
        match parts.day {
            Some(day) => NaiveDate::from_ymd_opt(year, month, day)
                .map(|day| Some(DayRange::single(day)))
                .ok_or_else(|| format!("{year}-{month:02}-{day:02} does not exist")),
            None => whole_month(year, month)
                .map(Some)
                .ok_or_else(|| format!("month {month} of {year} does not exist")),
        }
    }
}

#[derive(Debug, Default)]
struct DateParts {
    days: Option<DayRange>,
    until: Option<NaiveDate>,
    hour: Option<u8>,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
}

impl Row {
    fn clear(&mut self, metrics: usize, dimensions: usize) {
        let (mut values, mut segments) =
            (std::mem::take(&mut self.values), std::mem::take(&mut self.segments));
        values.clear();
        values.resize(metrics, None);
        segments.clear();
        segments.resize(dimensions, None);
        *self = Self { segments, values, ..Self::default() };
    }
}

impl Expand {
    fn apply(self, days: DayRange) -> DayRange {
        if days.len() > 1 {
            return days;
        }
        let first = days.from();
        match self {
            Self::Day => days,
            Self::Week => first
                .checked_add_days(chrono::Days::new(6))
                .and_then(|last| DayRange::new(first, last).ok())
                .unwrap_or(days),
            Self::Month if first.day() == 1 => whole_month(first.year(), first.month()).unwrap_or(days),
            Self::Month => days,
        }
    }
}

fn expansion(header: &str) -> Expand {
    match lexicon::normalise(header).0.as_str() {
        "week" | "woche" | "semaine" | "semana" | "week starting" | "week beginning" | "week of" => {
            Expand::Week
        }
        "month" | "monat" | "mois" | "mes" => Expand::Month,
        _ => Expand::Day,
    }
}

fn whole_month(year: i32, month: u32) -> Option<DayRange> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let last = first.checked_add_months(chrono::Months::new(1))?.pred_opt()?;
    DayRange::new(first, last).ok()
}

/// An id alone is its own name; a name alone is found again by its path, because two campaigns can have ad groups of
/// one name. A level that the row leaves out while a lower one is there stays out.
fn complete_names(entities: &mut [Option<Named>; 3]) {
    let mut path = String::new();
    for entity in entities.iter_mut().flatten() {
        if entity.name.is_empty() {
            entity.name.clone_from(&entity.id);
        }
        if entity.id.is_empty() {
            entity.id =
                if path.is_empty() { entity.name.clone() } else { format!("{path} / {}", entity.name) };
        }
        path.clone_from(&entity.id);
    }
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
