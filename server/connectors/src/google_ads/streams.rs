//! The streams as data.

use super::gaql::Condition;
use crate::stream::{Grain, StreamSpec};
use model::entities::EntityKind;

/// How rows of a stream become records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Account,
    Campaign,
    AccountDay,
    CampaignDay,
    AdGroupDay,
    AdDay,
    Keyword,
    SearchTerm,
    Click,
}

/// What is asked for a stream.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) stream: &'static str,
    pub(super) shape: Shape,
    pub(super) resource: &'static str,
    /// Without these a row has no meaning.
    pub(super) needed: &'static [&'static str],
    /// Each of these can vanish without taking the others along.
    pub(super) optional: &'static [&'static str],
    pub(super) condition: Condition,
}

/// Google fixes it.
const PAGE: Option<u32> = Some(10_000);

/// What the streams of days have in common.
const DAILY: StreamSpec = StreamSpec {
    cursor: Some("segments.date"),
    lookback_days: 30,
    lookback_setting: Some("conversion_window_days"),
    slice_days: 14,
    page_size: PAGE,
    ..StreamSpec::DAY
};

const SNAPSHOT: StreamSpec = StreamSpec { page_size: PAGE, ..StreamSpec::SNAPSHOT };

pub(super) const SPECS: &[StreamSpec] = &[
    StreamSpec {
        name: "accounts",
        summary: "Name, currency, time zone and state of the account.",
        kind: EntityKind::Account,
        key: &["customer.id"],
        ..SNAPSHOT
    },
    StreamSpec {
        name: "campaigns",
        summary: "Names, states, dates and budgets of campaigns.",
        kind: EntityKind::Campaign,
        key: &["campaign.id"],
        budget: Some(super::map::daily_budget),
        ..SNAPSHOT
    },
    StreamSpec {
        name: "account_daily",
        summary: "The account's own totals per day.",
        kind: EntityKind::Account,
        key: &["customer.id", "segments.date"],
        ..DAILY
    },
    StreamSpec {
        name: "campaign_daily",
        summary: "Campaigns per day, all types.",
        kind: EntityKind::Campaign,
        key: &["customer.id", "campaign.id", "segments.date"],
        ..DAILY
    },
    StreamSpec {
        name: "ad_group_daily",
        summary: "Ad groups per day.",
        kind: EntityKind::AdGroup,
        key: &["customer.id", "campaign.id", "ad_group.id", "segments.date"],
        ..DAILY
    },
    StreamSpec {
        name: "ad_daily",
        summary: "Ads per day. Performance Max has none, so the sum of ads is smaller than the campaigns.",
        kind: EntityKind::Ad,
        key: &["customer.id", "campaign.id", "ad_group.id", "ad_group_ad.ad.id", "segments.date"],
        slice_days: 7,
        ..DAILY
    },
    StreamSpec {
        name: "keyword_daily",
        summary: "Keywords per day.",
        kind: EntityKind::AdGroup,
        key: &["ad_group.id", "ad_group_criterion.criterion_id", "segments.date"],
        slice_days: 7,
        breakdowns: &[(EntityKind::AdGroup, "criterion"), (EntityKind::AdGroup, "criterion+keyword")],
        ..DAILY
    },
    StreamSpec {
        name: "search_terms",
        summary: "What people searched for, per day.",
        kind: EntityKind::AdGroup,
        key: &["ad_group.id", "search_term_view.search_term", "segments.date"],
        slice_days: 7,
        breakdowns: &[(EntityKind::AdGroup, "search_term")],
        ..DAILY
    },
    StreamSpec {
        name: "clicks",
        summary: "Single clicks with their click ids. One operation per day, so only on request.",
        kind: EntityKind::AdGroup,
        key: &["click_view.gclid"],
        grain: Grain::Event,
        lookback_days: 1,
        lookback_setting: None,
        slice_days: 1,
        breakdowns: &[(EntityKind::AdGroup, "gclid"), (EntityKind::Campaign, "gclid")],
        is_ordinary: false,
        max_history_days: Some(90),
        ..DAILY
    },
];

