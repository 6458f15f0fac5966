//! What comes from npm and not from this repository's Rust: charts, font, licence texts.

use super::Work;
use super::asset::Asset;
use crate::digest::{Inputs, unless_done};
use crate::process;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;

const ADVICE: &str = "Remove frontend/node_modules and run `cargo xtask setup`.";

/// The charts that the app uses, as one ES module which it imports when it draws the first one.
///
/// # Errors
/// When the bundler fails.
pub fn echarts(workspace: &Workspace, work: &Work) -> Result<Asset> {
    let out = run_script(workspace, work, "bundle-echarts.mjs", &["echarts.js", "minify.mjs"], "echarts.js")?;
    Asset::new("echarts.js", out)
}

/// The interface's font, cut down to the letters and weights in use.
///
/// # Errors
/// When the font tool fails, or the result is larger than its budget.
pub fn font(workspace: &Workspace, work: &Work) -> Result<Asset> {
    let out = run_script(workspace, work, "subset-font.mjs", &[], "inter.woff2")?;
    Asset::new("inter.woff2", out)
}

/// The licence texts of what is shipped to browsers.
///
/// # Errors
/// When a package has none.
pub fn licenses(workspace: &Workspace, work: &Work) -> Result<PathBuf> {
    run_script(workspace, work, "licenses.mjs", &[], "licenses.txt")
}

/// Runs a script of `frontend/build/` that makes one file, unless neither it, nor `also`, nor the packages changed.
fn run_script(
    workspace: &Workspace,
    work: &Work,
    script: &str,
    also: &[&str],
    output: &str,
) -> Result<PathBuf> {
    let out = work.file(output);
    let mut inputs = Inputs::new()
        .file(&workspace.frontend_script(script))?
        .file(&workspace.root.join("frontend/package-lock.json"))?;
    for name in also {
        inputs = inputs.file(&workspace.frontend_script(name))?;
    }
    unless_done(&work.stamp(output), inputs, &[&out], || {
        process::run(workspace.node_script(script).arg(&out), ADVICE)
    })?;
    Ok(out)
}
