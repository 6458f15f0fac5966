//! Why a database can't be used, with what to do about it.

/// Oldest PostgreSQL that the schema runs on (`server_version_num` / 10000).
pub const OLDEST_MAJOR: u32 = 15;

/// Whether PostgreSQL is not there at the moment, which passes: nothing is wrong with the statement. The codes are
/// `admin_shutdown`, `crash_shutdown` and `cannot_connect_now` (PostgreSQL manual, appendix A).
pub fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["57P01", "57P02", "57P03"].contains(&code.as_ref()))
        }
        _ => false,
    }
}

/// The database can't be reached, or is not fit for Windhover.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The address does not parse.
    #[error(
        "DATABASE_URL is no PostgreSQL address ({reason}): write it as postgres://user:password@host:5432/database"
    )]
    InvalidUrl {
        /// What the parser said.
        reason: String,
    },
    /// Nobody answers there.
    #[error(
        "no PostgreSQL answers at {address} ({source}): is it running, and do host and port in DATABASE_URL fit?"
    )]
    Unreachable {
        /// Host and port.
        address: String,
        /// The network's answer.
        source: sqlx::Error,
    },
    /// User or password is refused.
    #[error(
        "PostgreSQL at {address} refuses the user {user:?} ({reason}): check user and password in DATABASE_URL"
    )]
    LoginRefused {
        /// Host and port.
        address: String,
        /// The role.
        user: String,
        /// What the server said.
        reason: String,
    },
    /// The server is there, the database is not.
    #[error(
        "PostgreSQL at {address} has no database {database:?}: make it once with  CREATE DATABASE \"{database}\" OWNER \"{user}\";"
    )]
    NoSuchDatabase {
        /// Host and port.
        address: String,
        /// The missing database.
        database: String,
        /// The role that should own it.
        user: String,
    },
    /// The server is too old.
    #[error("PostgreSQL at {address} is version {found}; Windhover needs {OLDEST_MAJOR} or newer")]
    TooOld {
        /// Host and port.
        address: String,
        /// What it says it is.
        found: String,
    },
    /// The role that separates workspaces is missing and we may not make it.
    #[error(
        "the role windhover_app, which keeps workspaces apart, is missing, and {user:?} may not make it. \
         Let a superuser run this once:  {}",
        app_role_sql(user)
    )]
    AppRoleMissing {
        /// The role that we are.
        user: String,
    },
    /// The role is there, but we may not take it.
    #[error(
        "{user:?} may not act as the role windhover_app. Let a superuser run this once:  {}",
        grant_sql(user)
    )]
    AppRoleNotGranted {
        /// The role that we are.
        user: String,
    },
    /// The role would see every workspace.
    #[error(
        "the role windhover_app may pass by row-level security, so it can't keep workspaces apart. \
         Let a superuser run this once:  ALTER ROLE windhover_app NOSUPERUSER NOBYPASSRLS;"
    )]
    AppRoleTooStrong,
    /// Migrations may not create tables.
    #[error(
        "{user:?} may not create tables in the database {database:?}. \
         Let a superuser run this once:  ALTER DATABASE \"{database}\" OWNER TO \"{user}\";"
    )]
    MayNotCreate {
        /// The role that we are.
        user: String,
        /// Where.
        database: String,
    },
    /// A newer Windhover was here.
    #[error(
        "the database was already changed by a newer Windhover (its schema change {version} is unknown here): \
         start that version again, or restore a backup from before it"
    )]
    Newer {
        /// The unknown migration.
        version: i64,
    },
    /// A migration was edited after it ran.
    #[error(
        "the schema change {version} in the database differs from the one in this program: \
         this is a build from other sources; start the one that made the database"
    )]
    Altered {
        /// The migration in question.
        version: i64,
    },
    /// A migration failed; nothing of it stays.
    #[error("the schema change {version} failed and was rolled back: {source}")]
    Migration {
        /// Which.
        version: i64,
        /// Why.
        source: sqlx::Error,
    },
    /// Anything else that the database says.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
}

fn grant_sql(user: &str) -> String {
    format!("GRANT windhover_app TO {};", quoted(user))
}

fn app_role_sql(user: &str) -> String {
    format!("CREATE ROLE windhover_app NOLOGIN; {}", grant_sql(user))
}

/// An identifier in SQL.
pub(crate) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// The five-character SQLSTATE of an error that the server sent.
pub(crate) fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(std::borrow::Cow::into_owned)
}
