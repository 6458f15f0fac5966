//! The streams as data.

use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The account itself.
    Account,
    /// Names, subjects and states of campaigns.
    Campaigns,
    /// What campaigns have come to, under the day of their sending.
    Reports,
    /// Audiences, and how many people are in them today.
    Lists,
    /// How audiences grew by month.
    Growth,
    /// Who came and left per day.
    ListDays,
    /// Classic automations.
    Automations,
    /// Their e-mails, and what those have come to.
    AutomationEmails,
    /// The first day of campaigns by hour.
    ReportHours,
    /// Opens, clicks and bounces on the days when they happened.
    Activity,
    /// Why people left, on the day when they did.
    Unsubscribes,
    /// How many members changed into which state.
    Members,
}

const SNAPSHOT: StreamSpec =
    StreamSpec { family: Family::Email, key: &["id"], page_size: Some(1000), ..StreamSpec::SNAPSHOT };

const DAYS: StreamSpec = StreamSpec {
    grain: Grain::Day,
    lookback_days: 60,
    // Listed by the time of sending, page by page: one question for all.
    slice_days: 3_660,
    kind: EntityKind::Campaign,
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
        summary: "The account: its plan and how many people it reaches.",
        key: &["account_id"],
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Campaigns => StreamSpec {
        name: "campaigns",
        summary: "Names, subjects and states of campaigns.",
        kind: EntityKind::Campaign,
        cursor: Some("create_time"),
        ..SNAPSHOT
    },
    Ask::Reports => StreamSpec {
        name: "reports",
        summary: "What each campaign has come to, under the day of its sending.",
        cursor: Some("send_time"),
        lookback_setting: Some("report_lookback_days"),
        ..DAYS
    },
    Ask::Lists => StreamSpec {
        name: "lists",
        summary: "Audiences, and how many people are in them today.",
        kind: EntityKind::List,
        cursor: Some("date_created"),
        ..SNAPSHOT
    },
    Ask::Growth => StreamSpec {
        name: "list_growth",
        summary: "How each audience grew by month; the month's own figures, beside those of days.",
        kind: EntityKind::List,
        key: &["list_id", "month"],
        cursor: Some("month"),
        every_days: 1,
        ..SNAPSHOT
    },
    Ask::ListDays => StreamSpec {
        name: "list_activity",
        summary: "How many people joined and left each audience per day.",
        kind: EntityKind::List,
        key: &["list_id", "day"],
        cursor: Some("day"),
        lookback_days: 30,
        slice_days: 181,
        page_size: Some(180),
        max_history_days: Some(180),
        ..DAYS
    },
    Ask::Automations => StreamSpec {
        name: "automations",
        summary: "Names and states of classic automations.",
        kind: EntityKind::Flow,
        cursor: Some("create_time"),
        ..SNAPSHOT
    },
    Ask::AutomationEmails => StreamSpec {
        name: "automation_emails",
        summary: "E-mails of classic automations, and what each has come to, under the day of its sending.",
        kind: EntityKind::Email,
        cursor: Some("send_time"),
        lookback_setting: Some("report_lookback_days"),
        slice_days: 366,
        ..DAYS
    },
    Ask::ReportHours => StreamSpec {
        name: "report_hours",
        summary: "The first 24 hours of each campaign. Only on request.",
        key: &["id", "timestamp"],
        cursor: Some("timestamp"),
        lookback_days: 2,
        breakdowns: &[(EntityKind::Campaign, "hour")],
        is_ordinary: false,
        ..DAYS
    },
    Ask::Activity => StreamSpec {
        name: "email_activity",
        summary: "Opens, clicks and bounces on the days when they happened. Reads an event per person; only on request.",
        grain: Grain::Event,
        key: &["campaign_id", "email_id", "action", "timestamp"],
        cursor: Some("timestamp"),
        lookback_days: 2,
        slice_days: 30,
        breakdowns: &[(EntityKind::Campaign, "action")],
        is_ordinary: false,
        ..DAYS
    },
    Ask::Unsubscribes => StreamSpec {
        name: "unsubscribes",
        summary: "Why people left, on the days when they did. Only on request.",
        grain: Grain::Event,
        key: &["campaign_id", "email_id"],
        cursor: Some("timestamp"),
        lookback_days: 2,
        slice_days: 30,
        breakdowns: &[(EntityKind::Campaign, "reason")],
        is_ordinary: false,
        ..DAYS
    },
    Ask::Members => StreamSpec {
        name: "members",
        summary: "How many members changed into which state per day, without names and addresses. Only on request.",
        grain: Grain::Event,
        kind: EntityKind::List,
        key: &["list_id", "id"],
        cursor: Some("last_changed"),
        lookback_days: 2,
        slice_days: 30,
        breakdowns: &[(EntityKind::List, "status")],
        is_ordinary: false,
        ..DAYS
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
