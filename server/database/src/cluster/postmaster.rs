//! One run of the PostgreSQL server as a child process: from the start until it answers, and until it has stopped.

use super::account::Account;
use super::binaries::Installation;
use super::error::ClusterError;
use super::initdb::{SUPERUSER, classify, command};
use super::layout::Layout;
use super::process::send;
use crate::error::code;
use rustix::process::{Pid, Signal};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

/// Reading the journal after a crash may take long; a server that says nothing for this long has another problem.
const START_LIMIT: Duration = Duration::from_mins(15);
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// How long sessions may take to end, and the last checkpoint to be written.
const FAST_STOP: Duration = Duration::from_mins(1);
const IMMEDIATE_STOP: Duration = Duration::from_secs(15);
const LOG_LIMIT: u64 = 16 << 20;

/// What every start needs.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) layout: Layout,
    pub(crate) installation: Installation,
    pub(crate) account: Account,
    pub(crate) password: SecretString,
}

impl Recipe {
    /// How to connect as the superuser.
    pub(crate) fn superuser(&self, port: u16) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(SUPERUSER)
            .password(self.password.expose_secret())
            .database("postgres")
            .ssl_mode(PgSslMode::Disable)
            .application_name("windhover-cluster")
            // Among its statements are passwords, which have no place in a log, not even at its finest level.
            .disable_statement_logging()
    }

    /// The arguments of `postgres`.
    pub(crate) fn arguments(&self, port: u16) -> Vec<String> {
        let cluster = self.layout.cluster().to_string_lossy().into_owned();
        let mut arguments = vec!["-D".to_owned(), cluster];
        for setting in [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            format!(
                "unix_socket_directories={}",
                self.layout.socket_directory().map(|d| d.to_string_lossy().into_owned()).unwrap_or_default()
            ),
            "unix_socket_permissions=0700".to_owned(),
        ] {
            arguments.extend(["-c".to_owned(), setting]);
        }
        arguments
    }
}

/// How a stop went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Everything was written out.
    Cleanly,
    /// It had to be cut short; the next start reads the journal, nothing is lost.
    CutShort,
}

/// Why a start failed.
pub(crate) enum StartFailure {
    /// Somebody else has the port: try another one.
    PortTaken,
    /// The password file does not fit the cluster.
    WrongPassword,
    Other(ClusterError),
}

impl From<ClusterError> for StartFailure {
    fn from(error: ClusterError) -> Self {
        Self::Other(error)
    }
}

/// The running server. Dropped, it asks the server to shut down, without waiting.
#[derive(Debug)]
pub(crate) struct Postmaster {
    child: Child,
    pid: Pid,
    port: u16,
}

