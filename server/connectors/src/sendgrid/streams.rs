//! The streams as data.

use crate::stream::{Counts, Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// The stream that only the owner of sub-users has.
pub(super) const SUBUSERS: &str = "subuser_stats";

/// Statistics per day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistics {
    /// Of the account.
    Account,
    /// Of each category.
    Categories,
    /// Of each sub-user, as a split of what the account has below it.
    Subusers,
    /// Of the account, split by names of that dimension.
    Split(&'static str, &'static str),
}

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The account itself.
    Account,
    /// Names of categories.
    Categories,
    /// Statistics per day.
    Statistics(Statistics),
    /// Single sends.
    Sends,
    /// What single sends have come to.
    SendTotals,
    /// Figures of single sends per day of the opening or click.
    SendDays,
    /// What automations have come to.
    Automations,
    /// What the steps of automations have come to.
    Steps,
    /// How many came onto a list of suppressions per day: its path, and what they are counted as.
    Suppressions(&'static str, &'static str),
    /// Groups that people can leave.
    Groups,
    /// How many have left each group.
    GroupMembers,
    /// Single messages, counted per day.
    Messages,
}

const SNAPSHOT: StreamSpec = StreamSpec { family: Family::Email, key: &["id"], ..StreamSpec::SNAPSHOT };

/// The vendor allows 31 to 90 days a call, and opens and clicks still arrive for weeks.
const DAILY: StreamSpec = StreamSpec {
    family: Family::Email,
    key: &["date", "name"],
    cursor: Some("date"),
    lookback_days: 30,
    slice_days: 31,
    ..StreamSpec::DAY
};

/// All sends are listed in every run, whatever the days: one slice for all.
const SENDING: StreamSpec = StreamSpec {
    kind: EntityKind::Campaign,
    lookback_days: 365,
    slice_days: 3_660,
    page_size: Some(50),
    ..DAILY
};

