//! What there is of each family: so that nothing is shown that nobody reports.

use super::QueryError;
use crate::columns::{self, Tables};
use crate::load::kind_number;
use chrono::NaiveDate;
use metrics::levels::FamilyFacts;
use metrics::{Class, Dimension, Family, Level, Metric};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::WorkspaceId;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

/// Breakdowns that are asked for; hours and others come with the charts that show them.
const BREAKDOWNS: [Dimension; 4] =
    [Dimension::Query, Dimension::Country, Dimension::Device, Dimension::Channel];

/// Rows of one kind.
struct OfKind {
    kind: EntityKind,
    /// Whether they give the totals of some account.
    is_total: bool,
    span: DayRange,
    metrics: Vec<Metric>,
}

/// Reads it for all families with figures.
pub(super) async fn read(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
) -> Result<Vec<FamilyFacts>, QueryError> {
    let mut found = Vec::new();
    for family in Family::ALL {
        let mut kinds = summed(tx, workspace, family).await?;
        let Some(span) = kinds.iter().map(|rows| rows.span).reduce(DayRange::hull) else { continue };
        for rows in &mut kinds {
            rows.metrics.extend(unsummed(tx, workspace, family, rows.kind).await?);
            rows.metrics.sort_unstable();
        }
        let mut levels: Vec<(Level, Vec<Metric>)> = Vec::new();
        let mut add = |level: Level, metrics: &[Metric]| match levels.iter_mut().find(|(l, _)| *l == level) {
            Some((_, known)) => {
                known.extend(metrics);
                known.sort_unstable();
                known.dedup();
            }
            None => levels.push((level, metrics.to_vec())),
        };
        for rows in &kinds {
            if rows.is_total {
                add(Level::Campaign, &rows.metrics);
            }
            add(Level::Only(rows.kind), &rows.metrics);
        }
        let breakdowns = breakdowns(tx, workspace, family, &kinds).await?;
        found.push(FamilyFacts { family, span, levels, breakdowns });
    }
    Ok(found)
}

/// The kinds that have rows, and what of it can be summed: the rollup knows.
async fn summed(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    family: Family,
) -> Result<Vec<OfKind>, QueryError> {
    let Tables { rollup, .. } = columns::tables(family);
    let metrics = columns::metrics(family).iter().copied();
    let columns: Vec<(Metric, String)> = metrics
        .filter_map(|metric| match metric.class() {
            Class::Additive => Some((metric, format!("bool_or(r.{} IS NOT NULL)", metric.name()))),
            Class::WeightedBy(_) => Some((metric, format!("bool_or(r.{}_weight > 0)", metric.name()))),
            Class::NonAdditive | Class::Level => None,
        })
        .collect();
    let select: Vec<&str> = columns.iter().map(|(_, column)| column.as_str()).collect();
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT r.kind, t.kind IS NOT NULL, min(r.day), max(r.day), {} FROM {rollup} r
         LEFT JOIN account_totals t ON t.workspace_id = r.workspace_id AND t.account_id = r.account_id
             AND t.kind = r.kind AND t.family = $2
         WHERE r.workspace_id = $1 GROUP BY 1, 2 ORDER BY 1, 2",
        select.join(", ")
    )))
    .bind(workspace.0)
    .bind(family.name())
    .fetch_all(tx)
    .await?;
    let of_kind = |row: PgRow| -> Result<Option<OfKind>, QueryError> {
        let (first, last): (NaiveDate, NaiveDate) = (row.try_get(2)?, row.try_get(3)?);
        let Some((kind, span)) = kind_of(row.try_get(0)?).zip(DayRange::new(first, last).ok()) else {
            return Ok(None);
        };
        let mut reported = Vec::new();
        for (at, (metric, _)) in columns.iter().enumerate() {
            if row.try_get::<Option<bool>, _>(at + 4)? == Some(true) {
                reported.push(*metric);
            }
        }
        Ok(Some(OfKind { kind, is_total: row.try_get(1)?, span, metrics: reported }))
    };
    rows.into_iter().filter_map(|row| of_kind(row).transpose()).collect()
}

/// What of a kind can't be summed, and is reported.
async fn unsummed(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    family: Family,
    kind: EntityKind,
) -> Result<Vec<Metric>, QueryError> {
    // Advertising has most facts by far, and nothing that is shown of it is of these classes.
    if family == Family::Ads {
        return Ok(Vec::new());
    }
    let Tables { facts, .. } = columns::tables(family);
    let is_unsummed = |metric: &&Metric| matches!(metric.class(), Class::NonAdditive | Class::Level);
    let metrics: Vec<Metric> = columns::metrics(family).iter().filter(is_unsummed).copied().collect();
    if metrics.is_empty() {
        return Ok(Vec::new());
    }
    let exists = metrics.iter().map(|metric| {
        format!(
            "EXISTS (SELECT FROM accounts a, {facts} f WHERE a.workspace_id = $1 AND f.workspace_id = $1
                 AND f.account_id = a.id AND f.kind = $2 AND f.{} IS NOT NULL)",
            metric.name()
        )
    });
    let row = sqlx::query(AssertSqlSafe(format!("SELECT {}", exists.collect::<Vec<_>>().join(", "))))
        .bind(workspace.0)
        .bind(kind_number(kind))
        .fetch_one(tx)
        .await?;
    let mut reported = Vec::new();
    for (at, metric) in metrics.into_iter().enumerate() {
        if row.try_get(at)? {
            reported.push(metric);
        }
    }
    Ok(reported)
}

/// What figures are broken down by. Looked up by the numbers of streams, so that no rows of others are read.
async fn breakdowns(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    family: Family,
    kinds: &[OfKind],
) -> Result<Vec<(Level, Dimension)>, QueryError> {
    let Tables { breakdowns, .. } = columns::tables(family);
    let names: Vec<&str> = BREAKDOWNS.into_iter().filter_map(Dimension::breakdown).collect();
    let numbers: Vec<i16> = kinds.iter().map(|rows| kind_number(rows.kind)).collect();
    let rows: Vec<(i16, String)> = sqlx::query_as(AssertSqlSafe(format!(
        "WITH possible AS (
             SELECT account_id, kind, stream, dimension FROM fact_streams
             WHERE workspace_id = $1 AND family = $2 AND dimension = ANY($3)
             UNION
             SELECT a.id, k, 0::smallint, d FROM accounts a, unnest($4::smallint[]) k, unnest($3::text[]) d
             WHERE a.workspace_id = $1 AND a.source = 'file'
         )
         SELECT DISTINCT p.kind, p.dimension FROM possible p
         WHERE EXISTS (
             SELECT FROM {breakdowns} b WHERE b.workspace_id = $1 AND b.account_id = p.account_id
                 AND b.kind = p.kind AND b.stream = p.stream AND b.dimension = p.dimension
         ) ORDER BY 1, 2"
    )))
    .bind(workspace.0)
    .bind(family.name())
    .bind(names)
    .bind(numbers)
    .fetch_all(tx)
    .await?;
    let mut found = Vec::new();
    for (number, name) in rows {
        let Some(kind) = kind_of(number) else { continue };
        let is_total = kinds.iter().any(|rows| rows.is_total && rows.kind == kind);
        for dimension in BREAKDOWNS.into_iter().filter(|d| d.breakdown() == Some(name.as_str())) {
            found.extend(is_total.then_some((Level::Campaign, dimension)));
            found.push((Level::Only(kind), dimension));
        }
    }
    Ok(found)
}

fn kind_of(number: i16) -> Option<EntityKind> {
    EntityKind::ALL.into_iter().find(|kind| kind_number(*kind) == number)
}
