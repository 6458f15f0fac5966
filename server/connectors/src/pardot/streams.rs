//! The streams as data.

use crate::fields::Fields;
use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// A kind of rows.
#[derive(Debug)]
pub(super) struct Object {
    /// In the path.
    pub(super) name: &'static str,
    /// Fields without which a row has no meaning.
    pub(super) needed: &'static [&'static str],
    /// Fields that can be spared.
    pub(super) optional: &'static [&'static str],
}

impl Object {
    pub(super) fn fields(&self) -> Fields {
        Fields::new(self.needed.iter().copied(), self.optional.iter().copied())
    }

    /// Whether that field is asked for.
    pub(super) fn has(&self, field: &str) -> bool {
        self.needed.contains(&field) || self.optional.contains(&field)
    }
}

const CAMPAIGNS: Object = Object {
    name: "campaigns",
    needed: &["id", "updatedAt"],
    optional: &[
        "name",
        "isDeleted",
        "folderId",
        "cost",
        "parentCampaignId",
        "createdById",
        "updatedById",
        "createdAt",
        "salesforceId",
    ],
};

pub(super) const LIST_EMAILS: Object = Object {
    name: "list-emails",
    needed: &["id", "isSent", "sentAt", "updatedAt"],
    optional: &[
        "name",
        "campaignId",
        "subject",
        "isPaused",
        "isDeleted",
        "isOperational",
        "type",
        "createdAt",
    ],
};

/// No names and addresses of people: figures need none.
pub(super) const PROSPECTS: Object = Object {
    name: "prospects",
    needed: &["id", "isDeleted", "createdAt", "updatedAt"],
    optional: &[
        "score",
        "grade",
        "campaignId",
        "source",
        "optedOut",
        "salesforceLeadId",
        "salesforceContactId",
        "firstAssignedAt",
        "lastActivityAt",
    ],
};

pub(super) const ACTIVITIES: Object = Object {
    name: "visitor-activities",
    needed: &["id", "type", "formId", "createdAt"],
    optional: &[
        "prospectId",
        "visitorId",
        "typeName",
        "details",
        "campaignId",
        "emailId",
        "listEmailId",
        "landingPageId",
        "opportunityId",
        "updatedAt",
    ],
};

pub(super) const OPPORTUNITIES: Object = Object {
    name: "opportunities",
    needed: &["id", "value", "status", "closedAt", "updatedAt"],
    optional: &["name", "probability", "stage", "campaignId", "salesforceId", "createdAt"],
};

const LISTS: Object =
    Object { name: "lists", needed: &["id", "updatedAt"], optional: &["name", "isDeleted", "createdAt"] };

pub(super) const MEMBERSHIPS: Object = Object {
    name: "list-memberships",
    needed: &["id", "listId", "createdAt"],
    optional: &["prospectId", "optedOut", "isDeleted", "updatedAt"],
};

const FORMS: Object = Object {
    name: "forms",
    needed: &["id", "updatedAt"],
    optional: &["name", "campaignId", "isDeleted", "createdAt"],
};

const LANDING_PAGES: Object = Object { name: "landing-pages", ..FORMS };

/// What is asked for a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// The business unit itself.
    Account,
    /// Things that figures belong to, all of them.
    Things(&'static Object),
    /// Figures of list e-mails that were changed in the slice.
    Stats,
    /// Prospects that were changed in the slice.
    Prospects,
    /// Forms that were sent.
    Activities,
    /// Opportunities that were changed in the slice.
    Opportunities,
    /// Who came to a list.
    Memberships,
    /// Clicks in e-mails, by version 4.
    Clicks,
}

const SNAPSHOT: StreamSpec = StreamSpec {
    family: Family::Crm,
    key: &["id"],
    cursor: Some("updatedAt"),
    page_size: Some(1_000),
    ..StreamSpec::SNAPSHOT
};

/// Records by when they were changed. One day is read again, because answers come from a cache of a minute.
const CHANGED: StreamSpec = StreamSpec { grain: Grain::Record, lookback_days: 1, slice_days: 60, ..SNAPSHOT };

/// Events by when they happened.
const HAPPENED: StreamSpec = StreamSpec {
    grain: Grain::Event,
    cursor: Some("createdAt"),
    lookback_days: 1,
    slice_days: 30,
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
        summary: "Company, level and web site of the business unit.",
        cursor: None,
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Things(&CAMPAIGNS) => StreamSpec {
        name: "campaigns",
        summary: "Campaigns: what e-mails, forms and prospects belong to.",
        kind: EntityKind::Program,
        ..SNAPSHOT
    },
    Ask::Things(&LIST_EMAILS) => StreamSpec {
        name: "list_emails",
        summary: "Names, subjects and states of list e-mails.",
        kind: EntityKind::Campaign,
        family: Family::Email,
        ..SNAPSHOT
    },
    Ask::Stats => StreamSpec {
        name: "list_email_stats",
        summary: "What has come of each list e-mail so far, under the day of its sending. One request per e-mail.",
        kind: EntityKind::Campaign,
        family: Family::Email,
        lookback_days: 60,
        lookback_setting: Some("stats_lookback_days"),
        page_size: None,
        ..CHANGED
    },
    Ask::Prospects => StreamSpec {
        name: "prospects",
        summary: "Prospects without names and addresses: when each was made and handed to sales.",
        ..CHANGED
    },
    Ask::Activities => StreamSpec {
        name: "visitor_activities",
        summary: "What visitors did; how often each form was sent per day.",
        kind: EntityKind::Form,
        ..HAPPENED
    },
    Ask::Opportunities => StreamSpec {
        name: "opportunities",
        summary: "Opportunities that were won or lost.",
        kind: EntityKind::Deal,
        ..CHANGED
    },
    Ask::Things(&LISTS) => StreamSpec {
        name: "lists",
        summary: "Names of lists.",
        kind: EntityKind::List,
        family: Family::Email,
        ..SNAPSHOT
    },
    Ask::Memberships => StreamSpec {
        name: "list_memberships",
        summary: "How many prospects came to which list per day.",
        kind: EntityKind::List,
        family: Family::Email,
        ..HAPPENED
    },
    Ask::Things(&FORMS) => StreamSpec {
        name: "forms",
        summary: "Names of forms.",
        kind: EntityKind::Form,
        ..SNAPSHOT
    },
    Ask::Things(&LANDING_PAGES) => StreamSpec {
        name: "landing_pages",
        summary: "Names of landing pages.",
        kind: EntityKind::Page,
        ..SNAPSHOT
    },
    Ask::Clicks => StreamSpec {
        name: "email_clicks",
        summary: "Which links of list e-mails were clicked how often per day.",
        kind: EntityKind::Campaign,
        family: Family::Email,
        cursor: Some("created_at"),
        page_size: Some(200),
        breakdowns: &[(EntityKind::Campaign, "url")],
        ..HAPPENED
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
