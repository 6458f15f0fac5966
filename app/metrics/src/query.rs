//! What can be asked, and the answer: the language between widgets, the cube engine and the SQL path.

use crate::catalogue::{Family, Metric};
use model::DayRange;
use model::entities::EntityKind;
use serde::{Deserialize, Serialize};

/// What figures can be grouped and filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Calendar day in the account's zone; key `2026-11-22`.
    Day,
    /// Week, named by its first day (`2026-11-16`), see `model::days::WeekStart`.
    Week,
    /// Month, `2026-11`.
    Month,
    /// Quarter, `2026-Q4`.
    Quarter,
    /// Year, `2026`.
    Year,
    /// Weekday, ISO number `1` (Monday) to `7`.
    Weekday,
    /// Hour of the day in the account's zone, `0` to `23`; only where hours were read.
    Hour,
    /// Platform slug, `google_ads`.
    Platform,
    /// Account; key is `AccountId`.
    Account,
    /// Campaign; key is `EntityId`.
    Campaign,
    /// Ad group; key is `EntityId`.
    AdGroup,
    /// Ad; key is `EntityId`.
    Ad,
    /// Currency that the account reports in, ISO 4217.
    Currency,
    /// Device, where it was read.
    Device,
    /// Post, video or story; key is `EntityId`, as it is for all kinds of things that follow.
    Post,
    /// Page of a web site.
    Page,
    /// Kind of event on a web site.
    Event,
    /// List of people who get e-mails.
    List,
    /// E-mail that is sent again and again.
    Email,
    /// Flow, journey, automation.
    Flow,
    /// Pipeline that a deal is in.
    Pipeline,
    /// Stage that a deal is in now.
    Stage,
    /// Who a deal belongs to now.
    Owner,
    /// Deal.
    Deal,
    /// What people searched for; key is the text, as it is for what follows.
    Query,
    /// Country.
    Country,
    /// Group of channels by which a visit came: `Organic Search`.
    Channel,
    /// Medium and source by which a visit came: `organic · google`.
    Source,
    /// Age and gender of people, which vendors tell together: `25-34 · female`.
    AgeGender,
    /// City.
    City,
    /// Where an ad was shown.
    Placement,
}

/// At which level of the tree figures are read. Levels stand side by side in the warehouse and are never added to
/// each other: a campaign's figures are the vendor's own, not the sum of its ads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Campaigns; accounts that report no campaigns stand in with their own totals (campaign = none). Of other families
    /// than advertising: whatever gives an account's totals, the account itself or what it is made of.
    #[default]
    Campaign,
    /// Ad groups only.
    AdGroup,
    /// Ads only.
    Ad,
    /// Only things of that kind: posts, pages, deals, campaigns as web analytics sees them.
    Only(EntityKind),
}

/// Keep or drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterMode {
    /// Keep rows with one of the members.
    Include,
    /// Drop rows with one of the members.
    Exclude,
}

/// A condition on one dimension. Several filters must all hold. A row without a value in the dimension fails an
/// inclusion and passes an exclusion.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// On what.
    pub dimension: Dimension,
    /// Keep or drop.
    pub mode: FilterMode,
    /// Member keys as in [`Dimension`]; order and repetition do not matter.
    pub members: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_ads(family: &Family) -> bool {
    *family == Family::Ads
}

/// The part of the warehouse that a dashboard looks at; decides what one cube holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// Whose figures; written only where they are not those of advertising, so that addresses stay as they are.
    #[serde(default, skip_serializing_if = "is_ads")]
    pub family: Family,
    /// Level of the tree.
    pub level: Level,
    /// Days of the period.
    pub days: DayRange,
    /// Days of the comparison.
    pub compare: Option<DayRange>,
    /// Conditions that the server applies (a drill into one campaign); the browser applies the others.
    pub filters: Vec<Filter>,
}

/// A question: group, filter, sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Whose figures; written as in [`Scope`].
    #[serde(default, skip_serializing_if = "is_ads")]
    pub family: Family,
    /// Level of the tree.
    pub level: Level,
    /// Which days.
    pub days: DayRange,
    /// Group by these, in this order; empty = one row of totals.
    pub group_by: Vec<Dimension>,
    /// Stored metrics to sum. (Ratios are computed from a frame: ask for their parts.)
    pub metrics: Vec<Metric>,
    /// Conditions.
    pub filters: Vec<Filter>,
}

/// One member of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// As in [`Dimension`]; empty = no value (an account without campaigns).
    pub key: String,
    /// For people.
    pub label: String,
}

/// The answer to a [`Query`]. Rows are sorted by their keys (days ascending, ids numerically), so that two paths to
/// the same answer are equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Frame {
    /// As asked.
    pub group_by: Vec<Dimension>,
    /// As asked.
    pub metrics: Vec<Metric>,
    /// One per group.
    pub rows: Vec<FrameRow>,
    /// Over all rows, computed from the facts (for additive metrics that is the sum of the rows). At least one fact
    /// contributed = `Some`.
    pub totals: Vec<Option<i64>>,
    /// Money that could not be converted, because a day's rate is missing: its facts are not in the sums.
    pub missing_rates: Vec<MissingRate>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRow {
    /// One per `group_by`.
    pub members: Vec<Member>,
    /// One per `metrics`, in the catalogue's scale; `None` = nobody reported it (missing is not zero), or a metric
    /// that must not be summed at this grouping.
    pub values: Vec<Option<i64>>,
}

/// A currency without a rate on some days.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MissingRate {
    /// ISO 4217.
    pub currency: String,
    /// First day without a rate.
    pub from: chrono::NaiveDate,
    /// Last day without a rate.
    pub until: chrono::NaiveDate,
}
