//! The streams as data.

use crate::crm::CrmKind;
use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// A module of the CRM.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Module {
    /// In paths.
    pub(super) name: &'static str,
    /// What is asked for: names are mandatory, and at most 50.
    pub(super) fields: &'static [&'static str],
    /// Those of them that figures hang on.
    pub(super) watched: &'static [&'static str],
    /// Besides, in the query.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// None for campaigns.
    pub(super) kind: Option<CrmKind>,
}

pub(super) const DEALS: Module = Module {
    name: "Deals",
    fields: &[
        "id",
        "Deal_Name",
        "Stage",
        "Amount",
        "Currency",
        "Exchange_Rate",
        "Probability",
        "Expected_Revenue",
        "Closing_Date",
        "Pipeline",
        "Campaign_Source",
        "Lead_Source",
        "Owner",
        "Account_Name",
        "Contact_Name",
        "Created_Time",
        "Modified_Time",
        "Stage_Modified_Time",
        "Lead_Conversion_Time",
        "Sales_Cycle_Duration",
        "Overall_Sales_Duration",
        "Reason_For_Loss__s",
    ],
    watched: &["Stage", "Amount", "Probability", "Closing_Date", "Created_Time"],
    query: &[],
    kind: Some(CrmKind::Deal),
};

/// No names, addresses or numbers of people: figures need none. Converted leads leave the list unless they are asked for.
pub(super) const LEADS: Module = Module {
    name: "Leads",
    fields: &[
        "id",
        "Lead_Status",
        "Lead_Source",
        "Owner",
        "Created_Time",
        "Modified_Time",
        "$converted",
        "Converted_Date_Time",
        "Converted_Deal",
        "Converted_Contact",
    ],
    watched: &["Created_Time"],
    query: &[("converted", "both")],
    kind: Some(CrmKind::Lead),
};

const CONTACTS: Module = Module {
    name: "Contacts",
    fields: &["id", "Account_Name", "Lead_Source", "Owner", "Created_Time", "Modified_Time"],
    watched: &[],
    query: &[],
    kind: Some(CrmKind::Contact),
};

const COMPANIES: Module = Module {
    name: "Accounts",
    fields: &["id", "Account_Name", "Account_Type", "Industry", "Owner", "Created_Time", "Modified_Time"],
    watched: &[],
    query: &[],
    kind: Some(CrmKind::Company),
};

