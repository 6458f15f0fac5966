//! What each column of a mapping is for.

use crate::file_import::{dates, lexicon};
use chrono::Datelike;
use metrics::Metric;
use model::DayRange;
use model::imports::{ColumnRole, EntityLevel, Mapping};

/// What a column is for, resolved.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use {
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
    Metric { at: usize, in_micros: bool },
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

/// All columns, resolved.
pub(super) struct Columns {
    /// One per column.
    pub(super) uses: Vec<Use>,
    /// Metrics, by column.
    pub(super) metrics: Vec<Metric>,
    /// Breakdown dimensions, by column.
    pub(super) dimensions: Vec<String>,
}

impl Columns {
    /// # Errors
    /// When the mapping names unknown metrics, or one twice.
    pub(super) fn of(mapping: &Mapping) -> Result<Self, BadMapping> {
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
                    Use::Metric {
                        at: metrics.len() - 1,
                        in_micros: found.is_money() && lexicon::is_in_micros(&column.header),
                    }
                }
            });
        }
        Ok(Self { uses, metrics, dimensions })
    }
}

impl Expand {
    pub(super) fn apply(self, days: DayRange) -> DayRange {
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

fn expansion(header: &str) -> Expand {
    match lexicon::normalise(header).0.as_str() {
        "week" | "woche" | "semaine" | "semana" | "settimana" | "tydzień" | "vecka" | "week starting"
        | "week beginning" | "week of" => Expand::Week,
        "month" | "monat" | "mois" | "mes" | "mese" | "mês" | "maand" | "miesiąc" | "månad" => {
            Expand::Month
        }
        "quarter" | "quartal" | "trimestre" | "kwartaal" | "kwartał" | "kvartal" => Expand::Quarter,
        _ => Expand::Day,
    }
}
