//! Taking a file import back.
//!
//! Each row says which import wrote it, and each import keeps the rows that it replaced. So at any time: the rows under
//! an import's number are those that nobody has replaced since. Undoing deletes them and puts back what they had
//! replaced. Where a later import has replaced a row of ours, its own copy of "what was before" is corrected instead;
//! so imports can be undone in any order, and the result is as if the import had never been. Where a sync has replaced
//! a row of ours, the vendor's word stays.

use crate::columns;
use crate::error::LoadError;
use crate::load::accounts::lock;
use crate::load::rollup;
use crate::load::scope::{Cause, partitions};
use crate::load::store::Target;
use crate::load::totals::{Reports, StreamNumber, settle_reports};
use crate::totals::{Givers, Reported};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use metrics::Family;
use model::ids::{AccountId, ImportId, WorkspaceId};
use model::live::Topic;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::{BTreeMap, BTreeSet};

/// What [`undo_import`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UndoCounts {
    /// Rows of the import that were taken away.
    pub removed: u64,
    /// Of those, rows in whose place the previous row came back.
    pub restored: u64,
}

#[derive(sqlx::FromRow)]
struct Stretch {
    account_id: i32,
    family: String,
    kind: i16,
    dimension: String,
    first_day: NaiveDate,
    last_day: NaiveDate,
}

impl Stretch {
    fn family(&self) -> Result<Family, LoadError> {
        Family::from_name(&self.family).ok_or(LoadError::Protocol("the name of a family"))
    }
}

/// Takes an import back: what it added goes, what it replaced returns. Entities and accounts that only it had made go
/// with it.
///
/// # Errors
/// When the import has loaded nothing (or was taken back before), or the database fails.
pub async fn undo_import(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    import: ImportId,
    at: DateTime<Utc>,
) -> Result<UndoCounts, LoadError> {
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    let stretches: Vec<Stretch> = sqlx::query_as(
        "SELECT account_id, family, kind, dimension, first_day, last_day FROM fact_imports
         WHERE workspace_id = $1 AND import_id = $2 ORDER BY account_id, family, kind, dimension",
    )
    .bind(workspace.0)
    .bind(import.0)
    .fetch_all(&mut *tx)
    .await?;
    if stretches.is_empty() {
        return Err(LoadError::NothingToUndo(import));
    }
    let accounts: BTreeSet<i32> = stretches.iter().map(|s| s.account_id).collect();
    for account in &accounts {
        lock(tx, workspace, AccountId(*account)).await?;
    }
    let mut givers: BTreeMap<(i32, Family), Givers> = BTreeMap::new();
    for stretch in &stretches {
        let (account, family) = (AccountId(stretch.account_id), stretch.family()?);
        let reports = Reports::read(tx, workspace, account, family).await?;
        givers.insert((account.0, family), reports.givers());
    }
    let families: BTreeSet<Family> = givers.keys().map(|(_, family)| *family).collect();
    for family in families {
        correct_later_imports(tx, workspace, import, family).await?;
    }
    forget_corrected(tx, workspace, import).await?;
    let mut counts = UndoCounts::default();
    for stretch in &stretches {
        let target = Target {
            workspace: workspace.0,
            account: stretch.account_id,
            family: stretch.family()?,
            kind: stretch.kind,
            stream: stream_of_files(tx, workspace, stretch).await?,
            dimension: Some(stretch.dimension.as_str()).filter(|d| !d.is_empty()),
        };
        let days = take_away(tx, target, stretch, import, &mut counts).await?;
        if target.dimension.is_some() {
            continue;
        }
        let old = rollup::remove_days(tx, target, &days).await?;
        let new = rollup::sum_days(tx, target, &days).await?;
        let givers = &givers[&(stretch.account_id, target.family)];
        rollup::log_restatements(tx, target, givers, (&old, &new), Cause::Import(import), at).await?;
    }
    for table in ["fact_undo", "fact_imports"] {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE workspace_id = $1 AND import_id = $2")))
            .bind(workspace.0)
            .bind(import.0)
            .execute(&mut *tx)
            .await?;
    }
    for stretch in stretches.iter().filter(|stretch| stretch.dimension.is_empty()) {
        let place = (workspace, AccountId(stretch.account_id), stretch.family()?);
        // What came back may report what the file's rows did not.
        settle_reports(tx, place, stretch.kind, Reported::MAX).await?;
    }
    for account in accounts {
        sweep(tx, workspace, AccountId(account)).await?;
    }
    database::bump(tx, workspace, Topic::Figures).await?;
    Ok(counts)
}

/// Rows of files are those of stream 0.
async fn stream_of_files(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    stretch: &Stretch,
) -> Result<StreamNumber, LoadError> {
    let is_shared: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM fact_streams
             WHERE workspace_id = $1 AND account_id = $2 AND family = $3 AND kind = $4 AND dimension = $5
               AND stream > 0)",
    )
    .bind(workspace.0)
    .bind(stretch.account_id)
    .bind(&stretch.family)
    .bind(stretch.kind)
    .bind(&stretch.dimension)
    .fetch_one(tx)
    .await?;
    Ok(StreamNumber { number: 0, is_shared })
}

