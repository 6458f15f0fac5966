//! Connections to vendors: consent, choice of accounts, schedule, removal.

mod calendar;
mod consent;
mod service;
pub mod store;
