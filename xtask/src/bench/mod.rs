//! `cargo xtask bench`: the figures of the design, one JSON object per line on standard output.
//!
//! What is measured lives beside the code that it measures: database figures in the server's hidden command
//! `windhover bench`, browser figures in `end2end/bench/`. Here they are only put in a row.

mod bytes;
mod figure;

use crate::workspace::{Profile, Workspace};
use crate::{bundle, demo, process, say, setup};
use anyhow::{Context, Result, bail};
use figure::Figure;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[derive(clap::Args)]
pub struct Args {
    /// This part alone.
    #[arg(long, value_name = "PART", value_parser = part_names())]
    only: Option<String>,
}

struct Part {
    name: &'static str,
    measures: &'static str,
    run: fn(&Workspace, &bundle::Manifest) -> Result<()>,
}

/// Add a part here, and give it a function that prints its figures.
const PARTS: &[Part] = &[
    Part { name: "bytes", measures: "what an interactive dashboard loads", run: bytes },
    Part { name: "server", measures: "loading, queries, idle memory", run: server },
    Part { name: "browser", measures: "a dashboard in Chromium", run: browser },
];

fn part_names() -> Vec<&'static str> {
    PARTS.iter().map(|part| part.name).collect()
}

/// Builds in release mode and measures. A part that fails does not keep the others from running.
///
/// # Errors
/// When a build or a part failed.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    setup::for_running(workspace)?;
    demo::build_server(workspace, Profile::Release)?;
    let manifest = bundle::build(workspace, Profile::Release)?;
    let mut failed = Vec::new();
    for part in PARTS.iter().filter(|part| args.only.as_ref().is_none_or(|only| only == part.name)) {
        say::step(format_args!("bench: {} ({})", part.name, part.measures));
        if let Err(error) = (part.run)(workspace, &manifest) {
            say::error(&error);
            failed.push(part.name);
        }
    }
    if !failed.is_empty() {
        bail!("not measured: {}. Alone: cargo xtask bench --only {}", failed.join(", "), failed[0]);
    }
    Ok(())
}

fn bytes(workspace: &Workspace, manifest: &bundle::Manifest) -> Result<()> {
    bytes::interactive(&workspace.dist(), manifest)?.print()
}

fn server(workspace: &Workspace, _: &bundle::Manifest) -> Result<()> {
    let mut command = process::command(workspace.server_binary(Profile::Release));
    figures_of(command.arg("bench").current_dir(&workspace.root))
}

fn browser(workspace: &Workspace, _: &bundle::Manifest) -> Result<()> {
    setup::for_testing(workspace)?;
    let folder = workspace.root.join("end2end");
    let mut command = process::command("node");
    command
        .arg("bench/run.mjs")
        .current_dir(&folder)
        .env("E2E_SERVER_BINARY", workspace.server_binary(Profile::Release))
        .env("E2E_DIST", workspace.dist());
    figures_of(&mut command)
}

/// Runs a program that prints figures, and passes each on as soon as it is there.
fn figures_of(command: &mut Command) -> Result<()> {
    say::command(process::shown(command));
    let mut child = command.stdout(Stdio::piped()).spawn().context("it can't be started")?;
    let mut figures = 0;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            Figure::parse(&line?)?.print()?;
            figures += 1;
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` failed ({status})", process::shown(command));
    }
    if figures == 0 {
        bail!("`{}` printed no figure", process::shown(command));
    }
    Ok(())
}
