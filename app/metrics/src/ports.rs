//! The port for figures: implemented by `warehouse`, called by server functions and by the route that serves cubes.

use crate::catalogue::Family;
use crate::levels::FamilyFacts;
use crate::query::{Frame, Query, Scope};
use async_trait::async_trait;
use model::access::Member;
use model::ports::Result;
use model::{DayRange, live::Versions};
use serde::{Deserialize, Serialize};

/// The answer to a scope: everything in one cube, or the word that it is too large for the browser.
#[derive(Debug, Clone)]
pub enum CubeAnswer {
    /// `Cube::encode`d, not compressed.
    Cube(Vec<u8>),
    /// More cells than a browser should hold: ask [`Figures::frames`] instead.
    TooLarge {
        /// Cells that it would have.
        cells: u64,
    },
}

/// How far figures are complete, per account of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Freshness {
    /// One per account that holds figures.
    pub accounts: Vec<AccountFreshness>,
    /// One per family of which there are figures, in the order of the catalogue.
    pub families: Vec<FamilyFacts>,
    /// First and last day with any figure of advertising.
    pub span: Option<DayRange>,
    /// Whether any of those facts carries an hour, a device …: dimensions beyond the plain ones that can be asked for.
    pub has_hours: bool,
}

/// How far one account is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFreshness {
    /// Key.
    pub account: model::ids::AccountId,
    /// For people.
    pub name: String,
    /// Platform slug.
    pub platform: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// `connector` or `file`.
    pub source: String,
    /// Of which it holds figures.
    pub families: Vec<Family>,
    /// Last day that is fully read.
    pub complete_until: Option<chrono::NaiveDate>,
    /// Days from here on may be restated.
    pub provisional_from: Option<chrono::NaiveDate>,
    /// When figures were last written.
    pub as_of: Option<chrono::DateTime<chrono::Utc>>,
    /// Attribution window or other remark of the source; "spread evenly over the period" for files.
    pub remark: Option<String>,
}

/// Figures, for widgets.
#[async_trait]
pub trait Figures: Send + Sync {
    /// One cube for everything on a dashboard.
    async fn cube(&self, member: &Member, scope: &Scope) -> Result<CubeAnswer>;
    /// The SQL path: one frame per query, in order, in one snapshot.
    async fn frames(&self, member: &Member, queries: &[Query]) -> Result<Vec<Frame>>;
    /// How far figures are complete.
    async fn freshness(&self, member: &Member) -> Result<Freshness>;
    /// Current versions of all topics.
    async fn versions(&self, member: &Member) -> Result<Versions>;
    /// Loads a file in the ECB's history format (days in rows, currencies in columns, units per euro).
    /// Answers the number of rates stored.
    async fn load_rates(&self, member: &Member, csv: &[u8]) -> Result<u64>;
}
