//! The operating system's user that PostgreSQL runs as. It refuses to run as root.

use super::error::ClusterError;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use tokio::process::Command;

/// Who PostgreSQL runs as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// The user that runs the server.
    Own,
    /// An unprivileged user, because the server is root.
    Other { name: String, uid: u32, gid: u32 },
}

impl Account {
    /// Ourselves, or `postgres` (else `nobody`) when we are root.
    pub(crate) fn for_postgres() -> Result<Self, ClusterError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        let users = std::fs::read_to_string("/etc/passwd")
            .map_err(|e| ClusterError::system("can't read /etc/passwd", e))?;
        ["postgres", "nobody"].iter().find_map(|name| lookup(&users, name)).ok_or(ClusterError::NoAccount)
    }

    /// Lets a child process run as this user.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Self::Other { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    /// Makes this user the owner of a file or directory that we made.
    pub(crate) fn give(&self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid, .. } => {
                chown(path, Some(*uid), Some(*gid)).map_err(|e| ClusterError::io(path, &e))
            }
        }
    }

    /// Checks that this user can enter `directory`, and names the first directory on the way that bars it.
    pub(crate) async fn check_reach(&self, directory: &Path) -> Result<(), ClusterError> {
        let Self::Other { name, uid, gid } = self else { return Ok(()) };
        // Trying it is the only judgement that also knows about access lists and mounts.
        let mut probe = Command::new("/bin/true");
        probe.current_dir(directory);
        self.apply(&mut probe);
        match probe.status().await {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            _ => return Ok(()),
        }
        let mut way: Vec<&Path> = directory.ancestors().collect();
        way.reverse();
        let blocked = way.into_iter().find(|p| !may_enter(p, *uid, *gid)).unwrap_or(directory);
        Err(ClusterError::NotReachable { user: name.clone(), blocked: blocked.to_owned() })
    }
}

fn may_enter(directory: &Path, uid: u32, gid: u32) -> bool {
    let Ok(meta) = directory.metadata() else { return false };
    let bit = match () {
        () if meta.uid() == uid => 0o100,
        () if meta.gid() == gid => 0o010,
        () => 0o001,
    };
    meta.mode() & bit != 0
}

/// A line of passwd(5): name:password:uid:gid:…
fn lookup(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account::Other { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwd_lines() {
        let users =
            "root:x:0:0::/root:/bin/sh\npostgres:x:101:104:PostgreSQL administrator,,,:/var:/bin/bash\n";
        let expected = Account::Other { name: "postgres".into(), uid: 101, gid: 104 };
        assert_eq!(lookup(users, "postgres"), Some(expected));
        assert_eq!(lookup(users, "nobody"), None);
    }
}