/// Copies that later imports keep of our rows become copies of what we had replaced.
async fn correct_later_imports(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    import: ImportId,
    family: Family,
) -> Result<(), LoadError> {
    let columns: Vec<String> = columns::metrics(family)
        .iter()
        .map(|metric| metric.name())
        .chain(["currency", "previous_import_id", "extra", "hash"])
        .map(|column| format!("{column} = ours.{column}"))
        .collect();
    sqlx::query(AssertSqlSafe(format!(
        "UPDATE fact_undo later SET {} FROM fact_undo ours
         WHERE later.workspace_id = $1 AND later.previous_import_id = $2
           AND later.account_id IN (SELECT account_id FROM fact_imports WHERE workspace_id = $1 AND import_id = $2)
           AND ours.workspace_id = $1 AND ours.import_id = $2 AND ours.family = $3 AND later.family = $3
           AND (ours.account_id, ours.kind, ours.dimension, ours.day, ours.entity_id, ours.value)
             = (later.account_id, later.kind, later.dimension, later.day, later.entity_id, later.value)",
        columns.join(", ")
    )))
    .bind(workspace.0)
    .bind(import.0)
    .bind(family.name())
    .execute(tx)
    .await?;
    Ok(())
}

/// Copies that later imports keep of rows that we had added: nothing was there before us.
async fn forget_corrected(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    import: ImportId,
) -> Result<(), LoadError> {
    sqlx::query(
        "DELETE FROM fact_undo WHERE workspace_id = $1 AND previous_import_id = $2
         AND account_id IN (SELECT account_id FROM fact_imports WHERE workspace_id = $1 AND import_id = $2)",
    )
    .bind(workspace.0)
    .bind(import.0)
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes the import's rows of one stretch and puts back what they had replaced; answers the days.
async fn take_away(
    tx: &mut PgConnection,
    target: Target<'_>,
    stretch: &Stretch,
    import: ImportId,
    counts: &mut UndoCounts,
) -> Result<Vec<NaiveDate>, LoadError> {
    let months: BTreeSet<NaiveDate> = BTreeSet::from_iter(stretch.first_day.with_day(1));
    partitions(tx, target.table(), &months).await?;
    let table = target.table();
    let (value, of_dimension, more) = match target.dimension {
        Some(_) => ("f.value", " AND f.dimension = $6", ", dimension, value"),
        None => ("'' AS value", " AND $6::text = ''", ""),
    };
    let more_values = if target.dimension.is_some() { ", u.dimension, u.value" } else { "" };
    let names = columns::columns(target.family, "");
    let columns = columns::columns(target.family, "u.");
    let days: Vec<(NaiveDate, i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "WITH gone AS (
             DELETE FROM {table} f
             WHERE f.workspace_id = $1 AND f.account_id = $2 AND f.kind = $3 AND f.stream = 0
               AND f.day BETWEEN $4 AND $5{of_dimension} AND f.import_id = $7
             RETURNING f.day, f.entity_id, {value}
         ), back AS (
             INSERT INTO {table} (workspace_id, account_id, entity_id, day, kind, stream, currency, import_id, {names},
                 extra, hash{more})
             SELECT u.workspace_id, u.account_id, u.entity_id, u.day, u.kind, 0, u.currency, u.previous_import_id,
                 {columns}, u.extra, u.hash{more_values}
             FROM gone JOIN fact_undo u USING (day, entity_id, value)
             WHERE u.workspace_id = $1 AND u.import_id = $7 AND u.account_id = $2 AND u.family = $8 AND u.kind = $3
               AND u.dimension = $6
             RETURNING day
         )
         SELECT day, count(*), (SELECT count(*) FROM back WHERE back.day = gone.day) FROM gone GROUP BY day"
    )))
    .bind(target.workspace)
    .bind(target.account)
    .bind(target.kind)
    .bind(stretch.first_day)
    .bind(stretch.last_day)
    .bind(target.dimension.unwrap_or_default())
    .bind(import.0)
    .bind(target.family.name())
    .persistent(false)
    .fetch_all(tx)
    .await?;
    for (_, removed, restored) in &days {
        counts.removed += removed.cast_unsigned();
        counts.restored += restored.cast_unsigned();
    }
    Ok(days.into_iter().map(|(day, _, _)| day).collect())
}

/// Removes what only undone imports had made: in accounts that come from files, entities without figures, and the
/// account itself when none are left. A connector's entities stay: it described them itself.
async fn sweep(tx: &mut PgConnection, workspace: WorkspaceId, account: AccountId) -> Result<(), LoadError> {
    let tables = Family::ALL.into_iter().map(columns::tables);
    let tables = tables.flat_map(|t| [t.facts, t.breakdowns]).chain(["fact_undo"]);
    let used =
        tables.map(|t| format!("SELECT entity_id FROM {t} WHERE workspace_id = $1 AND account_id = $2"));
    let used: Vec<String> = used.collect();
    sqlx::query(AssertSqlSafe(format!(
        "WITH used AS (
             {}
         ), kept AS (
             SELECT e.id, e.campaign_id, e.ad_group_id FROM entities e JOIN used ON used.entity_id = e.id
             WHERE e.workspace_id = $1
         )
         DELETE FROM entities e USING accounts a
         WHERE e.workspace_id = $1 AND e.account_id = $2
           AND a.workspace_id = $1 AND a.id = $2 AND a.source = 'file'
           AND e.id NOT IN (
               SELECT id FROM kept
               UNION SELECT campaign_id FROM kept WHERE campaign_id IS NOT NULL
               UNION SELECT ad_group_id FROM kept WHERE ad_group_id IS NOT NULL
           )",
        used.join(" UNION ")
    )))
    .bind(workspace.0)
    .bind(account.0)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "DELETE FROM accounts a WHERE workspace_id = $1 AND id = $2 AND source = 'file'
         AND NOT EXISTS (SELECT FROM entities WHERE workspace_id = $1 AND account_id = $2)
         AND NOT EXISTS (SELECT FROM fact_imports WHERE workspace_id = $1 AND account_id = $2)",
    )
    .bind(workspace.0)
    .bind(account.0)
    .execute(tx)
    .await?;
    Ok(())
}
