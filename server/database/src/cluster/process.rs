//! Processes of an earlier run that still hold the cluster's directory. A process is only touched after a look at
//! what it is: the number in `postmaster.pid` alone proves nothing, the system gives numbers out again.

use super::error::ClusterError;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the processes of an earlier run may take to write everything out.
const FAST_STOP: Duration = Duration::from_mins(1);
/// And how long after they were told to drop everything.
const IMMEDIATE_STOP: Duration = Duration::from_secs(10);

/// A process of PostgreSQL that works on the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Holder {
    pid: Pid,
    /// The parent of the others, which takes the shutdown requests.
    is_postmaster: bool,
}

/// Processes that hold the cluster, by `/proc`; none where the system has no `/proc`: there PostgreSQL's own lock
/// file has to be enough.
fn holders(cluster: &Path) -> Vec<Holder> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            let directory = entry.path();
            let command_line = fs::read(directory.join("cmdline")).ok()?;
            let is_postmaster = is_postmaster(&command_line, cluster);
            // A backend shows a title instead of its arguments; it works in the cluster's directory.
            let works_here = || {
                fs::read_link(directory.join("cwd")).is_ok_and(|cwd| cwd == cluster)
                    && command_line.starts_with(b"postgres")
            };
            (is_postmaster || works_here()).then_some(Holder { pid, is_postmaster })
        })
        .collect()
}

/// Whether a command line is `…/postgres … -D <cluster> …`.
fn is_postmaster(command_line: &[u8], cluster: &Path) -> bool {
    let mut arguments = command_line.split(|b| *b == 0);
    let program = arguments.next().unwrap_or_default();
    let name = program.rsplit(|b| *b == b'/').next().unwrap_or_default();
    if name != b"postgres" && name != b"postmaster" {
        return false;
    }
    let arguments: Vec<&[u8]> = arguments.collect();
    arguments.windows(2).any(|pair| pair[0] == b"-D" && pair[1] == cluster.as_os_str().as_bytes())
}

/// Stops what an earlier run left behind, and removes a lock file that names a process of somebody else.
pub(crate) async fn clear_leftovers(
    cluster: &Path,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), ClusterError> {
    let found = holders(cluster);
    if !found.is_empty() {
        progress(&format!("stopping the PostgreSQL of an earlier run (process {})", names(&found)));
        stop(cluster, found).await?;
    }
    let lock_file = cluster.join("postmaster.pid");
    if names_a_foreign_process(&lock_file) {
        // PostgreSQL would take that process for itself and refuse to start. Nobody holds the cluster: we looked, and
        // we hold the lock of the data directory.
        progress("removing the lock file that a killed PostgreSQL left behind");
        fs::remove_file(&lock_file).map_err(|e| ClusterError::io(&lock_file, &e))?;
    }
    clear_socket_locks(cluster)
}

/// A killed PostgreSQL leaves the lock files of its Unix socket, too, and their process id may be another's by now.
/// Nobody holds the cluster, so nobody listens there.
fn clear_socket_locks(cluster: &Path) -> Result<(), ClusterError> {
    // No cluster yet, or none that we may look into: then there is nothing to clear, or the start says why.
    let Ok(entries) = fs::read_dir(cluster) else { return Ok(()) };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
            fs::remove_file(entry.path()).map_err(|e| ClusterError::io(&entry.path(), &e))?;
        }
    }
    Ok(())
}

async fn stop(cluster: &Path, mut found: Vec<Holder>) -> Result<(), ClusterError> {
    let has_postmaster = found.iter().any(|h| h.is_postmaster);
    for holder in &found {
        // Fast shutdown through the postmaster; orphaned backends have none and are asked one by one.
        let signal = if holder.is_postmaster { Signal::INT } else { Signal::TERM };
        if holder.is_postmaster || !has_postmaster {
            send(holder.pid, signal);
        }
    }
    for (patience, next) in [(FAST_STOP, Some(Signal::QUIT)), (IMMEDIATE_STOP, None)] {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            sleep(Duration::from_millis(50)).await;
            found = holders(cluster);
            if found.is_empty() {
                return Ok(());
            }
        }
        if let Some(signal) = next {
            for holder in &found {
                send(holder.pid, signal);
            }
        }
    }
    Err(ClusterError::StillRunning { directory: cluster.to_owned(), pids: names(&found) })
}

fn names(found: &[Holder]) -> String {
    let postmasters: Vec<_> = found.iter().filter(|h| h.is_postmaster).collect();
    let shown = if postmasters.is_empty() { found.iter().collect() } else { postmasters };
    shown.iter().map(|h| h.pid.as_raw_nonzero().to_string()).collect::<Vec<_>>().join(", ")
}

/// Asks a process to stop. That it is already gone is what we wanted.
pub(crate) fn send(pid: Pid, signal: Signal) {
    if let Err(error) = kill_process(pid, signal) {
        tracing::debug!(%error, pid = pid.as_raw_nonzero(), "signal not delivered");
    }
}

/// Whether the first line names a living process. Called when no process of the cluster lives, so it is foreign.
fn names_a_foreign_process(lock_file: &Path) -> bool {
    if !Path::new("/proc/self").exists() {
        return false;
    }
    let Ok(text) = fs::read_to_string(lock_file) else { return false };
    let pid = text.lines().next().and_then(|l| l.trim().parse().ok()).and_then(Pid::from_raw);
    pid.is_some_and(|pid| !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_postmaster_of_this_cluster_counts() {
        let cluster = Path::new("/data/postgres");
        assert!(is_postmaster(
            b"/usr/lib/postgresql/15/bin/postgres\0-D\0/data/postgres\0-c\0port=1\0",
            cluster
        ));
        assert!(!is_postmaster(b"/usr/lib/postgresql/15/bin/postgres\0-D\0/data/other\0", cluster));
        assert!(!is_postmaster(b"vim\0-D\0/data/postgres\0", cluster));
        assert!(!is_postmaster(b"", cluster));
    }

    #[test]
    fn a_lock_file_of_a_dead_process_is_left_to_postgresql() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("postmaster.pid");
        assert!(!names_a_foreign_process(&file));
        // Above the largest number that Linux gives out.
        fs::write(&file, "5000000\n/data\n").unwrap();
        assert!(!names_a_foreign_process(&file));
        fs::write(&file, format!("{}\n/data\n", std::process::id())).unwrap();
        assert!(names_a_foreign_process(&file));
    }
}
