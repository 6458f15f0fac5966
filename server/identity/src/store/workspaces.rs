//! Workspaces and their members.

use crate::error::{IdentityError, Result};
use crate::settings::{week_start_from, week_start_number};
use chrono::{DateTime, Utc};
use model::access::Role;
use model::ids::{UserId, WorkspaceId};
use model::workspace::{Workspace, WorkspaceSettings};
use sqlx::{PgConnection, PgExecutor};

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: i32,
    slug: String,
    name: String,
    currency: String,
    time_zone: String,
    week_start: i16,
    is_demo: bool,
    role: String,
}

impl TryFrom<Row> for Workspace {
    type Error = IdentityError;

    fn try_from(row: Row) -> Result<Self> {
        let unexpected =
            |what: String| IdentityError::Unexpected(format!("{what} for the workspace {}", row.id));
        Ok(Self {
            id: WorkspaceId(row.id),
            week_start: week_start_from(row.week_start)
                .ok_or_else(|| unexpected(format!("the first day of the week {}", row.week_start)))?,
            role: role_from(&row.role).ok_or_else(|| unexpected(format!("the role {:?}", row.role)))?,
            slug: row.slug,
            name: row.name,
            currency: row.currency,
            time_zone: row.time_zone,
            is_demo: row.is_demo,
        })
    }
}

/// As stored.
pub(crate) fn role_text(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Editor => "editor",
        Role::Admin => "admin",
    }
}

pub(crate) fn role_from(text: &str) -> Option<Role> {
    [Role::Viewer, Role::Editor, Role::Admin].into_iter().find(|r| role_text(*r) == text)
}

/// Adds a workspace under the first free one of `slug`, `slug-2`, `slug-3`, …
pub(crate) async fn insert(
    tx: &mut PgConnection,
    slug: &str,
    settings: &WorkspaceSettings,
    is_demo: bool,
    now: DateTime<Utc>,
) -> Result<WorkspaceId, sqlx::Error> {
    let mut number = 1_u32;
    loop {
        let candidate = if number == 1 { slug.to_owned() } else { format!("{slug}-{number}") };
        let added: Option<i32> = sqlx::query_scalar(
            "INSERT INTO workspaces (slug, name, currency, time_zone, week_start, is_demo, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT ON CONSTRAINT workspaces_slug_key DO NOTHING RETURNING id",
        )
        .bind(candidate)
        .bind(&settings.name)
        .bind(&settings.currency)
        .bind(&settings.time_zone)
        .bind(week_start_number(settings.week_start))
        .bind(is_demo)
        .bind(now)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(id) = added {
            return Ok(WorkspaceId(id));
        }
        number += 1;
    }
}

pub(crate) async fn update(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    settings: &WorkspaceSettings,
) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "UPDATE workspaces SET name = $2, currency = $3, time_zone = $4, week_start = $5 WHERE id = $1",
    )
    .bind(workspace.0)
    .bind(&settings.name)
    .bind(&settings.currency)
    .bind(&settings.time_zone)
    .bind(week_start_number(settings.week_start))
    .execute(tx)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Makes the user a member, or leaves the membership that exists.
pub(crate) async fn join(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO memberships (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT ON CONSTRAINT memberships_pkey DO NOTHING",
    )
    .bind(workspace.0)
    .bind(user.0)
    .bind(role_text(role))
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// The user's workspaces, the demo last.
pub(crate) async fn of_user(db: impl PgExecutor<'_>, user: UserId) -> Result<Vec<Workspace>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT w.id, w.slug, w.name, w.currency, w.time_zone, w.week_start, w.is_demo, m.role
         FROM workspaces w JOIN memberships m ON m.workspace_id = w.id
         WHERE m.user_id = $1 ORDER BY w.is_demo, lower(w.name), w.id",
    )
    .bind(user.0)
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Workspace::try_from).collect()
}

/// Workspace and role of a member.
pub(crate) async fn membership(
    db: impl PgExecutor<'_>,
    user: UserId,
    slug: &str,
) -> Result<Option<(WorkspaceId, Role)>> {
    let row: Option<(i32, String)> = sqlx::query_as(
        "SELECT w.id, m.role FROM workspaces w JOIN memberships m ON m.workspace_id = w.id
         WHERE w.slug = $1 AND m.user_id = $2",
    )
    .bind(slug)
    .bind(user.0)
    .fetch_optional(db)
    .await?;
    row.map(|(id, role)| {
        let known = role_from(&role);
        known
            .map(|r| (WorkspaceId(id), r))
            .ok_or_else(|| IdentityError::Unexpected(format!("the role {role:?}")))
    })
    .transpose()
}

/// All workspaces, as their own server sees them (role: admin), the demo last.
pub(crate) async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Workspace>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, slug, name, currency, time_zone, week_start, is_demo, 'admin' AS role
         FROM workspaces ORDER BY is_demo, lower(name), id",
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Workspace::try_from).collect()
}

/// The demo, if there is one.
pub(crate) async fn demo(db: impl PgExecutor<'_>) -> Result<Option<WorkspaceId>, sqlx::Error> {
    let id: Option<i32> =
        sqlx::query_scalar("SELECT id FROM workspaces WHERE is_demo FOR UPDATE").fetch_optional(db).await?;
    Ok(id.map(WorkspaceId))
}

/// Removes a workspace and, by the foreign keys, all that belongs to it.
pub(crate) async fn remove(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM workspaces WHERE id = $1").bind(workspace.0).execute(tx).await.map(drop)
}
