//! The streams as data.

use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The account itself.
    Account,
    /// Names of campaigns.
    Campaigns,
    /// What campaigns have come to.
    Summaries,
    /// What of that only the statistics of campaigns tell.
    Statistics,
    /// Lists and who is on them.
    Lists,
    /// Who opted in and out.
    Contacts,
    /// The e-mails that campaigns consist of.
    Activities,
    /// What these have come to.
    ActivityStatistics,
    /// What people did with them.
    Tracking,
    /// Which links were clicked.
    Links,
}

const SNAPSHOT: StreamSpec =
    StreamSpec { family: Family::Email, key: &["id"], page_size: Some(500), ..StreamSpec::SNAPSHOT };

/// Totals under the day of the last sending. They are listed without much effort, so one slice holds all.
const SENT: StreamSpec = StreamSpec {
    family: Family::Email,
    kind: EntityKind::Campaign,
    key: &["campaign_id"],
    cursor: Some("last_sent_date"),
    lookback_days: 3_650,
    lookback_setting: Some("campaign_lookback_days"),
    slice_days: 3_660,
    page_size: Some(500),
    ..StreamSpec::DAY
};

/// People open and click for so many days after the sending.
pub(super) const TRACKED_DAYS: u32 = 60;

/// Two calls or more per campaign: only on request.
const ACTIVITY: StreamSpec = StreamSpec {
    kind: EntityKind::Email,
    key: &["campaign_activity_id"],
    lookback_days: 30,
    lookback_setting: None,
    is_ordinary: false,
    ..SENT
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
        summary: "Name, country and time zone of the account.",
        key: &["encoded_account_id"],
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Campaigns => StreamSpec {
        name: "campaigns",
        summary: "Names and states of e-mail campaigns, removed ones included.",
        kind: EntityKind::Campaign,
        key: &["campaign_id"],
        cursor: Some("updated_at"),
        ..SNAPSHOT
    },
    Ask::Lists => StreamSpec {
        name: "lists",
        summary: "Lists, and how many people are on them today.",
        kind: EntityKind::List,
        key: &["list_id"],
        cursor: Some("updated_at"),
        page_size: Some(1_000),
        ..SNAPSHOT
    },
    Ask::Contacts => StreamSpec {
        name: "contacts",
        summary: "How many people opted in and out per day; nothing about them is kept.",
        family: Family::Email,
        kind: EntityKind::Account,
        key: &["contact_id"],
        cursor: Some("updated_at"),
        grain: Grain::Event,
        lookback_days: 7,
        lookback_setting: None,
        ..SENT
    },
    Ask::Summaries => StreamSpec {
        name: "campaign_summaries",
        summary: "What campaigns have come to, on the day of their last sending.",
        ..SENT
    },
    Ask::Statistics => StreamSpec {
        name: "campaign_stats",
        summary: "What the summaries leave out: all opens and clicks, and bounces by kind.",
        ..SENT
    },
    Ask::Activities => StreamSpec {
        name: "campaign_activities",
        summary: "The e-mails of campaigns, first sendings and repeated ones. One request per campaign. Only on request.",
        ..ACTIVITY
    },
    Ask::ActivityStatistics => StreamSpec {
        name: "activity_stats",
        summary: "What the e-mails of campaigns have come to, never added to the campaign. Only on request.",
        // E-mails are added to campaigns, which hold them already.
        is_apart: true,
        ..ACTIVITY
    },
    Ask::Tracking => StreamSpec {
        name: "tracking",
        summary: "How often something was done with the e-mails of campaigns per day. Nine requests per campaign and more. Only on request.",
        key: &["campaign_activity_id", "contact_id", "tracking_activity_type", "created_time"],
        cursor: Some("created_time"),
        grain: Grain::Event,
        ..ACTIVITY
    },
    Ask::Links => StreamSpec {
        name: "links",
        summary: "Clicks per link of the e-mails of campaigns. Two requests per campaign and more. Only on request.",
        key: &["campaign_activity_id", "link_url"],
        breakdowns: &[(EntityKind::Email, "link")],
        ..ACTIVITY
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
