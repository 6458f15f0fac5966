//! The order of locks between a run and whoever removes its connection.

use crate::error::Result;
use model::ids::{ConnectionId, WorkspaceId};
use sqlx::PgConnection;

/// Keeps a connection from being removed until the transaction ends; `false` when it is gone.
///
/// Comes before all locks in each transaction in which a run writes more than one row: removing deletes the connection and then what hangs
/// on it, and a run that had locked some of that first would end in a deadlock with it.
pub(crate) async fn hold(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<bool> {
    let found = sqlx::query("SELECT FROM connections WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE")
        .bind(workspace.0)
        .bind(connection.0)
        .fetch_optional(tx)
        .await?;
    Ok(found.is_some())
}

/// Whether a run may go on writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As before.
    GoesOn,
    /// Settings were changed that give figures another meaning.
    Changed,
    /// The connection is gone.
    Gone,
}

/// As [`hold`], for a run that began under that number of readings.
pub(crate) async fn hold_reading(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    reading_number: i32,
) -> Result<Reading> {
    let found: Option<i32> = sqlx::query_scalar(
        "SELECT reading_number FROM connections WHERE workspace_id = $1 AND id = $2 FOR KEY SHARE",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .fetch_optional(tx)
    .await?;
    Ok(match found {
        Some(number) if number == reading_number => Reading::GoesOn,
        Some(_) => Reading::Changed,
        None => Reading::Gone,
    })
}
