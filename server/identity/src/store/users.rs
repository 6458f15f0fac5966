//! People.

use chrono::{DateTime, Utc};
use model::ids::UserId;
use sqlx::{PgConnection, PgExecutor};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct User {
    pub(crate) id: i32,
    pub(crate) email: String,
    pub(crate) password_hash: String,
}

pub(crate) async fn exist(db: impl PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users)").fetch_one(db).await
}

/// Until the transaction ends, nobody else adds a user.
pub(crate) async fn lock(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").execute(tx).await.map(drop)
}

pub(crate) async fn insert(
    tx: &mut PgConnection,
    email: &str,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<UserId, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO users (email, password_hash, password_changed_at, created_at) VALUES ($1, $2, $3, $3) RETURNING id",
    )
    .bind(email)
    .bind(password_hash)
    .bind(now)
    .fetch_one(tx)
    .await
    .map(UserId)
}

pub(crate) async fn by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as("SELECT id, email, password_hash FROM users WHERE lower(email) = lower($1)")
        .bind(email)
        .fetch_optional(db)
        .await
}

pub(crate) async fn by_id(db: impl PgExecutor<'_>, user: UserId) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as("SELECT id, email, password_hash FROM users WHERE id = $1")
        .bind(user.0)
        .fetch_optional(db)
        .await
}

/// Replaces the hash, unless somebody else just did.
pub(crate) async fn set_password(
    tx: &mut PgConnection,
    user: &User,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "UPDATE users SET password_hash = $2, password_changed_at = $3 WHERE id = $1 AND password_hash = $4",
    )
    .bind(user.id)
    .bind(password_hash)
    .bind(now)
    .bind(&user.password_hash)
    .execute(tx)
    .await
    .map(|done| done.rows_affected() == 1)
}
