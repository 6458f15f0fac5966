//! Building the WebAssembly standard library from Debian's sources, once per compiler version.

use super::apt;
use super::wasm_target::{TARGET, WasmToolchain, has_std};
use crate::workspace::Workspace;
use crate::{digest, process, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library/std";

/// Debian's current compiler line: `rustc` itself is the release's own, years older.
const PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];

/// The oldest compiler that the workspace builds with, as `rust-version` in the root manifest says.
const OLDEST_RUSTC: (u32, u32) = (1, 95);

/// Changes when the recipe below does, so that libraries of an older recipe are not used.
const RECIPE: &str = "1";

/// How to get the target where neither rustup nor Debian can help.
const ELSEWHERE: &str = "Install Rust with rustup and run `rustup target add wasm32-unknown-unknown`.";

const MANIFEST: &str = r#"
[package]
name = "std-for-wasm"
version = "0.0.0"
edition = "2024"

[workspace]

# The browser bundle is made small: so is its standard library.
[profile.release]
opt-level = "s"
"#;

/// The library that was built earlier by the compiler that is installed now.
///
/// # Errors
/// When the compiler is there and can't be asked for its version.
pub fn cached(workspace: &Workspace) -> Result<Option<WasmToolchain>> {
    if !Path::new(RUSTC).is_file() {
        return Ok(None);
    }
    let sysroot = sysroot(workspace)?;
    if !has_std(&libraries(&sysroot)) {
        return Ok(None);
    }
    say::note(format_args!("{TARGET}: {RUSTC} with the standard library in {}", sysroot.display()));
    Ok(Some(WasmToolchain::Built { rustc: RUSTC.into(), sysroot }))
}

/// Installs Debian's compiler where needed, builds the library, and keeps it in the user's cache.
///
/// # Errors
/// When the packages can't be had, are too old, or the build fails.
pub fn build(workspace: &Workspace) -> Result<WasmToolchain> {
    let present = Path::new(SOURCES).is_dir() && Path::new(CARGO).is_file() && is_recent().unwrap_or(false);
    if !present {
        apt::install(PACKAGES, "A compiler for WebAssembly", ELSEWHERE)?;
    }
    let version = compiler_version()?;
    if !is_recent()? {
        bail!("{RUSTC} is older than {}.{}. {ELSEWHERE}", OLDEST_RUSTC.0, OLDEST_RUSTC.1);
    }
    ensure_linker(&version)?;
    if let Some(built) = cached(workspace)? {
        return Ok(built);
    }

    say::note("building the standard library for WebAssembly (once; about a minute)");
    let started = Instant::now();
    let sysroot = sysroot(workspace)?;
    let work = sysroot.with_extension(format!("building-{}", std::process::id()));
    build_in(&work, &sysroot)?;
    say::note(format_args!("built in {}", say::duration(started.elapsed())));
    Ok(WasmToolchain::Built { rustc: RUSTC.into(), sysroot })
}

fn build_in(work: &Path, sysroot: &Path) -> Result<()> {
    let at = || format!("{} can't be written", work.display());
    fs::create_dir_all(work.join("src")).with_context(at)?;
    fs::write(work.join("Cargo.toml"), MANIFEST).with_context(at)?;
    fs::write(work.join("src/lib.rs"), "").with_context(at)?;
    let mut cargo = process::command(CARGO);
    cargo.args(["build", "--release", "-Zbuild-std=std,panic_abort", "--target", TARGET]);
    cargo.current_dir(work);
    cargo.env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", work.join("target"));
    // Cargo leaves the bitcode out of libraries; link-time optimisation of the bundle needs it.
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Cembed-bitcode=yes");
    process::run(&mut cargo, ELSEWHERE)?;

    let staged = work.join("sysroot");
    let libraries = libraries(&staged);
    fs::create_dir_all(&libraries).with_context(at)?;
    for file in digest::files_below(&work.join("target").join(TARGET).join("release/deps"))? {
        if let Some(name) = file.file_name().filter(|_| file.extension().is_some_and(|end| end == "rlib")) {
            fs::copy(&file, libraries.join(name)).with_context(at)?;
        }
    }
    if !has_std(&libraries) {
        bail!("cargo built no standard library in {}. {ELSEWHERE}", work.display());
    }
    // In one move, so that an interrupted build leaves nothing that looks finished.
    if sysroot.exists() {
        fs::remove_dir_all(sysroot).with_context(|| format!("{} can't be removed", sysroot.display()))?;
    }
    fs::rename(&staged, sysroot).with_context(|| format!("{} can't be made", sysroot.display()))?;
    fs::remove_dir_all(work).with_context(|| format!("{} can't be removed", work.display()))
}

/// The linker for WebAssembly is LLVM's, of the version that the compiler has.
fn ensure_linker(version: &str) -> Result<()> {
    let major =
        llvm_major(version).with_context(|| format!("`{RUSTC} -vV` names no LLVM version:\n{version}"))?;
    if process::find(&format!("wasm-ld-{major}")).is_some() {
        return Ok(());
    }
    apt::install(&[&format!("lld-{major}")], "The linker for WebAssembly", ELSEWHERE)
}

fn sysroot(workspace: &Workspace) -> Result<PathBuf> {
    let key = digest::Inputs::new().text(RECIPE).text(&compiler_version()?).finish();
    Ok(workspace.cache.join("wasm-std").join(&key[..16]))
}

fn libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn compiler_version() -> Result<String> {
    process::output(process::command(RUSTC).arg("-vV"))
}

fn is_recent() -> Result<bool> {
    let version = compiler_version()?;
    Ok(release(&version).with_context(|| format!("`{RUSTC} -vV` names no release:\n{version}"))?
        >= OLDEST_RUSTC)
}

/// `release: 1.96.0` is (1, 96).
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = field(version, "release")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `LLVM version: 22.1.8` is 22.
fn llvm_major(version: &str) -> Option<u32> {
    field(version, "LLVM version")?.split('.').next()?.parse().ok()
}

fn field<'a>(version: &'a str, name: &str) -> Option<&'a str> {
    version.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)\nbinary: rustc\n\
        host: x86_64-unknown-linux-gnu\nrelease: 1.96.0\nLLVM version: 22.1.8\n";

    #[test]
    fn the_compilers_answer_is_read() {
        assert_eq!(release(ANSWER), Some((1, 96)));
        assert_eq!(llvm_major(ANSWER), Some(22));
        assert_eq!(release("rustc"), None);
    }

    #[test]
    fn the_oldest_compiler_is_the_one_of_the_manifest() {
        let manifest =
            fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).expect("readable");
        let (major, minor) = OLDEST_RUSTC;
        assert!(manifest.contains(&format!("rust-version = \"{major}.{minor}\"")));
    }
}
