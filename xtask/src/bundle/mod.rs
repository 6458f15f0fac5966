//! `cargo xtask bundle`: what browsers load, in `dist/`.
//!
//! ```text
//! dist/manifest.json               logical name -> path of the hashed file: {"app.js": "assets/app-0123….js", …}
//! dist/assets/app-0123….js         never changes under this name: may be cached for ever
//! dist/assets/app-0123….js.br .gz  compressed ahead (release builds only)
//! dist/**                          public/ as it is, and licenses.txt: these may change under their names
//! ```
//!
//! Each step is skipped when nothing that it reads has changed.

mod app;
mod asset;
mod compress;
mod dist;
mod packages;
mod styles;

pub use dist::Manifest;

use crate::say;
use crate::setup;
use crate::workspace::{Profile, Workspace};
use anyhow::{Context, Result};
use asset::Asset;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
pub struct Args {
    /// Optimised for size, and compressed ahead.
    #[arg(long)]
    release: bool,
}

impl Args {
    /// The profile that was asked for.
    pub fn profile(&self) -> Profile {
        if self.release { Profile::Release } else { Profile::Dev }
    }
}

/// Where a profile's intermediate files and stamps are.
struct Work {
    profile: Profile,
    folder: PathBuf,
}

impl Work {
    fn new(workspace: &Workspace, profile: Profile) -> Result<Self> {
        let name = match profile {
            Profile::Dev => "dev",
            Profile::Release => "release",
        };
        let folder = workspace.target.join("bundle").join(name);
        fs::create_dir_all(&folder).with_context(|| format!("{} can't be created", folder.display()))?;
        Ok(Self { profile, folder })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A folder with nothing in it.
    fn empty_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.file(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("{} can't be removed", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("{} can't be created", folder.display()))?;
        Ok(folder)
    }

    fn stamp(&self, step: &str) -> PathBuf {
        self.folder.join(format!("{step}.stamp"))
    }
}

/// Builds the bundle and writes `dist/`. The npm packages of `frontend/` must be there.
///
/// # Errors
/// When a step fails; its message says which and what to do.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<Manifest> {
    let started = Instant::now();
    say::step(match profile {
        Profile::Dev => "Browser bundle",
        Profile::Release => "Browser bundle, release",
    });
    let toolchain = setup::wasm_toolchain(workspace)?;
    let raw = app::compile(workspace, profile, &toolchain)?;
    finish(workspace, profile, &raw, started)
}

/// All but the Rust: for a change of a style sheet or a public file, on top of an earlier [`build`].
///
/// # Errors
/// As [`build`].
pub fn rebuild_assets(workspace: &Workspace, profile: Profile) -> Result<Manifest> {
    let started = Instant::now();
    say::step("Styles and public files");
    finish(workspace, profile, &app::compiled(workspace, profile), started)
}

fn finish(workspace: &Workspace, profile: Profile, raw: &Path, started: Instant) -> Result<Manifest> {
    let work = Work::new(workspace, profile)?;
    let mut assets = app::bind(workspace, &work, raw)?;
    assets.push(packages::echarts(workspace, &work)?);
    assets.push(packages::font(workspace, &work)?);
    let css = styles::css(workspace, &work, &assets)?;
    assets.push(css);
    let licenses = packages::licenses(workspace, &work)?;

    let mut files = dist::public_files(workspace, profile)?;
    files.push(dist::File { path: "licenses.txt".into(), source: licenses });
    files.extend(
        assets.iter().map(|asset| dist::File { path: asset.path.clone(), source: asset.source.clone() }),
    );
    if profile == Profile::Release {
        let compressed = compress::compress(workspace, &files)?;
        files.extend(compressed);
    }
    let manifest = Manifest::of(&assets);
    dist::write(&workspace.dist(), &files, &manifest)?;
    report(&assets, &files);
    say::note(format_args!("dist/ is up to date, {}", say::duration(started.elapsed())));
    Ok(manifest)
}

/// Sizes as they are, and as most browsers load them.
fn report(assets: &[Asset], files: &[dist::File]) {
    let mut total = (0, 0);
    for asset in assets {
        let raw = size(&asset.source);
        let brotli = format!("{}.br", asset.path);
        let sent = files.iter().find(|file| file.path == brotli).map_or(raw, |file| size(&file.source));
        say::note(format_args!("{:<14}{:>12}{:>12} sent", asset.name, say::bytes(raw), say::bytes(sent)));
        total = (total.0 + raw, total.1 + sent);
    }
    say::note(format_args!("{:<14}{:>12}{:>12} sent", "together", say::bytes(total.0), say::bytes(total.1)));
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}
