//! The compiler for the browser: a `rustc` that has, or is given, a standard library for WebAssembly.
//!
//! Looked for in this order: the target is installed; a library that was built here before; `rustup target add`;
//! a library built now from Debian's sources. So a fresh machine needs nothing by hand, with or without the Rust
//! project's download server.

use super::wasm_std;
use crate::workspace::Workspace;
use crate::{process, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What browsers run.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A way to compile for the browser.
#[derive(Debug, PartialEq, Eq)]
pub enum WasmToolchain {
    /// Cargo's own compiler has the target.
    Installed,
    /// Another compiler, with a standard library that was built on this machine.
    Built {
        /// The compiler that the library was built by: another can't read it.
        rustc: PathBuf,
        /// The folder with `lib/rustlib/wasm32-unknown-unknown`.
        sysroot: PathBuf,
    },
}

impl WasmToolchain {
    /// Adds the target, and what else cargo must be told to use this compiler.
    ///
    /// # Errors
    /// When a path is not valid Unicode.
    pub fn configure(&self, cargo: &mut Command) -> Result<()> {
        self.configure_with(cargo, &sources())
    }

    fn configure_with(&self, cargo: &mut Command, sources: &[PathBuf]) -> Result<()> {
        cargo.args(["--target", TARGET]);
        let text = |path: &Path| {
            path.to_str().map(str::to_owned).with_context(|| format!("{} is not Unicode", path.display()))
        };
        // Messages of a panic name source files: without where this machine keeps them, the module is smaller, and the
        // same wherever it is built.
        let mut flags = Vec::new();
        for folder in sources {
            flags.push(format!("--remap-path-prefix={}/=", text(folder)?));
        }
        if let Self::Built { rustc, sysroot } = self {
            flags.push(format!("--sysroot={}", text(sysroot)?));
            cargo.env("RUSTC", rustc);
        }
        if !flags.is_empty() {
            // A configuration value and not a variable: it adds to the flags in .cargo/config.toml, and paths may hold
            // spaces.
            let flags = serde_json::to_string(&flags)?;
            cargo.arg("--config").arg(format!("target.{TARGET}.rustflags={flags}"));
        }
        Ok(())
    }
}

/// The folders in which cargo keeps the sources of libraries, one for each registry.
fn sources() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let folders = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut found: Vec<_> = folders.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// Finds or makes the compiler for the browser.
///
/// # Errors
/// When none of the ways works; the message says what to install.
pub fn wasm_toolchain(workspace: &Workspace) -> Result<WasmToolchain> {
    if has_std(&target_libdir(workspace)?) {
        say::note(format_args!("{TARGET}: installed"));
        return Ok(WasmToolchain::Installed);
    }
    if let Some(built) = wasm_std::cached(workspace)? {
        return Ok(built);
    }
    if process::find("rustup").is_some() {
        let mut rustup = process::command("rustup");
        rustup.args(["target", "add", TARGET]).current_dir(&workspace.root);
        match process::run(&mut rustup, "") {
            Ok(()) if has_std(&target_libdir(workspace)?) => return Ok(WasmToolchain::Installed),
            Ok(()) => bail!("rustup installed {TARGET} for another toolchain than the one that cargo uses"),
            Err(error) => say::note(format_args!("{error}Trying Debian's compiler instead.")),
        }
    }
    wasm_std::build(workspace)
}

/// Where cargo's compiler looks for the target's libraries.
fn target_libdir(workspace: &Workspace) -> Result<PathBuf> {
    let mut rustc = process::command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print", "target-libdir", "--target", TARGET]).current_dir(&workspace.root);
    Ok(PathBuf::from(process::output(&mut rustc)?.trim()))
}

/// Whether a folder of libraries holds the standard library.
pub fn has_std(libdir: &Path) -> bool {
    fs::read_dir(libdir).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_library_is_handed_to_cargo_with_its_compiler() {
        let toolchain =
            WasmToolchain::Built { rustc: "/usr/bin/rustc".into(), sysroot: "/home/a b/.cache/std".into() };
        let mut cargo = Command::new("cargo");
        toolchain.configure_with(&mut cargo, &["/home/a b/src/one".into()]).expect("Unicode");
        let args: Vec<_> = cargo.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
        assert_eq!(
            args,
            [
                "--target",
                "wasm32-unknown-unknown",
                "--config",
                r#"target.wasm32-unknown-unknown.rustflags=["--remap-path-prefix=/home/a b/src/one/=","--sysroot=/home/a b/.cache/std"]"#,
            ]
        );
        assert!(
            cargo.get_envs().any(|(name, value)| name == "RUSTC" && value == Some("/usr/bin/rustc".as_ref()))
        );
    }

    #[test]
    fn a_library_folder_is_recognised_by_std() {
        let dir = tempfile::tempdir().expect("temporary folder");
        assert!(!has_std(dir.path()));
        assert!(!has_std(&dir.path().join("none")));
        fs::write(dir.path().join("libstd_detect-12.rlib"), "").expect("written");
        assert!(!has_std(dir.path()));
        fs::write(dir.path().join("libstd-12.rlib"), "").expect("written");
        assert!(has_std(dir.path()));
    }
}
