//! Connections to vendors, as the pages see them.

use crate::health::{CallCounts, GrantExpiry};
use crate::ids::{ConnectionId, RunId};
use crate::upkeep::SettingInfo;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An account that discovery found behind a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundAccount {
    /// The vendor's id.
    pub remote_id: String,
    /// The vendor's name for it.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// Chosen for synchronisation already.
    pub is_selected: bool,
    /// Whether figures are stored; none before it was first read.
    #[serde(default)]
    pub has_figures: Option<bool>,
}

/// How often a connection synchronises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Every 15 minutes.
    Quarterly,
    /// Every hour.
    Hourly,
    /// Every 6 hours.
    SixHourly,
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
    /// Only on demand.
    Manual,
}

impl Schedule {
    /// All choices.
    pub const ALL: [Self; 6] =
        [Self::Quarterly, Self::Hourly, Self::SixHourly, Self::Daily, Self::Weekly, Self::Manual];

    /// Seconds between two runs; none for [`Self::Manual`].
    pub fn seconds(self) -> Option<u32> {
        match self {
            Self::Quarterly => Some(15 * 60),
            Self::Hourly => Some(3_600),
            Self::SixHourly => Some(6 * 3_600),
            Self::Daily => Some(24 * 3_600),
            Self::Weekly => Some(7 * 24 * 3_600),
            Self::Manual => None,
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Quarterly => "Every 15 minutes",
            Self::Hourly => "Every hour",
            Self::SixHourly => "Every 6 hours",
            Self::Daily => "Once a day",
            Self::Weekly => "Once a week",
            Self::Manual => "Only by hand",
        }
    }

    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quarterly => "quarterly",
            Self::Hourly => "hourly",
            Self::SixHourly => "six_hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Manual => "manual",
        }
    }

    /// The schedule stored under that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// How a connection stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ConnectionState {
    /// Consent was given; accounts are not chosen yet.
    ChoosingAccounts,
    /// Works; runs by schedule.
    Ready,
    /// A run is under way.
    Syncing,
    /// The vendor's quota is used up.
    WaitingForQuota {
        /// When it goes on by itself.
        until: DateTime<Utc>,
    },
    /// The grant is dead: only a new consent helps. Figures stay.
    NeedsReconnect {
        /// Why, in plain words.
        reason: String,
    },
    /// The last run failed; it is tried again by schedule.
    Failing {
        /// Why, in plain words, with what to do.
        reason: String,
    },
    /// Paused by a person.
    Paused,
}

/// A connection in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionSummary {
    /// Key.
    pub id: ConnectionId,
    /// For example `google_ads`.
    pub platform: String,
    /// For example "Google Ads".
    pub platform_name: String,
    /// Given by the person, at first the platform's name.
    pub name: String,
    /// How it stands.
    pub state: ConnectionState,
    /// How often it runs.
    pub schedule: Schedule,
    /// Seconds between two runs, where they are not those of the schedule (the demo's).
    #[serde(default)]
    pub every_seconds: Option<u32>,
    /// Accounts that are read.
    pub accounts: Vec<FoundAccount>,
    /// First day of history.
    pub history_from: NaiveDate,
    /// The last day that is complete in all accounts.
    pub complete_until: Option<NaiveDate>,
    /// Days from here on may still be restated by the vendor.
    pub provisional_from: Option<NaiveDate>,
    /// When the next run is due.
    pub next_run_at: Option<DateTime<Utc>>,
    /// The run under way, or the last one.
    pub last_run: Option<RunSummary>,
    /// Warnings of the last run, each naming account or stream.
    pub warnings: Vec<String>,
    /// The consent ends soon, and does not renew itself.
    #[serde(default)]
    pub expiry: Option<GrantExpiry>,
}

impl ConnectionSummary {
    /// How often it really runs, for people.
    pub fn interval_label(&self) -> Cow<'static, str> {
        match self.every_seconds {
            None => Cow::Borrowed(self.schedule.label()),
            Some(seconds) if seconds >= 120 && seconds.is_multiple_of(60) => {
                Cow::Owned(format!("Every {} minutes", seconds / 60))
            }
            Some(seconds) => Cow::Owned(format!("Every {seconds} seconds")),
        }
    }
}

