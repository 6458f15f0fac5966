//! The app itself: Rust to WebAssembly, cut into modules, its JavaScript glue, and the optimiser.

use super::Work;
use super::asset::Asset;
use crate::digest::{self, Inputs, unless_done};
use crate::setup::{TARGET, WasmToolchain};
use crate::workspace::{Profile, Workspace};
use crate::{process, say};
use anyhow::{Context, Result, anyhow, bail};
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

/// How the optimiser makes modules small. Their compressed size counts: functions that are inlined into their only caller, and
/// what `-Oz` folds beyond `-Os`, make a smaller module that compresses worse (by 2 %). Nothing lies in the lowest kilobyte: it
/// is the end of the stack.
const SHRINKING: &[&str] = &["-Os", "--one-caller-inline-max-function-size=0", "--low-memory-unused"];

/// Changes when what is done with the compiled module does.
const RECIPE: &str = "3";

/// The module that starts the app, before it is bound.
const MAIN_MODULE: &str = "main.wasm";

/// JavaScript that loads the other modules.
const LOADERS: &str = "later.js";

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
    cargo.args(["rustc", "--package", "frontend", "--lib", "--profile", cargo_profile(profile)]);
    toolchain.configure(&mut cargo)?;
    // What refers to what, by which the module is cut.
    cargo.args(["--", "-Clink-args=--emit-relocs"]);
    process::run(&mut cargo, "The messages above say where.")?;
    Ok(compiled(workspace, profile))
}

/// Makes `app.js`, `app.wasm` and the modules that load later out of the compiled module.
///
/// # Errors
/// When one of the tools fails.
pub fn bind(workspace: &Workspace, work: &Work, raw: &Path) -> Result<Vec<Asset>> {
    let (js, wasm, later) = (work.file("app.js"), work.file("app.wasm"), work.file("later"));
    let script = "bundle-glue.mjs";
    let inputs = Inputs::new()
        .text(RECIPE)
        .text(&WASM_FEATURES.join(" "))
        .text(&SHRINKING.join(" "))
        .file(raw)?
        .file(&workspace.frontend_script(script))?
        .file(&workspace.frontend_script("minify.mjs"))?
        .file(&workspace.root.join("frontend/package-lock.json"))?;
    unless_done(&work.stamp("app"), inputs, &[&js, &wasm, &later], || {
        say::note("cutting off what loads later");
        let parts = work.empty_folder("parts")?;
        let cut = split(raw, &parts)?;
        say::note("binding to JavaScript");
        let bound = work.empty_folder("bound")?;
        generate_bindings(&parts.join(MAIN_MODULE), &bound, work.profile)?;
        fs::copy(parts.join(LOADERS), bound.join(LOADERS)).context("the loaders can't be copied")?;
        process::run(
            workspace.node_script(script).arg(bound.join("app.js")).arg(&js),
            "Does the glue import something that does not exist?",
        )?;
        finish_module(workspace, work.profile, &bound.join("app_bg.wasm"), &wasm)?;
        work.empty_folder("later")?;
        for module in cut {
            let name = module.file_name().context("a module without a name")?;
            finish_module(workspace, work.profile, &module, &later.join(name))?;
        }
        Ok(())
    })?;

    let mut assets = vec![Asset::new("app.wasm", wasm)?];
    let mut glue = fs::read_to_string(&js).with_context(|| format!("{} can't be read", js.display()))?;
    for module in digest::files_below(&later)? {
        let name = module.file_name().context("a module without a name")?.to_string_lossy().into_owned();
        let asset = Asset::new(&name, module)?;
        glue = with_hashed_name(&glue, &asset)?;
        assets.push(asset);
    }
    let named = work.file("app.named.js");
    fs::write(&named, glue).with_context(|| format!("{} can't be written", named.display()))?;
    assets.push(Asset::new("app.js", named)?);
    Ok(assets)
}

/// The loaders find a module beside the glue by its name in the bundle.
fn with_hashed_name(glue: &str, asset: &Asset) -> Result<String> {
    let (plain, hashed) = (format!("./{}", asset.name), asset.path.replacen("assets/", "./", 1));
    if !glue.contains(&plain) {
        bail!("the glue does not load {}", asset.name);
    }
    Ok(glue.replace(&plain, &hashed))
}

/// Cuts the module where the app says `#[wasm_split]`. Returns the modules that load later; the main one, and the
/// JavaScript that loads the others, are beside them.
fn split(raw: &Path, out: &Path) -> Result<Vec<PathBuf>> {
    let whole = fs::read(raw).with_context(|| format!("{} can't be read", raw.display()))?;
    let main = out.join(MAIN_MODULE);
    let loaders = format!("./{LOADERS}");
    let mut options = wasm_split_cli_support::Options::new(&whole);
    options.output_dir = out;
    options.main_out_path = &main;
    options.link_name = &loaders;
    options.main_module = "./app.js";
    let parts = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("the WebAssembly module can't be cut: {error:#}"))?;
    Ok(parts.split_modules)
}

fn finish_module(workspace: &Workspace, profile: Profile, from: &Path, to: &Path) -> Result<()> {
    match profile {
        Profile::Dev => fs::copy(from, to).map(drop).context("the module can't be copied"),
        Profile::Release => optimise(workspace, from, to),
    }
}

fn generate_bindings(raw: &Path, out: &Path, profile: Profile) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(raw).out_name("app").web(true)?.typescript(false);
    // The server tells the glue where the module is: its name is hashed.
    bindgen.omit_default_module_path(true);
    // The modules that load later use the table and the memory of this one.
    bindgen.keep_lld_exports(true);
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
        .args(SHRINKING)
        .args(WASM_FEATURES)
        .arg("--output")
        .arg(to);
    process::run(&mut wasm_opt, "If it names a WebAssembly feature, add it to WASM_FEATURES in xtask.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glue_loads_modules_by_their_hashed_names() {
        let asset = Asset {
            name: "pages.wasm".to_owned(),
            path: "assets/pages-0123.wasm".to_owned(),
            source: PathBuf::new(),
        };
        let glue = with_hashed_name(r#"fetch(new URL("./pages.wasm",import.meta.url))"#, &asset);
        assert_eq!(glue.expect("found"), r#"fetch(new URL("./pages-0123.wasm",import.meta.url))"#);
        assert!(with_hashed_name("nothing", &asset).is_err());
    }
}
