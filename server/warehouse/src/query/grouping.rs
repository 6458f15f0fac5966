//! How rows of SQL become groups of a frame.
//!
//! SQL groups by account wherever a dimension follows from the account (platform, currency), and by the first day of
//! each week, month …; what that means in keys and labels is decided here, by the code that the browser uses.

use super::QueryError;
use super::context::Context;
use super::selection::{Joins, place_column, value_column};
use crate::copy::day_of;
use crate::error::LoadError;
use metrics::query::Member;
use metrics::{Dimension, Level, keys};
use model::days::WeekStart;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

/// One coordinate of a group; ordered as frames are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    /// No value.
    None,
    /// An id, a weekday, an hour, or the number of the first day of a bucket.
    Number(i64),
    /// A word.
    Word(String),
}

/// Where a dimension's coordinate comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// From the column with that number.
    Column(usize),
    /// From the account in the column with that number.
    Account(usize),
    /// Rows of this level have no such thing.
    Nowhere,
}

/// The columns that SQL groups by, and the way back.
#[derive(Debug)]
pub(super) struct Grouping {
    pub(super) dimensions: Vec<Dimension>,
    sources: Vec<Source>,
    /// Expressions over the alias `f` (and `e`).
    pub(super) columns: Vec<String>,
    text_columns: Vec<usize>,
}

impl Grouping {
    pub(super) fn new(level: Level, dimensions: &[Dimension], week_start: WeekStart) -> Self {
        let mut grouping = Self {
            dimensions: dimensions.to_vec(),
            sources: Vec::new(),
            columns: Vec::new(),
            text_columns: Vec::new(),
        };
        for dimension in dimensions {
            let source = match dimension {
                Dimension::Platform | Dimension::Account | Dimension::Currency => {
                    Source::Account(grouping.column("f.account_id::bigint".into()))
                }
                entity if entity.entity().is_some() => match place_column(level, *dimension) {
                    Some(column) => Source::Column(grouping.column(column.into())),
                    None => Source::Nowhere,
                },
                value if value.is_breakdown() => {
                    let at = grouping.column(value_column(*value).into());
                    grouping.text_columns.push(at);
                    Source::Column(at)
                }
                time => Source::Column(grouping.column(bucket(*time, week_start))),
            };
            grouping.sources.push(source);
        }
        grouping
    }

    fn column(&mut self, expression: String) -> usize {
        if let Some(at) = self.columns.iter().position(|known| *known == expression) {
            return at;
        }
        self.columns.push(expression);
        self.columns.len() - 1
    }

    /// Whether accounts and days say all, so that the rollup can answer.
    pub(super) fn is_by_account(&self) -> bool {
        let by_account = |d: &Dimension| {
            d.is_time() || matches!(d, Dimension::Platform | Dimension::Account | Dimension::Currency)
        };
        self.dimensions.iter().all(by_account)
    }

    /// What the columns look at besides the facts.
    pub(super) fn joins(&self) -> Joins {
        Joins::of(self.columns.iter().map(String::as_str))
    }

    /// The coordinates of a row, whose first columns are [`Grouping::columns`].
    pub(super) fn parts(&self, context: &Context, row: &PgRow) -> Result<Vec<Part>, QueryError> {
        let mut parts = Vec::with_capacity(self.sources.len());
        for (dimension, source) in self.dimensions.iter().zip(&self.sources) {
            parts.push(match *source {
                Source::Nowhere => Part::None,
                Source::Column(at) if self.text_columns.contains(&at) => word(*dimension, row.try_get(at)?),
                Source::Column(at) => row.try_get::<Option<i64>, _>(at)?.map_or(Part::None, Part::Number),
                Source::Account(at) => {
                    let id: i64 = row.try_get(at)?;
                    let account = i32::try_from(id).ok().and_then(|id| context.account(id));
                    let account = account.ok_or(LoadError::Protocol("an account that is not there"))?;
                    match dimension {
                        Dimension::Platform => Part::Word(account.platform.clone()),
                        Dimension::Currency => Part::Word(account.currency.to_string()),
                        _ => Part::Number(id),
                    }
                }
            });
        }
        Ok(parts)
    }

