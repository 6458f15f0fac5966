//! The streams as data.

use crate::crm::{CrmKind, LifecycleStage};
use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// A kind of CRM record.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: CrmKind,
    /// In paths.
    pub(super) path: &'static str,
    /// The property that says when it was last changed. Contacts have another one than all others, and a search for
    /// theirs by the wrong name silently finds the wrong rows.
    pub(super) changed: &'static str,
    /// What is asked for.
    pub(super) properties: &'static [&'static str],
    /// Those of them that figures hang on.
    pub(super) watched: &'static [&'static str],
    /// Whether it goes through the stages of [`LIFECYCLE`].
    pub(super) has_lifecycle: bool,
}

/// When a record entered a stage: by the name of today, then by those of old portals.
pub(super) const LIFECYCLE: &[(LifecycleStage, [&str; 3])] = &[
    (
        LifecycleStage::Lead,
        ["hs_v2_date_entered_lead", "hs_date_entered_lead", "hs_lifecyclestage_lead_date"],
    ),
    (
        LifecycleStage::Mql,
        [
            "hs_v2_date_entered_marketingqualifiedlead",
            "hs_date_entered_marketingqualifiedlead",
            "hs_lifecyclestage_marketingqualifiedlead_date",
        ],
    ),
    (
        LifecycleStage::Sql,
        [
            "hs_v2_date_entered_salesqualifiedlead",
            "hs_date_entered_salesqualifiedlead",
            "hs_lifecyclestage_salesqualifiedlead_date",
        ],
    ),
    (
        LifecycleStage::Opportunity,
        [
            "hs_v2_date_entered_opportunity",
            "hs_date_entered_opportunity",
            "hs_lifecyclestage_opportunity_date",
        ],
    ),
    (
        LifecycleStage::Customer,
        ["hs_v2_date_entered_customer", "hs_date_entered_customer", "hs_lifecyclestage_customer_date"],
    ),
];

pub(super) const DEALS: Object = Object {
    kind: CrmKind::Deal,
    path: "deals",
    changed: "hs_lastmodifieddate",
    properties: &[
        "dealname",
        "pipeline",
        "dealstage",
        "amount",
        "deal_currency_code",
        "amount_in_home_currency",
        "createdate",
        "closedate",
        "hs_is_closed",
        "hs_is_closed_won",
        "hs_lastmodifieddate",
        "hubspot_owner_id",
        "hs_analytics_source",
        "hs_campaign",
        "hs_merged_object_ids",
    ],
    watched: &["dealstage", "amount", "createdate", "closedate", "hs_is_closed_won"],
    has_lifecycle: false,
};

/// No names, addresses or numbers of people: figures need none.
pub(super) const CONTACTS: Object = Object {
    kind: CrmKind::Contact,
    path: "contacts",
    changed: "lastmodifieddate",
    properties: &[
        "createdate",
        "lastmodifieddate",
        "lifecyclestage",
        "hubspot_owner_id",
        "hs_analytics_source",
        "hs_merged_object_ids",
    ],
    watched: &["lifecyclestage"],
    has_lifecycle: true,
};

pub(super) const COMPANIES: Object = Object {
    kind: CrmKind::Company,
    path: "companies",
    changed: "hs_lastmodifieddate",
    properties: &[
        "name",
        "createdate",
        "hs_lastmodifieddate",
        "lifecyclestage",
        "hubspot_owner_id",
        "hs_analytics_source",
        "industry",
        "country",
        "hs_merged_object_ids",
    ],
    watched: &["lifecyclestage"],
    has_lifecycle: true,
};

pub(super) const LEADS: Object = Object {
    kind: CrmKind::Lead,
    path: "leads",
    changed: "hs_lastmodifieddate",
    properties: &[
        "hs_createdate",
        "hs_lastmodifieddate",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_lead_type",
        "hubspot_owner_id",
        "hs_merged_object_ids",
    ],
    watched: &["hs_pipeline_stage"],
    has_lifecycle: false,
};

