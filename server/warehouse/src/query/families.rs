//! What there is of each family: so that nothing is shown that nobody reports.

use super::QueryError;
use crate::columns::{self, Tables};
use crate::load::kind_number;
use crate::totals::{Givers, Reported, View, reported};
use chrono::NaiveDate;
use metrics::levels::FamilyFacts;
use metrics::{Dimension, Family, Level, Metric};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::WorkspaceId;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeSet;

/// Breakdowns that are asked for; others come with the charts that show them.
const BREAKDOWNS: [Dimension; 9] = [
    Dimension::Query,
    Dimension::Country,
    Dimension::Device,
    Dimension::Channel,
    Dimension::Source,
    Dimension::AgeGender,
    Dimension::City,
    Dimension::Placement,
    Dimension::Hour,
];

/// Rows of one kind.
struct OfKind {
    kind: EntityKind,
    span: DayRange,
    /// Whether they count in some account's totals.
    is_total: bool,
    /// What they report.
    metrics: BTreeSet<Metric>,
    /// What of it counts in totals, or where these are told apart.
    totals: BTreeSet<Metric>,
}

/// Reads it for all families with figures.
pub(super) async fn read(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
) -> Result<Vec<FamilyFacts>, QueryError> {
    let mut found = Vec::new();
    for family in Family::ALL {
        let kinds = kinds(tx, workspace, family).await?;
        let Some(span) = kinds.iter().map(|rows| rows.span).reduce(DayRange::hull) else { continue };
        let mut levels: Vec<(Level, Vec<Metric>)> = Vec::new();
        let mut add =
            |level: Level, metrics: &BTreeSet<Metric>| match levels.iter_mut().find(|(l, _)| *l == level) {
                Some((_, known)) => {
                    known.extend(metrics);
                    known.sort_unstable();
                    known.dedup();
                }
                None => levels.push((level, metrics.iter().copied().collect())),
            };
        for rows in &kinds {
            if rows.is_total {
                add(Level::Campaign, &rows.totals);
            }
            add(Level::Only(rows.kind), &rows.metrics);
        }
        let mut breakdowns = breakdowns(tx, workspace, family, &kinds).await?;
        if family == Family::Crm && has_owners(tx, workspace).await? {
            breakdowns.push((Level::Only(EntityKind::Deal), Dimension::Owner));
        }
        found.push(FamilyFacts { family, span, levels, breakdowns });
    }
    Ok(found)
}

/// The kinds that have rows, and what they report.
async fn kinds(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    family: Family,
) -> Result<Vec<OfKind>, QueryError> {
    let Tables { rollup, .. } = columns::tables(family);
    let spans: Vec<(i16, NaiveDate, NaiveDate)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT kind, min(day), max(day) FROM {rollup} WHERE workspace_id = $1 GROUP BY 1 ORDER BY 1"
    )))
    .bind(workspace.0)
    .fetch_all(&mut *tx)
    .await?;
    let mut found: Vec<OfKind> = Vec::new();
    for (number, first, last) in spans {
        if let Some((kind, span)) = kind_of(number).zip(DayRange::new(first, last).ok()) {
            found.push(OfKind {
                kind,
                span,
                is_total: false,
                metrics: BTreeSet::new(),
                totals: BTreeSet::new(),
            });
        }
    }
    let rows: Vec<(i32, i16, Vec<String>)> = sqlx::query_as(
        "SELECT account_id, kind, metrics FROM reported_metrics
         WHERE workspace_id = $1 AND family = $2 ORDER BY 1, 2",
    )
    .bind(workspace.0)
    .bind(family.name())
    .fetch_all(tx)
    .await?;
    for of_account in rows.chunk_by(|a, b| a.0 == b.0) {
        let reported: Vec<(i16, Reported)> =
            of_account.iter().map(|(_, kind, names)| (*kind, reported(family, names))).collect();
        let givers = Givers::of(family, &reported);
        for (_, number, names) in of_account {
            let Some(rows) = found.iter_mut().find(|rows| kind_number(rows.kind) == *number) else {
                continue;
            };
            rows.is_total |= givers.all().contains(*number);
            for metric in names.iter().filter_map(|name| Metric::from_name(name)) {
                let counts = |view| givers.kinds(metric, view).contains(*number);
                if counts(View::Totals) || counts(View::Split) {
                    rows.totals.insert(metric);
                }
                rows.metrics.insert(metric);
            }
        }
    }
    Ok(found)
}

/// What figures are broken down by. Looked up by the numbers of streams, so that no rows of others are read.
async fn breakdowns(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    family: Family,
    kinds: &[OfKind],
) -> Result<Vec<(Level, Dimension)>, QueryError> {
    let Tables { breakdowns, .. } = columns::tables(family);
    let names: Vec<&str> = BREAKDOWNS.into_iter().flat_map(Dimension::breakdowns).copied().collect();
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
        // Those of the account and of campaigns stand in where those that count are not broken down.
        let is_total = matches!(kind, EntityKind::Account | EntityKind::Campaign)
            || kinds.iter().any(|rows| rows.is_total && rows.kind == kind);
        let above = match kind {
            EntityKind::AdGroup => Some(Level::AdGroup),
            EntityKind::Ad => Some(Level::Ad),
            _ => is_total.then_some(Level::Campaign),
        };
        for dimension in BREAKDOWNS.into_iter().filter(|d| d.breakdowns().contains(&name.as_str())) {
            for level in above.into_iter().chain([Level::Only(kind)]) {
                if !found.contains(&(level, dimension)) {
                    found.push((level, dimension));
                }
            }
        }
    }
    Ok(found)
}

/// Whether any deal says who it belongs to.
async fn has_owners(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<bool, QueryError> {
    let found = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM crm_deals
                        WHERE workspace_id = $1 AND owner IS NOT NULL AND deleted_at IS NULL)",
    )
    .bind(workspace.0)
    .fetch_one(tx)
    .await?;
    Ok(found)
}

fn kind_of(number: i16) -> Option<EntityKind> {
    EntityKind::ALL.into_iter().find(|kind| kind_number(*kind) == number)
}
