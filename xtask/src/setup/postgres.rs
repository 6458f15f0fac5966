//! The PostgreSQL that the server runs its private cluster with.

use super::apt;
use crate::{process, say};
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The oldest major version that the warehouse runs on.
const OLDEST: u32 = 15;

/// Where Debian keeps the binaries, one folder per major version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// Makes sure of the PostgreSQL binaries. With `DATABASE_URL` set there is nothing to do.
///
/// # Errors
/// When they are missing and can't be installed, or are too old.
pub fn ensure() -> Result<()> {
    if std::env::var_os("DATABASE_URL").is_some() {
        say::note("DATABASE_URL is set: that database is used");
        return Ok(());
    }
    if report(newest()) {
        return Ok(());
    }
    let elsewhere = format!("Install PostgreSQL {OLDEST} or newer, or set DATABASE_URL to a running one.");
    apt::install(&["postgresql"], "PostgreSQL", &elsewhere)?;
    if report(newest()) {
        return Ok(());
    }
    bail!("the PostgreSQL of this system is older than {OLDEST}. {elsewhere}");
}

fn report(found: Option<(u32, PathBuf)>) -> bool {
    match found {
        Some((version, folder)) if version >= OLDEST => {
            say::note(format_args!("PostgreSQL {version} in {}", folder.display()));
            true
        }
        _ => false,
    }
}

/// The newest version on this machine, with the folder of its binaries.
fn newest() -> Option<(u32, PathBuf)> {
    let on_path = process::find("initdb").and_then(|initdb| initdb.parent().map(Path::to_path_buf));
    let debian = fs::read_dir(DEBIAN_FOLDER)
        .ok()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    on_path
        .into_iter()
        .chain(debian)
        .filter(|folder| folder.join("initdb").is_file())
        .filter_map(|folder| Some((version_of(&folder.join("postgres"))?, folder)))
        .max()
}

fn version_of(postgres: &Path) -> Option<u32> {
    major_version(&process::output(process::command(postgres).arg("--version")).ok()?)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15, `postgres (PostgreSQL) 19beta1` is 19.
fn major_version(answer: &str) -> Option<u32> {
    let version =
        answer.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let digits = version.find(|char: char| !char.is_ascii_digit()).map_or(version, |end| &version[..end]);
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major_version("something else"), None);
    }
}
