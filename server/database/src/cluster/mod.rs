//! The private PostgreSQL: a cluster in the data directory, run by the server as a child process.
//!
//! - Made by `initdb` at the first start, beside its place and then renamed, so that a killed attempt leaves nothing.
//! - Listens on 127.0.0.1 only; the superuser's password is random and stands in the data directory, mode 0600.
//! - PostgreSQL is in a process group of its own, so that Ctrl-C stops us first. When we are killed, it goes on until
//!   the next start, which stops it gracefully (it can't be tied to our death: Linux ties a child to the *thread* that
//!   started it) and starts it anew.
//! - When it dies, the supervisor starts it again, on the same port, a limited number of times.

pub(crate) mod account;
pub(crate) mod binaries;
mod error;
pub(crate) mod initdb;
pub(crate) mod layout;
pub(crate) mod postmaster;
pub(crate) mod process;
mod supervisor;

pub use error::ClusterError;
pub use postmaster::Stopped;
pub use supervisor::Health;

use crate::error::quoted;
use account::Account;
use binaries::{choose, find, usual_directories};
use initdb::{Durability, create, write_settings};
use layout::{Layout, Lock};
use postmaster::{Postmaster, Recipe, StartFailure, free_port};
use process::clear_leftovers;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::PathBuf;
use supervisor::Supervisor;

/// The role that owns the database: no superuser, so that a hole in our SQL is no hole in the machine.
const OWNER: &str = "windhover";
const DATABASE: &str = "windhover";
/// A new cluster with its first journal files takes about 60 MB.
const SPACE_FOR_NEW: u64 = 200 << 20;
const SPACE_TO_START: u64 = 32 << 20;
const PORT_ATTEMPTS: u32 = 5;

/// Where the private cluster lives.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// Windhover's data directory; the cluster is in `postgres/` below it. Made where it is missing.
    pub data_directory: PathBuf,
    /// Directories with PostgreSQL programs; `None` = those on `PATH` and the usual places of distributions.
    pub program_directories: Option<Vec<PathBuf>>,
}

impl ClusterConfig {
    /// The usual programs, and the cluster below that data directory.
    pub fn new(data_directory: impl Into<PathBuf>) -> Self {
        Self { data_directory: data_directory.into(), program_directories: None }
    }
}

/// A running private PostgreSQL with the database `windhover`. Dropped without [`Cluster::stop`], it shuts down too,
/// but nobody waits for it.
#[derive(Debug)]
pub struct Cluster {
    url: SecretString,
    supervisor: Supervisor,
}

