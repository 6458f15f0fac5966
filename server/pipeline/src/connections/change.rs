//! Name, schedule, settings, accounts and pause of a connection.

use super::{settings, store};
use crate::error::Result;
use crate::{Pipeline, jobs};
use chrono::{DateTime, TimeDelta, Utc};
use model::AppError;
use model::access::Member;
use model::connections::{ConnectionChange, Schedule};
use model::ids::ConnectionId;
use model::live::Topic;
use sqlx::types::Json;

/// Changes what the change names, and runs the connection now where that brings other figures.
///
/// # Errors
/// With the field that is wrong.
pub(super) async fn change(
    pipeline: &Pipeline,
    member: &Member,
    connection: ConnectionId,
    change: ConnectionChange,
) -> Result<()> {
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.begin().await?;
    let row = store::connection(&mut tx, member.workspace, connection).await?;
    let name = change.name.as_deref().map_or(row.name.as_str(), str::trim);
    if name.is_empty() || name.chars().count() > 80 {
        return Err(AppError::invalid_field("name", "A name has 1 to 80 characters.").into());
    }
    let before = &row.settings.0;
    let mut after = before.clone();
    if let Some(changed) = &change.settings {
        let connector = pipeline
            .settings
            .connectors
            .find(&row.platform)
            .ok_or_else(|| AppError::not_found("There is no such platform."))?;
        after = settings::changed(connector, before, changed)?;
        if settings::restates(connector, before, &after) {
            // Slices in hand end first, and a run that goes on finds that it may not.
            sqlx::query(
                "UPDATE connections SET reading_number = reading_number + 1
                 WHERE id = (SELECT id FROM connections WHERE workspace_id = $1 AND id = $2 FOR UPDATE)",
            )
            .bind(member.workspace.0)
            .bind(connection.0)
            .execute(&mut *tx)
            .await?;
            // What was read under the old meaning counts as unread. The figures stay until they are replaced.
            sqlx::query("DELETE FROM stream_days WHERE workspace_id = $1 AND connection_id = $2")
                .bind(member.workspace.0)
                .bind(connection.0)
                .execute(&mut *tx)
                .await?;
        }
    }
    let schedule = change.schedule.unwrap_or_else(|| row.schedule());
    let is_paused = change.paused.unwrap_or(row.is_paused);
    sqlx::query(
        "UPDATE connections SET name = $3, settings = $4, schedule = $5, is_paused = $6,
                every_seconds = CASE WHEN $7 THEN NULL ELSE every_seconds END
         WHERE workspace_id = $1 AND id = $2",
    )
    .bind(member.workspace.0)
    .bind(connection.0)
    .bind(name)
    .bind(Json(&after))
    .bind(schedule.name())
    .bind(is_paused)
    .bind(change.schedule.is_some())
    .execute(&mut *tx)
    .await?;
    let mut is_wider = after != *before;
    if let Some(accounts) = &change.accounts {
        if accounts.is_empty() {
            return Err(
                AppError::invalid_field("accounts", "Choose at least one account, or disconnect.").into()
            );
        }
        store::select_accounts(&mut tx, member.workspace, connection, accounts).await?;
        is_wider = true;
    }
    let works = !matches!(row.state.as_str(), "choosing_accounts" | "needs_reconnect");
    let is_now = is_wider || row.is_paused && !is_paused;
    let next = next_run(&row, schedule, change.schedule.is_some(), is_now, now);
    if works
        && !is_paused
        && let Some(at) = next
    {
        sqlx::query("UPDATE connections SET next_run_at = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(member.workspace.0)
            .bind(connection.0)
            .bind(at)
            .execute(&mut *tx)
            .await?;
        jobs::enqueue(&mut tx, member.workspace, connection, at).await?;
    }
    database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
    Ok(tx.commit().await?)
}

fn next_run(
    row: &store::ConnectionRow,
    schedule: Schedule,
    is_new_schedule: bool,
    is_now: bool,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if is_now {
        return Some(now);
    }
    let interval = schedule.seconds().filter(|_| is_new_schedule)?;
    let soonest = row.next_run_at.unwrap_or(now);
    Some(soonest.min(now + TimeDelta::seconds(i64::from(interval))))
}
