//! Which source files changed since the last look.
//!
//! By looking, not by the system's notifications: those are different on each system, limited in number, and silent on
//! network and container file systems.

use super::change::Change;
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const WATCHED: &[&str] =
    &["app", "frontend", "server", "style", "public", ".cargo", "Cargo.toml", "Cargo.lock"];

type Snapshot = HashMap<PathBuf, (Option<SystemTime>, u64)>;

/// The state of the sources at the last look.
pub struct Watch {
    root: PathBuf,
    seen: Snapshot,
}

impl Watch {
    /// Looks for the first time.
    ///
    /// # Errors
    /// When a folder can't be listed.
    pub fn new(root: &Path) -> Result<Self> {
        Ok(Self { root: root.to_owned(), seen: snapshot(root)? })
    }

    /// What was written, created or removed since the last look.
    ///
    /// # Errors
    /// When a folder can't be listed.
    pub fn changes(&mut self) -> Result<Change> {
        let now = snapshot(&self.root)?;
        let written =
            now.iter().filter(|(path, state)| self.seen.get(*path) != Some(state)).map(|(path, _)| path);
        let removed = self.seen.keys().filter(|path| !now.contains_key(*path));
        let change = written
            .chain(removed)
            .filter_map(|path| path.strip_prefix(&self.root).ok())
            .map(Change::of)
            .fold(Change::NOTHING, Change::and);
        self.seen = now;
        Ok(change)
    }
}

fn snapshot(root: &Path) -> Result<Snapshot> {
    let mut snapshot = Snapshot::new();
    let mut todo: Vec<_> = WATCHED.iter().map(|name| root.join(name)).collect();
    while let Some(path) = todo.pop() {
        // A file may vanish between the listing and the look: editors write by renaming.
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if !metadata.is_dir() {
            snapshot.insert(path, (metadata.modified().ok(), metadata.len()));
            continue;
        }
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("{} can't be listed", path.display())),
        };
        todo.extend(
            entries
                .flatten()
                .filter(|entry| is_source(&entry.file_name().to_string_lossy()))
                .map(|e| e.path()),
        );
    }
    Ok(snapshot)
}

/// Not what npm and cargo write, nor an editor's own files.
fn is_source(name: &str) -> bool {
    let temporary = name.ends_with('~') || matches!(name.rsplit_once('.'), Some((_, "swp" | "tmp" | "part")));
    !temporary
        && name != "4913"
        && !name.starts_with(['.', '#'])
        && name != "node_modules"
        && name != "target"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_creating_and_removing_are_seen_once() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let file = |path: &str| dir.path().join(path);
        for folder in ["server/src", "style", "frontend/node_modules"] {
            fs::create_dir_all(file(folder)).expect("created");
        }
        fs::write(file("server/src/main.rs"), "1").expect("written");
        let mut watch = Watch::new(dir.path()).expect("listed");
        let mut changes = || watch.changes().expect("listed");
        assert!(changes().is_nothing());

        fs::write(file("server/src/main.rs"), "22").expect("written");
        assert_eq!(changes(), Change { server: true, ..Change::NOTHING });
        assert!(changes().is_nothing());

        fs::write(file("style/main.css"), "").expect("written");
        assert_eq!(changes(), Change { assets: true, ..Change::NOTHING });

        fs::remove_file(file("server/src/main.rs")).expect("removed");
        assert_eq!(changes(), Change { server: true, ..Change::NOTHING });

        fs::write(file("frontend/node_modules/x.js"), "").expect("written");
        fs::write(file("style/.main.css.swp"), "").expect("written");
        assert!(changes().is_nothing());
    }
}
