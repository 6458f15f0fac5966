//! What the page of one connection works with beside the connection itself: settings, one day, removal.

use crate::connections::{DayCompleteness, RunSummary};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Which values a setting takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SettingRule {
    /// A whole number between the two, both included.
    Integer {
        /// The smallest.
        least: u32,
        /// The largest.
        most: u32,
    },
    /// One of these words.
    OneOf {
        /// The words.
        words: Vec<String>,
    },
    /// An `http` or `https` address.
    Address,
    /// Some text.
    Text {
        /// What it has to be, for people.
        expected: String,
    },
    /// Names of some of these streams, with commas between them.
    Streams {
        /// The streams on request.
        streams: Vec<MoreStream>,
    },
}

/// A stream that a connection reads only where a person asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreStream {
    /// For example `clicks`.
    pub name: String,
    /// What it brings, for people.
    pub summary: String,
    /// What it costs, for people.
    pub cost: String,
    /// The setting without which it can't be read, as people know it.
    pub needs: Option<String>,
}

/// A setting of a connector, as a form shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingInfo {
    /// For example `api_version`.
    pub name: String,
    /// For people.
    pub label: String,
    /// What it does, one or two sentences.
    pub help: String,
    /// The value that counts where none is set.
    pub default: String,
    /// Which values it takes.
    pub rule: SettingRule,
    /// It changes what figures mean: all days are read again when it changes.
    pub restates: bool,
}

/// One stream of an account on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamDay {
    /// For example `campaign_daily`.
    pub stream: String,
    /// What it brings, for people.
    pub summary: String,
    /// How it stands.
    pub state: DayCompleteness,
    /// When it was last read.
    pub read_at: Option<DateTime<Utc>>,
}

/// One account on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDay {
    /// The vendor's id.
    pub remote_id: String,
    /// The vendor's name for it.
    pub name: String,
    /// Its streams, in the order in which they are read.
    pub streams: Vec<StreamDay>,
}

/// What a connection has of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayDetail {
    /// The day.
    pub day: NaiveDate,
    /// As in the calendar strip.
    pub state: DayCompleteness,
    /// By account.
    pub accounts: Vec<AccountDay>,
    /// It waits for being read again.
    pub is_queued: bool,
    /// The last run that read only this day.
    pub run: Option<RunSummary>,
}

/// What removing a connection would take along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalSize {
    /// Accounts that it has read.
    pub accounts: i64,
    /// Rows of figures in them, without those that only split others further.
    pub rows: i64,
    /// First and last day with figures.
    pub span: Option<crate::DayRange>,
    /// Runs in its history.
    pub runs: i64,
}
