//! The one-time codes of the first run.

use crate::token::Hash;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};

/// Codes of starts that long ago are forgotten when a new one is made.
const KEPT: TimeDelta = TimeDelta::days(30);

pub(crate) async fn add_code(
    tx: &mut PgConnection,
    hash: &Hash,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM setup_codes WHERE created_at < $1").bind(now - KEPT).execute(&mut *tx).await?;
    sqlx::query("INSERT INTO setup_codes (code_hash, created_at) VALUES ($1, $2)")
        .bind(hash.as_slice())
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

pub(crate) async fn codes(db: impl PgExecutor<'_>) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("SELECT code_hash FROM setup_codes").fetch_all(db).await
}

pub(crate) async fn remove_codes(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM setup_codes").execute(tx).await.map(drop)
}
