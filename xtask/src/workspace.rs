//! Where things are: this repository, cargo's target folder, the cache of this user.

use crate::process;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A cargo profile that something of ours is built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run, small to load.
    Release,
}

/// The places that tasks read and write.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: PathBuf,
    /// Cargo's target folder, wherever `CARGO_TARGET_DIR` or a configuration file puts it.
    pub target: PathBuf,
    /// What may be kept between clones: `$XDG_CACHE_HOME/windhover`, or `~/.cache/windhover`.
    pub cache: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// When xtask runs outside of the repository, or the manifests can't be read.
    pub fn discover() -> Result<Self> {
        let mut command = process::command(cargo_program());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(manifest_dir) = std::env::var_os("CARGO_MANIFEST_DIR") {
            command.arg("--manifest-path").arg(Path::new(&manifest_dir).join("Cargo.toml"));
        }
        let answer = process::output(&mut command).context("cargo can't read the workspace")?;
        let Metadata { workspace_root, target_directory } =
            serde_json::from_str(&answer).context("`cargo metadata` answered something unexpected")?;
        if !workspace_root.join("xtask").is_dir() {
            bail!("{} is not this repository; run `cargo xtask` inside of it", workspace_root.display());
        }
        Ok(Self { root: workspace_root, target: target_directory, cache: cache_folder() })
    }

    /// `cargo` in the root folder.
    pub fn cargo(&self) -> Command {
        let mut command = process::command(cargo_program());
        // A relative CARGO_TARGET_DIR is relative to where the caller stands, not to the root.
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// `node SCRIPT` with a script of `frontend/build/`.
    pub fn node_script(&self, script: &str) -> Command {
        let mut command = process::command("node");
        command.arg(self.frontend_script(script)).current_dir(self.root.join("frontend"));
        command
    }

    /// The path of a script of `frontend/build/`.
    pub fn frontend_script(&self, script: &str) -> PathBuf {
        self.root.join("frontend/build").join(script)
    }

    /// The folder with what browsers load.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The server's executable.
    pub fn server_binary(&self, profile: Profile) -> PathBuf {
        let folder = match profile {
            Profile::Dev => "debug",
            Profile::Release => "release",
        };
        self.target.join(folder).join("windhover")
    }
}

/// The cargo that runs us, or the one on the path.
fn cargo_program() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

fn cache_folder() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    from("XDG_CACHE_HOME")
        .or_else(|| from("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("windhover")
}
