//! Which campaigns, posts, e-mails, … belong to which unified campaign. [`rule`], [`target`] and [`utm`] are pure; [`things`]
//! reads what rules look at, [`assign`] writes what they say, and [`store`] the rules themselves.

pub(crate) mod assign;
pub(crate) mod rule;
pub(crate) mod store;
mod target;
pub(crate) mod things;
mod utm;

pub use store::set_first_rules;

use crate::load::kind_number;
use model::entities::EntityKind;

/// What can be assigned: campaigns, and what stands alone beside them. Ad groups and ads go with their campaign.
pub(crate) const KINDS: [EntityKind; 7] = [
    EntityKind::Campaign,
    EntityKind::Post,
    EntityKind::Email,
    EntityKind::Flow,
    EntityKind::Program,
    EntityKind::Form,
    EntityKind::Page,
];

/// [`KINDS`] as the database has them.
pub(crate) fn kind_numbers() -> Vec<i16> {
    KINDS.into_iter().map(kind_number).collect()
}

/// The kind behind a number of [`kind_numbers`].
pub(crate) fn kind_of(number: i16) -> Option<EntityKind> {
    KINDS.into_iter().find(|kind| kind_number(*kind) == number)
}
