//! Addresses and traces in the database.

use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use model::hooks::{DeliveryOutcome, DeliveryTrace};
use model::ids::{ConnectionId, WorkspaceId};
use sqlx::{FromRow, PgConnection, PgPool};

/// Days for which traces are kept.
const KEPT_DAYS: i64 = 30;
/// Traces that a page shows.
const SHOWN: i64 = 20;

/// An address as stored.
#[derive(Debug, FromRow)]
pub struct HookRow {
    /// The sealed secret part.
    pub token: Vec<u8>,
    /// By what deliveries are verified.
    pub proof: Option<String>,
}

/// Whose an address is.
#[derive(Debug, FromRow)]
pub struct Owner {
    /// Workspace.
    pub workspace_id: i32,
    /// Connection.
    pub connection_id: i32,
    /// By what deliveries are verified.
    pub proof: Option<String>,
}

/// The address of a connection.
pub async fn hook(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<Option<HookRow>> {
    let row = sqlx::query_as("SELECT token, proof FROM hooks WHERE workspace_id = $1 AND connection_id = $2");
    Ok(row.bind(workspace.0).bind(connection.0).fetch_optional(tx).await?)
}

/// Whose the address is whose secret part has that hash. Deliveries come without a workspace.
pub async fn by_hash(pool: &PgPool, hash: &[u8; 32]) -> Result<Option<Owner>> {
    let row = sqlx::query_as("SELECT workspace_id, connection_id, proof FROM hooks WHERE token_hash = $1");
    Ok(row.bind(hash.as_slice()).fetch_optional(pool).await?)
}

/// Stores an address unless there is one, and what deliveries are verified by.
pub async fn open(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    (hash, sealed): (&[u8; 32], &[u8]),
    proof: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO hooks (workspace_id, connection_id, token_hash, token, proof, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT ON CONSTRAINT hooks_pkey DO UPDATE SET proof = coalesce($5, hooks.proof)",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .bind(hash.as_slice())
    .bind(sealed)
    .bind(proof)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets an address with its traces and events.
pub async fn close(tx: &mut PgConnection, workspace: WorkspaceId, connection: ConnectionId) -> Result<()> {
    sqlx::query("DELETE FROM hooks WHERE workspace_id = $1 AND connection_id = $2")
        .bind(workspace.0)
        .bind(connection.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// The last deliveries, newest first.
pub async fn deliveries(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<Vec<DeliveryTrace>> {
    let rows: Vec<(DateTime<Utc>, String, Option<String>, i32, i32)> = sqlx::query_as(
        "SELECT at, outcome, reason, events, new_events FROM hook_deliveries
         WHERE workspace_id = $1 AND connection_id = $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .bind(SHOWN)
    .fetch_all(tx)
    .await?;
    let trace = |(at, outcome, reason, events, new): (_, String, Option<String>, i32, i32)| DeliveryTrace {
        at,
        outcome: DeliveryOutcome::from_parts(&outcome, reason.unwrap_or_default()),
        events: events.unsigned_abs(),
        new_events: new.unsigned_abs(),
    };
    Ok(rows.into_iter().map(trace).collect())
}

/// Leaves a trace of a delivery, and forgets old ones.
pub async fn trace(
    tx: &mut PgConnection,
    (workspace, connection): (WorkspaceId, ConnectionId),
    outcome: &DeliveryOutcome,
    (events, new): (usize, usize),
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("DELETE FROM hook_deliveries WHERE workspace_id = $1 AND connection_id = $2 AND at < $3")
        .bind(workspace.0)
        .bind(connection.0)
        .bind(now - TimeDelta::days(KEPT_DAYS))
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO hook_deliveries (workspace_id, connection_id, at, outcome, reason, events, new_events)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .bind(now)
    .bind(outcome.name())
    .bind(outcome.reason())
    .bind(i32::try_from(events).unwrap_or(i32::MAX))
    .bind(i32::try_from(new).unwrap_or(i32::MAX))
    .execute(tx)
    .await?;
    Ok(())
}
