//! The app itself: Rust to WebAssembly, its JavaScript glue, and the optimiser.

use super::Work;
use super::asset::Asset;
use crate::digest::{Inputs, unless_done};
use crate::setup::{TARGET, WasmToolchain};
use crate::workspace::{Profile, Workspace};
use crate::{process, say};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// What rustc emits for this target by default and all browsers of the last years understand. The optimiser refuses
/// instructions that it was not told of.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

fn cargo_profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Dev => "wasm-dev",
        Profile::Release => "wasm-release",
    }
}

/// Where cargo leaves the module.
pub fn compiled(workspace: &Workspace, profile: Profile) -> PathBuf {
    workspace.target.join(TARGET).join(cargo_profile(profile)).join("frontend.wasm")
}

/// Compiles `frontend`. Cargo itself knows when there is nothing to do.
///
/// # Errors
/// When it does not compile.
pub fn compile(workspace: &Workspace, profile: Profile, toolchain: &WasmToolchain) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    // Alone: together with `server`, cargo would build `app` with the features of both.
    cargo.args(["build", "--package", "frontend", "--lib", "--profile", cargo_profile(profile)]);
    toolchain.configure(&mut cargo)?;
    process::run(&mut cargo, "The messages above say where.")?;
    Ok(compiled(workspace, profile))
}

/// Makes `app.js` and `app.wasm` out of the compiled module.
///
/// # Errors
/// When one of the tools fails.
pub fn bind(workspace: &Workspace, work: &Work, raw: &Path) -> Result<Vec<Asset>> {
    let (js, wasm) = (work.file("app.js"), work.file("app.wasm"));
    let script = "bundle-glue.mjs";
    let inputs = Inputs::new()
        .text(&WASM_FEATURES.join(" "))
        .file(raw)?
        .file(&workspace.frontend_script(script))?
        .file(&workspace.root.join("frontend/package-lock.json"))?;
    unless_done(&work.stamp("app"), inputs, &[&js, &wasm], || {
        say::note("binding to JavaScript");
        let bound = work.file("bound");
        generate_bindings(raw, &bound, work.profile)?;
        process::run(
            workspace.node_script(script).arg(bound.join("app.js")).arg(&js),
            "Does the glue import something that does not exist?",
        )?;
        let bound_wasm = bound.join("app_bg.wasm");
        match work.profile {
            Profile::Dev => fs::copy(&bound_wasm, &wasm).map(drop).context("the module can't be copied"),
            Profile::Release => optimise(workspace, &bound_wasm, &wasm),
        }
    })?;
    Ok(vec![Asset::new("app.js", js)?, Asset::new("app.wasm", wasm)?])
}

fn generate_bindings(raw: &Path, out: &Path, profile: Profile) -> Result<()> {
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("{} can't be removed", out.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(raw).out_name("app").web(true)?.typescript(false);
    // The server tells the glue where the module is: its name is hashed.
    bindgen.omit_default_module_path(true);
    if profile == Profile::Release {
        bindgen.remove_name_section(true).remove_producers_section(true).demangle(false);
    }
    bindgen.generate(out).context("wasm-bindgen can't bind the module")
}

fn optimise(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    say::note("optimising for size (up to a minute)");
    let mut wasm_opt = process::command("node");
    wasm_opt
        .arg(workspace.root.join("frontend/node_modules/binaryen/bin/wasm-opt"))
        .arg(from)
        .arg("-Oz")
        .args(WASM_FEATURES)
        .arg("--output")
        .arg(to);
    process::run(&mut wasm_opt, "If it names a WebAssembly feature, add it to WASM_FEATURES in xtask.")
}
