//! The streams as data.

use super::auth::Door;
use crate::error::{Error, Result};
use crate::stream::{Counts, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// A level of the tree below an advertiser.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) kind: EntityKind,
    /// Where things of the level are listed.
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// What it hangs under, besides the advertiser.
    pub(super) parent: Option<(EntityKind, &'static str)>,
    /// `data_level` in reports.
    pub(super) data: &'static str,
    /// The filter by state in reports.
    pub(super) status: &'static str,
}

pub(super) const CAMPAIGNS: &Level = &Level {
    kind: EntityKind::Campaign,
    path: "/campaign/get/",
    id: "campaign_id",
    name: "campaign_name",
    parent: None,
    data: "AUCTION_CAMPAIGN",
    status: "campaign_status",
};

pub(super) const AD_GROUPS: &Level = &Level {
    kind: EntityKind::AdGroup,
    path: "/adgroup/get/",
    id: "adgroup_id",
    name: "adgroup_name",
    parent: Some((EntityKind::Campaign, "campaign_id")),
    data: "AUCTION_ADGROUP",
    status: "adgroup_status",
};

pub(super) const ADS: &Level = &Level {
    kind: EntityKind::Ad,
    path: "/ad/get/",
    id: "ad_id",
    name: "ad_name",
    parent: Some((EntityKind::AdGroup, "adgroup_id")),
    data: "AUCTION_AD",
    status: "ad_status",
};

/// What a report asks for besides the id of its level.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) level: &'static Level,
    pub(super) kind: &'static str,
    /// `stat_time_day`, `stat_time_hour`.
    pub(super) time: &'static str,
    /// What splits rows further: the vendor's name and ours.
    pub(super) splits: &'static [(&'static str, &'static str)],
    pub(super) metrics: &'static [&'static str],
}

/// What campaigns, ad groups and ads have; names and parents of things are metrics too.
macro_rules! figures {
    ($($more:literal),*) => {
        &[
            $($more,)*
            "spend", "impressions", "clicks", "reach", "conversion", "complete_payment",
            "total_complete_payment_rate", "video_play_actions", "likes", "comments", "shares", "follows",
        ]
    };
}

/// Splits by audience know neither reach nor engagement.
const FEW: &[&str] = &["spend", "impressions", "clicks", "conversion"];

const BASIC: Report = Report {
    level: CAMPAIGNS,
    kind: "BASIC",
    time: "stat_time_day",
    splits: &[],
    metrics: figures!["campaign_name"],
};

const AUDIENCE: Report = Report { kind: "AUDIENCE", metrics: FEW, ..BASIC };

