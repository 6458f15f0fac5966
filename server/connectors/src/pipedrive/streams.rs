//! The streams as data.

use super::auth::Resource;
use crate::crm::CrmKind;
use crate::stream::{Grain, StreamSpec};
use metrics::Family;
use model::entities::EntityKind;

/// Which deals are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deals {
    /// Behind `/deals`.
    pub(super) path: &'static str,
    /// Lists hide deleted deals unless they are asked for.
    pub(super) status: &'static str,
    /// Only those that were changed in the slice.
    pub(super) is_changed: bool,
}

/// All that were changed, deleted ones included.
pub(super) const CHANGED: Deals = Deals { path: "", status: "open,won,lost,deleted", is_changed: true };

/// Archived ones that were changed: no other list has them.
pub(super) const ARCHIVED: Deals = Deals { path: "/archived", status: "open,won,lost", is_changed: true };

/// Those in the recycle bin, which keeps them for 30 days.
pub(super) const DELETED: Deals = Deals { path: "", status: "deleted", is_changed: false };

/// All open ones.
const OPEN: Deals = Deals { path: "", status: "open", is_changed: false };

/// All but those in the archive.
pub(super) const ALL: Deals = Deals { path: "", status: "open,won,lost", is_changed: false };

/// What is asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The company.
    Account,
    /// Its currencies.
    Currencies,
    /// People who own deals.
    Users,
    /// Pipelines.
    Pipelines,
    /// Stages of all pipelines.
    Stages,
    /// Deals.
    Deals(Deals),
    /// Moves of the deals that were changed in the slice.
    Changes,
    /// Persons or organizations that were changed in the slice.
    Parties(Resource, CrmKind),
    /// Activities that were done in the slice.
    Activities,
    /// All leads, archived ones included.
    Leads,
}

const SNAPSHOT: StreamSpec =
    StreamSpec { family: Family::Crm, key: &["id"], page_size: Some(500), ..StreamSpec::SNAPSHOT };

/// Records by when they were changed. One day is read again: rows are known to arrive late.
const RECORD: StreamSpec = StreamSpec {
    grain: Grain::Record,
    cursor: Some("update_time"),
    lookback_days: 1,
    slice_days: 90,
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
        summary: "Name, currency and time zone of the company.",
        key: &["company_id"],
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Currencies => StreamSpec {
        name: "currencies",
        summary: "Currencies of the company, with their decimal places.",
        key: &["code"],
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Users => StreamSpec {
        name: "users",
        summary: "People who own deals.",
        kind: EntityKind::Owner,
        page_size: None,
        ..SNAPSHOT
    },
    Ask::Pipelines => StreamSpec {
        name: "pipelines",
        summary: "Pipelines of deals.",
        kind: EntityKind::Pipeline,
        ..SNAPSHOT
    },
    Ask::Stages => StreamSpec {
        name: "stages",
        summary: "Stages of the pipelines, with the chance of each.",
        kind: EntityKind::Stage,
        ..SNAPSHOT
    },
    Ask::Deals(DELETED) => StreamSpec {
        name: "deals_deleted",
        summary: "Deals that were deleted in the last 30 days: they count nowhere.",
        kind: EntityKind::Deal,
        ..SNAPSHOT
    },
    Ask::Deals(CHANGED) => StreamSpec {
        name: "deals",
        summary: "Deals, found by when they were changed: made, won, lost, and the value of open ones.",
        kind: EntityKind::Deal,
        ..RECORD
    },
    Ask::Deals(ARCHIVED) => StreamSpec {
        name: "deals_archived",
        summary: "Deals that were put into the archive; they count as any other.",
        kind: EntityKind::Deal,
        ..RECORD
    },
    Ask::Deals(OPEN) => StreamSpec {
        name: "open_deals",
        summary: "All open deals, also those that nobody touched for long: the pipeline's value today.",
        kind: EntityKind::Deal,
        ..SNAPSHOT
    },
    Ask::Changes => StreamSpec {
        name: "deal_changelog",
        summary: "Each move of each changed deal from stage to stage. One request per deal.",
        kind: EntityKind::Deal,
        key: &["deal", "time", "field_key"],
        ..RECORD
    },
    Ask::Parties(Resource::Persons, CrmKind::Contact) => StreamSpec {
        name: "persons",
        summary: "Persons without names and addresses: when each was made and changed.",
        ..RECORD
    },
    Ask::Parties(Resource::Organizations, CrmKind::Company) => StreamSpec {
        name: "organizations",
        summary: "Organizations: when each was made and changed.",
        ..RECORD
    },
    Ask::Leads => StreamSpec {
        name: "leads",
        summary: "Leads by the day when they were made, archived ones included.",
        ..SNAPSHOT
    },
    Ask::Activities => StreamSpec {
        name: "activities",
        summary: "How many activities were done per day.",
        cursor: Some("update_time"),
        grain: Grain::Event,
        lookback_days: 30,
        lookback_setting: Some("activity_lookback_days"),
        slice_days: 90,
        ..SNAPSHOT
    },
    Ask::Deals(ALL) => StreamSpec {
        name: "deals_full",
        summary: "All deals once a week, because lists by the time of the change are known to miss some. Those that are \
                  missing were deleted.",
        kind: EntityKind::Deal,
        every_days: 7,
        ..SNAPSHOT
    },
}

/// What is asked for a stream.
pub(super) fn ask(stream: &str) -> Option<Ask> {
    SPECS.iter().zip(ASKS).find(|(spec, _)| spec.name == stream).map(|(_, ask)| *ask)
}
