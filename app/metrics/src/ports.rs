//! The port for figures: implemented by `warehouse`, called by server functions and by the route that serves cubes.

use crate::campaigns::{CampaignContent, CampaignTable};
use crate::catalogue::{Family, Metric};
use crate::details::{DetailAccount, People, ThingDetail, ThingList};
use crate::levels::FamilyFacts;
use crate::query::{Frame, Query, Scope};
use async_trait::async_trait;
use model::access::Member;
use model::entities::EntityKind;
use model::ids::{AccountId, EntityId, RuleId, UnifiedCampaignId};
use model::mapping::{Assignment, RuleDraft, RuleList, RulePreview, Suggestion};
use model::ports::Result;
use model::{DayRange, live::Versions};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// Which things to tell about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingsQuestion {
    /// Of which figures.
    pub family: Family,
    /// Posts, campaigns, e-mails, ….
    pub kind: EntityKind,
    /// Only these; none = the newest of all.
    pub entities: Option<Vec<EntityId>>,
    /// Most things of the answer; never more than 1,000.
    pub limit: u32,
}

/// A thing (a post, an e-mail, a campaign) and what it has come to altogether, as it stood when it was last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// Key.
    pub entity: EntityId,
    /// Where it belongs.
    pub account: AccountId,
    /// Platform slug.
    pub platform: String,
    /// For people.
    pub name: String,
    /// In the vendor's words.
    pub status: Option<String>,
    /// Link, text, picture and what else the vendor tells.
    pub attributes: serde_json::Value,
    /// When it was published or sent: as the vendor tells, else the first day with figures.
    pub began: Option<chrono::NaiveDate>,
    /// The day of the figures, in the account's zone.
    pub as_of: Option<chrono::NaiveDate>,
    /// ISO 4217 code of the money among the values, which is not converted.
    pub currency: String,
    /// The vendor's own totals where it tells such (people who were reached among them), else what the days add up to; each
    /// in the metric's scale. What is not known is absent.
    pub values: BTreeMap<Metric, i64>,
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
    /// Things with what they have come to altogether, the newest first.
    async fn things(&self, member: &Member, question: &ThingsQuestion) -> Result<Vec<Thing>>;
    /// Loads a file in the ECB's history format (days in rows, currencies in columns, units per euro).
    /// Answers the number of rates stored.
    async fn load_rates(&self, member: &Member, csv: &[u8]) -> Result<u64>;
}

/// Things one by one, with what the vendor tells of each beside its figures. Nobody is named.
#[async_trait]
pub trait Details: Send + Sync {
    /// All accounts with the kinds of things that there are of each, by name.
    async fn accounts(&self, member: &Member) -> Result<Vec<DetailAccount>>;
    /// Things of a kind of an account whose name, id or status holds the text, the newest first.
    async fn list(
        &self,
        member: &Member,
        account: AccountId,
        kind: EntityKind,
        text: &str,
    ) -> Result<ThingList>;
    /// Everything about one thing but its figures.
    async fn thing(&self, member: &Member, entity: EntityId) -> Result<ThingDetail>;
    /// The people of an account, counted; nothing where it has none.
    async fn people(&self, member: &Member, account: AccountId) -> Result<People>;
}

/// Unified campaigns, and the rules that things are assigned by.
#[async_trait]
pub trait Campaigns: Send + Sync {
    /// All unified campaigns with what they came to, and what is in none.
    async fn table(&self, member: &Member, days: DayRange) -> Result<CampaignTable>;
    /// What is in one; `None`: what is in none.
    async fn content(
        &self,
        member: &Member,
        campaign: Option<UnifiedCampaignId>,
        days: DayRange,
    ) -> Result<CampaignContent>;
    /// All rules with what they catch, and what that cost in those days.
    async fn rules(&self, member: &Member, days: DayRange) -> Result<RuleList>;
    /// What a rule would catch if it stood in the place of `rule`, or after all others; errors name the field as
    /// [`Campaigns::save_rule`] does.
    async fn preview(
        &self,
        member: &Member,
        rule: Option<RuleId>,
        draft: &RuleDraft,
        days: DayRange,
    ) -> Result<RulePreview>;
    /// Rules that could be made from UTM values of what is assigned to nothing, the one that catches most first.
    async fn suggestions(&self, member: &Member) -> Result<Vec<Suggestion>>;
    /// Changes a rule, or adds one (at `place`, counted from 0; else after all others), and assigns everything anew. Errors
    /// name the field: `target`, or `condition-0` for the first condition.
    async fn save_rule(
        &self,
        member: &Member,
        rule: Option<RuleId>,
        place: Option<u32>,
        draft: &RuleDraft,
    ) -> Result<RuleId>;
    /// Puts a rule at another place, counted from 0, and assigns everything anew.
    async fn move_rule(&self, member: &Member, rule: RuleId, place: u32) -> Result<()>;
    /// Removes a rule and assigns everything anew.
    async fn remove_rule(&self, member: &Member, rule: RuleId) -> Result<()>;
    /// Assigns one thing by hand, or gives it back to the rules.
    async fn assign(&self, member: &Member, thing: EntityId, assignment: &Assignment) -> Result<()>;
}