/// How a stream is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// The advertiser in the list of those that were granted.
    Granted,
    /// The advertiser as it describes itself.
    Advertiser,
    /// All things of a level as they are now.
    Things(&'static Level),
    Report(&'static Report),
    /// The `TikTok` account, its days and its audience.
    Profile,
    Videos,
    Comments,
    Hashtags,
}

impl Call {
    fn door(self) -> Door {
        match self {
            Self::Granted | Self::Advertiser | Self::Things(_) | Self::Report(_) => Door::Ads,
            Self::Profile | Self::Videos | Self::Comments | Self::Hashtags => Door::Account,
        }
    }
}

const SNAPSHOT: StreamSpec = StreamSpec { page_size: Some(1_000), ..StreamSpec::SNAPSHOT };

/// A request with days takes 30 of them at most.
const DAILY: StreamSpec = StreamSpec {
    also: &[Family::Social],
    cursor: Some("stat_time_day"),
    lookback_days: 7,
    lookback_setting: Some("lookback_days"),
    slice_days: 30,
    page_size: Some(1_000),
    ..StreamSpec::DAY
};

const ORGANIC: StreamSpec =
    StreamSpec { family: Family::Social, page_size: Some(20), ..StreamSpec::SNAPSHOT };

pub(super) const STREAMS: &[(StreamSpec, Call)] = &[
    (
        StreamSpec {
            name: "advertiser_info",
            summary: "Name, currency, time zone and state of the advertiser.",
            key: &["advertiser_id"],
            ..SNAPSHOT
        },
        Call::Advertiser,
    ),
    (
        StreamSpec {
            name: "campaigns",
            summary: "Names, states, objectives and budgets of campaigns.",
            kind: EntityKind::Campaign,
            key: &["campaign_id"],
            ..SNAPSHOT
        },
        Call::Things(CAMPAIGNS),
    ),
    (
        StreamSpec {
            name: "adgroups",
            summary: "Names, states and campaigns of ad groups.",
            kind: EntityKind::AdGroup,
            key: &["adgroup_id"],
            ..SNAPSHOT
        },
        Call::Things(AD_GROUPS),
    ),
    (
        StreamSpec {
            name: "ads",
            summary: "Names, states and ad groups of ads.",
            kind: EntityKind::Ad,
            key: &["ad_id"],
            ..SNAPSHOT
        },
        Call::Things(ADS),
    ),
    (
        StreamSpec {
            name: "campaign_daily",
            summary: "Campaigns per day.",
            kind: EntityKind::Campaign,
            key: &["advertiser_id", "campaign_id", "stat_time_day"],
            ..DAILY
        },
        Call::Report(&BASIC),
    ),
    (
        StreamSpec {
            name: "adgroup_daily",
            summary: "Ad groups per day.",
            kind: EntityKind::AdGroup,
            key: &["advertiser_id", "adgroup_id", "stat_time_day"],
            ..DAILY
        },
        Call::Report(&Report { level: AD_GROUPS, metrics: figures!["campaign_id", "adgroup_name"], ..BASIC }),
    ),
    (
        StreamSpec {
            name: "ad_daily",
            summary: "Ads per day.",
            kind: EntityKind::Ad,
            key: &["advertiser_id", "ad_id", "stat_time_day"],
            ..DAILY
        },
        Call::Report(&Report { level: ADS, metrics: figures!["adgroup_id", "ad_name"], ..BASIC }),
    ),
    (
        StreamSpec {
            name: "campaign_hourly",
            summary: "Campaigns per hour. One request per day.",
            kind: EntityKind::Campaign,
            key: &["advertiser_id", "campaign_id", "stat_time_hour"],
            cursor: Some("stat_time_hour"),
            slice_days: 1,
            breakdowns: &[(EntityKind::Campaign, "hour")],
            ..DAILY
        },
        Call::Report(&Report { time: "stat_time_hour", ..BASIC }),
    ),
    (
        StreamSpec {
            name: "audience_daily",
            summary: "Ages and genders per campaign and day. Six to twelve hours late.",
            kind: EntityKind::Campaign,
            key: &["campaign_id", "stat_time_day", "age", "gender"],
            breakdowns: &[(EntityKind::Campaign, "age+gender")],
            ..DAILY
        },
        Call::Report(&Report { splits: &[("age", "age"), ("gender", "gender")], ..AUDIENCE }),
    ),
    (
        StreamSpec {
            name: "audience_country_daily",
            summary: "Countries per campaign and day.",
            kind: EntityKind::Campaign,
            key: &["campaign_id", "stat_time_day", "country_code"],
            breakdowns: &[(EntityKind::Campaign, "country")],
            ..DAILY
        },
        Call::Report(&Report { splits: &[("country_code", "country")], ..AUDIENCE }),
    ),
    (
        StreamSpec {
            name: "audience_platform_daily",
            summary: "Kinds of phones per campaign and day.",
            kind: EntityKind::Campaign,
            key: &["campaign_id", "stat_time_day", "platform"],
            breakdowns: &[(EntityKind::Campaign, "device")],
            ..DAILY
        },
        Call::Report(&Report { splits: &[("platform", "device")], ..AUDIENCE }),
    ),
    (
        StreamSpec {
            name: "advertisers",
            summary: "Whether the advertiser is still among those that were granted.",
            key: &["advertiser_id"],
            is_ordinary: false,
            ..SNAPSHOT
        },
        Call::Granted,
    ),
    (
        StreamSpec {
            name: "account_daily",
            summary: "Views, followers and engagement of the TikTok account per day, and its audience now.",
            key: &["business_id", "date"],
            cursor: Some("date"),
            grain: crate::stream::Grain::Day,
            lookback_days: 7,
            lookback_setting: Some("lookback_days"),
            slice_days: 30,
            page_size: None,
            max_history_days: Some(60),
            ..ORGANIC
        },
        Call::Profile,
    ),
    (
        StreamSpec {
            name: "videos",
            summary: "What each video has come to so far.",
            kind: EntityKind::Post,
            key: &["item_id"],
            cursor: Some("create_time"),
            counts: Counts::Lifetime,
            ..ORGANIC
        },
        Call::Videos,
    ),
    (
        StreamSpec {
            name: "comments",
            summary: "How many comments each video shows, and when the last one came. One request per video and page.",
            kind: EntityKind::Post,
            key: &["item_id"],
            is_ordinary: false,
            ..ORGANIC
        },
        Call::Comments,
    ),
    (
        StreamSpec {
            name: "hashtags",
            summary: "Hashtags that TikTok suggests for the word in the setting hashtag_keyword.",
            key: &["name"],
            is_ordinary: false,
            needs: Some("hashtag_keyword"),
            page_size: None,
            ..ORGANIC
        },
        Call::Hashtags,
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
pub(super) fn call(stream: &str) -> Result<Call> {
    let found = STREAMS.iter().find(|(spec, _)| spec.name == stream);
    found
        .map(|(_, call)| *call)
        .ok_or_else(|| Error::configuration(format!("TikTok has no stream {stream:?}.")))
}

/// Whether accounts behind that door have the stream.
pub(super) fn belongs(stream: &StreamSpec, door: Door) -> bool {
    call(stream.name).is_ok_and(|call| call.door() == door)
}
