//! `cargo xtask …`: everything that is done with this repository by a person or by CI.

mod bench;
mod bundle;
mod demo;
mod dev;
mod digest;
mod process;
mod say;
mod setup;
mod test;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, runs and checks Windhover.")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing on this machine: WebAssembly target, Node packages, PostgreSQL.
    Setup(setup::Args),
    /// Build everything in release mode and run Windhover with demo data.
    Demo(demo::Args),
    /// Rebuild and restart on every change of a source file, and reload the open pages.
    Dev(dev::Args),
    /// Run every check that CI runs.
    Test(test::Args),
    /// Measure; prints one JSON object per figure on standard output.
    Bench(bench::Args),
    /// Build what browsers load into dist/.
    Bundle(bundle::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.task) {
        Ok(code) => code,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<ExitCode> {
    process::warn_about_environment();
    let workspace = Workspace::discover()?;
    match task {
        Task::Setup(args) => setup::run(&workspace, &args),
        Task::Demo(args) => demo::run(&workspace, &args),
        Task::Dev(args) => dev::run(&workspace, &args),
        // Its last line is the result: a failure is told before it.
        Task::Test(args) => return Ok(test::run(&workspace, &args)),
        Task::Bench(args) => bench::run(&workspace, &args),
        Task::Bundle(args) => {
            setup::node_packages(&workspace, setup::NpmFolder::Frontend)?;
            bundle::build(&workspace, args.profile()).map(drop)
        }
    }?;
    Ok(ExitCode::SUCCESS)
}
