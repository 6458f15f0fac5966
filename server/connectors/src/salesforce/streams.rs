//! The streams as data.

use crate::fields::Fields;
use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// A kind of rows.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) name: &'static str,
    /// Fields without which a row has no meaning.
    pub(super) needed: &'static [&'static str],
    /// Fields that a profile may hide.
    pub(super) optional: &'static [&'static str],
    /// Those of them that figures hang on.
    pub(super) watched: &'static [&'static str],
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

/// Only in orgs of several currencies: others refuse it by name.
pub(super) const CURRENCY: &str = "CurrencyIsoCode";

pub(super) const ORGANIZATION: Object = Object {
    name: "Organization",
    needed: &["Id", "Name", "TimeZoneSidKey", "DefaultLocaleSidKey"],
    optional: &["IsSandbox", "OrganizationType"],
    watched: &[],
};

pub(super) const CURRENCY_TYPE: Object = Object {
    name: "CurrencyType",
    needed: &["IsoCode", "ConversionRate", "IsCorporate"],
    optional: &["IsActive"],
    watched: &[],
};

pub(super) const STAGE: Object = Object {
    name: "OpportunityStage",
    needed: &["Id", "ApiName", "MasterLabel"],
    optional: &["IsClosed", "IsWon", "SortOrder", "DefaultProbability", "IsActive"],
    watched: &[],
};

pub(super) const OPPORTUNITY: Object = Object {
    name: "Opportunity",
    needed: &["Id", "SystemModstamp", "IsDeleted"],
    optional: &[
        "Name",
        "StageName",
        "Amount",
        "CloseDate",
        "IsClosed",
        "IsWon",
        "Probability",
        "ForecastCategory",
        "LeadSource",
        "CampaignId",
        "AccountId",
        "OwnerId",
        "CreatedDate",
    ],
    watched: &["StageName", "Amount", "CloseDate", "IsClosed", "IsWon", "Probability", "CreatedDate"],
};

pub(super) const HISTORY: Object = Object {
    name: "OpportunityHistory",
    needed: &["Id", "OpportunityId", "StageName", "CreatedDate"],
    optional: &["Amount", "Probability", "CloseDate", "ExpectedRevenue", "SystemModstamp", "IsDeleted"],
    watched: &[],
};

/// Values are selected by name, because descriptions of the object leave them out.
pub(super) const FIELD_HISTORY: Object = Object {
    name: "OpportunityFieldHistory",
    needed: &["Id", "OpportunityId", "Field", "OldValue", "NewValue", "CreatedDate"],
    optional: &["IsDeleted"],
    watched: &[],
};

/// No names, addresses or numbers of people: figures need none.
pub(super) const LEAD: Object = Object {
    name: "Lead",
    needed: &["Id", "SystemModstamp", "IsDeleted"],
    optional: &[
        "Status",
        "LeadSource",
        "IsConverted",
        "ConvertedDate",
        "ConvertedOpportunityId",
        "ConvertedContactId",
        "CreatedDate",
    ],
    watched: &["IsConverted", "ConvertedDate", "CreatedDate"],
};

pub(super) const LEAD_HISTORY: Object = Object {
    name: "LeadHistory",
    needed: &["Id", "LeadId", "Field", "OldValue", "NewValue", "CreatedDate"],
    optional: &["IsDeleted"],
    watched: &[],
};

pub(super) const CAMPAIGN: Object = Object {
    name: "Campaign",
    needed: &["Id"],
    optional: &[
        "Name",
        "Type",
        "Status",
        "StartDate",
        "EndDate",
        "ActualCost",
        "BudgetedCost",
        "NumberSent",
        "NumberOfLeads",
        "NumberOfConvertedLeads",
        "NumberOfContacts",
        "NumberOfResponses",
        "NumberOfOpportunities",
        "NumberOfWonOpportunities",
        "AmountAllOpportunities",
        "AmountWonOpportunities",
        "SystemModstamp",
        "IsDeleted",
    ],
    watched: &["Type", "StartDate", "ActualCost", "NumberSent"],
};

pub(super) const MEMBER: Object = Object {
    name: "CampaignMember",
    needed: &["Id", "CampaignId", "FirstRespondedDate"],
    optional: &[
        "LeadId",
        "ContactId",
        "Status",
        "HasResponded",
        "CreatedDate",
        "SystemModstamp",
        "IsDeleted",
    ],
    watched: &[],
};

