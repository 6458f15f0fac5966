//! Content digests: the names of assets, and the stamps by which finished work is recognised.
//!
//! A stamp holds the digest of everything that a step reads. It is kept by content and not by time, so that a build
//! cache serves any clone of the repository.

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Collects what a step depends on.
#[derive(Clone, Default)]
pub struct Inputs(Sha256);

impl Inputs {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A piece of text: a version, a profile, a list of arguments.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.part(text.as_bytes());
        self
    }

    /// The content of a file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn file(mut self, path: &Path) -> Result<Self> {
        let content = fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
        self.part(&content);
        Ok(self)
    }

    /// Names and contents of all files below a folder. A folder that does not exist counts as empty.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn folder(mut self, folder: &Path) -> Result<Self> {
        for file in files_below(folder)? {
            let name = file.strip_prefix(folder).unwrap_or(&file);
            self = self.text(&name.to_string_lossy()).file(&file)?;
        }
        Ok(self)
    }

    /// The digest, in hexadecimal digits.
    pub fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }

    // With its length, so that two parts never read like two others.
    fn part(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// The digest of some bytes.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Does `work` unless the stamp says that it was done with the same inputs and all `outputs` exist.
/// Returns whether it worked.
///
/// # Errors
/// Those of `work`; the stamp is then gone.
pub fn unless_done(
    stamp: &Path,
    inputs: Inputs,
    outputs: &[&Path],
    work: impl FnOnce() -> Result<()>,
) -> Result<bool> {
    let digest = inputs.finish();
    let done = fs::read_to_string(stamp).is_ok_and(|found| found == digest);
    if done && outputs.iter().all(|output| output.exists()) {
        return Ok(false);
    }
    // Removed first: after an interruption nobody must take the half-done work for done.
    if stamp.exists() {
        fs::remove_file(stamp).with_context(|| format!("{} can't be removed", stamp.display()))?;
    }
    work()?;
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} can't be created", folder.display()))?;
    }
    fs::write(stamp, digest).with_context(|| format!("{} can't be written", stamp.display()))?;
    Ok(true)
}

/// All files below a folder, sorted by path; none where the folder does not exist.
///
/// # Errors
/// When a folder can't be listed.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        let entries =
            fs::read_dir(&folder).with_context(|| format!("{} can't be listed", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let first = Inputs::new().text("ab").text("c").finish();
        let second = Inputs::new().text("a").text("bc").finish();
        assert_ne!(first, second);
    }

    #[test]
    fn a_folder_counts_by_names_and_contents() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let digest = || Inputs::new().folder(dir.path()).expect("readable").finish();
        fs::create_dir(dir.path().join("sub")).expect("created");
        fs::write(dir.path().join("sub/a"), "1").expect("written");
        let before = digest();
        fs::write(dir.path().join("sub/a"), "1").expect("written");
        assert_eq!(before, digest(), "same content, later time");
        fs::rename(dir.path().join("sub/a"), dir.path().join("sub/b")).expect("renamed");
        assert_ne!(before, digest(), "another name");
        assert_eq!(
            Inputs::new().folder(&dir.path().join("none")).expect("empty").finish(),
            Inputs::new().finish()
        );
    }

    #[test]
    fn work_is_done_once_per_input_and_again_when_an_output_is_gone() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (stamp, output) = (dir.path().join("stamps/x"), dir.path().join("out"));
        let runs = Cell::new(0);
        let run = |input: &str| {
            unless_done(&stamp, Inputs::new().text(input), &[&output], || {
                runs.set(runs.get() + 1);
                Ok(fs::write(&output, input)?)
            })
            .expect("done")
        };
        assert!(run("a"));
        assert!(!run("a"));
        assert!(run("b"));
        fs::remove_file(&output).expect("removed");
        assert!(run("b"));
        assert_eq!(runs.get(), 3);
    }

    #[test]
    fn failed_work_leaves_no_stamp() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let stamp = dir.path().join("stamp");
        let run = |fails: bool| {
            unless_done(&stamp, Inputs::new().text("a"), &[], || {
                anyhow::ensure!(!fails, "no");
                Ok(())
            })
        };
        assert!(run(false).expect("done"));
        fs::write(&stamp, "other input").expect("written");
        assert!(run(true).is_err());
        assert!(!stamp.exists());
        assert!(run(false).expect("done"));
    }
}
