//! Running other programs.

use crate::say;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Variables of the caller that would change what cargo builds, or make it build everything anew.
const UNWANTED: &[&str] =
    &["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET"];

/// Variables that `cargo run` gives to xtask. A nested cargo would hand them to build scripts as if they were the user's.
const FROM_CARGO_RUN: &[&str] = &[
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_LICENSE_FILE",
    "CARGO_PKG_NAME",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
    "CARGO_PKG_RUST_VERSION",
    "CARGO_PKG_VERSION",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// Says once which variables of the environment are left out of the builds.
pub fn warn_about_environment() {
    for name in UNWANTED.iter().filter(|name| std::env::var_os(name).is_some()) {
        say::warning(format_args!("{name} is set; it is ignored, because it would change what is built"));
    }
}

/// A command without the variables that break builds, and without standard input.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    for name in UNWANTED {
        command.env_remove(name);
    }
    for name in FROM_CARGO_RUN {
        command.env_remove(name);
    }
    command
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| {
        let arg = arg.to_string_lossy();
        if arg.contains([' ', '"', '[', '*']) { format!("'{arg}'") } else { arg.into_owned() }
    }));
    words.join(" ")
}

/// Runs to the end with the output on the terminal.
///
/// # Errors
/// When it can't be started or ends with a failure; `advice` then tells what to do.
pub fn run(command: &mut Command, advice: &str) -> Result<()> {
    say::command(shown(command));
    let status = command.status().with_context(|| cannot_start(command, advice))?;
    check(command, status, advice)
}

/// Runs to the end, gives `input` to it, and shows its output only when it fails.
///
/// # Errors
/// As [`run`].
pub fn run_with_input(command: &mut Command, input: &str, advice: &str) -> Result<()> {
    say::command(shown(command));
    let mut child = command.stdin(Stdio::piped()).spawn().with_context(|| cannot_start(command, advice))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).with_context(|| format!("`{}` read no input", shown(command)))?;
    }
    let status = child.wait()?;
    check(command, status, advice)
}

/// Runs to the end and returns its standard output.
///
/// # Errors
/// As [`run`]; the message holds the program's standard error.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| cannot_start(command, "Is it installed?"))?;
    if !output.status.success() {
        bail!(
            "`{}` failed ({}): {}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs to the end, shows each line at once, and returns all lines of both outputs as well.
///
/// # Errors
/// When it can't be started. A failure of the program is in the returned status.
pub fn tee(command: &mut Command) -> Result<(ExitStatus, Vec<String>)> {
    say::command(shown(command));
    if std::io::stdout().is_terminal() {
        // They see our pipe, not the terminal behind it.
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| cannot_start(command, "Is it installed?"))?;
    let (sender, lines) = mpsc::channel();
    let readers = [
        child.stdout.take().map(|out| forward(out, sender.clone())),
        child.stderr.take().map(|err| forward(err, sender.clone())),
    ];
    drop(sender);
    let mut stdout = std::io::stdout().lock();
    let mut seen = Vec::new();
    for line in lines {
        // A closed pipe behind us (`| head`) must not hide the result of the run.
        let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
        seen.push(without_colour(String::from_utf8_lossy(&line).trim_end()));
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    Ok((child.wait()?, seen))
}

fn forward(from: impl Read + Send + 'static, to: mpsc::Sender<Vec<u8>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut line = Vec::new();
            match from.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if to.send(line).is_err() => return,
                Ok(_) => {}
            }
        }
    })
}

/// Removes terminal colours (CSI sequences).
pub fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        if char != '\x1b' {
            plain.push(char);
            continue;
        }
        // `ESC [ parameters final`: the final byte is the first letter.
        chars.by_ref().find(char::is_ascii_alphabetic);
    }
    plain
}

/// Asks a process to stop, waits up to `patience`, then kills it.
///
/// # Errors
/// When the process can't be waited for.
pub fn stop(child: &mut Child, patience: Duration) -> Result<()> {
    let pid = rustix::process::Pid::from_child(child);
    // It may have ended on its own in the meantime.
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    say::warning(format_args!(
        "process {} did not stop in {}; it is killed",
        child.id(),
        say::duration(patience)
    ));
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// Where a program is, if `PATH` leads to it.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn check(command: &Command, status: ExitStatus, advice: &str) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{}` failed ({status}). {advice}", shown(command))
}

fn cannot_start(command: &Command, advice: &str) -> String {
    format!("`{}` can't be started. {advice}", command.get_program().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_removed_and_text_stays() {
        let line = "\x1b[32;1m     Summary\x1b[0m [   0.012s] \x1b[1m5\x1b[0m tests run";
        assert_eq!(without_colour(line), "     Summary [   0.012s] 5 tests run");
        assert_eq!(without_colour("plain — text"), "plain — text");
    }

    #[test]
    fn tee_returns_both_outputs_and_the_status() {
        let (status, mut lines) =
            tee(command("sh").args(["-c", "echo one; echo two >&2; exit 3"])).expect("sh runs");
        lines.sort();
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn a_failure_names_the_command_and_the_advice() {
        let error = run(command("sh").args(["-c", "exit 4"]), "Try again.").expect_err("exit 4");
        assert!(error.to_string().contains("sh -c 'exit 4'"), "{error}");
        assert!(error.to_string().contains("Try again."), "{error}");
    }

    #[test]
    fn stop_ends_a_process_that_ignores_sigterm() {
        let mut child = command("sh")
            .args(["-c", "trap '' TERM; while :; do sleep 0.05; done"])
            .spawn()
            .expect("sh runs");
        thread::sleep(Duration::from_millis(100));
        stop(&mut child, Duration::from_millis(200)).expect("stopped");
        assert!(child.try_wait().expect("waited").is_some());
    }

    #[test]
    fn find_looks_on_the_path() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program-anywhere").is_none());
    }
}
