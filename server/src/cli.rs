//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Self-hosted marketing analytics.
#[derive(Debug, Parser)]
#[command(name = "windhover", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// Configuration file (default: windhover.toml in the working directory, where there is one).
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve,
    /// Run the server with a simulator of the vendors beside it, and demo data.
    Demo,
    /// Bring the database's structure up to date and stop.
    Migrate,
    /// Load a file.
    #[command(subcommand)]
    Import(Import),
    /// Read a vendor without any database.
    #[command(subcommand)]
    Connector(connectors::commandline::ConnectorCommand),
    /// Check configuration, data directory, database and bundle, and say what to do.
    Doctor,
    /// Print the version.
    Version,
    /// Measure ingest and queries against a throw-away database.
    #[command(hide = true)]
    Bench(Bench),
}

/// Options of the hidden measuring command.
#[derive(Debug, Args)]
pub struct Bench {
    /// Facts to make.
    #[arg(long, default_value_t = 1_000_000)]
    pub facts: usize,
}

/// Kinds of files.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Figures by day from a CSV or TSV file or a workbook: advertising, social media, web analytics, search, e-mail, CRM.
    Csv(ImportCsv),
    /// Currency rates in the ECB's history format (days in rows, currencies in columns, units per euro).
    Rates(ImportRates),
}

/// Options of `windhover import csv`.
#[derive(Debug, Args)]
pub struct ImportCsv {
    /// The file.
    pub file: PathBuf,
    /// A mapping as JSON (as printed by --print-mapping), or `auto`.
    #[arg(long, value_name = "FILE|auto", default_value = "auto")]
    pub mapping: String,
    /// Name or slug of the workspace.
    #[arg(long, value_name = "NAME")]
    pub workspace: String,
    /// Days that the file covers, where it has no dates: 2026-09-01..2026-09-30.
    #[arg(long, value_name = "DAY..DAY")]
    pub period: Option<String>,
    /// Year of the first row, where months or days have none.
    #[arg(long)]
    pub year: Option<i32>,
    /// Currency of the money, where the file does not say (ISO 4217).
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// Order of dates that can be read two ways: ymd, dmy or mdy.
    #[arg(long, value_name = "ORDER")]
    pub dates: Option<String>,
    /// Platform slug of rows without one, for example facebook.
    #[arg(long)]
    pub platform: Option<String>,
    /// Account name of rows without one.
    #[arg(long)]
    pub account: Option<String>,
    /// Show what would be loaded, and load nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print the mapping that would be used as JSON, and load nothing.
    #[arg(long)]
    pub print_mapping: bool,
}

/// Options of `windhover import rates`.
#[derive(Debug, Args)]
pub struct ImportRates {
    /// The file.
    pub file: PathBuf,
    /// Name or slug of the workspace.
    #[arg(long, value_name = "NAME")]
    pub workspace: String,
}
