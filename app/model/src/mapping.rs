//! What belongs together across platforms: rules that assign campaigns, posts, e-mails, … to unified campaigns.

use crate::entities::EntityKind;
use crate::ids::{EntityId, RuleId, UnifiedCampaignId};
use serde::{Deserialize, Serialize};

/// Most rules of a workspace.
pub const MAX_RULES: usize = 500;
/// Most conditions of a rule.
pub const MAX_CONDITIONS: usize = 10;
/// Longest name of a unified campaign, in characters.
pub const MAX_NAME: usize = 200;
/// Longest text of a condition, in characters.
pub const MAX_TEXT: usize = 500;

/// What a condition looks at. A thing can have several values of one (the links of a campaign's ads): the condition holds
/// when it holds for one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleField {
    /// The thing's own name.
    Name,
    /// The names of what it is part of: an e-mail's flow, a campaign's program; of campaigns also their own.
    Campaign,
    /// The campaign that links of the thing, or of its ads, name to web analytics.
    UtmCampaign,
    /// The same of the source.
    UtmSource,
    /// The same of the medium.
    UtmMedium,
    /// The name of the account.
    Account,
    /// The platform, by slug or name.
    Platform,
    /// What it is: `campaign`, `post`, `email`.
    Kind,
}

impl RuleField {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Campaign,
        Self::UtmCampaign,
        Self::UtmSource,
        Self::UtmMedium,
        Self::Account,
        Self::Platform,
        Self::Kind,
    ];

    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Campaign => "campaign",
            Self::UtmCampaign => "utm_campaign",
            Self::UtmSource => "utm_source",
            Self::UtmMedium => "utm_medium",
            Self::Account => "account",
            Self::Platform => "platform",
            Self::Kind => "kind",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Campaign => "Campaign",
            Self::UtmCampaign => "UTM campaign",
            Self::UtmSource => "UTM source",
            Self::UtmMedium => "UTM medium",
            Self::Account => "Account",
            Self::Platform => "Platform",
            Self::Kind => "Kind",
        }
    }

    /// The field that is stored so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// How a value is compared with the text of a condition. Small and large letters are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleTest {
    /// It is the text.
    Is,
    /// The text is somewhere in it.
    Contains,
    /// It begins so.
    StartsWith,
    /// It ends so.
    EndsWith,
    /// The regular expression finds something in it.
    Matches,
}

impl RuleTest {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Is, Self::Contains, Self::StartsWith, Self::EndsWith, Self::Matches];

    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Matches => "matches",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::Contains => "contains",
            Self::StartsWith => "starts with",
            Self::EndsWith => "ends with",
            Self::Matches => "matches pattern",
        }
    }

    /// The test that is stored so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|test| test.name() == name)
    }
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What is looked at.
    pub field: RuleField,
    /// How it is compared.
    pub test: RuleTest,
    /// With what.
    pub text: String,
}

/// A rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDraft {
    /// The name of the unified campaign. `$1` stands for what the first group of the rule's first pattern found.
    pub target: String,
    /// All must hold.
    pub conditions: Vec<Condition>,
}

/// A rule and what it catches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingRule {
    /// Key.
    pub id: RuleId,
    /// As written.
    pub draft: RuleDraft,
    /// Things that it assigns: that it is the first to catch, and nobody assigned by hand.
    pub things: i64,
    /// What they cost in the days of the list, in millionths of the reporting currency; none where they report no costs.
    pub spend: Option<i64>,
}

/// All rules, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RuleList {
    /// The first that catches a thing assigns it.
    pub rules: Vec<MappingRule>,
    /// Things assigned by hand.
    pub by_hand: i64,
    /// Things that can be assigned, and are not; without pages of web sites, which are many.
    pub unmapped: i64,
    /// What is assigned to nothing in those days, in millionths of the reporting currency.
    pub unmapped_spend: Option<i64>,
}

/// A thing that can be assigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingName {
    /// Key.
    pub entity: EntityId,
    /// For people.
    pub name: String,
    /// What it is.
    pub kind: EntityKind,
    /// Platform slug.
    pub platform: String,
    /// The account's name.
    pub account: String,
}

/// What a rule would do with a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Catch {
    /// Assign it.
    Mine,
    /// Nothing: an earlier rule has it, by its place from 1.
    Earlier(u32),
    /// Nothing: it was assigned by hand.
    ByHand,
}

/// A thing that a rule would catch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caught {
    /// What.
    pub thing: ThingName,
    /// The name of the unified campaign.
    pub target: String,
    /// Whether the rule gets it.
    pub by: Catch,
}

/// What a rule would catch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RulePreview {
    /// Things for which all conditions hold.
    pub matching: i64,
    /// Those of them that the rule would assign.
    pub mine: i64,
    /// What those cost in the days asked for, in millionths of the reporting currency.
    pub spend: Option<i64>,
    /// Some of them, the rule's own first.
    pub sample: Vec<Caught>,
}

/// A rule that could be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The rule.
    pub draft: RuleDraft,
    /// Unassigned things that it would catch.
    pub things: i64,
}

/// What a person decides about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// Into the unified campaign with that name, whatever rules say.
    To(String),
    /// Into none, whatever rules say.
    Nothing,
    /// As rules say.
    ByRules,
}

/// How a thing came where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignedBy {
    /// No rule catches it.
    Nothing,
    /// A rule.
    Rule(RuleId),
    /// Somebody.
    Hand,
}

/// A unified campaign by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignName {
    /// Key.
    pub id: UnifiedCampaignId,
    /// For people.
    pub name: String,
}
