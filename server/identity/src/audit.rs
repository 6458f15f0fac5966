//! Who did what: one row per action, in the transaction of the action.

use chrono::{DateTime, Utc};
use model::ids::{UserId, WorkspaceId};
use sqlx::PgConnection;

/// One action for the log.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Where; `None` = the whole installation.
    pub workspace: Option<WorkspaceId>,
    /// Who; `None` = the server itself, or somebody unknown.
    pub user: Option<UserId>,
    /// What, as `subject.verb`: `password.changed`.
    pub action: &'static str,
    /// Whatever helps to understand it later. Never a secret.
    pub detail: serde_json::Value,
}

/// Writes the entry.
///
/// # Errors
/// What the database says.
pub async fn record(connection: &mut PgConnection, entry: &Entry) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO audit_log (workspace_id, user_id, at, action, detail) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(entry.workspace.map(|w| w.0))
    .bind(entry.user.map(|u| u.0))
    .bind(entry.at)
    .bind(entry.action)
    .bind(&entry.detail)
    .execute(connection)
    .await
    .map(drop)
}
