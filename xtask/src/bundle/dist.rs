//! The folder `dist/`, as the server reads it.

use super::asset::Asset;
use crate::digest;
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The table of contents of the hashed files.
pub const MANIFEST: &str = "manifest.json";

/// Of `public/`, and for people who work on the app only.
const DEV_ONLY: &str = "assets/dev-reload.js";

/// A file of `dist/`.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path below `dist/`, with slashes.
    pub path: String,
    /// Where its content comes from.
    pub source: PathBuf,
}

/// Logical names, and the paths below `dist/` that they have in this build.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Manifest(pub BTreeMap<String, String>);

impl Manifest {
    /// The manifest of these assets.
    pub fn of(assets: &[Asset]) -> Self {
        Self(assets.iter().map(|asset| (asset.name.clone(), asset.path.clone())).collect())
    }
}

/// The files of `public/`, which is the root of the site.
///
/// # Errors
/// When the folder can't be listed.
pub fn public_files(workspace: &Workspace, profile: Profile) -> Result<Vec<File>> {
    let folder = workspace.root.join("public");
    let mut files = Vec::new();
    for source in digest::files_below(&folder)? {
        let path = source.strip_prefix(&folder).unwrap_or(&source).to_string_lossy().replace('\\', "/");
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        if !hidden && (profile == Profile::Dev || path != DEV_ONLY) {
            files.push(File { path, source });
        }
    }
    Ok(files)
}

/// Makes `dist/` hold exactly these files. A server that starts meanwhile sees either the old manifest or the new one:
/// the new files are written before it, and the old ones removed after.
///
/// # Errors
/// When a file can't be read or written.
pub fn write(dist: &Path, files: &[File], manifest: &Manifest) -> Result<()> {
    for file in files {
        let content =
            fs::read(&file.source).with_context(|| format!("{} can't be read", file.source.display()))?;
        replace(&dist.join(&file.path), &content)?;
    }
    let mut json = serde_json::to_string_pretty(manifest)?;
    json.push('\n');
    replace(&dist.join(MANIFEST), json.as_bytes())?;

    let wanted: BTreeSet<_> =
        files.iter().map(|file| dist.join(&file.path)).chain([dist.join(MANIFEST)]).collect();
    for file in digest::files_below(dist)? {
        if !wanted.contains(&file) {
            fs::remove_file(&file).with_context(|| format!("{} can't be removed", file.display()))?;
        }
    }
    Ok(())
}

/// Writes a file in one step, unless it is the same already.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    let at = || format!("{} can't be written", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(at)?;
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, content).with_context(at)?;
    fs::rename(&part, path).with_context(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, path: &str, content: &str) -> File {
        let source = folder.join(path.replace('/', "_"));
        fs::write(&source, content).expect("written");
        File { path: path.to_owned(), source }
    }

    #[test]
    fn dist_holds_exactly_the_files_of_the_last_build() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let dist = dir.path().join("dist");
        let first = [file(dir.path(), "assets/app-1.js", "1"), file(dir.path(), "robots.txt", "r")];
        write(&dist, &first, &Manifest::default()).expect("written");
        let second = [file(dir.path(), "assets/app-2.js", "2"), file(dir.path(), "robots.txt", "s")];
        let manifest = Manifest(BTreeMap::from([("app.js".to_owned(), "assets/app-2.js".to_owned())]));
        write(&dist, &second, &manifest).expect("written");

        let found: Vec<_> = digest::files_below(&dist)
            .expect("listed")
            .iter()
            .map(|path| path.strip_prefix(&dist).expect("below").to_string_lossy().into_owned())
            .collect();
        assert_eq!(found, ["assets/app-2.js", "manifest.json", "robots.txt"]);
        assert_eq!(fs::read_to_string(dist.join("robots.txt")).expect("readable"), "s");
        let json = fs::read_to_string(dist.join(MANIFEST)).expect("readable");
        assert_eq!(json, "{\n  \"app.js\": \"assets/app-2.js\"\n}\n");
        assert_eq!(serde_json::from_str::<Manifest>(&json).expect("a manifest"), manifest);
    }

    #[test]
    fn the_reload_script_is_not_shipped() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let workspace =
            Workspace { root: dir.path().into(), target: dir.path().into(), cache: dir.path().into() };
        fs::create_dir_all(dir.path().join("public/assets")).expect("created");
        for name in ["assets/dev-reload.js", "favicon.svg", ".gitkeep"] {
            fs::write(dir.path().join("public").join(name), "").expect("written");
        }
        let paths = |profile| {
            let files = public_files(&workspace, profile).expect("listed");
            files.into_iter().map(|file| file.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(Profile::Dev), ["assets/dev-reload.js", "favicon.svg"]);
        assert_eq!(paths(Profile::Release), ["favicon.svg"]);
    }
}
