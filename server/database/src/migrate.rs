//! Schema changes of all crates, in one ordered list (folder `migrations`), forward only.

use crate::error::{DatabaseError, code};
use crate::pool::Database;
use sqlx::PgConnection;
use sqlx::migrate::{MigrateError, Migrator};

/// All schema changes that this program knows.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// Brings the schema up to date. Safe to call from several processes at once: one works, the others wait.
///
/// # Errors
/// When the database is newer than the program, or our role lacks a right; then it names the SQL to run once.
pub async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    let mut connection = database.pool().acquire().await?.detach();
    // A schema change on a large table, or waiting for another process that makes it, may take long.
    sqlx::query("SET statement_timeout = 0").execute(&mut connection).await?;
    ensure_app_role(&mut connection).await?;
    let (user, name): (String, String) =
        sqlx::query_as("SELECT current_user::text, current_database()::text")
            .fetch_one(&mut connection)
            .await?;
    MIGRATOR.run(&mut connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => DatabaseError::Newer { version },
        MigrateError::VersionMismatch(version) => DatabaseError::Altered { version },
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)
            if code(&source).as_deref() == Some("42501") =>
        {
            DatabaseError::MayNotCreate { user, database: name }
        }
        MigrateError::ExecuteMigration(source, version) => DatabaseError::Migration { version, source },
        MigrateError::Execute(source) => DatabaseError::Sql(source),
        other => DatabaseError::Sql(sqlx::Error::Migrate(Box::new(other))),
    })
}

/// Makes sure of the role that row-level security applies to. It belongs to the whole server, not to the database,
/// so a restored dump on another server lacks it: this runs at every start.
async fn ensure_app_role(connection: &mut PgConnection) -> Result<(), DatabaseError> {
    let (user, may_create, version): (String, bool, i32) = sqlx::query_as(
        "SELECT rolname::text, rolsuper OR rolcreaterole, current_setting('server_version_num')::int
         FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(&mut *connection)
    .await?;
    let exists: bool = sqlx::query_scalar("SELECT to_regrole('windhover_app') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        if !may_create {
            return Err(DatabaseError::AppRoleMissing { user });
        }
        // Another process, for another database of this server, may be faster by a moment.
        ignoring(connection, "CREATE ROLE windhover_app NOLOGIN", &["42710", "23505"]).await?;
    }
    let too_strong: bool =
        sqlx::query_scalar("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'windhover_app'")
            .fetch_one(&mut *connection)
            .await?;
    if too_strong {
        return Err(DatabaseError::AppRoleTooStrong);
    }
    // Until version 15, to be a member was enough to take a role; since 16 it is a right of its own.
    let may_take = if version >= 160_000 {
        "SELECT pg_has_role('windhover_app', 'SET')"
    } else {
        "SELECT pg_has_role('windhover_app', 'MEMBER')"
    };
    let granted: bool = sqlx::query_scalar(may_take).fetch_one(&mut *connection).await?;
    if granted {
        return Ok(());
    }
    // XX000: "tuple concurrently updated", by another process that grants the same.
    match ignoring(connection, "GRANT windhover_app TO CURRENT_USER", &["XX000"]).await {
        Err(error) if code(&error).as_deref() == Some("42501") => {
            Err(DatabaseError::AppRoleNotGranted { user })
        }
        other => Ok(other?),
    }
}

async fn ignoring(
    connection: &mut PgConnection,
    sql: &'static str,
    codes: &[&str],
) -> Result<(), sqlx::Error> {
    match sqlx::query(sql).execute(connection).await {
        Err(error) if code(&error).is_some_and(|c| codes.contains(&c.as_str())) => Ok(()),
        other => other.map(drop),
    }
}
