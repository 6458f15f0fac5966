//! Removing a connection, and what that would take along.

use super::store;
use crate::error::{PipelineError, Result};
use crate::{Pipeline, jobs};
use chrono::NaiveDate;
use model::DayRange;
use model::access::Member;
use model::ids::{AccountId, ConnectionId};
use model::live::Topic;
use model::upkeep::RemovalSize;
use sqlx::PgConnection;

async fn accounts(
    tx: &mut PgConnection,
    member: &Member,
    connection: ConnectionId,
) -> Result<Vec<AccountId>> {
    let ids: Vec<i32> =
        sqlx::query_scalar("SELECT id FROM accounts WHERE workspace_id = $1 AND connection_id = $2")
            .bind(member.workspace.0)
            .bind(connection.0)
            .fetch_all(tx)
            .await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// What removing the connection with its figures would take along.
///
/// # Errors
/// When there is no such connection, or the database fails.
pub(super) async fn removal(
    pipeline: &Pipeline,
    member: &Member,
    connection: ConnectionId,
) -> Result<RemovalSize> {
    let mut tx = pipeline.database.scoped(member.workspace).await?;
    store::connection(&mut tx, member.workspace, connection).await?;
    let accounts = accounts(&mut tx, member, connection).await?;
    let (mut rows, mut span) = (0, None::<(NaiveDate, NaiveDate)>);
    for account in &accounts {
        let held = warehouse::load::account_size(&mut tx, member.workspace, *account)
            .await
            .map_err(PipelineError::unexpected)?;
        rows += held.rows;
        span = match (span, held.span) {
            (Some((from, until)), Some((first, last))) => Some((from.min(first), until.max(last))),
            (known, held) => known.or(held),
        };
    }
    let runs: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sync_runs WHERE workspace_id = $1 AND connection_id = $2")
            .bind(member.workspace.0)
            .bind(connection.0)
            .fetch_one(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(RemovalSize {
        accounts: i64::try_from(accounts.len()).unwrap_or(i64::MAX),
        rows,
        span: span.and_then(|(from, until)| DayRange::new(from, until).ok()),
        runs,
    })
}

/// Removes a connection with its runs and waiting jobs; its figures only where that is wanted.
///
/// # Errors
/// When there is no such connection, or the database fails.
pub(super) async fn remove(
    pipeline: &Pipeline,
    member: &Member,
    connection: ConnectionId,
    delete_data: bool,
) -> Result<()> {
    let mut tx = pipeline.database.begin().await?;
    store::connection(&mut tx, member.workspace, connection).await?;
    let accounts = accounts(&mut tx, member, connection).await?;
    sqlx::query("DELETE FROM connections WHERE workspace_id = $1 AND id = $2")
        .bind(member.workspace.0)
        .bind(connection.0)
        .execute(&mut *tx)
        .await?;
    jobs::remove(&mut tx, connection).await?;
    if delete_data {
        for account in accounts {
            warehouse::load::delete_account_data(&mut tx, member.workspace, account)
                .await
                .map_err(PipelineError::unexpected)?;
        }
    } else {
        sqlx::query(
            "UPDATE accounts SET connection_id = NULL WHERE workspace_id = $1 AND connection_id = $2",
        )
        .bind(member.workspace.0)
        .bind(connection.0)
        .execute(&mut *tx)
        .await?;
    }
    database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
    Ok(tx.commit().await?)
}
