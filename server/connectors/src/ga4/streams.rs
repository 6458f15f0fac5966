//! The streams as data.

use super::auth::names;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::setting::Settings;
use crate::stream::StreamSpec;
use metrics::Family;
use model::entities::EntityKind;

/// How a stream is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    /// What the property is.
    Property,
    /// A report with these columns.
    Report(&'static Report),
    /// A report whose columns are settings.
    OwnReport,
    /// A funnel whose steps are a setting.
    Funnel,
    /// What happens now.
    Realtime,
    /// Which columns the property has.
    Metadata,
}

/// Columns of a report. The date always comes first.
#[derive(Debug)]
pub(super) struct Report {
    /// What the rows belong to.
    entity: &'static [&'static str],
    /// What splits them further.
    splits: &'static [&'static str],
    metrics: &'static [&'static str],
}

const DAILY: StreamSpec = StreamSpec {
    family: Family::Web,
    cursor: Some("date"),
    lookback_days: 3,
    lookback_setting: Some("lookback_days"),
    slice_days: 7,
    ..StreamSpec::DAY
};

/// Key events, revenue and costs are attributed anew for longer than traffic.
const ATTRIBUTED: StreamSpec =
    StreamSpec { lookback_days: 14, lookback_setting: Some("key_event_lookback_days"), ..DAILY };

const SNAPSHOT: StreamSpec = StreamSpec { family: Family::Web, ..StreamSpec::SNAPSHOT };

pub(super) const STREAMS: &[(StreamSpec, Call)] = &[
    (
        StreamSpec {
            name: "property",
            summary: "Name, currency, time zone and service level of the property.",
            key: &["name"],
            ..SNAPSHOT
        },
        Call::Property,
    ),
    (
        StreamSpec {
            name: "account_daily",
            summary: "The property's own totals per day: people can't be added up from anything finer.",
            key: &["date"],
            slice_days: 30,
            ..ATTRIBUTED
        },
        Call::Report(&Report {
            entity: &[],
            splits: &[],
            metrics: &[
                "sessions",
                "totalUsers",
                "activeUsers",
                "newUsers",
                "screenPageViews",
                "engagedSessions",
                "eventCount",
                "userEngagementDuration",
                "keyEvents",
                "totalRevenue",
            ],
        }),
    ),
    (
        StreamSpec {
            name: "traffic_daily",
            summary: "Visits per day and campaign, split by source, medium and channel group.",
            kind: EntityKind::Campaign,
            key: &[
                "date",
                "sessionSource",
                "sessionMedium",
                "sessionCampaignName",
                "sessionDefaultChannelGroup",
            ],
            breakdowns: &[
                (EntityKind::Campaign, "channel_group+medium+source"),
                (EntityKind::Campaign, "medium+source"),
            ],
            has_totals: true,
            ..ATTRIBUTED
        },
        Call::Report(&Report {
            entity: &["sessionCampaignName"],
            splits: &["sessionSource", "sessionMedium", "sessionDefaultChannelGroup"],
            metrics: &[
                "sessions",
                "totalUsers",
                "newUsers",
                "screenPageViews",
                "engagedSessions",
                "keyEvents",
                "totalRevenue",
            ],
        }),
    ),
    (
        StreamSpec {
            name: "pages_daily",
            summary: "Views and time per day and page.",
            kind: EntityKind::Page,
            key: &["date", "hostName", "pagePath"],
            ..DAILY
        },
        Call::Report(&Report {
            entity: &["hostName", "pagePath"],
            splits: &[],
            metrics: &["screenPageViews", "activeUsers", "userEngagementDuration"],
        }),
    ),
    (
        StreamSpec {
            name: "events_daily",
            summary: "Events per day and name.",
            kind: EntityKind::Event,
            key: &["date", "eventName"],
            ..DAILY
        },
        Call::Report(&Report {
            entity: &["eventName"],
            splits: &[],
            metrics: &["eventCount", "totalUsers", "eventValue"],
        }),
    ),
    (
        StreamSpec {
            name: "ads_daily",
            summary: "Costs, clicks and impressions of linked Google Ads campaigns, as Analytics shows them.",
            kind: EntityKind::Campaign,
            key: &["date", "sessionGoogleAdsCampaignId"],
            slice_days: 14,
            ..ATTRIBUTED
        },
        Call::Report(&Report {
            entity: &["sessionGoogleAdsCampaignId"],
            splits: &[],
            metrics: &["advertiserAdCost", "advertiserAdClicks", "advertiserAdImpressions"],
        }),
    ),
    (
        StreamSpec {
            name: "report",
            summary: "A report of your own per day: its columns are the settings report_dimensions and report_metrics.",
            key: &["date"],
            has_totals: true,
            is_ordinary: false,
            // Its totals are those of other streams once more.
            is_apart: true,
            ..ATTRIBUTED
        },
        Call::OwnReport,
    ),
    (
        StreamSpec {
            name: "funnel",
            summary: "How many people reach each step per day: the steps are the setting funnel_steps.",
            key: &["funnelStepName"],
            breakdowns: &[(EntityKind::Account, "funnel_step")],
            slice_days: 1,
            is_ordinary: false,
            needs: Some("funnel_steps"),
            ..DAILY
        },
        Call::Funnel,
    ),
    (
        StreamSpec {
            name: "realtime",
            summary: "What happened in the last half hour. No figures of days.",
            is_ordinary: false,
            ..SNAPSHOT
        },
        Call::Realtime,
    ),
    (
        StreamSpec {
            name: "metadata",
            summary: "Which dimensions and metrics the property made itself, and which were renamed.",
            key: &["apiName"],
            is_ordinary: false,
            ..SNAPSHOT
        },
        Call::Metadata,
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
        .ok_or_else(|| Error::configuration(format!("Google Analytics has no stream {stream:?}.")))
}

/// The columns of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// The date and what rows belong to: without these a row has no meaning.
    needed: Vec<String>,
    splits: Vec<String>,
    metrics: Vec<String>,
}

impl Columns {
    pub(super) fn of(report: &Report) -> Self {
        let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.to_owned()).collect() };
        let needed = std::iter::once("date").chain(report.entity.iter().copied());
        Self {
            needed: needed.map(str::to_owned).collect(),
            splits: owned(report.splits),
            metrics: owned(report.metrics),
        }
    }

    /// Of the report that the settings describe. What a person asked for is not left out silently.
    pub(super) fn of_settings(settings: &Settings) -> Self {
        let dimensions = names(settings.get("report_dimensions")).into_iter().filter(|d| d != "date");
        Self {
            needed: std::iter::once("date".to_owned()).chain(dimensions).collect(),
            splits: Vec::new(),
            metrics: names(settings.get("report_metrics")),
        }
    }

    pub(super) fn fields(&self) -> Fields {
        Fields::new(self.needed.iter().cloned(), self.splits.iter().chain(&self.metrics).cloned())
    }

    pub(super) fn is_metric(&self, field: &str) -> bool {
        self.metrics.iter().any(|metric| metric == field)
    }
}
