//! The streams as data.

use crate::stream::{Counts, Grain, StreamSpec};
use metrics::{Family, Metric};
use model::entities::EntityKind;

use crate::events::Counted;

/// People open and click for so many days after a sending.
pub(super) const TAIL_DAYS: u32 = 60;

/// What happened to messages: where it is listed, and what it is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happened {
    /// In paths.
    pub(super) path: &'static str,
    /// What an event counts as. Those of which summaries have totals are no metric again.
    pub(super) counted: Counted,
}

const fn extra(path: &'static str, name: &'static str) -> Happened {
    Happened { path, counted: Counted::Extra(name) }
}

/// Summaries count who clicked; how often is only known from the clicks themselves.
const CLICKS: Happened = Happened { path: "clicks", counted: Counted::Metric(Metric::Clicks) };

/// What is listed of the e-mails of journeys.
pub(super) const JOURNEY_EVENTS: &[Happened] = &[
    extra("recipients", "recipient_events"),
    extra("opens", "open_events"),
    extra("clicks", "click_events"),
    extra("bounces", "bounce_events"),
    extra("unsubscribes", "unsubscribe_events"),
];

/// What people on lists are.
pub(super) const SUBSCRIBERS: &[Happened] = &[
    extra("active", "active_events"),
    extra("unsubscribed", "unsubscribed_events"),
    extra("bounced", "bounced_events"),
    extra("deleted", "deleted_events"),
    extra("unconfirmed", "unconfirmed_events"),
];

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The client itself.
    Client,
    /// Campaigns that were sent.
    Campaigns,
    /// Campaigns that were not, and their state.
    Unsent(&'static str, &'static str),
    /// What campaigns have come to.
    Summaries,
    /// What happened to messages of campaigns.
    Events(Happened),
    /// Bounces of campaigns by kind.
    Bounces,
    /// How many a campaign went to, counted.
    Recipients,
    /// Names of lists.
    Lists,
    /// Who is on the lists, and who came and went yesterday.
    ListStats,
    /// When people came onto lists and left them.
    Subscribers,
    /// Journeys.
    Journeys,
    /// What the e-mails of journeys have come to.
    JourneyEmails,
    /// What happened to the e-mails of journeys.
    JourneyEvents,
    /// E-mails that are set off one by one.
    Transactional,
}

const SNAPSHOT: StreamSpec = StreamSpec { family: Family::Email, key: &["id"], ..StreamSpec::SNAPSHOT };

const SENT: StreamSpec = StreamSpec {
    family: Family::Email,
    kind: EntityKind::Campaign,
    key: &["CampaignID"],
    cursor: Some("SentDate"),
    lookback_days: 60,
    lookback_setting: Some("summary_lookback_days"),
    // Each campaign is a request of its own: what was asked for is kept a quarter at a time.
    slice_days: 92,
    page_size: Some(1_000),
    ..StreamSpec::DAY
};

