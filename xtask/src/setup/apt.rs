//! Installing Debian packages.

use crate::{process, say};
use anyhow::{Context, Result, bail};
use std::io::IsTerminal;
use std::process::Command;

/// Installs packages with `apt-get`, as root or through `sudo`.
///
/// # Errors
/// On a system without `apt-get`, without the right to install, or when a package can't be had. `purpose` says what
/// the packages are for, `elsewhere` what to do on other systems.
pub fn install(packages: &[&str], purpose: &str, elsewhere: &str) -> Result<()> {
    let list = packages.join(" ");
    let by_hand = format!("Install by hand: apt-get install {list}");
    if process::find("apt-get").is_none() {
        bail!("{purpose} is missing, and this is not a Debian system. {elsewhere}");
    }
    say::note(format_args!("installing the Debian packages {list}"));
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    let first = apt_get(&arguments)
        .and_then(|mut command| process::run(&mut command, &by_hand))
        .with_context(|| format!("{purpose} is missing"));
    let Err(error) = first else { return Ok(()) };
    // Most often the package lists are absent (a fresh container) or older than the archive.
    say::note(format_args!("not yet: {error:#}"));
    process::run(&mut apt_get(&["update"])?, &by_hand)?;
    process::run(&mut apt_get(&arguments)?, &by_hand)
        .with_context(|| format!("{purpose} is missing. {elsewhere}"))
}

fn apt_get(arguments: &[&str]) -> Result<Command> {
    let mut command = if rustix::process::geteuid().is_root() {
        process::command("apt-get")
    } else if process::find("sudo").is_some() {
        let mut sudo = process::command("sudo");
        // Nobody is there to type a password in CI: fail instead of waiting for ever.
        if !std::io::stdin().is_terminal() {
            sudo.arg("--non-interactive");
        }
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        bail!(
            "only root can install packages, and there is no sudo; run `apt-get {}` as root",
            arguments.join(" ")
        );
    };
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    Ok(command)
}
