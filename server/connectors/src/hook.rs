//! What vendors push to us: whether a delivery is genuine, and what it says happened when. Pure functions over what came.

use crate::credentials::Credentials;
use crate::error::Error;
use chrono::{DateTime, NaiveDateTime, Utc};
use metrics::{Family, Metric};
use model::entities::EntityKind;
use sha2::{Digest, Sha256};

/// One request of a vendor.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// A header by its name in lower case.
    pub header: &'a (dyn Fn(&str) -> Option<&'a str> + Sync),
    /// The body, byte for byte as it came: signatures are over bytes.
    pub body: &'a [u8],
}

/// How a delivery proves whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing is signed: nobody else knows the address.
    Address,
    /// It is signed, and this value of the vendor's settings shows by whom.
    Key {
        /// Name, for example `webhook_key`.
        name: &'static str,
        /// What the vendor calls it.
        label: &'static str,
        /// Where it is found.
        help: &'static str,
    },
}

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// An instant.
    Instant(DateTime<Utc>),
    /// What the clock showed where the account is.
    Local(NaiveDateTime),
}

/// Something that happened once, and counts once however often it is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookEvent {
    /// Tells it from all others of the platform.
    pub key: [u8; 32],
    /// What it happened to; none: the account itself.
    pub entity: Option<(EntityKind, String)>,
    /// What it counts as.
    pub metric: Metric,
    /// When.
    pub at: Moment,
}

impl HookEvent {
    /// The key of what the parts name.
    pub fn key_of(parts: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

/// Why a delivery is not taken.
#[derive(Debug)]
pub enum Refusal {
    /// It is not signed by whom we trust. What was wrong, in words.
    NotGenuine(&'static str),
    /// It can't be understood.
    Unreadable(Error),
}

/// What a platform pushes.
pub trait Hook: Send + Sync {
    /// How deliveries prove whose they are.
    fn proof(&self) -> Proof;

    /// Which events to choose at the vendor, and where. For people.
    fn instructions(&self) -> &'static str;

    /// To which family its events count.
    fn family(&self) -> Family;

    /// What happened. Events that count as nothing are left out.
    ///
    /// # Errors
    /// When the delivery is not genuine or can't be understood.
    fn read(&self, delivery: &Delivery<'_>, credentials: &Credentials) -> Result<Vec<HookEvent>, Refusal>;
}