pub(super) const CAMPAIGNS: Module = Module {
    name: "Campaigns",
    fields: &[
        "id",
        "Campaign_Name",
        "Type",
        "Status",
        "Start_Date",
        "End_Date",
        "Expected_Revenue",
        "Budgeted_Cost",
        "Actual_Cost",
        "Num_sent",
        "Expected_Response",
        "Created_Time",
        "Modified_Time",
    ],
    watched: &["Start_Date", "Actual_Cost", "Num_sent"],
    query: &[],
    kind: None,
};

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The organization.
    Org,
    /// Its currencies.
    Currencies,
    /// People who own records.
    Users,
    /// Pipelines of deals, with their stages.
    Pipelines,
    /// Records of a module that were deleted since.
    Deleted(&'static Module),
    /// Deals that were changed in the slice.
    Deals,
    /// All deals.
    AllDeals,
    /// Deals that were changed in the slice, by query.
    QueriedDeals,
    /// Stages of the deals that were changed in the slice.
    History,
    /// Stages of all deals at once.
    Ledger,
    /// Statuses of all leads at once.
    LeadLedger,
    /// People and companies that were changed in the slice.
    Parties(&'static Module),
    /// Campaigns.
    Campaigns,
    /// People in campaigns.
    Members,
}

const SNAPSHOT: StreamSpec =
    StreamSpec { family: Family::Crm, key: &["id"], page_size: Some(200), ..StreamSpec::SNAPSHOT };

/// Records by when they were changed. One day is read again: whole batches are written with one timestamp.
const RECORD: StreamSpec = StreamSpec {
    grain: Grain::Record,
    cursor: Some("Modified_Time"),
    lookback_days: 1,
    slice_days: 90,
    ..SNAPSHOT
};

/// Of what was deleted, only the start of the days can be said, so that they are not cut small.
const DELETED: StreamSpec =
    StreamSpec { cursor: Some("deleted_time"), slice_days: 3_660, lookback_days: 1, ..RECORD };

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Org => StreamSpec {
        name: "org",
        summary: "Name, currency and time zone of the organization.",
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Currencies => StreamSpec {
        name: MULTI_CURRENCY,
        summary: "Currencies and their rates, where the organization has several.",
        key: &["iso_code"],
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Users => StreamSpec {
        name: "users",
        summary: "People who own deals and leads.",
        kind: EntityKind::Owner,
        ..SNAPSHOT
    },
    Ask::Pipelines => StreamSpec {
        name: "pipelines",
        summary: "Pipelines of deals and their stages: which are open, won and lost.",
        kind: EntityKind::Stage,
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Deleted(&DEALS) => StreamSpec {
        name: "deals_deleted",
        summary: "Deals that were deleted: they count nowhere.",
        kind: EntityKind::Deal,
        ..DELETED
    },
    Ask::Deals => StreamSpec {
        name: "deals",
        summary: "Deals, found by when they were changed: made, won, lost, and the value of open ones.",
        kind: EntityKind::Deal,
        ..RECORD
    },
    Ask::AllDeals => StreamSpec {
        name: "deals_full",
        summary: "All deals once a day, also those that nobody touched for long: the pipeline's value today.",
        kind: EntityKind::Deal,
        every_days: 1,
        ..SNAPSHOT
    },
    Ask::History => StreamSpec {
        name: "stage_history",
        summary: "Each move of each changed deal from stage to stage.",
        kind: EntityKind::Deal,
        ..RECORD
    },
    Ask::Ledger => StreamSpec {
        name: "stage_ledger",
        summary: "The moves of all deals at once, once a week.",
        kind: EntityKind::Deal,
        cursor: Some("Modified_Time"),
        every_days: 7,
        ..SNAPSHOT
    },
    Ask::Deleted(&LEADS) => StreamSpec {
        name: "leads_deleted",
        summary: "Leads that were deleted: they count nowhere.",
        ..DELETED
    },
    Ask::Parties(&LEADS) => StreamSpec {
        name: "leads",
        summary: "Leads without names and addresses: when each was made and converted.",
        ..RECORD
    },
    Ask::LeadLedger => StreamSpec {
        name: "lead_status_history",
        summary: "How many leads entered which status on which day, where Zoho keeps that.",
        cursor: Some("Modified_Time"),
        breakdowns: &[(EntityKind::Account, STATUS)],
        ..SNAPSHOT
    },
    Ask::Parties(&CONTACTS) => StreamSpec {
        name: "contacts",
        summary: "Contacts without names and addresses: when each was made and changed.",
        ..RECORD
    },
    Ask::Parties(&COMPANIES) => StreamSpec {
        name: "accounts",
        summary: "Companies: when each was made and changed.",
        ..RECORD
    },
    Ask::Deleted(&CAMPAIGNS) => StreamSpec {
        name: "campaigns_deleted",
        summary: "Campaigns that were deleted.",
        kind: EntityKind::Campaign,
        ..DELETED
    },
    Ask::Campaigns => StreamSpec {
        name: "campaigns",
        summary: "Campaigns with their whole cost and planned e-mails, dated at their start.",
        kind: EntityKind::Campaign,
        family: Family::Crm,
        also: &[Family::Email],
        cursor: Some("Start_Date"),
        grain: Grain::Day,
        lookback_days: 400,
        slice_days: 400,
        ..SNAPSHOT
    },
    Ask::Members => StreamSpec {
        name: "campaign_members",
        summary: "How many leads and contacts are in which status of a campaign, once a week.",
        kind: EntityKind::Campaign,
        every_days: 7,
        ..SNAPSHOT
    },
    Ask::QueriedDeals => StreamSpec {
        name: "deals_query",
        summary: "Deals by query instead of by list. Only on request.",
        kind: EntityKind::Deal,
        page_size: Some(2_000),
        is_ordinary: false,
        ..RECORD
    },
    Ask::Deleted(&CONTACTS) => StreamSpec {
        name: "contacts_deleted",
        summary: "Contacts that were deleted. Only on request.",
        is_ordinary: false,
        ..DELETED
    },
    Ask::Deleted(&COMPANIES) => StreamSpec {
        name: "accounts_deleted",
        summary: "Companies that were deleted. Only on request.",
        is_ordinary: false,
        ..DELETED
    },
}

/// The stream, and the detail of an account, that only organizations with several currencies have.
pub(super) const MULTI_CURRENCY: &str = "currencies";

/// What splits the counts of leads by status.
pub(super) const STATUS: &str = "lead_status";

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
