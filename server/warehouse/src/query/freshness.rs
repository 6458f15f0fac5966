//! How far figures are complete.

use super::{QueryError, families};
use crate::columns;
use chrono::{DateTime, NaiveDate, Utc};
use database::Database;
use metrics::Family;
use metrics::ports::{AccountFreshness, Freshness};
use model::DayRange;
use model::ids::{AccountId, WorkspaceId};
use sqlx::AssertSqlSafe;

#[derive(sqlx::FromRow)]
struct Row {
    id: i32,
    name: String,
    platform: String,
    currency: String,
    time_zone: String,
    source: String,
    families: Vec<String>,
    complete_until: Option<NaiveDate>,
    provisional_from: Option<NaiveDate>,
    as_of: Option<DateTime<Utc>>,
    remark: Option<String>,
}

/// Reads it in one snapshot.
pub(super) async fn read(database: &Database, workspace: WorkspaceId) -> Result<Freshness, QueryError> {
    let mut tx = database.scoped_snapshot(workspace).await?;
    let holds = Family::ALL.into_iter().map(|family| {
        let rollup = columns::tables(family).rollup;
        format!("EXISTS (SELECT FROM {rollup} r WHERE r.workspace_id = $1 AND r.account_id = a.id)")
    });
    let holds: Vec<String> = holds.collect();
    let accounts: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT id, name, platform, currency::text, time_zone, source, complete_until, provisional_from, as_of, remark,
             array(SELECT DISTINCT family FROM reported_metrics t
                   WHERE t.workspace_id = $1 AND t.account_id = a.id) AS families
         FROM accounts a WHERE workspace_id = $1 AND ({}) ORDER BY platform, name, id",
        holds.join(" OR ")
    )))
    .bind(workspace.0)
    .fetch_all(&mut *tx)
    .await?;
    let (first, last): (Option<NaiveDate>, Option<NaiveDate>) =
        sqlx::query_as("SELECT min(day), max(day) FROM rollup_ads_account_day WHERE workspace_id = $1")
            .bind(workspace.0)
            .fetch_one(&mut *tx)
            .await?;
    let ids: Vec<i32> = accounts.iter().map(|account| account.id).collect();
    // All kinds are named so that the key can be used.
    let has_hours: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM facts_ads_by WHERE workspace_id = $1 AND account_id = ANY($2)
             AND kind IN (0, 1, 2, 3) AND dimension = 'hour')",
    )
    .bind(workspace.0)
    .bind(ids)
    .fetch_one(&mut *tx)
    .await?;
    let families = families::read(&mut tx, workspace).await?;
    let accounts = accounts.into_iter().map(|row| AccountFreshness {
        account: AccountId(row.id),
        name: row.name,
        platform: row.platform,
        currency: row.currency,
        time_zone: row.time_zone,
        source: row.source,
        families: Family::ALL.into_iter().filter(|f| row.families.iter().any(|n| n == f.name())).collect(),
        complete_until: row.complete_until,
        provisional_from: row.provisional_from,
        as_of: row.as_of,
        remark: row.remark,
    });
    Ok(Freshness {
        accounts: accounts.collect(),
        families,
        span: first.zip(last).and_then(|(first, last)| DayRange::new(first, last).ok()),
        has_hours,
    })
}
