//! Removing all of an account or a workspace.

use crate::columns;
use crate::error::LoadError;
use chrono::NaiveDate;
use metrics::Family;
use model::ids::{AccountId, WorkspaceId};
use model::live::Topic;
use sqlx::{AssertSqlSafe, PgConnection};

/// Tables without foreign keys to accounts.
fn without_keys() -> impl Iterator<Item = &'static str> {
    let tables = Family::ALL.into_iter().map(columns::tables);
    tables.flat_map(|t| [t.facts, t.breakdowns, t.rollup]).chain(["fact_undo"])
}

/// How much an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountSize {
    /// Rows of figures, without those that only split others further.
    pub rows: i64,
    /// First and last day with figures.
    pub span: Option<(NaiveDate, NaiveDate)>,
}

/// How much an account holds, by its sums per day.
///
/// # Errors
/// What the database says.
pub async fn account_size(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<AccountSize, LoadError> {
    let mut size = AccountSize::default();
    for table in Family::ALL.into_iter().map(|family| columns::tables(family).rollup) {
        let (rows, first, last): (i64, Option<NaiveDate>, Option<NaiveDate>) =
            sqlx::query_as(AssertSqlSafe(format!(
                "SELECT coalesce(sum(facts), 0)::bigint, min(day), max(day) FROM {table}
                 WHERE workspace_id = $1 AND account_id = $2"
            )))
            .bind(workspace.0)
            .bind(account.0)
            .fetch_one(&mut *tx)
            .await?;
        size.rows += rows;
        size.span = match (size.span, first.zip(last)) {
            (Some((from, until)), Some((first, last))) => Some((from.min(first), until.max(last))),
            (known, found) => known.or(found),
        };
    }
    Ok(size)
}

/// Removes an account with its entities, figures and history of changes.
///
/// # Errors
/// What the database says.
pub async fn delete_account_data(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<(), LoadError> {
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    for table in without_keys() {
        sqlx::query(AssertSqlSafe(format!(
            "DELETE FROM {table} WHERE workspace_id = $1 AND account_id = $2"
        )))
        .bind(workspace.0)
        .bind(account.0)
        .execute(&mut *tx)
        .await?;
    }
    // Entities, names, restatements, records of customers, and notes of imports and streams go with it.
    sqlx::query("DELETE FROM accounts WHERE workspace_id = $1 AND id = $2")
        .bind(workspace.0)
        .bind(account.0)
        .execute(&mut *tx)
        .await?;
    database::bump(tx, workspace, Topic::Figures).await?;
    Ok(())
}

/// Removes everything that the warehouse holds for a workspace. Call it before the workspace itself is deleted: facts
/// have no foreign key that would take them along.
///
/// # Errors
/// What the database says.
pub async fn delete_workspace_data(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<(), LoadError> {
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    for table in without_keys().chain(["accounts", "fx_rates"]) {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE workspace_id = $1")))
            .bind(workspace.0)
            .execute(&mut *tx)
            .await?;
    }
    database::bump(tx, workspace, Topic::Figures).await?;
    Ok(())
}