/// What is asked for a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// The org itself.
    Organization,
    /// Its currencies.
    Currencies,
    /// Stages of deals.
    Stages,
    /// What was deleted in the last weeks.
    Deleted(&'static Object),
    /// Deals that were changed in the slice.
    Deals,
    /// Deals that are not closed.
    OpenDeals,
    /// Each stage that the deals were in that were changed in the slice.
    History,
    /// The same from the history of fields.
    FieldHistory,
    /// Leads that were changed in the slice.
    Leads,
    /// How often leads entered which status.
    Statuses,
    /// Campaigns.
    Campaigns,
    /// Who responded to campaigns when.
    Responses,
}

const SNAPSHOT: StreamSpec =
    StreamSpec { family: Family::Crm, key: &["Id"], page_size: Some(2_000), ..StreamSpec::SNAPSHOT };

/// Records by when they were changed. One day is read again, because the last minutes of a reading are not settled.
const CHANGED: StreamSpec = StreamSpec {
    grain: Grain::Record,
    cursor: Some("SystemModstamp"),
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
    Ask::Organization => StreamSpec {
        name: "organization",
        summary: "Name, time zone, locale and edition of the org.",
        ..SNAPSHOT
    },
    Ask::Currencies => StreamSpec {
        name: "currency_types",
        summary: "Currencies of the org and their rates, where it has several.",
        key: &["IsoCode"],
        ..SNAPSHOT
    },
    Ask::Stages => StreamSpec {
        name: "opportunity_stages",
        summary: "Stages of opportunities, with the usual chance of each.",
        kind: EntityKind::Stage,
        ..SNAPSHOT
    },
    Ask::Deleted(&OPPORTUNITY) => StreamSpec {
        name: "opportunities_deleted",
        summary: "Opportunities that were deleted in the last 30 days: they count nowhere.",
        kind: EntityKind::Deal,
        key: &["id"],
        cursor: Some("deletedDate"),
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Deals => StreamSpec {
        name: "opportunities",
        summary: "Opportunities, found by when they were changed: made, won, lost, and the value of open ones.",
        kind: EntityKind::Deal,
        ..CHANGED
    },
    Ask::OpenDeals => StreamSpec {
        name: "open_opportunities",
        summary: "All open opportunities, also those that nobody touched for long: the pipeline's value today.",
        kind: EntityKind::Deal,
        ..SNAPSHOT
    },
    Ask::History => StreamSpec {
        name: "opportunity_history",
        summary: "Each move of each opportunity from stage to stage.",
        kind: EntityKind::Deal,
        ..CHANGED
    },
    Ask::Leads => StreamSpec {
        name: "leads",
        summary: "Leads without names and addresses: when each was made, ready and converted.",
        ..CHANGED
    },
    Ask::Statuses => StreamSpec {
        name: "lead_history",
        summary: "How often leads entered which status per day, where the org keeps their history.",
        cursor: Some("CreatedDate"),
        grain: Grain::Event,
        lookback_days: 1,
        slice_days: 30,
        breakdowns: &[(EntityKind::Account, "lead_status")],
        ..SNAPSHOT
    },
    Ask::Campaigns => StreamSpec {
        name: "campaigns",
        summary: "Campaigns: what they cost altogether, and what was sent, under the day of their start.",
        kind: EntityKind::Campaign,
        family: Family::Crm,
        also: &[Family::Email],
        cursor: Some("SystemModstamp"),
        ..SNAPSHOT
    },
    Ask::Responses => StreamSpec {
        name: "campaign_members",
        summary: "How many members responded to which campaign per day.",
        kind: EntityKind::Campaign,
        cursor: Some("FirstRespondedDate"),
        grain: Grain::Event,
        lookback_days: 7,
        slice_days: 30,
        ..SNAPSHOT
    },
    Ask::FieldHistory => StreamSpec {
        name: "opportunity_field_history",
        summary: "Moves from the history of fields, where the usual history can't be read. Only on request.",
        kind: EntityKind::Deal,
        is_ordinary: false,
        ..CHANGED
    },
    Ask::Deleted(&LEAD) => StreamSpec {
        name: "leads_deleted",
        summary: "Leads that were deleted in the last 30 days. Only on request.",
        key: &["id"],
        cursor: Some("deletedDate"),
        page_size: None,
        is_ordinary: false,
        ..SNAPSHOT
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
