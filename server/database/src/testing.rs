//! A fresh, migrated database for each test: `let db = database::testing::fresh().await;`
//!
//! All test processes of this user share one PostgreSQL with `fsync` off, below the build's target directory. The first
//! test that needs it starts it; a shell beside it stops it a minute after the last test process ended (each holds
//! a shared lock on a file as long as it lives), so that nothing stays behind. It keeps no pipe of the test runner.
//! The database of a test that failed is kept for a day, and its name is printed.
//!
//! With `WINDHOVER_TEST_DATABASE_URL` set, the address of a superuser, that server is used instead.

mod server;
mod template;

use crate::pool::{Database, PoolOptions};
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A database of one test. Dropped with the value, unless the test panics.
#[derive(Debug)]
pub struct TestDatabase {
    database: Database,
    name: String,
    server: PgConnectOptions,
}

impl TestDatabase {
    /// For handing to the code under test.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// The address, for code that connects by itself.
    pub fn url(&self) -> SecretString {
        self.server.clone().database(&self.name).to_url_lossy().to_string().into()
    }
}

impl Deref for TestDatabase {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the database of this test is kept for a day: {}", self.name);
            return;
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        // On a thread of its own: the test's runtime may be ending, and drop can't await.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|r| r.block_on(drop_database(&server, &name)))
        });
        match dropped.join() {
            Ok(Ok(Ok(()))) => {}
            other => eprintln!("could not drop the database {}: {other:?}", self.name),
        }
    }
}

async fn drop_database(server: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut connection = server.connect().await?;
    let sql = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

/// A new database with the whole schema.
///
/// # Panics
/// When no test server can be had: then no test can run, and the message says why.
pub async fn fresh() -> TestDatabase {
    let template = template::name();
    make(Some(&template)).await
}

/// A new database with nothing in it, for tests of migrations.
///
/// # Panics
/// As [`fresh`].
pub async fn empty() -> TestDatabase {
    make(None).await
}

async fn make(template: Option<&str>) -> TestDatabase {
    let server = server::shared().await;
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}_{}", std::process::id(), test_name());
    let from = template.map(|t| format!(" TEMPLATE \"{t}\"")).unwrap_or_default();
    let made = async {
        let mut connection = server.connect().await?;
        // The process number may have been another test's once.
        let drop = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
        sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await?;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE \"{name}\"{from}")))
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    made.await.expect("a database for the test");
    let url: SecretString = server.clone().database(&name).to_url_lossy().to_string().into();
    let options = PoolOptions { max_connections: 10, ..PoolOptions::default() };
    let database = Database::connect(&url, &options).await.expect("a connection for the test");
    TestDatabase { database, name, server }
}

/// The test runner names each thread after its test.
fn test_name() -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("main").replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    // A database's name has at most 63 bytes.
    name[name.len().saturating_sub(40)..].to_lowercase()
}
