//! Node, and the npm packages of this repository.

use super::apt;
use crate::digest::{Inputs, unless_done};
use crate::workspace::Workspace;
use crate::{process, say};
use anyhow::{Context, Result, bail};

/// The oldest major version of Node that all packages in the two lockfiles run on.
const OLDEST_NODE: u32 = 18;

/// A folder with a `package-lock.json`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NpmFolder {
    /// What the browser bundle is made with.
    Frontend,
    /// Playwright.
    EndToEnd,
}

impl NpmFolder {
    fn name(self) -> &'static str {
        match self {
            Self::Frontend => "frontend",
            Self::EndToEnd => "end2end",
        }
    }
}

/// Makes sure of Node, and that `node_modules` is what the lockfile says.
///
/// # Errors
/// When Node is missing or too old, or packages can't be had.
pub fn node_packages(workspace: &Workspace, folder: NpmFolder) -> Result<()> {
    let version = ensure_node()?;
    let name = folder.name();
    let path = workspace.root.join(name);
    let modules = path.join("node_modules");
    let inputs = Inputs::new()
        .text(&version)
        .file(&path.join("package-lock.json"))?
        .file(&path.join("package.json"))?;
    let installed = unless_done(&modules.join(".windhover-stamp"), inputs, &[&modules], || {
        let mut npm = process::command("npm");
        // No package needs its install script, and what does not run can do no harm.
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&path);
        process::run(
            &mut npm,
            &format!("Is the npm registry reachable? Run `npm ci` in {name}/ to see more."),
        )
    })?;
    say::note(format_args!("{name}/node_modules {}", if installed { "installed" } else { "is up to date" }));
    Ok(())
}

fn ensure_node() -> Result<String> {
    let missing: Vec<_> = ["node", "npm"].into_iter().filter(|name| process::find(name).is_none()).collect();
    if !missing.is_empty() {
        let elsewhere = format!("Install Node {OLDEST_NODE} or newer with npm.");
        apt::install(&["nodejs", "npm"], "Node", &elsewhere)?;
    }
    let version = process::output(process::command("node").arg("--version"))?;
    let version = version.trim();
    let major = major_version(version).with_context(|| format!("`node --version` says {version:?}"))?;
    if major < OLDEST_NODE {
        bail!("Node {version} is too old. Install Node {OLDEST_NODE} or newer, and put it first on PATH.");
    }
    Ok(version.to_owned())
}

/// `v20.20.2` is 20.
fn major_version(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(major_version("v20.20.2"), Some(20));
        assert_eq!(major_version("v9.0.0"), Some(9));
        assert_eq!(major_version("20.1.0"), None);
        assert_eq!(major_version(""), None);
    }
}
