//! `cargo xtask demo`: from a clone to a running Windhover with data in it.

use crate::workspace::{Profile, Workspace};
use crate::{bundle, process, say, setup};
use anyhow::{Context, Result};
use std::os::unix::process::CommandExt;
use std::process::Stdio;

#[derive(clap::Args)]
pub struct Args {
    /// Passed on to `windhover demo`.
    #[arg(last = true)]
    server: Vec<String>,
}

/// Prepares the machine, builds everything in release mode, and becomes the server.
///
/// # Errors
/// When a step before the server's start fails.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    setup::for_running(workspace)?;
    build_server(workspace, Profile::Release)?;
    bundle::build(workspace, Profile::Release)?;

    say::step("Windhover with demo data (Ctrl-C stops it)");
    let mut server = process::command(workspace.server_binary(Profile::Release));
    server.arg("demo").args(&args.server).current_dir(&workspace.root).stdin(Stdio::inherit());
    // Instead of xtask and not below it: signals reach the server itself, and who waits for us waits for the server.
    let error = server.exec();
    Err(error)
        .with_context(|| format!("{} can't be started", workspace.server_binary(Profile::Release).display()))
}

/// Builds the server's executable.
///
/// # Errors
/// When it does not compile.
pub fn build_server(workspace: &Workspace, profile: Profile) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "server", "--bin", "windhover"]);
    match profile {
        Profile::Dev => say::step("Server"),
        Profile::Release => {
            say::step("Server, release (the first time takes several minutes)");
            cargo.arg("--release");
        }
    }
    process::run(&mut cargo, "The messages above say where.")
}
