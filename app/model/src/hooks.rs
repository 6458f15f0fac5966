//! What vendors push, as the page of a connection shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a connection takes what its vendor pushes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookState {
    /// What to set up at the vendor.
    pub instructions: String,
    /// What the vendor calls the value by which deliveries are verified; none where nothing is signed.
    pub proof_label: Option<String>,
    /// Where it is found.
    pub proof_help: Option<String>,
    /// Where the vendor has to push to; none until somebody asked for it.
    pub address: Option<HookAddress>,
    /// The last deliveries, newest first.
    pub deliveries: Vec<DeliveryTrace>,
}

/// Where a vendor pushes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookAddress {
    /// The address. Whoever knows it can push where nothing is signed.
    pub url: String,
    /// By what deliveries are verified, where they are signed and it was entered.
    pub proof: Option<String>,
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryTrace {
    /// When it came.
    pub at: DateTime<Utc>,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// Events in it that count.
    pub events: u32,
    /// Of these, those that were not known before.
    pub new_events: u32,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryOutcome {
    /// It was counted.
    Taken,
    /// It did not come from the vendor, as far as we can tell. Why.
    NotGenuine(String),
    /// It could not be read. Why.
    Unreadable(String),
}

impl DeliveryOutcome {
    /// As stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::NotGenuine(_) => "not_genuine",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Why it was not taken.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Taken => None,
            Self::NotGenuine(why) | Self::Unreadable(why) => Some(why),
        }
    }

    /// As it was stored.
    pub fn from_parts(name: &str, reason: String) -> Self {
        match name {
            "not_genuine" => Self::NotGenuine(reason),
            "unreadable" => Self::Unreadable(reason),
            _ => Self::Taken,
        }
    }
}
