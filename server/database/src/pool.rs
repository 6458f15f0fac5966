//! The connection pool of one process.

use crate::error::{DatabaseError, OLDEST_MAJOR, code};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
use std::str::FromStr;
use std::time::Duration;

/// How many connections, and how patient they are.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Most connections at a time.
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
    /// The server ends a statement that takes longer. A load that needs more says so itself:
    /// `SET LOCAL statement_timeout = …`.
    pub statement_timeout: Duration,
    /// What `pg_stat_activity` shows.
    pub application_name: String,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            max_connections: 20,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_mins(1),
            application_name: "windhover".into(),
        }
    }
}

/// A checked connection pool. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Connects and checks the server's version.
    ///
    /// # Errors
    /// Says what is wrong with the address, the login, the database or the version, and what to do.
    pub async fn connect(url: &SecretString, options: &PoolOptions) -> Result<Self, DatabaseError> {
        let url = url.expose_secret();
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(DatabaseError::InvalidUrl { reason: "it does not begin with postgres://".into() });
        }
        let connect = PgConnectOptions::from_str(url)
            .map_err(|e| DatabaseError::InvalidUrl { reason: e.to_string() })?
            .application_name(&options.application_name)
            .options([
                ("statement_timeout", options.statement_timeout.as_millis().to_string()),
                // A client that died in the middle must not keep rows locked for ever.
                ("idle_in_transaction_session_timeout", "600000".to_owned()),
            ]);
        let address = format!("{}:{}", connect.get_host(), connect.get_port());
        let user = connect.get_username().to_owned();
        let database = connect.get_database().unwrap_or(&user).to_owned();
        // Not through the pool, which would try a refused address again and again and then only say that it waited.
        let mut probe = tokio::time::timeout(options.acquire_timeout, connect.connect())
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
            .map_err(|error| refused(error, &address, &user, &database))?;
        let (number, found): (i32, String) = sqlx::query_as(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')",
        )
        .fetch_one(&mut probe)
        .await?;
        probe.close().await?;
        if u32::try_from(number / 10_000).unwrap_or(0) < OLDEST_MAJOR {
            return Err(DatabaseError::TooOld { address, found });
        }
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .connect_lazy_with(connect);
        Ok(Self { pool })
    }

    /// The owner's pool: sees every workspace. Rows of a workspace belong into [`Database::scoped`].
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Whether the database answers, for the readiness check.
    ///
    /// # Errors
    /// When it does not answer within the pool's patience.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT 1").execute(&self.pool).await.map(drop)
    }

    /// Waits for connections in use to come back and closes them all.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn refused(error: sqlx::Error, address: &str, user: &str, database: &str) -> DatabaseError {
    let (address, user) = (address.to_owned(), user.to_owned());
    match code(&error).as_deref() {
        Some("3D000") => DatabaseError::NoSuchDatabase { address, database: database.to_owned(), user },
        Some("28P01" | "28000") => DatabaseError::LoginRefused { address, user, reason: error.to_string() },
        Some(_) => DatabaseError::Sql(error),
        None => DatabaseError::Unreachable { address, source: error },
    }
}
