//! What can go wrong with the private cluster: each message names the place and says what to do.

use std::io;
use std::path::{Path, PathBuf};

/// The private PostgreSQL can't be made, started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No usable PostgreSQL on this machine.
    #[error(
        "no PostgreSQL {} or newer was found{found}. Install it (Debian, Ubuntu: apt install postgresql; \
         Fedora: dnf install postgresql-server), or set DATABASE_URL to a server elsewhere",
        crate::error::OLDEST_MAJOR
    )]
    NotInstalled {
        /// What was found instead, or empty.
        found: String,
    },
    /// The data were made by another major version.
    #[error(
        "the data in {} were made by PostgreSQL {made_by}, and this machine has {installed}. PostgreSQL can't read \
         the files of another major version. Either install version {made_by} again (Debian: apt install \
         postgresql-{made_by}), or move the data: where version {made_by} is installed, run pg_dump on the database \
         windhover; here, move that directory away, start Windhover once with an empty one, and restore the dump",
        .directory.display()
    )]
    OtherVersion {
        /// The cluster's directory.
        directory: PathBuf,
        /// Content of `PG_VERSION`.
        made_by: String,
        /// Versions that are installed, for people.
        installed: String,
    },
    /// Somebody else's files are where the cluster should be.
    #[error(
        "{} is not empty, but it is no PostgreSQL cluster (PG_VERSION is missing). \
         Move these files away, or choose another data directory",
        .directory.display()
    )]
    NotACluster {
        /// The directory.
        directory: PathBuf,
    },
    /// Another server uses the data directory.
    #[error(
        "another Windhover (process {pid}) already uses the data directory {}. \
         Stop it first, or give this one a directory of its own",
        .directory.display()
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// The first server's process, as it wrote it.
        pid: String,
    },
    /// The directory can't be written.
    #[error("can't write to {} ({reason}). {}", .path.display(), advice(.reason))]
    NotWritable {
        /// What could not be written.
        path: PathBuf,
        /// The system's answer.
        reason: String,
    },
    /// The disk is full.
    #[error(
        "the disk that holds {} is full ({reason}). Make room there, then start again: nothing is lost",
        .path.display()
    )]
    DiskFull {
        /// Where.
        path: PathBuf,
        /// How much there is, or what PostgreSQL said.
        reason: String,
    },
    /// PostgreSQL must not run as root, and its own user can't reach the directory.
    #[error(
        "PostgreSQL may not run as root, so it runs as the user {user:?}; that user can't enter {}. \
         Allow it (chmod o+x {}), or choose a data directory elsewhere, such as /var/lib/windhover",
        .blocked.display(), .blocked.display()
    )]
    NotReachable {
        /// The unprivileged user.
        user: String,
        /// The first directory on the way that it can't pass.
        blocked: PathBuf,
    },
    /// Root, but no user to change to.
    #[error(
        "PostgreSQL may not run as root, and this machine has neither a user postgres nor nobody. \
         Make one (adduser --system postgres), or start Windhover as another user"
    )]
    NoAccount,
    /// A PostgreSQL of an earlier run does not stop.
    #[error(
        "a PostgreSQL of an earlier run still holds {} (processes {pids}) and does not stop. \
         End these processes, then start again",
        .directory.display()
    )]
    StillRunning {
        /// The cluster's directory.
        directory: PathBuf,
        /// Its processes.
        pids: String,
    },
    /// `initdb` failed.
    #[error("initdb failed in {}:\n{output}", .directory.display())]
    Initdb {
        /// Where it worked.
        directory: PathBuf,
        /// What it printed.
        output: String,
    },
    /// The server ended while starting, or never answered.
    #[error("PostgreSQL does not start ({reason}). The end of its log, {}:\n{tail}", .log.display())]
    DoesNotStart {
        /// How it ended.
        reason: String,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The stored password does not fit.
    #[error(
        "PostgreSQL refuses the password in {}: is that file from another installation? \
         Remove it to have a new password made",
        .file.display()
    )]
    WrongPassword {
        /// The password file.
        file: PathBuf,
    },
    /// A statement during set-up failed.
    #[error("preparing the private database: {0}")]
    Sql(#[from] sqlx::Error),
    /// The operating system refused something else.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// The system's answer.
        source: io::Error,
    },
}

fn advice(reason: &str) -> &'static str {
    if reason.to_lowercase().contains("read-only") {
        "The file system is mounted read-only: mount it writable (an error on the disk may be the cause: see dmesg), or choose another data directory"
    } else {
        "Give the user that runs Windhover the right to write there, or choose another data directory"
    }
}

impl ClusterError {
    /// Sorts an error of the file system by what the person must do.
    pub(crate) fn io(path: &Path, error: &io::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path, reason },
            _ => Self::NotWritable { path, reason },
        }
    }

    pub(crate) fn system(what: impl Into<String>, source: io::Error) -> Self {
        Self::System { what: what.into(), source }
    }
}