    /// Members for the coordinates of all groups, in their order.
    pub(super) async fn members<'g>(
        &self,
        tx: &mut PgConnection,
        context: &Context,
        groups: impl Iterator<Item = &'g Vec<Part>> + Clone,
    ) -> Result<Vec<Vec<Member>>, QueryError> {
        let names = self.entity_names(tx, context, groups.clone()).await?;
        let member = |dimension: Dimension, part: &Part| {
            let key = match (part, dimension) {
                (Part::None, _) => return Member { key: String::new(), label: dimension.none_label() },
                (Part::Word(word), _) => word.clone(),
                (Part::Number(number), Dimension::Weekday) => number.to_string(),
                (Part::Number(number), time) if time.is_time() => {
                    let day = day_of(i32::try_from(*number).unwrap_or(i32::MAX));
                    keys::time_key(time, day, context.week_start).unwrap_or_default()
                }
                (Part::Number(number), _) => number.to_string(),
            };
            let label = match (dimension, part) {
                (Dimension::Account, Part::Number(id)) => i32::try_from(*id)
                    .ok()
                    .and_then(|id| context.account(id))
                    .map(|account| account.name.clone()),
                (entity, Part::Number(id)) if entity.entity().is_some() => names.get(id).cloned(),
                _ => None,
            };
            let label = label.unwrap_or_else(|| keys::label_of(dimension, &key));
            Member { key, label }
        };
        Ok(groups
            .map(|parts| self.dimensions.iter().zip(parts).map(|(d, part)| member(*d, part)).collect())
            .collect())
    }

    async fn entity_names<'g>(
        &self,
        tx: &mut PgConnection,
        context: &Context,
        groups: impl Iterator<Item = &'g Vec<Part>> + Clone,
    ) -> Result<HashMap<i64, String>, QueryError> {
        let mut ids: Vec<i64> = Vec::new();
        for (at, dimension) in self.dimensions.iter().enumerate() {
            if dimension.entity().is_some() {
                ids.extend(groups.clone().filter_map(|parts| match parts[at] {
                    Part::Number(id) => Some(id),
                    _ => None,
                }));
            }
        }
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        ids.sort_unstable();
        ids.dedup();
        let names: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, name FROM entities WHERE workspace_id = $1 AND id = ANY($2)")
                .bind(context.workspace.0)
                .bind(ids)
                .fetch_all(tx)
                .await?;
        Ok(names.into_iter().collect())
    }
}

/// Hours are ordered as numbers.
fn word(dimension: Dimension, text: String) -> Part {
    match text.parse::<i64>() {
        Ok(number) if dimension == Dimension::Hour && number.to_string() == text => Part::Number(number),
        _ => Part::Word(text),
    }
}

/// The first day of the bucket of a time dimension, as a number of days since 2000-01-01; for weekdays their number.
fn bucket(dimension: Dimension, week_start: WeekStart) -> String {
    let truncated =
        |unit: &str| format!("(date_trunc('{unit}', f.day::timestamp)::date - DATE '2000-01-01')::bigint");
    match dimension {
        Dimension::Week => {
            let start = week_start.weekday().number_from_monday();
            format!(
                "(f.day - (extract(isodow FROM f.day)::integer - {start} + 7) % 7 - DATE '2000-01-01')::bigint"
            )
        }
        Dimension::Month => truncated("month"),
        Dimension::Quarter => truncated("quarter"),
        Dimension::Year => truncated("year"),
        Dimension::Weekday => "extract(isodow FROM f.day)::bigint".into(),
        _ => "(f.day - DATE '2000-01-01')::bigint".into(),
    }
}
