//! Kinds of things that figures belong to.

use serde::{Deserialize, Serialize};

/// What an entity is. Names are those of the command line (`entity_kind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// The account itself: its figures are the vendor's own totals.
    Account,
    /// Advertising campaign.
    Campaign,
    /// Ad group, ad set.
    AdGroup,
    /// Ad.
    Ad,
    /// Page of a web site: host and path.
    Page,
    /// Kind of event on a web site, by its name.
    Event,
    /// A CRM's pipeline.
    Pipeline,
    /// A stage of a pipeline.
    Stage,
    /// A deal, opportunity.
    Deal,
    /// A user of a CRM who owns deals and contacts.
    Owner,
    /// A form that people fill in.
    Form,
    /// A post, video, story of a social medium.
    Post,
    /// A list of people who get e-mails.
    List,
    /// An e-mail as an asset: one that is sent again and again, by a flow or a program.
    Email,
    /// A flow, journey, automation: e-mails that one thing after the other sets off.
    Flow,
    /// A marketing program: what belongs to one endeavour, whatever its kind.
    Program,
    /// A label that e-mails carry.
    Category,
}

impl EntityKind {
    /// All kinds.
    pub const ALL: [Self; 17] = [
        Self::Account,
        Self::Campaign,
        Self::AdGroup,
        Self::Ad,
        Self::Page,
        Self::Event,
        Self::Pipeline,
        Self::Stage,
        Self::Deal,
        Self::Owner,
        Self::Form,
        Self::Post,
        Self::List,
        Self::Email,
        Self::Flow,
        Self::Program,
        Self::Category,
    ];

    /// The levels of the advertising tree, from its root.
    pub const LEVELS: [Self; 4] = [Self::Account, Self::Campaign, Self::AdGroup, Self::Ad];

    /// As stored and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Campaign => "campaign",
            Self::AdGroup => "ad_group",
            Self::Ad => "ad",
            Self::Page => "page",
            Self::Event => "event",
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Deal => "deal",
            Self::Owner => "owner",
            Self::Form => "form",
            Self::Post => "post",
            Self::List => "list",
            Self::Email => "email",
            Self::Flow => "flow",
            Self::Program => "program",
            Self::Category => "category",
        }
    }

    /// The kind with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
}