/// Figures that each level of the tree has.
macro_rules! figures {
    ($($more:literal),*) => {
        &[
            $($more,)*
            "customer.id", "customer.currency_code",
            "metrics.impressions", "metrics.clicks", "metrics.cost_micros", "metrics.conversions",
            "metrics.conversions_value", "metrics.all_conversions", "metrics.video_trueview_views",
            "metrics.engagements", "metrics.interactions",
        ]
    };
}

/// Figures that keywords and search terms have.
macro_rules! few_figures {
    ($($more:literal),*) => {
        &[
            $($more,)*
            "customer.id", "customer.currency_code",
            "metrics.impressions", "metrics.clicks", "metrics.cost_micros", "metrics.conversions",
            "metrics.conversions_value", "metrics.all_conversions",
        ]
    };
}

pub(super) const PLANS: &[Plan] = &[
    Plan {
        stream: "accounts",
        shape: Shape::Account,
        resource: "customer",
        needed: &["customer.id"],
        optional: &[
            "customer.descriptive_name",
            "customer.currency_code",
            "customer.time_zone",
            "customer.manager",
            "customer.status",
        ],
        condition: Condition::None,
    },
    Plan {
        stream: "campaigns",
        shape: Shape::Campaign,
        resource: "campaign",
        needed: &["campaign.id"],
        optional: &[
            "campaign.name",
            "campaign.status",
            "campaign.advertising_channel_type",
            "campaign.bidding_strategy_type",
            "campaign.start_date_time",
            "campaign.end_date_time",
            "campaign_budget.amount_micros",
            "campaign_budget.period",
            "campaign_budget.explicitly_shared",
        ],
        condition: Condition::None,
    },
    Plan {
        stream: "account_daily",
        shape: Shape::AccountDay,
        resource: "customer",
        needed: &["segments.date"],
        optional: figures![],
        condition: Condition::Days,
    },
    Plan {
        stream: "campaign_daily",
        shape: Shape::CampaignDay,
        resource: "campaign",
        needed: &["campaign.id", "segments.date"],
        optional: figures!["campaign.name", "campaign.status", "campaign.advertising_channel_type"],
        condition: Condition::Days,
    },
    Plan {
        stream: "ad_group_daily",
        shape: Shape::AdGroupDay,
        resource: "ad_group",
        needed: &["campaign.id", "ad_group.id", "segments.date"],
        optional: figures!["campaign.name", "ad_group.name", "ad_group.status", "ad_group.type"],
        condition: Condition::Days,
    },
    Plan {
        stream: "ad_daily",
        shape: Shape::AdDay,
        resource: "ad_group_ad",
        needed: &["campaign.id", "ad_group.id", "ad_group_ad.ad.id", "segments.date"],
        optional: figures![
            "campaign.name",
            "ad_group.name",
            "ad_group_ad.status",
            "ad_group_ad.ad.name",
            "ad_group_ad.ad.type"
        ],
        condition: Condition::Days,
    },
    Plan {
        stream: "keyword_daily",
        shape: Shape::Keyword,
        resource: "keyword_view",
        needed: &["ad_group.id", "ad_group_criterion.criterion_id", "segments.date"],
        optional: few_figures![
            "campaign.id",
            "ad_group_criterion.keyword.text",
            "ad_group_criterion.keyword.match_type"
        ],
        condition: Condition::Days,
    },
    Plan {
        stream: "search_terms",
        shape: Shape::SearchTerm,
        resource: "search_term_view",
        needed: &["ad_group.id", "search_term_view.search_term", "segments.date"],
        optional: few_figures!["campaign.id", "search_term_view.status"],
        condition: Condition::Days,
    },
    Plan {
        stream: "clicks",
        shape: Shape::Click,
        resource: "click_view",
        needed: &["click_view.gclid", "segments.date"],
        optional: &["customer.id", "ad_group.id", "campaign.id", "metrics.clicks"],
        condition: Condition::OneDay,
    },
];

/// What is asked for a stream.
pub(super) fn plan(stream: &str) -> Option<&'static Plan> {
    PLANS.iter().find(|p| p.stream == stream)
}
