//! The PostgreSQL programs on this machine.

use super::error::ClusterError;
use crate::error::OLDEST_MAJOR;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One installed PostgreSQL: a directory that holds `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    pub(crate) major: u32,
    pub(crate) directory: PathBuf,
}

impl Installation {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// Where to look: each directory of `PATH`, and where Debian and Red Hat put versions beside each other.
pub(crate) fn usual_directories() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    for (parent, below) in [("/usr/lib/postgresql", "bin"), ("/usr", "bin"), ("/usr/local", "bin")] {
        let versions = std::fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path());
        found.extend(versions.map(|version| version.join(below)));
    }
    found
}

/// The installations in these directories, newest first. A directory counts when `postgres` (behind any link) says
/// its version and `initdb` stands beside it: a wrapper on `PATH` alone is no installation.
pub(crate) fn find(directories: &[PathBuf]) -> Vec<Installation> {
    let mut found: Vec<Installation> = Vec::new();
    for directory in directories {
        let Ok(postgres) = directory.join("postgres").canonicalize() else { continue };
        let Some(real) = postgres.parent().map(Path::to_path_buf) else { continue };
        if found.iter().any(|i| i.directory == real) || !real.join("initdb").is_file() {
            continue;
        }
        if let Some(major) = major_of(&postgres) {
            found.push(Installation { major, directory: real });
        }
    }
    found.sort_by_key(|i| std::cmp::Reverse(i.major));
    found
}

fn major_of(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)" → 15; "… 18beta1" → 18.
fn parse_version(text: &str) -> Option<u32> {
    let rest = text.split("(PostgreSQL)").nth(1)?.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The installation for a cluster that `made_by` made, or the newest for a new one.
pub(crate) fn choose(
    installed: &[Installation],
    made_by: Option<&str>,
    cluster: &Path,
) -> Result<Installation, ClusterError> {
    let names = || installed.iter().map(|i| i.major.to_string()).collect::<Vec<_>>().join(", ");
    let Some(made_by) = made_by else {
        return installed.iter().find(|i| i.major >= OLDEST_MAJOR).cloned().ok_or_else(|| {
            let found = if installed.is_empty() { String::new() } else { format!(" (only {})", names()) };
            ClusterError::NotInstalled { found }
        });
    };
    let fits = |i: &&Installation| i.major >= OLDEST_MAJOR && i.major.to_string() == made_by;
    installed.iter().find(fits).cloned().ok_or_else(|| ClusterError::OtherVersion {
        directory: cluster.to_owned(),
        made_by: made_by.to_owned(),
        installed: if installed.is_empty() { "none".into() } else { names() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_matches::assert_matches;

    fn installed(majors: &[u32]) -> Vec<Installation> {
        majors.iter().map(|&major| Installation { major, directory: format!("/pg/{major}").into() }).collect()
    }

    #[test]
    fn versions() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_version("a wrapper of something else"), None);
    }

    #[test]
    fn a_new_cluster_takes_the_newest() {
        assert_eq!(choose(&installed(&[17, 15]), None, Path::new("/d")).unwrap().major, 17);
        let error = choose(&installed(&[14]), None, Path::new("/d")).unwrap_err();
        assert_matches!(&error, ClusterError::NotInstalled { .. });
        assert!(
            error.to_string().contains("(only 14)") && error.to_string().contains("apt install postgresql")
        );
    }

    #[test]
    fn an_old_cluster_takes_its_own_version() {
        assert_eq!(choose(&installed(&[17, 15]), Some("15"), Path::new("/d")).unwrap().major, 15);
        let text = choose(&installed(&[17, 15]), Some("16"), Path::new("/d")).unwrap_err().to_string();
        assert!(text.contains("made by PostgreSQL 16") && text.contains("has 17, 15"), "{text}");
        assert!(text.contains("apt install postgresql-16") && text.contains("pg_dump"), "{text}");
    }

    #[test]
    fn a_directory_without_initdb_is_no_installation() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 17.1'\n")
            .unwrap();
        assert_eq!(find(&[directory.path().to_owned(), "/nonexistent".into()]), []);
    }
}
