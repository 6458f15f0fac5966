//! The way to a connection: what can be connected, how, which accounts, and how much history.

use crate::connections::FoundAccount;
use crate::days::DayRange;
use crate::ids::ConnectionId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One entry of the catalogue of sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformInfo {
    /// For example `google_ads`.
    pub slug: String,
    /// For example "Google Ads".
    pub name: String,
    /// One line: what is read.
    pub summary: String,
    /// What is read and why, one sentence each.
    pub reads: Vec<String>,
    /// What Windhover never does there, for example "It never changes a campaign".
    pub never: Vec<String>,
    /// Names of the families of its figures, for example `ads`.
    pub families: Vec<String>,
    /// What exactly is read.
    pub streams: Vec<StreamInfo>,
    /// The ways in, the usual one first; at least one.
    pub ways: Vec<WayIn>,
    /// The address of this server that the vendor sends people back to, as it has to be entered there.
    #[serde(default)]
    pub redirect_uri: String,
}

/// One thing that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamInfo {
    /// For people.
    pub summary: String,
    /// Read by every connection; the others where a person asks for them, in the connection's settings or on the command line.
    pub is_ordinary: bool,
    /// Days that the vendor keeps it.
    pub max_history_days: Option<u32>,
}

/// A way into a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayIn {
    /// For example `consent`.
    pub name: String,
    /// For people.
    pub label: String,
    /// Whom it is for.
    pub summary: String,
    /// The person consents on the vendor's page; otherwise what is typed opens the platform.
    pub is_consent: bool,
    /// The permissions that the vendor will show, or that have to be given there.
    pub permissions: Vec<String>,
    /// Permissions without which less is read.
    pub optional_permissions: Vec<String>,
    /// What has to be typed.
    pub fields: Vec<CredentialField>,
    /// What has to be known before the vendor is asked.
    pub choices: Vec<SettingChoice>,
}

impl WayIn {
    /// Whether nothing that is needed is left to be typed.
    pub fn is_configured(&self) -> bool {
        self.fields.iter().all(|field| field.is_optional || field.is_known)
    }
}

/// How a field is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line that may be seen.
    Text,
    /// One line that is never shown.
    Secret,
    /// Several lines that are never shown.
    SecretLines,
}

/// A value that the admin has to provide before connecting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialField {
    /// Name in the credentials document, for example `client_id`.
    pub name: String,
    /// For people.
    pub label: String,
    /// Where to find it.
    pub help: String,
    /// How it is typed.
    pub kind: FieldKind,
    /// The connection can do without.
    pub is_optional: bool,
    /// Configured on this server (or by the demo), so that nobody has to type it.
    pub is_known: bool,
}

/// A setting that has to be known before the vendor is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChoice {
    /// The setting's name.
    pub setting: String,
    /// For people.
    pub label: String,
    /// What it is about.
    pub help: String,
    /// What counts when nothing is chosen.
    pub default: String,
    /// (value, label); a text field where there are none.
    pub options: Vec<(String, String)>,
    /// What another value is called and how it is written, where the options are not all that there are.
    pub other: Option<(String, String)>,
    /// There is no good default: the person has to say it.
    pub is_needed: bool,
}

/// What a person sends from the page of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ConnectRequest {
    /// The platform's slug.
    pub platform: String,
    /// Name of the way; none takes the one that fits what is typed and configured.
    #[serde(default)]
    pub way: Option<String>,
    /// What was typed, by field.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// What was chosen, by setting.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Renews the grant of that connection, instead of making another.
    #[serde(default)]
    pub reconnect: Option<ConnectionId>,
}

/// What the accounts page of the connection flow shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The connection made by the consent.
    pub connection: ConnectionId,
    /// What was found.
    pub accounts: Vec<FoundAccount>,
    /// What is wrong with single accounts, or keeps them from being read.
    #[serde(default)]
    pub remarks: Vec<AccountRemark>,
    /// What concerns all of them.
    pub warnings: Vec<String>,
    /// The most days of history that the platform has of anything; none where it keeps all.
    #[serde(default)]
    pub max_history_days: Option<u32>,
}

/// What is to be said about an account. Those that are not among the accounts can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRemark {
    /// The vendor's id.
    pub remote_id: String,
    /// A plain sentence.
    pub message: String,
}

/// A rough idea before the first synchronisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEstimate {
    /// The days that would be read.
    pub days: DayRange,
    /// Rows, guessed.
    pub rows: i64,
    /// Requests to the vendor, counted by the plan of the first run, with one page each.
    pub requests: i64,
    /// Seconds, guessed.
    pub seconds: u32,
    /// Account-days of this platform that were read on this server before and that rows and seconds are measured by; 0
    /// where nothing was read yet, and typical figures are taken.
    pub measured_days: i64,
    /// What the platform does not keep for all of these days.
    pub limits: Vec<StreamLimit>,
}

/// How far something reaches back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamLimit {
    /// What, for people.
    pub what: String,
    /// Days that the vendor keeps it.
    pub days: u32,
}
