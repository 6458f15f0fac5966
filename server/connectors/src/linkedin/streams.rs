//! The streams as data.

use super::auth::Side;
use super::report::{CAMPAIGNS, CAMPAIGNS_AND_CREATIVES, CREATIVES, Report};
use super::statistics::{FOLLOWER_GAINS, PAGE_VIEWS, SHARES, Statistic};
use crate::mapping;
use crate::stream::StreamSpec;
use metrics::Family;
use model::entities::EntityKind;

/// How a stream is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// What the ad account is.
    AdAccount,
    /// A list below the ad account.
    Listed(&'static Listed),
    /// Figures of advertising.
    Report(&'static Report),
    /// Figures of advertising by who saw it.
    Demographics,
    /// The forms that collect leads.
    LeadForms,
    /// Each time that one was filled in.
    Leads,
    /// What the organization is.
    Organization,
    /// Figures of an organization's page.
    Statistic(&'static Statistic),
    /// How many follow it.
    Followers,
}

impl Ask {
    /// Which kind of account has it.
    pub(super) fn side(self) -> Side {
        match self {
            Self::Organization | Self::Statistic(_) | Self::Followers => Side::Organization,
            _ => Side::Ads,
        }
    }
}

/// Things below an ad account.
#[derive(Debug)]
pub(super) struct Listed {
    /// Behind the account, with its finder.
    pub(super) path: &'static str,
    pub(super) kind: EntityKind,
    /// The field with the URN of what it hangs under; none for the account itself.
    pub(super) parent: Option<(EntityKind, &'static str)>,
    /// Most rows of a page.
    pub(super) most: u32,
}

const SNAPSHOT: StreamSpec = StreamSpec { key: &["id"], ..StreamSpec::SNAPSHOT };

/// Figures of ads with conversions in them. People like, share and follow by ads, too.
const ADS: StreamSpec = StreamSpec {
    also: &[Family::Social],
    key: &["account", "pivotValues", "dateRange"],
    cursor: Some("dateRange"),
    lookback_days: 30,
    lookback_setting: Some("lookback_days"),
    slice_days: 30,
    ..StreamSpec::DAY
};

const PAGE: StreamSpec = StreamSpec {
    family: Family::Social,
    key: &["organization", "timeRange"],
    cursor: Some("timeRange"),
    lookback_days: 3,
    lookback_setting: Some("page_lookback_days"),
    slice_days: 30,
    ..StreamSpec::DAY
};

pub(super) const STREAMS: &[(StreamSpec, Ask)] = &[
    (
        StreamSpec {
            name: "ad_accounts",
            summary: "Name, currency and state of the ad account.",
            ..SNAPSHOT
        },
        Ask::AdAccount,
    ),
    (
        StreamSpec {
            name: "campaign_groups",
            summary: "Names, states and budgets of campaign groups.",
            kind: EntityKind::Program,
            cursor: Some("lastModified"),
            ..SNAPSHOT
        },
        Ask::Listed(&Listed {
            path: "adCampaignGroups?q=search",
            kind: EntityKind::Program,
            parent: None,
            most: 1_000,
        }),
    ),
    (
        StreamSpec {
            name: "campaigns",
            summary: "Names, states and budgets of campaigns.",
            kind: EntityKind::Campaign,
            budget: Some(|campaign| mapping::daily_budget(campaign, "ACTIVE", "daily_budget")),
            cursor: Some("lastModified"),
            ..SNAPSHOT
        },
        Ask::Listed(&Listed {
            path: "adCampaigns?q=search",
            kind: EntityKind::Campaign,
            parent: None,
            most: 1_000,
        }),
    ),
    (
        StreamSpec {
            name: "creatives",
            summary: "States of creatives, which are LinkedIn's ads.",
            kind: EntityKind::Ad,
            cursor: Some("lastModified"),
            ..SNAPSHOT
        },
        Ask::Listed(&Listed {
            path: "creatives?q=criteria",
            kind: EntityKind::Ad,
            parent: Some((EntityKind::Campaign, "campaign")),
            most: 100,
        }),
    ),
    (
        StreamSpec {
            name: "campaign_daily",
            summary: "Campaigns per day.",
            kind: EntityKind::Campaign,
            ..ADS
        },
        Ask::Report(&CAMPAIGNS),
    ),
    (
        StreamSpec { name: "creative_daily", summary: "Creatives per day.", kind: EntityKind::Ad, ..ADS },
        Ask::Report(&CREATIVES),
    ),
    (
        StreamSpec {
            name: "demographics",
            summary: "Who saw the ads per day, by what the setting demographics names: approximate figures.",
            lookback_days: 7,
            lookback_setting: Some("demographics_lookback_days"),
            breakdowns: &[
                (EntityKind::Account, "company"),
                (EntityKind::Account, "company_size"),
                (EntityKind::Account, "country"),
                (EntityKind::Account, "industry"),
                (EntityKind::Account, "job_function"),
                (EntityKind::Account, "job_title"),
                (EntityKind::Account, "region"),
                (EntityKind::Account, "seniority"),
            ],
            // Kept for six months.
            max_history_days: Some(180),
            ..ADS
        },
        Ask::Demographics,
    ),
    (
        StreamSpec {
            name: "campaign_creative_daily",
            summary: "Campaigns per day, split by creative.",
            kind: EntityKind::Campaign,
            breakdowns: &[(EntityKind::Campaign, "creative")],
            is_ordinary: false,
            ..ADS
        },
        Ask::Report(&CAMPAIGNS_AND_CREATIVES),
    ),
    (
        StreamSpec {
            name: "lead_forms",
            summary: "Names and states of lead forms.",
            kind: EntityKind::Form,
            family: Family::Crm,
            ..SNAPSHOT
        },
        Ask::LeadForms,
    ),
    (
        StreamSpec {
            name: "leads",
            summary: "When and by which campaign lead forms were filled in, without what people wrote.",
            family: Family::Crm,
            cursor: Some("submittedAt"),
            ..SNAPSHOT
        },
        Ask::Leads,
    ),
    (
        StreamSpec {
            name: "orgs",
            summary: "The organization, and how its page may be managed.",
            key: &["organization"],
            ..SNAPSHOT
        },
        Ask::Organization,
    ),
    (
        StreamSpec {
            name: "page_shares_daily",
            summary: "Impressions, clicks and reactions of the page's posts per day, without sponsored ones.",
            // The last twelve months.
            max_history_days: Some(366),
            ..PAGE
        },
        Ask::Statistic(&SHARES),
    ),
    (
        StreamSpec {
            name: "page_followers_daily",
            summary: "Followers gained and lost per day, by themselves and by ads.",
            ..PAGE
        },
        Ask::Statistic(&FOLLOWER_GAINS),
    ),
    (
        StreamSpec {
            name: "page_views_daily",
            summary: "Views of the page per day.",
            family: Family::Web,
            ..PAGE
        },
        Ask::Statistic(&PAGE_VIEWS),
    ),
    (
        StreamSpec {
            name: "followers_total",
            summary: "How many follow the page.",
            family: Family::Social,
            key: &["organization"],
            ..SNAPSHOT
        },
        Ask::Followers,
    ),
];

/// The streams without the way they are asked for.
pub(super) const SPECS: &[StreamSpec] = &{
    let mut specs = [StreamSpec::DAY; STREAMS.len()];
    let mut index = 0;
    while index < specs.len() {
        specs[index] = STREAMS[index].0;
        index += 1;
    }
    specs
};

/// How a stream is asked for.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    STREAMS.iter().find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
