//! `cargo xtask dev`: builds on every change, restarts the server, and so makes open pages reload.
//!
//! The reload is done by `public/assets/dev-reload.js`, which the server puts into its pages when
//! `WINDHOVER_DEV_RELOAD` is set: it asks `/healthz` when the server started, and reloads when that changes.

mod change;
mod watch;

use crate::workspace::{Profile, Workspace};
use crate::{bundle, demo, process, say, setup};
use anyhow::{Context, Result};
use change::Change;
use std::os::unix::process::CommandExt;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use watch::Watch;

/// How often the sources are looked at: some hundred files, a few milliseconds.
const POLL: Duration = Duration::from_millis(300);

/// How long the server may take to finish its jobs and its database.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(clap::Args)]
pub struct Args {
    /// What to run instead of `windhover demo`, for instance `-- serve`.
    #[arg(last = true)]
    server: Vec<String>,
}

/// Runs until Ctrl-C.
///
/// # Errors
/// When the machine can't be prepared, or the sources can't be watched. A build that fails is shown, and the next
/// change builds again.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("signals can't be handled")?;
    }
    setup::for_running(workspace)?;

    let mut watch = Watch::new(&workspace.root)?;
    let mut server = Server { workspace, args, child: None };
    let mut pending = Change::EVERYTHING;
    while !stop.load(Ordering::Relaxed) {
        if pending.is_nothing() {
            server.report_end()?;
            thread::sleep(POLL);
            pending = watch.changes()?;
            continue;
        }
        // An editor or git writes many files: wait until they are all there.
        let more = watch.changes()?;
        if !more.is_nothing() {
            pending = pending.and(more);
            thread::sleep(POLL);
            continue;
        }
        let change = std::mem::replace(&mut pending, Change::NOTHING);
        let started = Instant::now();
        match rebuild(workspace, change) {
            _ if stop.load(Ordering::Relaxed) => break,
            Ok(()) => {
                server.restart()?;
                say::note(format_args!(
                    "rebuilt in {}; waiting for changes",
                    say::duration(started.elapsed())
                ));
            }
            Err(error) => {
                say::error(&error);
                say::note("waiting for changes");
            }
        }
    }
    say::step("Stopping");
    server.stop()
}

fn rebuild(workspace: &Workspace, change: Change) -> Result<()> {
    if change.packages {
        setup::node_packages(workspace, setup::NpmFolder::Frontend)?;
    }
    if change.browser {
        bundle::build(workspace, Profile::Dev)?;
    } else if change.assets {
        bundle::rebuild_assets(workspace, Profile::Dev)?;
    }
    if change.server {
        demo::build_server(workspace, Profile::Dev)?;
    }
    Ok(())
}

struct Server<'a> {
    workspace: &'a Workspace,
    args: &'a Args,
    child: Option<Child>,
}

impl Server<'_> {
    fn restart(&mut self) -> Result<()> {
        self.stop()?;
        let mut command = process::command(self.workspace.server_binary(Profile::Dev));
        if self.args.server.is_empty() {
            command.arg("demo");
        } else {
            command.args(&self.args.server);
        }
        command.current_dir(&self.workspace.root).env("WINDHOVER_DEV_RELOAD", "1");
        // Out of the terminal's group: Ctrl-C reaches us alone, and we ask the server to stop exactly once.
        command.process_group(0);
        say::command(process::shown(&command));
        self.child = Some(command.spawn().context("the server can't be started")?);
        Ok(())
    }

    fn stop(&mut self) -> Result<()> {
        match self.child.take() {
            Some(mut child) => process::stop(&mut child, PATIENCE),
            None => Ok(()),
        }
    }

    fn report_end(&mut self) -> Result<()> {
        let Some(child) = &mut self.child else { return Ok(()) };
        if let Some(status) = child.try_wait()? {
            say::warning(format_args!("the server ended ({status}); the next change starts it again"));
            self.child = None;
        }
        Ok(())
    }
}
