//! Logs: pretty for a terminal, JSON for machines; each line of a request carries its id.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// Starts logging to standard error. `filter` has the form of `RUST_LOG`; nonsense in it was refused before.
pub fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_json = match format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let writer = std::io::stderr;
    if is_json {
        init(
            tracing_subscriber::fmt()
                .json()
                .flatten_event(true)
                .with_env_filter(filter)
                .with_writer(writer)
                .try_init(),
        );
    } else {
        let colour = writer.make_writer().is_terminal();
        init(
            tracing_subscriber::fmt()
                .compact()
                .with_target(false)
                .with_ansi(colour)
                .with_env_filter(filter)
                .with_writer(writer)
                .try_init(),
        );
    }
}

fn init<E>(result: Result<(), E>) {
    // Fails only when logging was started before (tests): the first one stays.
    drop(result);
}