const EVENTS: StreamSpec = StreamSpec {
    key: &["email"],
    cursor: Some("created"),
    grain: Grain::Event,
    lookback_days: 7,
    page_size: Some(500),
    ..DAILY
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
        summary: "Plan and reputation of the account.",
        key: &["username"],
        ..SNAPSHOT
    },
    Ask::Categories => StreamSpec {
        name: "categories",
        summary: "Names of categories.",
        kind: EntityKind::Category,
        key: &["category"],
        page_size: Some(500),
        ..SNAPSHOT
    },
    Ask::Sends => StreamSpec {
        name: "single_sends",
        summary: "Names, states and times of single sends.",
        kind: EntityKind::Campaign,
        cursor: Some("updated_at"),
        page_size: Some(100),
        ..SNAPSHOT
    },
    Ask::Groups => StreamSpec {
        name: "groups",
        summary: "Groups that people can leave, and how many did.",
        kind: EntityKind::List,
        ..SNAPSHOT
    },
    Ask::Statistics(Statistics::Account) => StreamSpec {
        name: "global_stats",
        summary: "Figures of the account per day. Opens and clicks count on their own day, not on that of the sending.",
        key: &["date"],
        ..DAILY
    },
    Ask::SendTotals => StreamSpec {
        name: "single_send_stats",
        summary: "What single sends have come to, on the day of their sending.",
        key: &["id", "ab_variation", "ab_phase"],
        ..SENDING
    },
    Ask::Statistics(Statistics::Categories) => StreamSpec {
        name: "category_stats",
        summary: "Figures per category and day. An e-mail may have several, so they add up to more than the account's.",
        kind: EntityKind::Category,
        // The vendor keeps thirteen months.
        max_history_days: Some(395),
        ..DAILY
    },
    Ask::Statistics(Statistics::Subusers) => StreamSpec {
        name: SUBUSERS,
        summary: "Figures per sub-user and day.",
        breakdowns: &[(EntityKind::Account, "subuser")],
        ..DAILY
    },
    Ask::Statistics(Statistics::Split("/mailbox_providers/stats", "mailbox_provider")) => StreamSpec {
        name: "mailbox_provider_stats",
        summary: "Figures per provider of mailboxes and day.",
        breakdowns: &[(EntityKind::Account, "mailbox_provider")],
        ..DAILY
    },
    Ask::Statistics(Statistics::Split("/devices/stats", "device")) => StreamSpec {
        name: "device_stats",
        summary: "Opens per kind of device and day.",
        breakdowns: &[(EntityKind::Account, "device")],
        ..DAILY
    },
    Ask::Statistics(Statistics::Split("/geo/stats", "country")) => StreamSpec {
        name: "geo_stats",
        summary: "Opens and clicks per country and day.",
        breakdowns: &[(EntityKind::Account, "country")],
        ..DAILY
    },
    Ask::Automations => StreamSpec {
        name: "automation_stats",
        summary: "What automations gained since the last pull.",
        kind: EntityKind::Flow,
        key: &["id", "step_id"],
        counts: Counts::Gains,
        page_size: Some(50),
        ..SNAPSHOT
    },
    Ask::Suppressions("/suppression/bounces", "bounce_events") => StreamSpec {
        name: "bounces",
        summary: "How many addresses bounced for good per day; the addresses are not kept.",
        ..EVENTS
    },
    Ask::Suppressions("/suppression/blocks", "block_events") => StreamSpec {
        name: "blocks",
        summary: "How many addresses refused for now per day.",
        ..EVENTS
    },
    Ask::Suppressions("/suppression/invalid_emails", "invalid_email_events") => StreamSpec {
        name: "invalid_emails",
        summary: "How many addresses turned out to be none per day.",
        ..EVENTS
    },
    Ask::Suppressions("/suppression/spam_reports", "spam_report_events") => StreamSpec {
        name: "spam_reports",
        summary: "How many people reported spam per day.",
        ..EVENTS
    },
    Ask::Suppressions("/suppression/unsubscribes", "unsubscribe_events") => StreamSpec {
        name: "unsubscribes",
        summary: "How many people opted out of everything per day.",
        ..EVENTS
    },
    Ask::Messages => StreamSpec {
        name: "messages",
        summary: "How many messages ended how, per day of their last event. A paid add-on, counted apart from statistics.",
        key: &["msg_id"],
        cursor: Some("last_event_time"),
        lookback_days: 3,
        slice_days: 7,
        page_size: Some(1_000),
        // It is no history: the vendor keeps few days of it.
        max_history_days: Some(30),
        ..EVENTS
    },
    Ask::SendDays => StreamSpec {
        name: "single_send_daily",
        summary: "Figures of single sends per day of the opening or click, a finer view of their totals. One request per send. Only on request.",
        key: &["id", "aggregation", "ab_variation", "ab_phase"],
        slice_days: 31,
        lookback_days: 30,
        breakdowns: &[(EntityKind::Campaign, "ab_phase+ab_variation")],
        is_ordinary: false,
        ..SENDING
    },
    Ask::Steps => StreamSpec {
        name: "automation_step_stats",
        summary: "What the steps of automations gained since the last pull. One request per automation. Only on request.",
        kind: EntityKind::Email,
        key: &["id", "step_id"],
        counts: Counts::Gains,
        page_size: Some(50),
        is_ordinary: false,
        ..SNAPSHOT
    },
    Ask::GroupMembers => StreamSpec {
        name: "group_suppressions",
        summary: "How many addresses have left each group. One request per group. Only on request.",
        kind: EntityKind::List,
        is_ordinary: false,
        ..SNAPSHOT
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}

impl Ask {
    /// Beginnings of permissions of which the key needs one; none where the vendor names none to look for.
    pub(super) fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Statistics(Statistics::Account) => &["stats"],
            Self::Categories | Self::Statistics(Statistics::Categories) => &["categories", "stats"],
            Self::Suppressions(..) => &["suppression"],
            Self::Groups | Self::GroupMembers => &["asm"],
            Self::Sends | Self::SendTotals | Self::SendDays | Self::Automations | Self::Steps => {
                &["marketing", "marketing_campaigns"]
            }
            Self::Account | Self::Statistics(_) | Self::Messages => &[],
        }
    }
}
