//! The files of the data directory that belong to the private cluster, and the lock on the directory.

use super::error::ClusterError;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Paths below the data directory.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

/// 107 bytes, less the name of the file: `/.s.PGSQL.65535.lock`.
const LONGEST_SOCKET_DIRECTORY: usize = 107 - 20;

impl Layout {
    /// Makes the data directory where it is missing, and makes its path absolute.
    pub(crate) fn prepare(directory: &Path) -> Result<Self, ClusterError> {
        let failed = |e: io::Error| ClusterError::io(directory, &e);
        fs::create_dir_all(directory).map_err(failed)?;
        let root = directory.canonicalize().map_err(failed)?;
        // PostgreSQL's user must pass through when we are root. What is secret in here has its own mode 0600.
        let mode = if rustix::process::geteuid().is_root() { 0o711 } else { 0o700 };
        let now = root.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if now & mode != mode {
            fs::set_permissions(&root, fs::Permissions::from_mode(now | mode)).map_err(failed)?;
        }
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The cluster itself. It appears by a rename, so where it exists, it is whole.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// Where the cluster's Unix socket is; none when its path would be longer than a socket's may be. The socket is
    /// faster than loopback: there, a small COPY waits for a delayed acknowledgement, some 40 ms each time.
    pub(crate) fn socket_directory(&self) -> Option<PathBuf> {
        let directory = self.cluster();
        // The setting is a list with commas.
        let is_plain = directory.to_str().is_some_and(|text| !text.contains([',', '"']));
        (is_plain && directory.as_os_str().len() <= LONGEST_SOCKET_DIRECTORY).then_some(directory)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    pub(crate) fn password_file(&self) -> PathBuf {
        self.root.join("postgres.password")
    }

    fn port_file(&self) -> PathBuf {
        self.root.join("postgres.port")
    }

    /// The version that made the cluster; `None` when there is no cluster yet.
    pub(crate) fn made_by(&self) -> Result<Option<String>, ClusterError> {
        let directory = self.cluster();
        match fs::read_to_string(directory.join("PG_VERSION")) {
            Ok(text) => return Ok(Some(text.trim().to_owned())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(ClusterError::io(&directory, &e)),
        }
        let is_empty = fs::read_dir(&directory).map_or(true, |mut entries| entries.next().is_none());
        if is_empty { Ok(None) } else { Err(ClusterError::NotACluster { directory }) }
    }

    /// The port of the last start.
    pub(crate) fn remembered_port(&self) -> Option<u16> {
        fs::read_to_string(self.port_file()).ok()?.trim().parse().ok()
    }

    pub(crate) fn remember_port(&self, port: u16) -> Result<(), ClusterError> {
        write_secret(&self.port_file(), &port.to_string())
    }

    /// The stored password. The flag says whether it was made now, so that the cluster does not know it yet.
    pub(crate) fn password(
        &self,
        rng: &mut (dyn CryptoRng + Send),
    ) -> Result<(SecretString, bool), ClusterError> {
        let file = self.password_file();
        match fs::read_to_string(&file) {
            Ok(text) if !text.trim().is_empty() => return Ok((SecretString::from(text.trim()), false)),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(ClusterError::io(&file, &e)),
            _ => {}
        }
        let mut bytes = [0_u8; 24];
        rng.fill_bytes(&mut bytes);
        let password = SecretString::from(hex::encode(bytes));
        write_secret(&file, password.expose_secret())?;
        Ok((password, true))
    }

    /// Fails when less than `needed` bytes are free: a PostgreSQL that meets a full disk stops in the middle of work.
    pub(crate) fn check_space(&self, needed: u64) -> Result<(), ClusterError> {
        let stat = rustix::fs::statvfs(&self.root).map_err(|e| ClusterError::io(&self.root, &e.into()))?;
        let free = stat.f_bavail.saturating_mul(stat.f_frsize);
        if free >= needed {
            return Ok(());
        }
        let reason = format!("{} MB free, {} MB needed", free >> 20, needed >> 20);
        Err(ClusterError::DiskFull { path: self.root.clone(), reason })
    }
}

/// Writes a small file that only its owner may read: beside, then renamed, so that it is whole or absent.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<(), ClusterError> {
    let draft = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().map_err(|e| ClusterError::io(path, &e))
}

/// The lock on a data directory. The system gives it back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock and writes our process id for the second server's message.
    pub(crate) fn take(layout: &Layout) -> Result<Self, ClusterError> {
        let path = layout.root().join("windhover.lock");
        let failed = |e: io::Error| ClusterError::io(&path, &e);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // The lock is what counts; the number is only for the message.
                drop(file.read_to_string(&mut pid));
                let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
                return Err(ClusterError::InUse { directory: layout.root().to_owned(), pid });
            }
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        write!(file, "{}", std::process::id()).and_then(|()| file.flush()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_matches::assert_matches;
    use rand::SeedableRng;

    #[test]
    fn the_password_is_made_once_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(directory.path()).unwrap();
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        let (first, is_new) = layout.password(&mut rng).unwrap();
        let (second, is_new_again) = layout.password(&mut rng).unwrap();
        assert_eq!((first.expose_secret(), is_new, is_new_again), (second.expose_secret(), true, false));
        let mode = layout.password_file().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }

    #[test]
    fn the_second_server_is_refused_and_told_who_is_first() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(directory.path()).unwrap();
        let first = Lock::take(&layout).unwrap();
        let error = Lock::take(&layout).unwrap_err();
        assert_matches!(&error, ClusterError::InUse { pid, .. } if *pid == std::process::id().to_string());
        drop(first);
        Lock::take(&layout).unwrap();
    }

    #[test]
    fn a_stale_lock_file_does_not_matter() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("windhover.lock"), "1").unwrap();
        let layout = Layout::prepare(directory.path()).unwrap();
        Lock::take(&layout).unwrap();
        let pid = fs::read_to_string(directory.path().join("windhover.lock")).unwrap();
        assert_eq!(pid, std::process::id().to_string());
    }

    #[test]
    fn a_full_disk_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(directory.path()).unwrap();
        layout.check_space(1).unwrap();
        let text = layout.check_space(u64::MAX).unwrap_err().to_string();
        assert!(text.contains(&*directory.path().to_string_lossy()) && text.contains("Make room"), "{text}");
        let full = ClusterError::io(directory.path(), &io::Error::from(io::ErrorKind::StorageFull));
        assert_matches!(full, ClusterError::DiskFull { .. });
    }

    #[test]
    fn a_read_only_disk_is_named() {
        let text = ClusterError::io(Path::new("/data"), &io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
            .to_string();
        assert!(text.contains("can't write to /data") && text.contains("mounted read-only"), "{text}");
    }

    #[test]
    fn foreign_files_are_not_taken_for_a_cluster() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::prepare(directory.path()).unwrap();
        assert_eq!(layout.made_by().unwrap(), None);
        fs::create_dir(layout.cluster()).unwrap();
        assert_eq!(layout.made_by().unwrap(), None);
        fs::write(layout.cluster().join("photo.jpg"), "").unwrap();
        assert_matches!(layout.made_by(), Err(ClusterError::NotACluster { .. }));
        fs::write(layout.cluster().join("PG_VERSION"), "14\n").unwrap();
        assert_eq!(layout.made_by().unwrap().as_deref(), Some("14"));
    }
}
