//! Connections to vendors: consent, choice of accounts, schedule, removal.

mod calendar;
mod consent;
pub(crate) mod hold;
mod service;
pub mod store;
