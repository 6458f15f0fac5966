//! The streams as data.

use crate::mapping;
use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// A level of the tree.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) kind: EntityKind,
    /// The vendor's word.
    pub(super) name: &'static str,
    /// Its list.
    pub(super) path: &'static str,
    pub(super) id_field: &'static str,
    pub(super) name_field: &'static str,
    /// The field of its parent's id; the account itself is no parent here.
    pub(super) parent: Option<(EntityKind, &'static str)>,
    /// All states: what is archived or deleted is left out unless asked for.
    pub(super) states: &'static [&'static str],
    /// What the list is asked for.
    pub(super) fields: &'static [&'static str],
}

pub(super) const CAMPAIGN: Level = Level {
    kind: EntityKind::Campaign,
    name: "campaign",
    path: "campaigns",
    id_field: "campaign_id",
    name_field: "campaign_name",
    parent: None,
    states: &["ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "IN_PROCESS", "WITH_ISSUES"],
    fields: &[
        "name",
        "account_id",
        "objective",
        "buying_type",
        "status",
        "configured_status",
        "effective_status",
        "daily_budget",
        "lifetime_budget",
        "start_time",
        "stop_time",
        "created_time",
        "updated_time",
    ],
};

pub(super) const AD_SET: Level = Level {
    kind: EntityKind::AdGroup,
    name: "adset",
    path: "adsets",
    id_field: "adset_id",
    name_field: "adset_name",
    parent: Some((EntityKind::Campaign, "campaign_id")),
    states: &["ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "CAMPAIGN_PAUSED", "IN_PROCESS", "WITH_ISSUES"],
    fields: &[
        "name",
        "account_id",
        "campaign_id",
        "status",
        "configured_status",
        "effective_status",
        "optimization_goal",
        "billing_event",
        "daily_budget",
        "lifetime_budget",
        "start_time",
        "end_time",
        "created_time",
        "updated_time",
    ],
};

pub(super) const AD: Level = Level {
    kind: EntityKind::Ad,
    name: "ad",
    path: "ads",
    id_field: "ad_id",
    name_field: "ad_name",
    parent: Some((EntityKind::AdGroup, "adset_id")),
    states: &[
        "ACTIVE",
        "PAUSED",
        "DELETED",
        "ARCHIVED",
        "CAMPAIGN_PAUSED",
        "ADSET_PAUSED",
        "PENDING_REVIEW",
        "DISAPPROVED",
        "PREAPPROVED",
        "PENDING_BILLING_INFO",
        "IN_PROCESS",
        "WITH_ISSUES",
    ],
    fields: &[
        "name",
        "account_id",
        "campaign_id",
        "adset_id",
        "status",
        "configured_status",
        "effective_status",
        "created_time",
        "updated_time",
    ],
};

/// Figures of a level, split or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) level: &'static Level,
    pub(super) split: &'static [&'static str],
}

/// What is asked for a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// The ad account itself.
    Account,
    /// A level of the tree as it stands now.
    List(&'static Level),
    /// Ads Insights.
    Figures(Figures),
    /// Forms for leads of a page.
    Forms,
    /// Leads of a page.
    Leads,
}

const fn total(level: &'static Level) -> Ask {
    Ask::Figures(Figures { level, split: &[] })
}