impl Cluster {
    /// Makes the cluster where it is missing, starts it and waits until it answers. `progress` gets a sentence before
    /// each step that takes time. `rng` makes the password of a new cluster.
    ///
    /// # Errors
    /// Each says what is wrong, where, and what to do; nothing is left half-made.
    pub async fn start(
        config: &ClusterConfig,
        rng: &mut (dyn CryptoRng + Send),
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, ClusterError> {
        let layout = Layout::prepare(&config.data_directory)?;
        let lock = Lock::take(&layout)?;
        let account = Account::for_postgres()?;
        account.check_reach(layout.root()).await?;
        let made_by = layout.made_by()?;
        let directories = config.program_directories.clone().unwrap_or_else(usual_directories);
        let installation = choose(&find(&directories), made_by.as_deref(), &layout.cluster())?;
        layout.check_space(if made_by.is_some() { SPACE_TO_START } else { SPACE_FOR_NEW })?;

        let (password, is_new) = layout.password(rng)?;
        let recipe = Recipe { layout, installation, account, password };
        if made_by.is_none() {
            progress(&format!(
                "making a private PostgreSQL {} in {}",
                recipe.installation.major,
                recipe.layout.cluster().display()
            ));
            create(&recipe.layout, &recipe.installation, &recipe.account, &recipe.password, Durability::Safe)
                .await?;
        }
        clear_leftovers(&recipe.layout.cluster(), progress).await?;
        if made_by.is_some() && is_new {
            progress("the file with PostgreSQL's password is gone: setting a new password");
            initdb::reset_password(&recipe.layout, &recipe.installation, &recipe.account, &recipe.password)
                .await?;
        }
        write_settings(&recipe.layout, &recipe.account, Durability::Safe)?;

        let (postmaster, mut connection) = start_on_free_port(&recipe, progress).await?;
        ensure_database(&mut connection, &recipe.password).await?;
        connection.close().await?;
        let port = postmaster.port();
        recipe.layout.remember_port(port)?;
        tracing::info!(
            port,
            pid = postmaster.pid(),
            version = recipe.installation.major,
            "private PostgreSQL is up"
        );
        let url = address(&recipe.layout, &recipe.password, port);
        Ok(Self { url, supervisor: Supervisor::start(recipe, postmaster, lock) })
    }

    /// Address of the database of a server that is running on this data directory, for programs beside it (command
    /// line). None when no server runs there.
    ///
    /// # Errors
    /// When the data directory can't be used.
    pub fn address_of_running(config: &ClusterConfig) -> Result<Option<SecretString>, ClusterError> {
        let layout = Layout::prepare(&config.data_directory)?;
        match Lock::take(&layout) {
            Ok(_free) => return Ok(None),
            Err(ClusterError::InUse { .. }) => {}
            Err(other) => return Err(other),
        }
        let password = std::fs::read_to_string(layout.password_file()).ok();
        Ok(layout
            .remembered_port()
            .zip(password)
            .map(|(port, password)| address(&layout, &SecretString::from(password.trim().to_owned()), port)))
    }

    /// Address of the database, for [`crate::Database::connect`]. Stays the same over restarts by the supervisor.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// How it is now.
    pub fn health(&self) -> Health {
        self.supervisor.health()
    }

    /// Waits until PostgreSQL is down for good: it died too often, or was stopped. Answers why.
    pub async fn wait(&self) -> Health {
        self.supervisor.wait().await
    }

    /// Stops PostgreSQL gracefully and waits for it. Close the pools first.
    ///
    /// # Errors
    /// When it can't be stopped, or had already failed.
    pub async fn stop(self) -> Result<Stopped, ClusterError> {
        self.supervisor.stop().await
    }
}

/// By socket where there is one, else by loopback. The password is hexadecimal: nothing to escape.
fn address(layout: &Layout, password: &SecretString, port: u16) -> SecretString {
    let password = password.expose_secret();
    let mut url = format!("postgres://{OWNER}:{password}@127.0.0.1:{port}/{DATABASE}?sslmode=disable");
    if let Some(directory) = layout.socket_directory() {
        let query: String =
            url::form_urlencoded::byte_serialize(directory.to_string_lossy().as_bytes()).collect();
        url.push_str("&host=");
        url.push_str(&query);
    }
    url.into()
}

async fn start_on_free_port(
    recipe: &Recipe,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(Postmaster, PgConnection), ClusterError> {
    let mut remembered = recipe.layout.remembered_port();
    for _ in 0..PORT_ATTEMPTS {
        let port = free_port(remembered)?;
        match Postmaster::start(recipe, port, progress).await {
            Ok(started) => return Ok(started),
            // Somebody took it between our look and PostgreSQL's start.
            Err(StartFailure::PortTaken) => remembered = None,
            Err(StartFailure::WrongPassword) => {
                return Err(ClusterError::WrongPassword { file: recipe.layout.password_file() });
            }
            Err(StartFailure::Other(error)) => return Err(error),
        }
    }
    let reason = format!("{PORT_ATTEMPTS} ports in a row were taken by others at the last moment");
    Err(ClusterError::DoesNotStart { reason, log: recipe.layout.log(), tail: String::new() })
}

/// Makes sure of the owner's role, its password and the database. Each step may have been done before.
async fn ensure_database(connection: &mut PgConnection, password: &SecretString) -> Result<(), ClusterError> {
    let owner = quoted(OWNER);
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
        .bind(OWNER)
        .fetch_one(&mut *connection)
        .await?;
    let verb = if exists { "ALTER" } else { "CREATE" };
    let role = format!("{verb} ROLE {owner} LOGIN CREATEROLE PASSWORD '{}'", password.expose_secret());
    sqlx::query(AssertSqlSafe(role)).execute(&mut *connection).await?;
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        let database = format!("CREATE DATABASE {} OWNER {owner}", quoted(DATABASE));
        sqlx::query(AssertSqlSafe(database)).execute(&mut *connection).await?;
    }
    Ok(())
}
