//! Connections to vendors: consent, choice of accounts, schedule, health, removal.

mod calendar;
mod change;
mod consent;
mod day;
mod expiry;
mod health;
mod discovery;
mod entry;
mod estimate;
mod granting;
pub(crate) mod grants;
pub(crate) mod hold;
mod removal;
mod runs;
mod service;
mod settings;
pub mod store;

pub use health::troubles;
