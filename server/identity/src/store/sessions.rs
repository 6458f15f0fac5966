//! Sessions: opened, used, ended.

use crate::token::Hash;
use chrono::{DateTime, Utc};
use model::access::Origin;
use model::ids::{SessionId, UserId};
use sqlx::{PgConnection, PgExecutor};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Session {
    pub(crate) id: i64,
    pub(crate) user_id: i32,
    pub(crate) email: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_seen_at: DateTime<Utc>,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Listed {
    pub(crate) id: i64,
    pub(crate) user_agent: String,
    pub(crate) address: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_seen_at: DateTime<Utc>,
}

/// The start of a text, in characters: what a client sends may be long.
fn short(text: &str, characters: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(characters).collect()
}

/// Opens one, and clears away those of anybody that have expired.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    user: UserId,
    hash: &Hash,
    origin: &Origin,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(&mut *tx).await?;
    sqlx::query(
        "INSERT INTO sessions (token_hash, user_id, user_agent, address, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $5, $6)",
    )
    .bind(hash.as_slice())
    .bind(user.0)
    .bind(short(&origin.user_agent, 400))
    .bind(short(&origin.address, 64))
    .bind(now)
    .bind(expires_at)
    .execute(tx)
    .await
    .map(drop)
}

pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    hash: &Hash,
    now: DateTime<Utc>,
) -> Result<Option<Session>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.id, s.user_id, u.email, s.created_at, s.last_seen_at
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.token_hash = $1 AND s.expires_at > $2",
    )
    .bind(hash.as_slice())
    .bind(now)
    .fetch_optional(db)
    .await
}

pub(crate) async fn touch(
    db: impl PgExecutor<'_>,
    session: i64,
    origin: &Origin,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE sessions SET last_seen_at = $2, expires_at = $3, user_agent = $4, address = $5 WHERE id = $1",
    )
    .bind(session)
    .bind(now)
    .bind(expires_at)
    .bind(short(&origin.user_agent, 400))
    .bind(short(&origin.address, 64))
    .execute(db)
    .await
    .map(drop)
}

pub(crate) async fn list(
    db: impl PgExecutor<'_>,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, user_agent, address, created_at, last_seen_at FROM sessions
         WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC",
    )
    .bind(user.0)
    .bind(now)
    .fetch_all(db)
    .await
}

/// Ends one of the user's own. False when there is none such.
pub(crate) async fn end(
    db: impl PgExecutor<'_>,
    user: UserId,
    session: SessionId,
) -> Result<bool, sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id = $2")
        .bind(user.0)
        .bind(session.0)
        .execute(db)
        .await
        .map(|done| done.rows_affected() == 1)
}

pub(crate) async fn end_others(
    tx: &mut PgConnection,
    user: UserId,
    kept: SessionId,
) -> Result<u64, sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2")
        .bind(user.0)
        .bind(kept.0)
        .execute(tx)
        .await
        .map(|done| done.rows_affected())
}
