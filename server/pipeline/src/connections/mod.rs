//! Connections to vendors: consent, choice of accounts, schedule, removal.

mod calendar;
mod consent;
mod discovery;
mod entry;
mod estimate;
mod granting;
pub(crate) mod grants;
pub(crate) mod hold;
mod service;
pub mod store;
