//! The streams as data.

use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// How much was asked of the instance.
    Usage,
    /// Kinds of activities.
    Types,
    /// Programs and their costs.
    Programs,
    /// Smart campaigns.
    Campaigns,
    /// E-mails as assets.
    Emails,
    /// What happened to e-mails.
    Activities,
    /// What happened to leads: new ones, and moves in programs and the revenue model.
    LeadActivities,
    /// Changes of leads' status.
    Changes,
    /// Leads that were deleted.
    Deleted,
    /// New leads, looked up by id.
    Leads,
    /// New leads by an export.
    LeadsBulk,
    /// All activities that count by an export.
    ActivitiesBulk,
    /// Opportunities whose ids are set.
    Opportunities,
}

const EMAIL: StreamSpec =
    StreamSpec { family: Family::Email, key: &["id"], page_size: Some(300), ..StreamSpec::SNAPSHOT };

const CRM: StreamSpec = StreamSpec { family: Family::Crm, ..EMAIL };

/// Activities stay as they are, but may be written late. What is older than 90 days is purged, so that days that were read
/// are not read again.
const LOG: StreamSpec = StreamSpec {
    key: &["marketoGUID"],
    cursor: Some("activityDate"),
    grain: Grain::Event,
    lookback_days: 1,
    slice_days: 92,
    ..EMAIL
};

/// Records by when they were changed. There is no upper bound to ask for: all days at once.
const CHANGED: StreamSpec = StreamSpec {
    key: &["marketoGUID"],
    cursor: Some("activityDate"),
    grain: Grain::Record,
    lookback_days: 1,
    slice_days: 3660,
    ..CRM
};

/// The longest window of an export.
const BULK_DAYS: u32 = 31;

macro_rules! streams {
    ($($ask:expr => $spec:expr),* $(,)?) => {
        pub(super) const SPECS: &[StreamSpec] = &[$($spec),*];
        const ASKS: &[Ask] = &[$($ask),*];
    };
}

streams! {
    Ask::Usage => StreamSpec {
        name: "usage",
        summary: "How much was asked of the instance today, by all who ask it.",
        key: &["date"],
        page_size: None,
        ..CRM
    },
    Ask::Types => StreamSpec {
        name: "activity_types",
        summary: "Names of kinds of activities.",
        kind: EntityKind::Event,
        page_size: None,
        ..CRM
    },
    Ask::Programs => StreamSpec {
        name: "programs",
        summary: "Programs, and what each costs under the first day of the cost's period.",
        kind: EntityKind::Program,
        family: Family::Crm,
        cursor: Some("updatedAt"),
        grain: Grain::Day,
        // Costs are entered and corrected for months. A program may have costs of any day, so that all are listed at once.
        lookback_days: 90,
        slice_days: 3660,
        page_size: Some(200),
        ..EMAIL
    },
    Ask::Campaigns => StreamSpec {
        name: "smart_campaigns",
        summary: "Smart campaigns and their programs.",
        kind: EntityKind::Campaign,
        cursor: Some("updatedAt"),
        ..EMAIL
    },
    Ask::Emails => StreamSpec {
        name: "emails",
        summary: "Names and states of e-mails.",
        kind: EntityKind::Email,
        cursor: Some("updatedAt"),
        page_size: Some(200),
        ..EMAIL
    },
    Ask::Activities => StreamSpec {
        name: "activities",
        summary: "What happened to each e-mail per day: sent, delivered, opened, clicked, bounced, unsubscribed.",
        kind: EntityKind::Email,
        ..LOG
    },
    Ask::LeadActivities => StreamSpec {
        name: "lead_activities",
        summary: "New leads per day, moves and successes in programs, and MQLs and SQLs by stages that are set.",
        family: Family::Crm,
        ..LOG
    },
    Ask::Changes => StreamSpec {
        name: "lead_changes",
        summary: "Changes of leads' status, and MQLs and SQLs by statuses that are set.",
        ..CHANGED
    },
    Ask::Deleted => StreamSpec {
        name: "deleted_leads",
        summary: "Leads that were deleted.",
        ..CHANGED
    },
    Ask::Leads => StreamSpec {
        name: "leads",
        summary: "New leads without names and addresses, looked up by id. Only on request.",
        key: &["id"],
        is_ordinary: false,
        ..CHANGED
    },
    Ask::LeadsBulk => StreamSpec {
        name: "leads_bulk",
        summary: "New leads without names and addresses, by an export. Only on request.",
        key: &["id"],
        cursor: Some("createdAt"),
        slice_days: BULK_DAYS,
        is_ordinary: false,
        ..CHANGED
    },
    Ask::ActivitiesBulk => StreamSpec {
        name: "activities_bulk",
        summary: "The figures of activities and lead_activities by an export, for long histories. Only on request.",
        kind: EntityKind::Email,
        also: &[Family::Crm],
        slice_days: BULK_DAYS,
        is_ordinary: false,
        is_apart: true,
        ..LOG
    },
    Ask::Opportunities => StreamSpec {
        name: "opportunities",
        summary: "Opportunities whose external ids are set. Only on request.",
        kind: EntityKind::Deal,
        key: &["marketoGUID"],
        cursor: Some("updatedAt"),
        is_ordinary: false,
        needs: Some("opportunity_ids"),
        ..CRM
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
