//! Making a new cluster, its settings, and a new password for one that exists.

use super::account::Account;
use super::binaries::Installation;
use super::error::ClusterError;
use super::layout::{Layout, write_secret};
use secrecy::{ExposeSecret, SecretString};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Name of the superuser that `initdb` makes.
pub(crate) const SUPERUSER: &str = "postgres";

/// How much the data are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Every commit is on the disk.
    Safe,
    /// Data of tests: fast, and gone after a crash.
    Throwaway,
}

/// A program of PostgreSQL, as the right user and undisturbed by `PG…` variables of ours, and by how we handle memory.
pub(crate) fn command(installation: &Installation, program: &str, account: &Account) -> Command {
    let mut command = Command::new(installation.program(program));
    let is_ours = |name: &str| name.starts_with("PG") || name.starts_with("MALLOC_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    // Messages in English: we read some of them.
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    account.apply(&mut command);
    command
}

/// Makes the cluster beside its place and renames it there when it is whole. What a killed attempt left behind never
/// held data and is removed; a fresh name each time keeps us apart from an `initdb` that outlived its server.
pub(crate) async fn create(
    layout: &Layout,
    installation: &Installation,
    account: &Account,
    password: &SecretString,
    durability: Durability,
) -> Result<(), ClusterError> {
    remove_unfinished(layout)?;
    let draft = layout.root().join(format!("postgres.unfinished.{}", std::process::id()));
    fs::create_dir(&draft).map_err(|e| ClusterError::io(&draft, &e))?;
    account.give(&draft)?;
    let password_file = layout.root().join("postgres.unfinished.password");
    write_secret(&password_file, password.expose_secret())?;
    account.give(&password_file)?;

    let mut initdb = command(installation, "initdb", account);
    initdb
        .arg("--pgdata")
        .arg(&draft)
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8"])
        .args(["--locale", "C.UTF-8", "--data-checksums", "--no-instructions", "--pwfile"])
        .arg(&password_file)
        .current_dir(&draft)
        .stdin(Stdio::null());
    if durability == Durability::Throwaway {
        initdb.arg("--no-sync");
    }
    let output = initdb.output().await.map_err(|e| ClusterError::system("can't run initdb", e));
    // Best effort: a leftover is removed by the next start.
    drop(fs::remove_file(&password_file));
    let output = output?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        drop(fs::remove_dir_all(&draft));
        return Err(
            classify(&text, layout.root()).unwrap_or(ClusterError::Initdb { directory: draft, output: text })
        );
    }
    let conf = draft.join("postgresql.conf");
    let mut text = fs::read_to_string(&conf).map_err(|e| ClusterError::io(&conf, &e))?;
    text.push_str(
        "\n# Managed by Windhover, written again at each start.\ninclude_if_exists = 'windhover.conf'\n",
    );
    text.push_str("# Your own settings: this file comes last and wins.\ninclude_if_exists = 'custom.conf'\n");
    fs::write(&conf, text).map_err(|e| ClusterError::io(&conf, &e))?;
    let place = layout.cluster();
    fs::rename(&draft, &place).map_err(|e| ClusterError::io(&place, &e))?;
    fs::File::open(layout.root()).and_then(|d| d.sync_all()).map_err(|e| ClusterError::io(layout.root(), &e))
}

fn remove_unfinished(layout: &Layout) -> Result<(), ClusterError> {
    let failed = |e: std::io::Error| ClusterError::io(layout.root(), &e);
    for entry in fs::read_dir(layout.root()).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("postgres.unfinished.")) {
            // An initdb that outlived its server may still add files: then it is removed next time.
            drop(if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) });
        }
    }
    Ok(())
}

/// Recognises the failures that have their own advice in what a PostgreSQL program printed.
pub(crate) fn classify(text: &str, path: &Path) -> Option<ClusterError> {
    let line_with = |words: &str| text.lines().find(|l| l.contains(words)).map(|l| l.trim().to_owned());
    if let Some(reason) = line_with("No space left on device").or_else(|| line_with("Disk quota exceeded")) {
        return Some(ClusterError::DiskFull { path: path.to_owned(), reason });
    }
    let reason = line_with("Read-only file system").or_else(|| line_with("Permission denied"))?;
    Some(ClusterError::NotWritable { path: path.to_owned(), reason })
}

