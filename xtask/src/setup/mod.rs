//! `cargo xtask setup`: makes sure that this machine has what the other tasks need, and says what it does.

mod apt;
mod browser;
mod node;
mod postgres;
mod wasm_std;
mod wasm_target;

pub use node::{NpmFolder, node_packages};
pub use wasm_target::{TARGET, WasmToolchain, wasm_toolchain};

use crate::say;
use crate::workspace::Workspace;
use anyhow::Result;

#[derive(clap::Args)]
pub struct Args {
    /// Also what only the tests need: Chromium, fonts, Playwright.
    #[arg(long)]
    tests: bool,
}

/// Everything that building and running needs, and with `--tests` what testing needs.
///
/// # Errors
/// When something is missing that can't be installed; the message says what to do.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    for_running(workspace)?;
    if args.tests {
        for_testing(workspace)?;
    }
    say::step("This machine is ready");
    Ok(())
}

/// What `demo` and `dev` need.
///
/// # Errors
/// As [`run`].
pub fn for_running(workspace: &Workspace) -> Result<()> {
    say::step("WebAssembly target");
    wasm_toolchain(workspace)?;
    say::step("Node packages");
    node_packages(workspace, NpmFolder::Frontend)?;
    say::step("PostgreSQL");
    postgres::ensure()
}

/// What `test` needs beyond that.
///
/// # Errors
/// As [`run`].
pub fn for_testing(workspace: &Workspace) -> Result<()> {
    say::step("Browser for the tests");
    browser::ensure()?;
    node_packages(workspace, NpmFolder::EndToEnd)
}
