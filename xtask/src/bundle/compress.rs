//! Compressing ahead of time, so that the server never has to.

use super::dist::File;
use crate::workspace::Workspace;
use crate::{digest, process, say};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Smaller than this, a file fits into one packet anyway.
const WORTHWHILE: u64 = 512;

/// Compressed versions (`.br`, `.gz`) of all files that gain from it. Contents that were compressed before are taken
/// from the target folder.
///
/// # Errors
/// When a file can't be read, or the compressor fails.
pub fn compress(workspace: &Workspace, files: &[File]) -> Result<Vec<File>> {
    let store = workspace.target.join("bundle/compressed");
    fs::create_dir_all(&store).with_context(|| format!("{} can't be created", store.display()))?;

    let mut compressed = Vec::new();
    let mut missing: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut kept = BTreeSet::new();
    for file in files.iter().filter(|file| is_compressible(&file.path)) {
        let content =
            fs::read(&file.source).with_context(|| format!("{} can't be read", file.source.display()))?;
        if (content.len() as u64) < WORTHWHILE {
            continue;
        }
        let target = store.join(digest::of_bytes(&content));
        for ending in ["br", "gz"] {
            let source = target.with_extension(ending);
            kept.extend(source.file_name().map(OsString::from));
            compressed.push(File { path: format!("{}.{ending}", file.path), source });
        }
        let done = target.with_extension("br").exists() && target.with_extension("gz").exists();
        if !done && !missing.iter().any(|(_, other)| *other == target) {
            missing.push((file.source.clone(), target));
        }
    }
    if !missing.is_empty() {
        say::note(format_args!("compressing {} files (a few seconds)", missing.len()));
        let list = serde_json::to_string(&missing)?;
        let mut node = workspace.node_script("compress.mjs");
        process::run_with_input(&mut node, &list, "Is the disk full?")?;
    }
    forget_others(&store, &kept)?;
    Ok(compressed)
}

/// What is text; images and fonts are compressed by their own formats.
fn is_compressible(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    matches!(
        extension,
        Some("js" | "mjs" | "wasm" | "css" | "svg" | "html" | "txt" | "json" | "xml" | "webmanifest" | "ico")
    )
}

fn forget_others(store: &Path, kept: &BTreeSet<OsString>) -> Result<()> {
    for entry in fs::read_dir(store)? {
        let entry = entry?;
        if !kept.contains(&entry.file_name()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_compressible_and_fonts_are_not() {
        assert!(is_compressible("assets/app-01.wasm"));
        assert!(is_compressible("robots.txt"));
        assert!(!is_compressible("assets/inter-01.woff2"));
        assert!(!is_compressible("logo.png"));
        assert!(!is_compressible("plain"));
    }
}
