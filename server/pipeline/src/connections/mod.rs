//! Connections to vendors: consent, choice of accounts, schedule, health, removal.

mod calendar;
mod change;
mod consent;
mod day;
mod discovery;
mod entry;
mod estimate;
mod expiry;
mod granting;
pub(crate) mod grants;
mod health;
pub(crate) mod hold;
mod removal;
mod runs;
mod service;
mod settings;
pub mod store;

pub use health::troubles;
