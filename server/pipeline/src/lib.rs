//! Connections, sync runs, schedules and file imports: the way of the data from a vendor or a file into the warehouse.
#![warn(missing_docs)]

pub mod connections;
mod demo;
mod error;
pub mod file_import;
mod hooks;
pub mod jobs;
pub mod schedule;
pub mod sync;
mod vault;

pub use demo::{DemoOrigin, DemoPlatform, DemoSource, STAND_IN_HASTE};
pub use error::{PipelineError, Result};

use connectors::Connector;
use connectors::http::{BaseUrl, Pace, RetryPolicy};
use database::Database;
use identity::secrets::SecretBox;
use model::clock::Clock;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// The services of this crate. Implements the ports `Connections` and `Imports`. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline(Arc<Parts>);

/// What the services stand on.
pub struct Parts {
    /// The database.
    pub database: Database,
    /// Users and workspaces.
    pub identity: identity::Identity,
    /// Seals and opens credentials.
    pub secrets: SecretBox,
    /// Time.
    pub clock: Clock,
    /// The process's limiters.
    pub pace: Pace,
    /// What the admin configured.
    pub settings: PipelineSettings,
    /// Where demo data comes from.
    pub demo: Option<Arc<dyn DemoSource>>,
    /// Work that a stop waits for.
    pub tasks: TaskTracker,
}

/// What the admin configured.
#[derive(Debug, Clone, Default)]
pub struct PipelineSettings {
    /// Where vendors send the browser back to: `https://…/oauth/callback`.
    pub redirect_uri: String,
    /// Values by platform and field: `client_id`, `client_secret`, `developer_token`, …, and `base_url`.
    pub platforms: BTreeMap<String, BTreeMap<String, SecretString>>,
    /// Where uploads wait.
    pub data_dir: PathBuf,
    /// The platforms that can be read.
    pub connectors: Platforms,
}

/// The platforms that can be read: all that there are, unless a test brings its own.
#[derive(Clone, Copy)]
pub struct Platforms(pub fn(&str) -> Option<&'static dyn Connector>);

impl Platforms {
    /// The platform with that slug.
    pub fn find(self, slug: &str) -> Option<&'static dyn Connector> {
        (self.0)(slug)
    }
}

impl Default for Platforms {
    fn default() -> Self {
        Self(connectors::find)
    }
}

impl std::fmt::Debug for Platforms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Platforms")
    }
}

impl PipelineSettings {
    /// The configured credentials of a platform.
    pub fn fields(&self, platform: &str) -> BTreeMap<String, SecretString> {
        self.platforms.get(platform).cloned().unwrap_or_default()
    }
}

impl Pipeline {
    /// Puts the services together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Where requests to a platform really go: the connection's own setting, the configuration's, else the vendor.
    pub(crate) fn base_url(&self, platform: &str, own: Option<&str>) -> Result<BaseUrl, connectors::Error> {
        let configured = self.settings.platforms.get(platform).and_then(|p| p.get("base_url"));
        match own.or(configured.map(ExposeSecret::expose_secret)) {
            Some(text) => BaseUrl::parse(text),
            None => Ok(BaseUrl::VENDOR),
        }
    }

    /// How fast a connection may ask: as fast as its vendor allows, or its stand-in where it has an address of its own.
    pub(crate) fn pace(&self, own: Option<&str>) -> Pace {
        self.pace.times(haste(own))
    }

    /// How patient a connection is with its vendor, or with its stand-in. A quarter of an hour is not sat out: the run
    /// would keep one of few workers from the other connections, and its next one begins when the limit ends.
    pub(crate) fn policy(own: Option<&str>) -> RetryPolicy {
        let usual = RetryPolicy::default();
        RetryPolicy { first_delay: usual.first_delay / haste(own), outlasts_windows: false, ..usual }
    }

    /// As [`Self::policy`], while a person waits in the browser.
    pub(crate) fn short_policy(own: Option<&str>) -> RetryPolicy {
        Self::policy(own).while_a_person_waits()
    }
}

fn haste(own_base_url: Option<&str>) -> u32 {
    if own_base_url.is_some() { STAND_IN_HASTE } else { 1 }
}

impl Deref for Pipeline {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