/// Writes `windhover.conf`: settings for a small server. Address and port are given on the command line.
pub(crate) fn write_settings(
    layout: &Layout,
    account: &Account,
    durability: Durability,
) -> Result<(), ClusterError> {
    let path = layout.cluster().join("windhover.conf");
    let mut text =
        String::from("# Written by Windhover at each start. Your own settings belong into custom.conf.\n");
    let specific: &[(&str, &str)] = match durability {
        Durability::Safe => &[
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
            ("max_connections", "60"),
            ("shared_buffers", "256MB"),
            ("max_wal_size", "2GB"),
            // Files that are there already: making new ones slows a load by a quarter.
            ("min_wal_size", "512MB"),
        ],
        Durability::Throwaway => &[
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("synchronous_commit", "off"),
            ("max_connections", "400"),
            ("shared_buffers", "128MB"),
            ("max_wal_size", "1GB"),
        ],
    };
    let common = [
        ("password_encryption", "'scram-sha-256'"),
        ("effective_cache_size", "1GB"),
        ("work_mem", "16MB"),
        ("maintenance_work_mem", "128MB"),
        ("random_page_cost", "1.1"),
        ("checkpoint_timeout", "15min"),
        // Its compile time is longer than our statements.
        ("jit", "off"),
        ("timezone", "'UTC'"),
        ("log_timezone", "'UTC'"),
        ("lc_messages", "'C'"),
        ("logging_collector", "off"),
        ("log_destination", "'stderr'"),
        ("log_line_prefix", "'%m [%p] %q%a '"),
        ("log_min_duration_statement", "5s"),
    ];
    for (name, value) in specific.iter().chain(&common) {
        text.extend([name, " = ", value, "\n"]);
    }
    // Containers often have 64 MB here, too little for parallel queries.
    if rustix::fs::statvfs("/dev/shm").is_ok_and(|s| s.f_blocks.saturating_mul(s.f_frsize) < 256 << 20) {
        text.push_str("dynamic_shared_memory_type = mmap\n");
    }
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    write_secret(&path, &text)?;
    account.give(&path)
}

/// Gives the superuser a new password without a server: the single-user mode asks for none.
pub(crate) async fn reset_password(
    layout: &Layout,
    installation: &Installation,
    account: &Account,
    password: &SecretString,
) -> Result<(), ClusterError> {
    let cluster = layout.cluster();
    let mut single = command(installation, "postgres", account);
    single.arg("--single").arg("-D").arg(&cluster).arg("postgres").current_dir(&cluster);
    let mut child = single
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| ClusterError::system("can't run postgres --single", e))?;
    let statement = format!("ALTER ROLE {SUPERUSER} PASSWORD '{}'\n", password.expose_secret());
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(statement.as_bytes())
            .await
            .map_err(|e| ClusterError::system("can't talk to postgres --single", e))?;
    }
    let output = child
        .wait_with_output()
        .await
        .map_err(|e| ClusterError::system("waiting for postgres --single", e))?;
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() && !text.contains("ERROR:") {
        return Ok(());
    }
    let reason = "can't set a new password in single-user mode".to_owned();
    let failure = ClusterError::DoesNotStart { reason, log: layout.log(), tail: text.clone() };
    Err(classify(&text, &cluster).unwrap_or(failure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_matches::assert_matches;

    #[test]
    fn what_postgresql_prints_is_understood() {
        let path = Path::new("/data");
        let full = "FATAL:  could not write lock file \"postmaster.pid\": No space left on device";
        assert_matches!(classify(full, path), Some(ClusterError::DiskFull { .. }));
        let read_only = "FATAL:  could not open file \"global/pg_control\": Read-only file system";
        assert_matches!(classify(read_only, path), Some(ClusterError::NotWritable { .. }));
        assert_matches!(classify("FATAL:  something else", path), None);
    }
}
