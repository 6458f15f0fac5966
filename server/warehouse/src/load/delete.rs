//! Removing all of an account or a workspace.

use crate::error::LoadError;
use model::ids::{AccountId, WorkspaceId};
use model::live::Topic;
use sqlx::{AssertSqlSafe, PgConnection};

/// Tables without foreign keys to accounts.
const FACTS: [&str; 4] = ["facts_ads", "facts_ads_by", "rollup_ads_account_day", "fact_undo"];

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
    for table in FACTS {
        sqlx::query(AssertSqlSafe(format!(
            "DELETE FROM {table} WHERE workspace_id = $1 AND account_id = $2"
        )))
        .bind(workspace.0)
        .bind(account.0)
        .execute(&mut *tx)
        .await?;
    }
    // Entities, names, restatements and notes of imports go with it.
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
    for table in FACTS.into_iter().chain(["accounts", "fx_rates"]) {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE workspace_id = $1")))
            .bind(workspace.0)
            .execute(&mut *tx)
            .await?;
    }
    database::bump(tx, workspace, Topic::Figures).await?;
    Ok(())
}
