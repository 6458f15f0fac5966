//! Connections that share a grant: each keeps a copy of its tokens, and a renewal or a new consent reaches all copies.
//! Vendors that rotate refresh tokens kill the old one, so that copies must never go apart.

use super::store;
use crate::error::Result;
use crate::{Pipeline, jobs, vault};
use chrono::{DateTime, Utc};
use connectors::way;
use model::ids::{ConnectionId, WorkspaceId};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// The number of the connection's grant, which is the id of the connection that first had it.
///
/// # Errors
/// What the database says; a removed connection is `NotFound`.
pub(crate) async fn number(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<i32> {
    let found = sqlx::query_scalar(
        "SELECT coalesce(grant_of, id) FROM connections WHERE workspace_id = $1 AND id = $2",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .fetch_optional(tx)
    .await?;
    found.ok_or_else(store::gone)
}

/// The connections with the grant of this one, itself included, and their sealed credentials. Nobody else changes them
/// until the transaction ends.
///
/// # Errors
/// What the database says.
pub(crate) async fn sharing(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<Vec<(ConnectionId, Vec<u8>)>> {
    let rows: Vec<(i32, Vec<u8>)> = sqlx::query_as(
        "SELECT id, secret FROM connections
         WHERE workspace_id = $1 AND coalesce(grant_of, id) =
               (SELECT coalesce(grant_of, id) FROM connections WHERE workspace_id = $1 AND id = $2)
         ORDER BY id FOR NO KEY UPDATE",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id, secret)| (ConnectionId(id), secret)).collect())
}

/// The dead connections that a new grant of this one would open as well, as far as that can be told without asking the
/// vendor: of the same platform, by the same way and door. With the accounts that each reads.
///
/// # Errors
/// What the database says.
pub(super) async fn dead_alike(
    pipeline: &Pipeline,
    row: &store::ConnectionRow,
    way: &way::Way,
    settings: &BTreeMap<String, String>,
) -> Result<BTreeMap<ConnectionId, BTreeSet<String>>> {
    let workspace = row.workspace();
    let mut tx = pipeline.database.scoped(workspace).await?;
    let mut alike = BTreeMap::new();
    let door = |all: &BTreeMap<String, String>| -> Vec<Option<String>> {
        let names = way.settings.iter().map(|(name, _)| *name);
        names
            .chain(way.choices.iter().map(|choice| choice.setting))
            .map(|name| all.get(name).cloned())
            .collect()
    };
    for other in store::connections(&mut tx, workspace).await? {
        if other.id == row.id || other.platform != row.platform || other.state != "needs_reconnect" {
            continue;
        }
        let is_same_way = vault::open(pipeline, other.id(), &other.secret)
            .is_ok_and(|sealed| sealed.way.as_deref().is_none_or(|name| name == way.name));
        if !is_same_way || door(&other.settings.0) != door(settings) || other.base_url != row.base_url {
            continue;
        }
        let accounts = store::accounts(&mut tx, workspace, Some(other.id())).await?;
        let read =
            accounts.into_iter().filter(|account| account.is_selected).map(|account| account.remote_id);
        alike.insert(other.id(), read.collect());
    }
    tx.commit().await?;
    Ok(alike)
}

/// Gives the connection and all that share its grant new credentials, `joining` ones from now on, too, and lets them
/// run.
///
/// # Errors
/// What the database says.
pub(super) async fn renew(
    pipeline: &Pipeline,
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    joining: &[ConnectionId],
    sealed: &vault::Sealed,
    now: DateTime<Utc>,
) -> Result<()> {
    let grant = number(&mut *tx, workspace, connection).await?;
    for other in joining {
        sqlx::query("UPDATE connections SET grant_of = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(workspace.0)
            .bind(other.0)
            .bind(grant)
            .execute(&mut *tx)
            .await?;
    }
    for (each, _) in sharing(&mut *tx, workspace, connection).await? {
        vault::keep(pipeline, &mut *tx, workspace, each, sealed).await?;
        sqlx::query(
            "UPDATE connections SET grant_number = grant_number + 1 WHERE workspace_id = $1 AND id = $2",
        )
        .bind(workspace.0)
        .bind(each.0)
        .execute(&mut *tx)
        .await?;
        let row = store::connection(&mut *tx, workspace, each).await?;
        // One that works has its own time to run.
        if row.state == "choosing_accounts" || (each != connection && row.state != "needs_reconnect") {
            continue;
        }
        store::set_state(&mut *tx, workspace, each, "ready", None, None, Some(now)).await?;
        jobs::enqueue(&mut *tx, workspace, each, now).await?;
    }
    Ok(())
}
