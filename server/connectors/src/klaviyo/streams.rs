//! The streams as data.

use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The account itself.
    Account,
    /// Kinds of events.
    Metrics,
    /// Names and states of campaigns, and their messages.
    Campaigns,
    /// Names and states of flows.
    Flows,
    /// What campaigns came to in a window.
    CampaignValues,
    /// What flows came to per day.
    FlowSeries,
    /// How many people joined and left per day.
    Aggregates,
    /// Lists, and how many profiles are in them today.
    Lists,
    /// Names and states of forms.
    Forms,
    /// What messages of flows came to in a window.
    FlowValues,
    /// How many events of each kind there were per day.
    Events,
}

const SNAPSHOT: StreamSpec = StreamSpec { family: Family::Email, key: &["id"], ..StreamSpec::SNAPSHOT };

/// Conversions are those of the shop, so they are figures of the web.
const DAYS: StreamSpec = StreamSpec {
    grain: Grain::Day,
    also: &[Family::Web],
    lookback_days: 30,
    lookback_setting: Some("lookback_days"),
    ..SNAPSHOT
};

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Account => StreamSpec {
        name: "account",
        summary: "The account: its currency, zone and industry.",
        ..SNAPSHOT
    },
    Ask::Metrics => StreamSpec {
        name: "metrics",
        summary: "Kinds of events, and where they come from.",
        kind: EntityKind::Event,
        cursor: Some("updated"),
        ..SNAPSHOT
    },
    Ask::Campaigns => StreamSpec {
        name: "campaigns",
        summary: "Names and states of campaigns of all channels, and their messages.",
        kind: EntityKind::Campaign,
        cursor: Some("updated_at"),
        ..SNAPSHOT
    },
    Ask::Flows => StreamSpec {
        name: "flows",
        summary: "Names and states of flows.",
        kind: EntityKind::Flow,
        cursor: Some("updated"),
        page_size: Some(50),
        ..SNAPSHOT
    },
    Ask::CampaignValues => StreamSpec {
        name: "campaign_values",
        summary: "What each campaign that was sent in the days came to, as one sum under the last of them.",
        kind: EntityKind::Campaign,
        key: &["campaign_id", "campaign_message_id", "send_channel"],
        cursor: Some("timeframe"),
        // A window is a year at most.
        slice_days: 365,
        ..DAYS
    },
    Ask::FlowSeries => StreamSpec {
        name: "flow_series",
        summary: "What the messages of each flow that were sent on a day came to.",
        kind: EntityKind::Flow,
        key: &["flow_id", "flow_message_id", "date_times"],
        cursor: Some("date_times"),
        // The vendor gives days for 60 of them at most.
        slice_days: 60,
        ..DAYS
    },
    Ask::Aggregates => StreamSpec {
        name: "metric_aggregates",
        summary: "How many people joined lists and left them per day.",
        key: &["metric_id", "dates"],
        cursor: Some("dates"),
        slice_days: 360,
        page_size: Some(500),
        ..DAYS
    },
    Ask::Lists => StreamSpec {
        name: "lists",
        summary: "Lists, and how many profiles are in them today. One request per list.",
        kind: EntityKind::List,
        cursor: Some("updated"),
        page_size: Some(10),
        ..SNAPSHOT
    },
    Ask::Forms => StreamSpec {
        name: "forms",
        summary: "Names and states of sign-up forms.",
        kind: EntityKind::Form,
        page_size: Some(100),
        ..SNAPSHOT
    },
    Ask::FlowValues => StreamSpec {
        name: "flow_values",
        summary: "What each message of the flows came to, as one sum under the last day; it repeats the days of flows. Only \
                  on request.",
        kind: EntityKind::Email,
        key: &["flow_id", "flow_message_id", "send_channel"],
        cursor: Some("timeframe"),
        slice_days: 365,
        is_ordinary: false,
        is_apart: true,
        ..DAYS
    },
    Ask::Events => StreamSpec {
        name: "events",
        summary: "How many events of each kind there were per day. Reads an event per person; only on request.",
        grain: Grain::Event,
        kind: EntityKind::Event,
        family: Family::Web,
        also: &[],
        cursor: Some("datetime"),
        lookback_days: 2,
        lookback_setting: None,
        slice_days: 7,
        page_size: Some(1000),
        is_ordinary: false,
        ..DAYS
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