const fn split(level: &'static Level, split: &'static [&'static str]) -> Ask {
    Ask::Figures(Figures { level, split })
}

const LIST: StreamSpec =
    StreamSpec { key: &["id"], cursor: Some("updated_time"), page_size: Some(100), ..StreamSpec::SNAPSHOT };

/// Meta keeps 37 months, which are never fewer days than these.
const HISTORY_DAYS: u32 = 1_123;

/// People who were reached are kept for 13 months where they are split.
pub(super) const REACH_HISTORY_DAYS: u64 = 394;

/// Likes, comments, shares and saves of an ad come in the same row as its spend.
const DAILY: StreamSpec = StreamSpec {
    also: &[Family::Social],
    cursor: Some("date_start"),
    lookback_days: 28,
    lookback_setting: Some("lookback_days"),
    slice_days: 7,
    page_size: Some(500),
    max_history_days: Some(HISTORY_DAYS),
    may_be_older: true,
    ..StreamSpec::DAY
};

const CAMPAIGN_SPLIT: StreamSpec = StreamSpec { kind: EntityKind::Campaign, ..DAILY };

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Account => StreamSpec {
        name: "ad_accounts",
        summary: "Name, currency, time zone and state of the ad account.",
        key: &["id"],
        ..StreamSpec::SNAPSHOT
    },
    Ask::List(&CAMPAIGN) => StreamSpec {
        name: "campaigns",
        summary: "Names, states, aims and budgets of campaigns, deleted ones included.",
        kind: EntityKind::Campaign,
        budget: Some(|campaign| mapping::daily_budget(campaign, "ACTIVE", "budget")),
        ..LIST
    },
    Ask::List(&AD_SET) => StreamSpec {
        name: "adsets",
        summary: "Names, states and budgets of ad sets.",
        kind: EntityKind::AdGroup,
        ..LIST
    },
    Ask::List(&AD) => StreamSpec {
        name: "ads",
        summary: "Names and states of ads.",
        kind: EntityKind::Ad,
        ..LIST
    },
    total(&CAMPAIGN) => StreamSpec {
        name: "campaign_daily",
        summary: "Campaigns per day.",
        kind: EntityKind::Campaign,
        key: &["account_id", "campaign_id", "date_start"],
        slice_days: 14,
        ..DAILY
    },
    total(&AD_SET) => StreamSpec {
        name: "adset_daily",
        summary: "Ad sets per day.",
        kind: EntityKind::AdGroup,
        key: &["account_id", "campaign_id", "adset_id", "date_start"],
        ..DAILY
    },
    total(&AD) => StreamSpec {
        name: "ad_daily",
        summary: "Ads per day.",
        kind: EntityKind::Ad,
        key: &["account_id", "campaign_id", "adset_id", "ad_id", "date_start"],
        ..DAILY
    },
    split(&AD, &["publisher_platform"]) => StreamSpec {
        name: "ad_by_platform",
        summary: "Ads per day by where they were shown: Facebook, Instagram, Messenger, Audience Network.",
        kind: EntityKind::Ad,
        key: &["account_id", "ad_id", "date_start", "publisher_platform"],
        breakdowns: &[(EntityKind::Ad, "publisher_platform")],
        ..DAILY
    },
    split(&CAMPAIGN, &["age", "gender"]) => StreamSpec {
        name: "campaign_by_age_gender",
        summary: "Campaigns per day by age and gender.",
        key: &["account_id", "campaign_id", "date_start", "age", "gender"],
        breakdowns: &[(EntityKind::Campaign, "age+gender")],
        ..CAMPAIGN_SPLIT
    },
    split(&CAMPAIGN, &["country"]) => StreamSpec {
        name: "campaign_by_country",
        summary: "Campaigns per day by country.",
        key: &["account_id", "campaign_id", "date_start", "country"],
        breakdowns: &[(EntityKind::Campaign, "country")],
        ..CAMPAIGN_SPLIT
    },
    split(&CAMPAIGN, &["device_platform"]) => StreamSpec {
        name: "campaign_by_device",
        summary: "Campaigns per day by device.",
        key: &["account_id", "campaign_id", "date_start", "device_platform"],
        breakdowns: &[(EntityKind::Campaign, "device_platform")],
        ..CAMPAIGN_SPLIT
    },
    split(&CAMPAIGN, &["region"]) => StreamSpec {
        name: "campaign_by_region",
        summary: "Campaigns per day by region, which makes many rows. Only on request.",
        key: &["account_id", "campaign_id", "date_start", "region"],
        breakdowns: &[(EntityKind::Campaign, "region")],
        is_ordinary: false,
        ..CAMPAIGN_SPLIT
    },
    split(&AD, &["product_id"]) => StreamSpec {
        name: "ad_by_product",
        summary: "Ads per day by product of the catalogue. Only on request.",
        kind: EntityKind::Ad,
        key: &["account_id", "ad_id", "date_start", "product_id"],
        breakdowns: &[(EntityKind::Ad, "product_id")],
        is_ordinary: false,
        ..DAILY
    },
    Ask::Forms => StreamSpec {
        name: "lead_forms",
        summary: "Names of a page's forms for leads.",
        kind: EntityKind::Form,
        family: Family::Crm,
        cursor: Some("created_time"),
        ..LIST
    },
    Ask::Leads => StreamSpec {
        name: "leads",
        summary: "How many leads a page's forms brought per day; what people wrote is not read.",
        family: Family::Crm,
        key: &["id"],
        cursor: Some("created_time"),
        grain: Grain::Event,
        lookback_days: 1,
        slice_days: 90,
        page_size: Some(100),
        // Older leads are deleted.
        max_history_days: Some(90),
        may_be_older: false,
        ..StreamSpec::DAY
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}

/// Whether pages have that stream; the others are those of ad accounts.
pub(super) fn is_of_pages(stream: &str) -> bool {
    matches!(ask(stream), Some(Ask::Forms | Ask::Leads))
}