impl Postmaster {
    /// Starts the server on the port and waits until it answers.
    pub(crate) async fn start(
        recipe: &Recipe,
        port: u16,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<(Self, PgConnection), StartFailure> {
        let log = open_log(&recipe.layout)?;
        let log_start = log.metadata().map_or(0, |m| m.len());
        let failed = |e| ClusterError::system("can't run postgres", e);
        let mut postgres = command(&recipe.installation, "postgres", &recipe.account);
        let child = postgres
            .args(recipe.arguments(port))
            .current_dir(recipe.layout.cluster())
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            // Ctrl-C in the terminal is for us: PostgreSQL stops after our last request.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let Some(pid) = pid else {
            return Err(ClusterError::system(
                "postgres has no process id",
                std::io::Error::other("it ended"),
            )
            .into());
        };
        let mut postmaster = Self { child, pid, port };
        let connection = postmaster.answer(recipe, log_start, progress).await?;
        Ok((postmaster, connection))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    async fn answer(
        &mut self,
        recipe: &Recipe,
        log_start: u64,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<PgConnection, StartFailure> {
        let options = recipe.superuser(self.port);
        let begin = Instant::now();
        let mut told = begin;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(explain(recipe, status, log_start));
            }
            match timeout(Duration::from_secs(10), options.connect()).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) if matches!(code(&error).as_deref(), Some("28P01" | "28000")) => {
                    // Perhaps somebody else answers on this port, and ours is just ending because of it.
                    sleep(Duration::from_millis(500)).await;
                    if let Ok(Some(status)) = self.child.try_wait() {
                        return Err(explain(recipe, status, log_start));
                    }
                    return Err(StartFailure::WrongPassword);
                }
                // 57P03: still starting, or reading the journal after a crash. Otherwise: not listening yet.
                Ok(Err(_)) | Err(_) => {}
            }
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                progress(&format!(
                    "PostgreSQL is recovering after an unclean stop ({} s): nothing to do but wait",
                    begin.elapsed().as_secs()
                ));
            }
            if begin.elapsed() > START_LIMIT {
                let reason = format!("no answer within {} minutes", START_LIMIT.as_secs() / 60);
                return Err(does_not_start(recipe, reason, log_start).into());
            }
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until the server ends by itself.
    pub(crate) async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Fast shutdown: open transactions are rolled back, everything is written out. Cut short when it takes too long.
    pub(crate) async fn stop(mut self) -> Result<Stopped, ClusterError> {
        let failed = |e| ClusterError::system("waiting for PostgreSQL to stop", e);
        send(self.pid, Signal::INT);
        if let Ok(status) = timeout(FAST_STOP, self.child.wait()).await {
            return status
                .map(|s| if s.success() { Stopped::Cleanly } else { Stopped::CutShort })
                .map_err(failed);
        }
        send(self.pid, Signal::QUIT);
        if let Ok(status) = timeout(IMMEDIATE_STOP, self.child.wait()).await {
            return status.map(|_| Stopped::CutShort).map_err(failed);
        }
        self.child.kill().await.map_err(failed)?;
        Ok(Stopped::CutShort)
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        // Not yet waited for, so the number is still ours.
        if matches!(self.child.try_wait(), Ok(None)) {
            send(self.pid, Signal::INT);
        }
    }
}

fn explain(recipe: &Recipe, status: ExitStatus, log_start: u64) -> StartFailure {
    let tail = tail(&recipe.layout.log(), log_start);
    if tail.contains("Address already in use") || tail.contains("could not create any TCP/IP sockets") {
        return StartFailure::PortTaken;
    }
    match classify(&tail, &recipe.layout.cluster()) {
        Some(error) => error.into(),
        None => does_not_start(recipe, format!("it ended with {status}"), log_start).into(),
    }
}

fn does_not_start(recipe: &Recipe, reason: String, log_start: u64) -> ClusterError {
    let log = recipe.layout.log();
    let tail = tail(&log, log_start);
    ClusterError::DoesNotStart { reason, log, tail }
}

/// The last lines that PostgreSQL wrote since `start`.
pub(crate) fn tail(log: &Path, start: u64) -> String {
    const LINES: usize = 15;
    let mut text = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(start.max(end.saturating_sub(16 << 10)).min(end)))?;
        file.read_to_end(&mut text)
    });
    if let Err(error) = read {
        return format!("(can't read it: {error})");
    }
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// PostgreSQL's log, for appending. A log that has grown large is set aside, and the one before it dropped.
pub(crate) fn open_log(layout: &Layout) -> Result<File, ClusterError> {
    let path = layout.log();
    if path.metadata().is_ok_and(|m| m.len() > LOG_LIMIT) {
        fs::rename(&path, path.with_extension("log.1")).map_err(|e| ClusterError::io(&path, &e))?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| ClusterError::io(&path, &e))
}

/// The remembered port when it is free, otherwise any free one.
pub(crate) fn free_port(remembered: Option<u16>) -> Result<u16, ClusterError> {
    let try_port = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|l| l.local_addr());
    if let Some(port) = remembered
        && try_port(port).is_ok()
    {
        return Ok(port);
    }
    try_port(0).map(|a| a.port()).map_err(|e| ClusterError::system("no free port on 127.0.0.1", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_port(Some(port)).unwrap(), port);
        drop(taken);
        assert_eq!(free_port(Some(port)).unwrap(), port);
    }

    #[test]
    fn the_tail_of_the_log_is_of_this_start() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "old\nnew 1\nnew 2\n").unwrap();
        assert_eq!(tail(file.path(), 4), "new 1\nnew 2");
        assert_eq!(tail(file.path(), 400), "");
    }
}
