//! The style sheets: `style/main.css` and what it imports, as one file.

use super::Work;
use super::asset::Asset;
use crate::digest::{Inputs, unless_done};
use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;

/// Makes `app.css`. A style sheet names an asset by its logical name, `url("/assets/inter.woff2")`.
///
/// # Errors
/// When a style sheet is missing, wrong, or names an asset that does not exist.
pub fn css(workspace: &Workspace, work: &Work, assets: &[Asset]) -> Result<Asset> {
    let folder = workspace.root.join("style");
    let entry = folder.join("main.css");
    if !entry.is_file() {
        bail!("style/main.css is missing: it imports the other style sheets");
    }
    let urls: BTreeMap<&str, String> = assets
        .iter()
        .filter(|asset| is_nameable(&asset.name))
        .map(|asset| (&*asset.name, url(asset)))
        .collect();
    let urls = serde_json::to_string(&urls)?;
    let (out, urls_file, script) = (work.file("app.css"), work.file("asset-urls.json"), "bundle-styles.mjs");
    let inputs = Inputs::new()
        .text(&urls)
        .folder(&folder)?
        .file(&workspace.frontend_script(script))?
        .file(&workspace.root.join("frontend/package-lock.json"))?;
    unless_done(&work.stamp("app.css"), inputs, &[&out], || {
        fs::write(&urls_file, &urls).with_context(|| format!("{} can't be written", urls_file.display()))?;
        process::run(
            workspace.node_script(script).arg(&entry).arg(&out).arg(&urls_file),
            "The message above names the style sheet and the line.",
        )
    })?;
    Asset::new("app.css", out)
}

fn url(asset: &Asset) -> String {
    format!("/{}", asset.path)
}

// Code is not for style sheets, and would make the CSS be rebuilt with every change of the app.
fn is_nameable(name: &str) -> bool {
    !matches!(name.rsplit_once('.'), Some((_, "js" | "wasm")))
}
