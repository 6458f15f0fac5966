//! The streams as data.

use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// What is asked about each campaign that was sent lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// The lists that it went to.
    Lists,
    /// The addresses that it leads to.
    Links,
    /// What the vendor attributes to it, where the plan has e-commerce.
    Revenues,
}

/// Which deals are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that were changed since the first day.
    Changed,
    /// Those that are open.
    Open,
    /// All of them.
    All,
}

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The user whose key it is.
    Me,
    /// Automations.
    Automations,
    /// Which campaigns belong to which automation.
    AutomationCampaigns,
    /// How many people entered and left automations.
    Enrolments,
    /// Campaigns, and what each has come to.
    Campaigns,
    /// More about each campaign.
    Details(Detail),
    /// Lists, and how many people are in them.
    Lists,
    /// How many people entered and left lists.
    Members,
    /// Pipelines of deals.
    Pipelines,
    /// Their stages.
    Stages,
    /// Moves of deals between stages.
    History,
    /// Deals.
    Deals(Which),
    /// Which deals there are.
    Roster,
    /// Contacts.
    Contacts,
}

const EMAIL: StreamSpec =
    StreamSpec { family: Family::Email, key: &["id"], page_size: Some(100), ..StreamSpec::SNAPSHOT };

const CRM: StreamSpec = StreamSpec { family: Family::Crm, ..EMAIL };

/// One request per campaign, and what they say hardly changes.
const DETAIL: StreamSpec = StreamSpec { kind: EntityKind::Campaign, every_days: 1, ..EMAIL };

/// Ten years at once: the vendor knows no upper bound, so that each slice reads everything behind its first day.
const ALL_DAYS: u32 = 3660;

/// Records by when they were changed. One day is read again.
const CHANGED: StreamSpec =
    StreamSpec { grain: Grain::Record, lookback_days: 1, slice_days: ALL_DAYS, ..CRM };

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Me => StreamSpec {
        name: "me",
        summary: "The user whose key it is.",
        kind: EntityKind::Owner,
        page_size: None,
        ..CRM
    },
    Ask::Automations => StreamSpec {
        name: "automations",
        summary: "Automations, and how many people have entered and left each so far.",
        kind: EntityKind::Flow,
        cursor: Some("mdate"),
        ..EMAIL
    },
    Ask::Campaigns => StreamSpec {
        name: "campaigns",
        summary: "What each campaign and automated e-mail has come to, under the day of its sending.",
        kind: EntityKind::Campaign,
        cursor: Some("sdate"),
        grain: Grain::Day,
        lookback_days: 60,
        lookback_setting: Some("campaign_lookback_days"),
        slice_days: ALL_DAYS,
        ..EMAIL
    },
    Ask::Details(Detail::Lists) => StreamSpec {
        name: "campaign_lists",
        summary: "The lists that each campaign of the last weeks went to.",
        ..DETAIL
    },
    Ask::Details(Detail::Links) => StreamSpec {
        name: "campaign_links",
        summary: "The addresses that each campaign of the last weeks leads to.",
        ..DETAIL
    },
    Ask::Details(Detail::Revenues) => StreamSpec {
        name: "campaign_revenues",
        summary: "What ActiveCampaign attributes to each campaign of the last weeks, where the plan has e-commerce.",
        ..DETAIL
    },
    Ask::AutomationCampaigns => StreamSpec {
        name: "automation_campaigns",
        summary: "Which campaigns belong to which automation.",
        ..DETAIL
    },
    Ask::Lists => StreamSpec {
        name: "lists",
        summary: "Lists, and how many people are in them today.",
        kind: EntityKind::List,
        cursor: Some("udate"),
        ..EMAIL
    },
    Ask::Pipelines => StreamSpec {
        name: "pipelines",
        summary: "Pipelines of deals.",
        kind: EntityKind::Pipeline,
        cursor: Some("udate"),
        ..CRM
    },
    Ask::Stages => StreamSpec {
        name: "stages",
        summary: "Stages of pipelines.",
        kind: EntityKind::Stage,
        cursor: Some("udate"),
        ..CRM
    },
    Ask::History => StreamSpec {
        name: "deal_history",
        summary: "Each move from stage to stage of the deals that were changed. One request per deal.",
        kind: EntityKind::Deal,
        cursor: Some("cdate"),
        ..CHANGED
    },
    Ask::Deals(Which::Changed) => StreamSpec {
        name: "deals",
        summary: "Deals, found by when they were changed: made, won, lost, and the value of open ones.",
        kind: EntityKind::Deal,
        cursor: Some("mdate"),
        ..CHANGED
    },
    Ask::Deals(Which::Open) => StreamSpec {
        name: "open_deals",
        summary: "All open deals, also those that nobody touched for long: the pipeline's value today.",
        kind: EntityKind::Deal,
        ..CRM
    },
    Ask::Contacts => StreamSpec {
        name: "contacts",
        summary: "Contacts without names and addresses, found by when they were changed.",
        cursor: Some("udate"),
        ..CHANGED
    },
    Ask::Deals(Which::All) => StreamSpec {
        name: "deals_full",
        summary: "All deals as they stand now. One request per closed deal; only on request.",
        kind: EntityKind::Deal,
        every_days: 7,
        is_ordinary: false,
        ..CRM
    },
    Ask::Roster => StreamSpec {
        name: "deal_ids",
        summary: "Which deals there are, once a week: those that are missing were deleted.",
        kind: EntityKind::Deal,
        every_days: 7,
        ..CRM
    },
    Ask::Members => StreamSpec {
        name: "list_members",
        summary: "How many people entered and left each list per day. Reads a row per member; only on request.",
        kind: EntityKind::List,
        cursor: Some("udate"),
        grain: Grain::Event,
        lookback_days: 2,
        slice_days: ALL_DAYS,
        breakdowns: &[(EntityKind::List, "status")],
        is_ordinary: false,
        ..EMAIL
    },
    Ask::Enrolments => StreamSpec {
        name: "contact_automations",
        summary: "How many people entered, left and finished each automation per day. Reads a row per enrolment; only on request.",
        kind: EntityKind::Flow,
        cursor: Some("lastdate"),
        grain: Grain::Event,
        lookback_days: 2,
        slice_days: ALL_DAYS,
        breakdowns: &[(EntityKind::Flow, "step")],
        is_ordinary: false,
        ..EMAIL
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
