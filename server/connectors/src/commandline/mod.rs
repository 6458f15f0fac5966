//! `windhover connector …`: reads a connector without any database, for people who debug and for contract checks.

mod arguments;
mod lines;
mod reading;

pub use arguments::{AccountsArguments, ConnectionArguments, ConnectorCommand, ReadArguments};

use crate::connector::{Connector, Context, Setup};
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::http::{BaseUrl, Pace, RetryPolicy};
use crate::oauth::{MemoryStore, TokenSet};
use crate::platforms::{all, find};
use crate::record::Warning;
use model::clock::Clock;
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

/// Runs a command. Records go to `out`, one JSON object per line; words for people go to `err`. The result is the
/// exit code: 0 done, 2 wrong use or configuration, 3 needs re-authorisation, 4 waiting for quota, 5 drift, 6 the
/// vendor is down.
pub async fn run(
    command: &ConnectorCommand,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
    clock: Clock,
) -> u8 {
    let mut console = Console { out, err, warned: BTreeSet::new(), is_closed: false };
    let result = match command {
        ConnectorCommand::List => list(&mut console),
        ConnectorCommand::Accounts(arguments) => accounts(arguments, &mut console, clock).await,
        ConnectorCommand::Read(arguments) => reading::read(arguments, &mut console, clock).await,
    };
    let code = match result {
        Ok(code) => code,
        Err(error) => {
            console.complain(&error);
            error.kind.exit_code()
        }
    };
    // A reader that went away (`| head`) has seen enough.
    if console.is_closed { 0 } else { code }
}

/// The two outputs, and what was warned of already.
struct Console<'a> {
    out: &'a mut (dyn Write + Send),
    err: &'a mut (dyn Write + Send),
    warned: BTreeSet<Warning>,
    is_closed: bool,
}

impl Console<'_> {
    fn print(&mut self, lines: &str) -> Result<()> {
        match self.out.write_all(lines.as_bytes()).and_then(|()| self.out.flush()) {
            Ok(()) => Ok(()),
            Err(e) => {
                self.is_closed = e.kind() == std::io::ErrorKind::BrokenPipe;
                Err(Error::configuration(format!("The output can't be written: {e}."))
                    .with_hint("Check where the output goes: a full disk, or a pipe that was closed."))
            }
        }
    }

    fn warn(&mut self, warning: &Warning) -> Result<()> {
        if !self.warned.insert(warning.clone()) {
            return Ok(());
        }
        self.say(&format!("Warning: {warning}"));
        self.print(&lines::warning(warning)?)
    }

    fn complain(&mut self, error: &Error) {
        if self.is_closed {
            return;
        }
        self.say(&format!("Error: {error}"));
        if let Some(raw) = error.raw.as_deref().filter(|raw| !raw.is_empty()) {
            self.say(&format!("  The vendor said: {raw}"));
        }
        self.say(&format!("  What to do: {}", error.action()));
    }

    /// Words for people. Where even that can't be written, there is nobody to tell.
    fn say(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }
}

fn list(console: &mut Console<'_>) -> Result<u8> {
    for connector in all() {
        console.print(&lines::connector(*connector)?)?;
    }
    Ok(0)
}

async fn accounts(arguments: &AccountsArguments, console: &mut Console<'_>, clock: Clock) -> Result<u8> {
    let (connector, ctx) = connect(&arguments.slug, &arguments.connection, clock)?;
    let found = connector.accounts(&ctx).await?;
    for warning in &found.warnings {
        console.warn(warning)?;
    }
    for account in &found.accounts {
        console.print(&lines::account(account)?)?;
    }
    Ok(0)
}

/// Puts a connection together from arguments and files.
fn connect(
    slug: &str,
    arguments: &ConnectionArguments,
    clock: Clock,
) -> Result<(&'static dyn Connector, Context)> {
    let connector = find(slug).ok_or_else(|| {
        let known: Vec<_> = all().iter().map(|c| c.slug()).collect();
        Error::configuration(format!("There is no connector {slug:?}; there are {}.", known.join(", ")))
            .with_hint("`windhover connector list` shows all of them.")
    })?;
    let file = &arguments.credentials;
    let text = std::fs::read_to_string(file).map_err(|e| {
        Error::configuration(format!("The credentials file {} can't be read: {e}.", file.display()))
    })?;
    let credentials = Credentials::from_json(&text)?;
    let tokens = TokenSet {
        access_token: credentials.get("access_token").cloned(),
        refresh_token: credentials.get("refresh_token").cloned(),
        ..TokenSet::default()
    };
    let jitter = StdRng::try_from_rng(&mut SysRng)
        .map_err(|e| Error::configuration(format!("This machine gives no random numbers: {e}.")))?;
    let base_url = arguments.base_url.as_deref().map(BaseUrl::parse).transpose()?;
    let setup = Setup {
        credentials,
        settings: settings(&arguments.settings)?,
        base_url: base_url.unwrap_or_default(),
        tokens: Arc::new(MemoryStore::new(tokens)),
        pace: Pace::new(clock.clone()),
        clock,
        jitter: Box::new(jitter),
        policy: RetryPolicy::default(),
    };
    Ok((connector, Context::new(connector, setup)?))
}

fn settings(pairs: &[String]) -> Result<BTreeMap<String, String>> {
    pairs
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
            _ => Err(Error::configuration(format!("--setting {pair:?} is not written as NAME=VALUE."))),
        })
        .collect()
}
