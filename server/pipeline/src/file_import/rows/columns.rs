//! What each column of a mapping is for.

use crate::file_import::analyse::Table;
use crate::file_import::{dates, families, lexicon};
use chrono::{Datelike, Days, Months, NaiveDate};
use metrics::{Family, Metric, Unit};
use model::DayRange;
use model::imports::{ColumnRole, EntityLevel, Mapping};

/// What a column is for, resolved.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use {
    Nothing,
    Date {
        expand: Expand,
    },
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
    /// Steps from the report's first day.
    Counted {
        step: Expand,
    },
    Metric {
        at: usize,
        measure: Measure,
    },
}

/// In what a column's figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Plain,
    /// Money in millionths.
    Micros,
    /// Durations, in this many seconds where they are bare numbers.
    Seconds(u32),
}

/// What a single day in the date column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expand {
    Day,
    Week,
    Month,
    Quarter,
}

/// A mapping that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMapping {
    /// The catalogue has no such metric.
    #[error("column {column:?}: there is no metric {metric:?}")]
    Metric {
        /// Header.
        column: String,
        /// Name.
        metric: String,
    },
    /// Figures that no table holds together.
    #[error(
        "figures of {family} hold no {metric} (column {column:?}): a file can be loaded as one kind only, so leave out one or the other"
    )]
    Family {
        /// For people.
        family: &'static str,
        /// Header.
        column: String,
        /// For people.
        metric: &'static str,
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

/// All columns, resolved.
pub(super) struct Columns {
    /// One per column.
    pub(super) uses: Vec<Use>,
    /// Metrics, by column.
    pub(super) metrics: Vec<Metric>,
    /// Breakdown dimensions, by column.
    pub(super) dimensions: Vec<String>,
    /// To which all metrics belong.
    pub(super) family: Family,
    /// The column whose meaning the titles of tables say.
    pub(super) titled: Option<usize>,
    /// Tables under titles of their own.
    pub(super) parts: Vec<Part>,
}

/// A table below a title.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Line of the title.
    pub(super) line: u64,
    /// Of its figures, where it is another than the file's.
    pub(super) platform: Option<&'static str>,
    /// Its metric; none: it is left out.
    pub(super) at: Option<usize>,
}

impl Columns {
    /// # Errors
    /// When the mapping names unknown metrics, one twice, or such that no family holds all of them.
    pub(super) fn of(mapping: &Mapping, tables: &[Table]) -> Result<Self, BadMapping> {
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
                ColumnRole::Date if lexicon::counts_from_start(&column.header) => {
                    Use::Counted { step: step(&column.header) }
                }
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
                    let found = Metric::from_name(metric).ok_or_else(|| BadMapping::Metric {
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
                    Use::Metric { at: metrics.len() - 1, measure: measure(found, &column.header) }
                }
            });
        }
        let Some(family) = families::of_mapping(mapping) else {
            return Err(mixed(mapping, &metrics, &columns_of));
        };
        let titled = (!tables.is_empty())
            .then(|| {
                let mut columns = mapping.columns.iter();
                columns.position(|c| {
                    matches!(c.role, ColumnRole::Metric { .. }) && lexicon::guess(&c.header).is_none()
                })
            })
            .flatten();
        let parts = match titled.map(|at| uses[at]) {
            Some(Use::Metric { at, .. }) => parts(tables, family, at, &mut metrics),
            _ => Vec::new(),
        };
        Ok(Self { uses, metrics, dimensions, family, titled, parts })
    }
}

/// Tables with a metric each: the first one's is what the mapping says of the column, the others' what their titles say.
fn parts(tables: &[Table], family: Family, mapped: usize, metrics: &mut Vec<Metric>) -> Vec<Part> {
    let guessed = tables.iter().find_map(|table| table.metric);
    let mut place = |table: &Table| {
        let metric = table.metric.filter(|_| table.is_alike)?;
        if Some(metric) == guessed {
            return Some(mapped);
        }
        if !metric.families().contains(&family) {
            return None;
        }
        if let Some(at) = metrics.iter().position(|m| *m == metric) {
            return Some(at);
        }
        metrics.push(metric);
        Some(metrics.len() - 1)
    };
    let first = tables.first().and_then(|table| table.platform);
    tables
        .iter()
        .enumerate()
        .map(|(index, table)| Part {
            line: table.line,
            // The first table's platform is the file's, which the person may have changed.
            platform: table.platform.filter(|p| index > 0 && Some(*p) != first),
            at: place(table),
        })
        .collect()
}

/// Names the first column that does not fit the others.
fn mixed(mapping: &Mapping, metrics: &[Metric], columns: &[&str]) -> BadMapping {
    let roles: Vec<&ColumnRole> = mapping.columns.iter().map(|c| &c.role).collect();
    let family = families::most_likely(metrics, &roles, &mapping.platform).unwrap_or_default();
    let odd = metrics.iter().position(|m| !m.families().contains(&family)).unwrap_or(0);
    BadMapping::Family {
        family: family.label(),
        column: columns.get(odd).copied().unwrap_or_default().to_owned(),
        metric: metrics.get(odd).map_or("", |m| m.label()),
    }
}

impl Expand {
    /// The days of the step with that number after a first day.
    pub(super) fn after(self, first: NaiveDate, number: u32) -> Option<DayRange> {
        match self {
            Self::Day => first.checked_add_days(Days::new(number.into())).map(DayRange::single),
            // Weeks of the report: the first one begins with it.
            Self::Week => {
                let day = first.checked_add_days(Days::new(u64::from(number) * 7))?;
                DayRange::new(day, day.checked_add_days(Days::new(6))?).ok()
            }
            Self::Month | Self::Quarter => {
                let month = first.with_day(1)?.checked_add_months(Months::new(number))?;
                dates::whole_month(month.year(), month.month())
            }
        }
    }

    pub(super) fn apply(self, days: DayRange) -> DayRange {
        if days.len() > 1 {
            return days;
        }
        let first = days.from();
        match self {
            Self::Day => days,
            Self::Week => first
                .checked_add_days(Days::new(6))
                .and_then(|last| DayRange::new(first, last).ok())
                .unwrap_or(days),
            Self::Month if first.day() == 1 => {
                dates::whole_month(first.year(), first.month()).unwrap_or(days)
            }
            Self::Quarter if first.day() == 1 && first.month() % 3 == 1 => {
                dates::whole_quarter(first.year(), first.month()).unwrap_or(days)
            }
            Self::Month | Self::Quarter => days,
        }
    }
}

fn measure(metric: Metric, header: &str) -> Measure {
    match metric.unit() {
        Unit::Duration => Measure::Seconds(lexicon::seconds_in_unit(header)),
        _ if metric.is_money() && lexicon::is_in_micros(header) => Measure::Micros,
        _ => Measure::Plain,
    }
}

/// What `Nth day`, `Nth week`, `Nth month` counts.
fn step(header: &str) -> Expand {
    match lexicon::normalise(header).0.as_str() {
        "nth week" => Expand::Week,
        "nth month" => Expand::Month,
        _ => Expand::Day,
    }
}

fn expansion(header: &str) -> Expand {
    match lexicon::normalise(header).0.as_str() {
        "week" | "woche" | "semaine" | "semana" | "settimana" | "tydzień" | "vecka" | "week starting"
        | "week beginning" | "week of" => Expand::Week,
        _ if lexicon::names_months(header) => Expand::Month,
        "quarter" | "quartal" | "trimestre" | "kwartaal" | "kwartał" | "kvartal" => Expand::Quarter,
        _ => Expand::Day,
    }
}