/// Events by their own days. One day is read again.
const EVENTS: StreamSpec = StreamSpec {
    key: &["CampaignID", "EmailAddress", "Date"],
    cursor: Some("Date"),
    grain: Grain::Event,
    lookback_days: 1,
    lookback_setting: None,
    slice_days: 31,
    ..SENT
};

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Client => StreamSpec {
        name: "client",
        summary: "Name, country, time zone and currency of the client.",
        key: &["ClientID"],
        ..SNAPSHOT
    },
    Ask::Campaigns => StreamSpec {
        name: "campaigns",
        summary: "Names, subjects and tags of sent campaigns.",
        kind: EntityKind::Campaign,
        key: &["CampaignID"],
        cursor: Some("SentDate"),
        page_size: Some(1_000),
        ..SNAPSHOT
    },
    Ask::Unsent("scheduled", "scheduled") => StreamSpec {
        name: "scheduled_campaigns",
        summary: "Campaigns that wait for their time.",
        kind: EntityKind::Campaign,
        key: &["CampaignID"],
        cursor: Some("DateScheduled"),
        ..SNAPSHOT
    },
    Ask::Unsent("drafts", "draft") => StreamSpec {
        name: "draft_campaigns",
        summary: "Campaigns that are still written.",
        kind: EntityKind::Campaign,
        key: &["CampaignID"],
        ..SNAPSHOT
    },
    Ask::Lists => StreamSpec {
        name: "lists",
        summary: "Names of lists.",
        kind: EntityKind::List,
        key: &["ListID"],
        ..SNAPSHOT
    },
    Ask::Summaries => StreamSpec {
        name: "campaign_summaries",
        summary: "What campaigns have come to, on the day of their sending. One request per campaign.",
        ..SENT
    },
    Ask::ListStats => StreamSpec {
        name: "list_stats",
        summary: "How many people are on each list today, and how many came and left yesterday.",
        kind: EntityKind::List,
        key: &["ListID"],
        ..SNAPSHOT
    },
    Ask::Events(CLICKS) => StreamSpec {
        name: "campaign_clicks",
        summary: "Clicks per campaign and day of the click, repeated ones included.",
        key: &["CampaignID", "EmailAddress", "Date", "URL"],
        ..EVENTS
    },
    Ask::Bounces => StreamSpec {
        name: "campaign_bounces",
        summary: "Bounces for good and for now per campaign and day of the bounce.",
        ..EVENTS
    },
    Ask::Journeys => StreamSpec {
        name: "journeys",
        summary: "Names and states of journeys.",
        kind: EntityKind::Flow,
        key: &["JourneyID"],
        ..SNAPSHOT
    },
    Ask::JourneyEmails => StreamSpec {
        name: "journey_emails",
        summary: "What the e-mails of journeys gained since the last pull.",
        kind: EntityKind::Email,
        key: &["EmailID"],
        counts: Counts::Gains,
        ..SNAPSHOT
    },
    Ask::Events(extra("opens", "open_events")) => StreamSpec {
        name: "campaign_opens",
        summary: "How often campaigns were opened per day. Only on request.",
        is_ordinary: false,
        ..EVENTS
    },
    Ask::Events(extra("unsubscribes", "unsubscribe_events")) => StreamSpec {
        name: "campaign_unsubscribes",
        summary: "How many people opted out by campaigns per day. Only on request.",
        is_ordinary: false,
        ..EVENTS
    },
    Ask::Events(extra("spam", "spam_events")) => StreamSpec {
        name: "campaign_spam",
        summary: "How many people complained about campaigns per day. Only on request.",
        is_ordinary: false,
        ..EVENTS
    },
    Ask::Recipients => StreamSpec {
        name: "campaign_recipients",
        summary: "How many addresses campaigns went to, counted. Only on request.",
        key: &["CampaignID", "EmailAddress"],
        is_ordinary: false,
        ..SENT
    },
    Ask::Subscribers => StreamSpec {
        name: "subscribers",
        summary: "How many people came onto lists and left them per day. Five requests per list. Only on request.",
        kind: EntityKind::List,
        key: &["ListID", "EmailAddress"],
        is_ordinary: false,
        ..EVENTS
    },
    Ask::JourneyEvents => StreamSpec {
        name: "journey_events",
        summary: "How often something was done with the e-mails of journeys per day. Five requests per e-mail. Only on request.",
        kind: EntityKind::Email,
        key: &["EmailID", "EmailAddress", "Date"],
        is_ordinary: false,
        ..EVENTS
    },
    Ask::Transactional => StreamSpec {
        name: "transactional",
        summary: "E-mails that are set off one by one, per day. Only on request.",
        kind: EntityKind::Account,
        key: &["Query.From"],
        cursor: Some("Query.From"),
        lookback_days: 7,
        lookback_setting: None,
        slice_days: 31,
        page_size: None,
        breakdowns: &[(EntityKind::Account, "kind")],
        is_ordinary: false,
        ..SENT
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