/// How a run ended, or that it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Goes on.
    Running,
    /// Everything that was asked for is loaded.
    Succeeded,
    /// Something is missing, and the warnings say what.
    Incomplete,
    /// Stopped until the vendor's quota is back.
    WaitingForQuota,
    /// The grant is dead.
    NeedsReconnect,
    /// Failed for another reason.
    Failed,
    /// A person stopped it.
    Cancelled,
}

impl RunOutcome {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Incomplete => "incomplete",
            Self::WaitingForQuota => "waiting_for_quota",
            Self::NeedsReconnect => "needs_reconnect",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The outcome stored under that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Running,
            Self::Succeeded,
            Self::Incomplete,
            Self::WaitingForQuota,
            Self::NeedsReconnect,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|o| o.name() == name)
    }
}

/// A run as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Key.
    pub id: RunId,
    /// How it ended.
    pub outcome: RunOutcome,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Rows that the vendor sent.
    pub rows_read: i64,
    /// Rows that were new or different.
    pub rows_changed: i64,
    /// Account-days done and planned, for the progress bar.
    pub days_done: i32,
    /// Account-days planned.
    pub days_planned: i32,
    /// The day that is being read.
    pub current_day: Option<NaiveDate>,
    /// Seconds left, guessed from the pace so far.
    pub eta_seconds: Option<u32>,
    /// What went wrong, in plain words with what to do.
    pub error: Option<String>,
    /// What the vendor or the database said, for experts.
    pub raw_error: Option<String>,
    /// Named degradations: accounts skipped, fields missing.
    pub warnings: Vec<String>,
    /// The only day that it read; none where it read what was due.
    #[serde(default)]
    pub only_day: Option<NaiveDate>,
    /// Its calls to the vendor.
    #[serde(default)]
    pub calls: CallCounts,
}

/// How the person finishes the connection flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartSync {
    /// The connection.
    pub connection: ConnectionId,
    /// The vendor's ids of the chosen accounts; at least one.
    pub accounts: Vec<String>,
    /// First day of history.
    pub history_from: NaiveDate,
    /// How often from now on.
    pub schedule: Schedule,
}

/// What a person can change later. Absent = unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ConnectionChange {
    /// Its name.
    pub name: Option<String>,
    /// How often it runs.
    pub schedule: Option<Schedule>,
    /// Pause or resume.
    pub paused: Option<bool>,
    /// The vendor's ids of the accounts that are read.
    pub accounts: Option<Vec<String>>,
    /// Settings of the connector by name, for example `api_version`; an empty value goes back to the default.
    pub settings: Option<BTreeMap<String, String>>,
}

/// One day of one connection in the calendar strip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayState {
    /// The day.
    pub day: NaiveDate,
    /// How it stands.
    pub state: DayCompleteness,
}

/// How complete a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCompleteness {
    /// Read after it ended, and no longer restated.
    Complete,
    /// Read, but the vendor may still restate it.
    Provisional,
    /// Read while it ran, or some account is missing.
    Partial,
    /// Never read.
    Missing,
    /// Never read, and too old: the vendor no longer gives it.
    Unavailable,
}

/// One connection with everything on its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionDetail {
    /// As in the list.
    pub summary: ConnectionSummary,
    /// All accounts that discovery found.
    pub found: Vec<FoundAccount>,
    /// Days of its history, oldest first.
    pub days: Vec<DayState>,
    /// Newest first, at most 50.
    pub runs: Vec<RunSummary>,
    /// Connector settings by name that differ from the defaults.
    pub settings: std::collections::BTreeMap<String, String>,
    /// All settings that the connector has, in its order.
    #[serde(default)]
    pub known_settings: Vec<SettingInfo>,
    /// Days that wait for being read again.
    #[serde(default)]
    pub queued_days: Vec<NaiveDate>,
}
