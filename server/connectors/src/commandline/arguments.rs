//! The arguments, to be embedded into the server's command line with `#[command(subcommand)]`.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Reads a connector without any database.
#[derive(Debug, Clone, Subcommand)]
pub enum ConnectorCommand {
    /// List the connectors, one JSON object per line.
    List,
    /// List the accounts that the credentials reach.
    Accounts(AccountsArguments),
    /// Read an account's streams for some days.
    Read(ReadArguments),
}

/// How to get in.
#[derive(Debug, Clone, Args)]
pub struct ConnectionArguments {
    /// File with one JSON object: `access_token`, `refresh_token`, `client_id`, `client_secret`, …
    #[arg(long, value_name = "FILE")]
    pub credentials: PathBuf,
    /// Send every request to this origin instead of the vendor's.
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// A setting of the connector; may be repeated.
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
}

/// Arguments of `accounts`.
#[derive(Debug, Clone, Args)]
pub struct AccountsArguments {
    /// For example `google_ads`.
    pub slug: String,
    /// How to get in.
    #[command(flatten)]
    pub connection: ConnectionArguments,
}

/// Arguments of `read`.
#[derive(Debug, Clone, Args)]
pub struct ReadArguments {
    /// For example `google_ads`.
    pub slug: String,
    /// The vendor's id of the account, which may begin with a hyphen.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub account: String,
    /// First day, such as 2026-09-01, in the account's time zone.
    #[arg(long, value_name = "DAY")]
    pub since: NaiveDate,
    /// Last day, included.
    #[arg(long, value_name = "DAY")]
    pub until: NaiveDate,
    /// A stream; may be repeated. Without it, all ordinary streams.
    #[arg(long = "stream", value_name = "NAME")]
    pub streams: Vec<String>,
    /// How to get in.
    #[command(flatten)]
    pub connection: ConnectionArguments,
    /// Keep what was read in this file, and go on from it.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}