/// What is asked for a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// The portal itself.
    Account,
    /// People who own records.
    Owners,
    /// Pipelines of deals, with their stages.
    Pipelines,
    /// Records that were changed in the slice, by search.
    Changed(&'static Object),
    /// Deals that are not closed, by search.
    Open,
    /// All records, page by page.
    All(&'static Object),
    /// Records in the recycle bin.
    Archived(&'static Object),
    /// Each stage that a deal was ever in.
    History,
    /// Contacts of the deals that were changed in the slice.
    Links,
    /// Marketing e-mails.
    Emails,
    /// Figures per e-mail and day.
    EmailDays,
    /// Figures of all e-mails together.
    EmailTotals,
    /// Forms.
    Forms,
    /// What people sent by forms.
    Submissions,
}

const SNAPSHOT: StreamSpec =
    StreamSpec { family: Family::Crm, key: &["id"], page_size: Some(100), ..StreamSpec::SNAPSHOT };

/// Records by when they were changed. One day is read again, because the search's index lags behind by minutes.
const CHANGED: StreamSpec =
    StreamSpec { grain: Grain::Record, lookback_days: 1, slice_days: 30, page_size: Some(200), ..SNAPSHOT };

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Account => StreamSpec {
        name: "account",
        summary: "Currency, time zone and region of the portal.",
        key: &["portalId"],
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Owners => StreamSpec {
        name: "owners",
        summary: "People who own deals and contacts.",
        kind: EntityKind::Owner,
        page_size: Some(500),
        ..SNAPSHOT
    },
    Ask::Pipelines => StreamSpec {
        name: "deal_pipelines",
        summary: "Pipelines of deals and their stages, with the chance of each.",
        kind: EntityKind::Stage,
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Archived(&DEALS) => StreamSpec {
        name: "deals_archived",
        summary: "Deals that were deleted: they count nowhere.",
        kind: EntityKind::Deal,
        cursor: Some("archivedAt"),
        ..SNAPSHOT
    },
    Ask::Changed(&DEALS) => StreamSpec {
        name: "deals",
        summary: "Deals, found by when they were changed: made, won, lost, and the value of open ones.",
        kind: EntityKind::Deal,
        cursor: Some("hs_lastmodifieddate"),
        ..CHANGED
    },
    Ask::Open => StreamSpec {
        name: "open_deals",
        summary: "All open deals, also those that nobody touched for long: the pipeline's value today.",
        kind: EntityKind::Deal,
        page_size: Some(200),
        ..SNAPSHOT
    },
    Ask::History => StreamSpec {
        name: "deal_stage_history",
        summary: "Each move of each deal from stage to stage.",
        kind: EntityKind::Deal,
        key: &["id", "timestamp", "value"],
        cursor: Some("timestamp"),
        page_size: Some(50),
        ..SNAPSHOT
    },
    Ask::Changed(&CONTACTS) => StreamSpec {
        name: "contacts",
        summary: "Contacts without names and addresses: when each entered which stage of the life cycle.",
        cursor: Some("lastmodifieddate"),
        ..CHANGED
    },
    Ask::Changed(&COMPANIES) => StreamSpec {
        name: "companies",
        summary: "Companies and their stage of the life cycle.",
        cursor: Some("hs_lastmodifieddate"),
        ..CHANGED
    },
    Ask::Changed(&LEADS) => StreamSpec {
        name: "leads",
        summary: "Leads and their stage.",
        cursor: Some("hs_lastmodifieddate"),
        ..CHANGED
    },
    Ask::Links => StreamSpec {
        name: "deal_contacts",
        summary: "Which contacts belong to which deals.",
        kind: EntityKind::Deal,
        key: &["from.id", "toObjectId", "typeId"],
        cursor: Some("hs_lastmodifieddate"),
        ..CHANGED
    },
    Ask::Emails => StreamSpec {
        name: "marketing_emails",
        summary: "Names, subjects and states of marketing e-mails.",
        family: Family::Email,
        kind: EntityKind::Campaign,
        ..SNAPSHOT
    },
    Ask::EmailDays => StreamSpec {
        name: "email_daily",
        summary: "Figures per e-mail and day. One request per e-mail and slice.",
        family: Family::Email,
        kind: EntityKind::Campaign,
        key: &["emailIds", "interval.start"],
        cursor: Some("interval.start"),
        grain: Grain::Day,
        lookback_days: 30,
        lookback_setting: Some("email_lookback_days"),
        slice_days: 60,
        ..SNAPSHOT
    },
    Ask::Forms => StreamSpec {
        name: "forms",
        summary: "Names of forms.",
        kind: EntityKind::Form,
        ..SNAPSHOT
    },
    Ask::Submissions => StreamSpec {
        name: "form_submissions",
        summary: "How often each form was sent per day; what people wrote is not kept.",
        kind: EntityKind::Form,
        key: &["guid", "conversionId"],
        cursor: Some("submittedAt"),
        grain: Grain::Event,
        lookback_days: 1,
        slice_days: 30,
        page_size: Some(50),
        ..SNAPSHOT
    },
    Ask::All(&DEALS) => StreamSpec {
        name: "deals_full",
        summary: "All deals, page by page instead of by search. Only on request.",
        kind: EntityKind::Deal,
        is_ordinary: false,
        ..SNAPSHOT
    },
    Ask::Archived(&CONTACTS) => StreamSpec {
        name: "contacts_archived",
        summary: "Contacts that were deleted. Only on request.",
        cursor: Some("archivedAt"),
        is_ordinary: false,
        ..SNAPSHOT
    },
    Ask::EmailTotals => StreamSpec {
        name: "email_totals",
        summary: "HubSpot's own totals of all e-mails per day, to compare with. Only on request.",
        family: Family::Email,
        key: &["startTimestamp"],
        cursor: Some("startTimestamp"),
        grain: Grain::Day,
        lookback_days: 30,
        lookback_setting: Some("email_lookback_days"),
        page_size: None,
        is_ordinary: false,
        ..SNAPSHOT
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
