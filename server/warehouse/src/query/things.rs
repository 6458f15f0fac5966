//! Things with what they have come to altogether.

use super::QueryError;
use crate::columns::{self, Measures};
use crate::load::kind_number;
use crate::load::lifetimes::measures;
use chrono::NaiveDate;
use database::Database;
use metrics::Metric;
use metrics::ports::{Thing, ThingsQuestion};
use model::ids::{AccountId, EntityId, WorkspaceId};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most things of an answer.
const MOST: u32 = 1_000;

#[derive(sqlx::FromRow)]
struct Found {
    id: i64,
    account_id: i32,
    platform: String,
    name: String,
    status: Option<String>,
    attributes: Value,
    currency: String,
    began: Option<NaiveDate>,
    day: Option<NaiveDate>,
    totals: Option<Value>,
}

/// What the facts of a thing come to.
struct Sums {
    first: NaiveDate,
    last: NaiveDate,
    measures: Measures,
}

/// Reads them in one snapshot. Snapshots tell what a thing has come to; where there is none (or it lacks a metric that is
/// summed), its facts of all days do.
pub(super) async fn read(
    database: &Database,
    workspace: WorkspaceId,
    question: &ThingsQuestion,
) -> Result<Vec<Thing>, QueryError> {
    let mut tx = database.scoped_snapshot(workspace).await?;
    let (family, kind) = (question.family, kind_number(question.kind));
    let wanted: Option<Vec<i64>> = question.entities.as_ref().map(|ids| ids.iter().map(|id| id.0).collect());
    let found: Vec<Found> = sqlx::query_as(
        "SELECT e.id, e.account_id, a.platform, e.name, e.status, e.attributes,
                coalesce(s.currency, a.currency)::text AS currency, s.began, s.day, s.totals
         FROM entities e
         JOIN accounts a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
         LEFT JOIN lifetime_snapshots s ON s.workspace_id = e.workspace_id AND s.account_id = e.account_id
             AND s.family = $3 AND s.kind = e.kind AND s.dimension = '' AND s.entity_id = e.id AND s.value = ''
         WHERE e.workspace_id = $1 AND e.kind = $2 AND ($4::bigint[] IS NULL OR e.id = ANY($4))
         ORDER BY coalesce(s.began, e.first_seen::date) DESC, e.id DESC LIMIT $5",
    )
    .bind(workspace.0)
    .bind(kind)
    .bind(family.name())
    .bind(wanted)
    .bind(i64::from(question.limit.min(MOST)))
    .fetch_all(&mut *tx)
    .await?;
    let accounts: BTreeSet<i32> = found.iter().map(|thing| thing.account_id).collect();
    let sums: Vec<String> =
        columns::additive(family).map(|(metric, _)| format!("sum({})::bigint", metric.name())).collect();
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT entity_id, min(day), max(day), {} FROM {}
         WHERE workspace_id = $1 AND account_id = ANY($2) AND kind = $3 AND entity_id = ANY($4) GROUP BY entity_id",
        sums.join(", "),
        columns::tables(family).facts
    )))
    .bind(workspace.0)
    .bind(accounts.into_iter().collect::<Vec<_>>())
    .bind(kind)
    .bind(found.iter().map(|thing| thing.id).collect::<Vec<_>>())
    .persistent(false)
    .fetch_all(&mut *tx)
    .await?;
    let summed = |row: &PgRow| -> Result<(i64, Sums), QueryError> {
        let mut measures = Measures::of(family);
        for (column, (_, at)) in columns::additive(family).enumerate() {
            if let Some(value) = row.try_get(3 + column)? {
                measures.set_at(at, value);
            }
        }
        Ok((row.try_get(0)?, Sums { first: row.try_get(1)?, last: row.try_get(2)?, measures }))
    };
    let sums: HashMap<i64, Sums> = rows.iter().map(summed).collect::<Result<_, _>>()?;
    let things = found.into_iter().map(|thing| {
        let told = thing.totals.as_ref().map(|totals| measures(family, totals)).transpose()?;
        let sums = sums.get(&thing.id);
        let value = |metric: &Metric| {
            let told = told.and_then(|told| told.get(*metric));
            Some((*metric, told.or_else(|| sums?.measures.get(*metric))?))
        };
        let values: BTreeMap<Metric, i64> = columns::metrics(family).iter().filter_map(value).collect();
        Ok(Thing {
            entity: EntityId(thing.id),
            account: AccountId(thing.account_id),
            platform: thing.platform,
            name: thing.name,
            status: thing.status,
            attributes: thing.attributes,
            began: thing.began.or(sums.map(|sums| sums.first)),
            as_of: thing.day.or(sums.map(|sums| sums.last)),
            currency: thing.currency,
            values,
        })
    });
    things.collect()
}
