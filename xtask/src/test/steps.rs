//! The steps of `cargo xtask test`.

use super::tally::{self, Tally};
use crate::setup::{self, WasmToolchain};
use crate::workspace::{Profile, Workspace};
use crate::{bundle, process, say};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::process::Command;

/// In the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// What the machine needs.
    Setup,
    /// Formatting.
    Fmt,
    /// Lints of all that runs natively.
    Lint,
    /// Lints of what runs in browsers.
    LintBrowser,
    /// Unit, property, database, replay and HTTP tests.
    Unit,
    /// Examples in the documentation.
    Doc,
    /// The browser bundle.
    Bundle,
    /// The server's executable.
    Server,
    /// Playwright, on both.
    E2e,
}

impl Step {
    /// As `--only` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Fmt => "fmt",
            Self::Lint => "lint",
            Self::LintBrowser => "lint-browser",
            Self::Unit => "unit",
            Self::Doc => "doc",
            Self::Bundle => "bundle",
            Self::Server => "server",
            Self::E2e => "e2e",
        }
    }

    /// As a person reads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Setup => "what this machine needs",
            Self::Fmt => "formatting",
            Self::Lint => "lints of the native crates",
            Self::LintBrowser => "lints of the browser side",
            Self::Unit => "unit, property, database and HTTP tests",
            Self::Doc => "examples in the documentation",
            Self::Bundle => "browser bundle",
            Self::Server => "server",
            Self::E2e => "browser tests",
        }
    }

    /// Left out by `--fast`.
    pub fn is_slow(self) -> bool {
        matches!(self, Self::Bundle | Self::Server | Self::E2e)
    }

    /// The steps whose results it uses.
    pub fn needs(self) -> &'static [Self] {
        match self {
            Self::Setup | Self::Fmt => &[],
            Self::Lint | Self::LintBrowser | Self::Unit | Self::Doc | Self::Bundle | Self::Server => {
                &[Self::Setup]
            }
            Self::E2e => &[Self::Setup, Self::Bundle, Self::Server],
        }
    }

    /// Does it, and counts the tests.
    ///
    /// # Errors
    /// When the step finds something wrong.
    pub fn run(self, workspace: &Workspace, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Setup => {
                setup::for_running(workspace)?;
                setup::for_testing(workspace)
            }
            Self::Fmt => {
                process::run(workspace.cargo().args(["fmt", "--all", "--check"]), "Run `cargo fmt --all`.")
            }
            Self::Lint => lint(workspace),
            Self::LintBrowser => lint_browser(workspace),
            Self::Unit => unit(workspace, tally),
            Self::Doc => doc(workspace, tally),
            Self::Bundle => bundle::build(workspace, Profile::Dev).map(drop),
            Self::Server => server(workspace),
            Self::E2e => e2e(workspace, tally),
        }
    }
}

/// Everything but `frontend`: in one build with it, `app` would get the features of both sides.
fn native(cargo: &mut Command) -> &mut Command {
    cargo.args(["--workspace", "--exclude", "frontend"])
}

/// As the tests before built it: alone it would get other features, and be compiled a second time.
fn server(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    native(cargo.arg("test")).arg("--no-run");
    process::run(&mut cargo, "The messages above say where.")
}

fn lint(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    native(cargo.arg("clippy")).args(["--all-targets", "--", "-D", "warnings"]);
    process::run(&mut cargo, "The messages above say where.")
}

fn lint_browser(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--package", "frontend", "--package", "app", "--lib"]);
    match setup::wasm_toolchain(workspace)? {
        toolchain @ WasmToolchain::Installed => toolchain.configure(&mut cargo)?,
        // Clippy reads only what its own compiler wrote. The code is the same for both targets.
        WasmToolchain::Built { .. } => {
            say::note(
                "clippy has no WebAssembly library of its own version: the browser side is checked natively",
            );
        }
    }
    process::run(cargo.args(["--", "-D", "warnings"]), "The messages above say where.")
}

fn unit(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut cargo = workspace.cargo();
    let nextest =
        workspace.cargo().args(["nextest", "--version"]).output().is_ok_and(|answer| answer.status.success());
    if nextest {
        native(cargo.args(["nextest", "run"])).arg("--no-fail-fast");
    } else {
        say::note("cargo-nextest is not installed: `cargo test` does the same, more slowly");
        native(cargo.arg("test")).args(["--lib", "--bins", "--tests", "--no-fail-fast"]);
    }
    count(&mut cargo, tally)
}

fn doc(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let mut cargo = workspace.cargo();
    native(cargo.args(["test", "--doc"])).arg("--no-fail-fast");
    count(&mut cargo, tally)
}

fn count(cargo: &mut Command, tally: &mut Tally) -> Result<()> {
    let (status, lines) = process::tee(cargo)?;
    let found = tally::of_cargo(&lines);
    let failed = found.failed;
    tally.add(found);
    if !status.success() {
        if failed > 0 {
            bail!("{failed} tests failed; they are named above");
        }
        bail!("the tests did not run to the end ({status}); the messages above say why");
    }
    Ok(())
}

fn e2e(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let folder = workspace.root.join("end2end");
    let report = workspace.target.join("playwright.json");
    // A report of an earlier run must not be counted.
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    let mut playwright = process::command("node");
    playwright
        .arg(folder.join("node_modules/@playwright/test/cli.js"))
        .args(["test", "--reporter=list,json"])
        .current_dir(&folder)
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .env("E2E_SERVER_BINARY", workspace.server_binary(Profile::Dev))
        .env("E2E_DIST", workspace.dist());
    let (status, _) = process::tee(&mut playwright)?;
    let json = std::fs::read_to_string(&report).with_context(|| {
        format!("Playwright ended ({status}) without a report; the messages above say why")
    })?;
    let found = tally::of_playwright(&json)?;
    let (passed, failed) = (found.passed, found.failed);
    tally.add(found);
    if !status.success() || failed > 0 {
        bail!("{failed} browser tests failed ({status}); they are named above");
    }
    if passed == 0 {
        bail!("Playwright ran no test");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_named_as_the_command_line_takes_them() {
        for step in Step::value_variants() {
            let value = step.to_possible_value().expect("a name");
            assert_eq!(value.get_name(), step.name());
        }
    }

    #[test]
    fn steps_need_only_earlier_ones() {
        let order = Step::value_variants();
        let place = |step: &Step| order.iter().position(|other| other == step).expect("listed");
        for step in order {
            assert!(step.needs().iter().all(|needed| place(needed) < place(step)), "{step:?}");
        }
    }
}
