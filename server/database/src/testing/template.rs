//! The migrated database that each test's own is copied from.

use crate::migrate::{MIGRATOR, migrate};
use crate::pool::{Database, PoolOptions};
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Named after the content of all migrations: another checkout, or an edited migration, gets another template.
pub(super) fn name() -> String {
    let mut hasher = DefaultHasher::new();
    for migration in MIGRATOR.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    format!("template_{:016x}", hasher.finish())
}

/// Makes the template where it is missing. The caller holds the lock of the test server.
pub(super) async fn ensure(
    server: &PgConnectOptions,
    mut connection: PgConnection,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let name = name();
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        // Under another name until it is whole.
        let draft = format!("draft_{name}");
        execute(&mut connection, format!("DROP DATABASE IF EXISTS \"{draft}\" WITH (FORCE)")).await?;
        execute(&mut connection, format!("CREATE DATABASE \"{draft}\"")).await?;
        let url: SecretString = server.clone().database(&draft).to_url_lossy().to_string().into();
        let database = Database::connect(&url, &PoolOptions::default()).await?;
        migrate(&database).await?;
        database.close().await;
        // The pool's connections may need a moment to be gone; nobody else may be connected for these two.
        execute(&mut connection, format!("ALTER DATABASE \"{draft}\" ALLOW_CONNECTIONS false")).await?;
        sqlx::query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1")
            .bind(&draft)
            .execute(&mut connection)
            .await?;
        execute(&mut connection, format!("ALTER DATABASE \"{draft}\" RENAME TO \"{name}\"")).await?;
    }
    connection.close().await?;
    Ok(())
}

async fn execute(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}
