//! One figure by two streams would count twice.

use crate::columns;
use crate::copy::day_of;
use crate::error::LoadError;
use crate::load::batch::Fact;
use crate::load::store::Target;
use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::BTreeSet;

/// Looks whether another stream reports a metric of the written rows as well, for the same entity and day. Only where a
/// kind is fed by several streams, which for advertising is rare.
pub(crate) async fn refuse(
    tx: &mut PgConnection,
    target: Target<'_>,
    written: &[Fact],
) -> Result<(), LoadError> {
    let days: BTreeSet<NaiveDate> = written.iter().map(|fact| day_of(fact.key.day)).collect();
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else { return Ok(()) };
    if !target.stream.is_shared {
        return Ok(());
    }
    let metrics = columns::metrics(target.family);
    let twice: Vec<String> = metrics
        .iter()
        .map(|m| format!("WHEN a.{0} IS NOT NULL AND b.{0} IS NOT NULL THEN '{0}'", m.name()))
        .collect();
    let value =
        if target.dimension.is_some() { " AND a.dimension = b.dimension AND a.value = b.value" } else { "" };
    let dimension = if target.dimension.is_some() { " AND a.dimension = $8" } else { " AND $8::text = ''" };
    let found = sqlx::query(AssertSqlSafe(format!(
        "SELECT * FROM (
             SELECT e.remote_id, a.day, CASE {} END AS metric
             FROM {table} a
             JOIN {table} b ON b.workspace_id = a.workspace_id AND b.account_id = a.account_id AND b.kind = a.kind
                 AND b.stream <> a.stream AND b.day = a.day AND b.entity_id = a.entity_id{value}
             JOIN entities e ON e.workspace_id = a.workspace_id AND e.id = a.entity_id
             WHERE a.workspace_id = $1 AND a.account_id = $2 AND a.kind = $3 AND a.stream = $4
               AND a.day BETWEEN $5 AND $6 AND b.day BETWEEN $5 AND $6 AND a.day = ANY($7){dimension}
         ) t WHERE metric IS NOT NULL LIMIT 1",
        twice.join(" "),
        table = target.table()
    )))
    .bind(target.workspace)
    .bind(target.account)
    .bind(target.kind)
    .bind(target.stream.number)
    .bind(first)
    .bind(last)
    .bind(days.into_iter().collect::<Vec<_>>())
    .bind(target.dimension.unwrap_or_default())
    .persistent(false)
    .fetch_optional(tx)
    .await?;
    match found {
        None => Ok(()),
        Some(row) => {
            Err(LoadError::Twice { entity: row.try_get(0)?, day: row.try_get(1)?, metric: row.try_get(2)? })
        }
    }
}
