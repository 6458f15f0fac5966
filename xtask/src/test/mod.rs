//! `cargo xtask test`: every check that CI runs, in the order in which a mistake is cheapest to find.

mod steps;
mod tally;

use crate::say;
use crate::workspace::Workspace;
use clap::ValueEnum;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use steps::Step;
use tally::Tally;

#[derive(clap::Args)]
pub struct Args {
    /// Without the browser bundle and the browser tests.
    #[arg(long)]
    fast: bool,
    /// This step, and the ones that it needs.
    #[arg(long, value_name = "STEP", conflicts_with = "fast")]
    only: Option<Step>,
}

enum Outcome {
    Passed,
    Failed(anyhow::Error),
    /// A step that it builds on has failed.
    Skipped(Step),
}

/// Runs the steps. One that fails does not keep others from running, unless they need its result. The returned code
/// says whether all passed; what went wrong is in the report.
pub fn run(workspace: &Workspace, args: &Args) -> ExitCode {
    let mut report: Vec<(Step, Outcome, Duration)> = Vec::new();
    let mut tally = Tally::default();
    for step in Step::value_variants().iter().copied().filter(|step| is_wanted(*step, args)) {
        let broken = report.iter().find(|(earlier, outcome, _)| {
            step.needs().contains(earlier) && !matches!(outcome, Outcome::Passed)
        });
        if let Some((earlier, ..)) = broken {
            report.push((step, Outcome::Skipped(*earlier), Duration::ZERO));
            continue;
        }
        say::step(format_args!("test: {}", step.title()));
        let started = Instant::now();
        let outcome = match step.run(workspace, &mut tally) {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                say::error(&error);
                Outcome::Failed(error)
            }
        };
        report.push((step, outcome, started.elapsed()));
    }
    summarise(&report, &tally)
}

fn is_wanted(step: Step, args: &Args) -> bool {
    match args.only {
        Some(only) => step == only || only.needs().contains(&step),
        None => !(args.fast && step.is_slow()),
    }
}

// On standard output: this is the result, and its last line is read by machines.
fn summarise(report: &[(Step, Outcome, Duration)], tally: &Tally) -> ExitCode {
    println!();
    for (step, outcome, duration) in report {
        let (name, duration) = (step.name(), say::duration(*duration));
        match outcome {
            Outcome::Passed => println!("ok       {name:<14}{duration:>14}"),
            Outcome::Failed(error) => {
                println!("FAILED   {name:<14}{duration:>14}   alone: cargo xtask test --only {name}");
                println!("         {error}");
            }
            Outcome::Skipped(needed) => {
                println!("skipped  {name:<14}                 because {} did not pass", needed.name());
            }
        }
    }
    println!();
    for line in &tally.summaries {
        println!("{line}");
    }
    let failed_steps: Vec<_> = report
        .iter()
        .filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed(_)))
        .map(|(step, ..)| step.name())
        .collect();
    // A step that fails without a failed test (a lint, a build) is a failure of the run all the same.
    let failed =
        if failed_steps.is_empty() { tally.failed } else { tally.failed.max(failed_steps.len() as u64) };
    println!("{} passed, {failed} failed", tally.passed);
    if failed_steps.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
