//! Entities, facts, rollups, currency and queries. Knows no vendor.
//!
//! [`load`] writes: accounts, entities, facts, each call inside the caller's transaction, as the database's owner.
//! [`rates`] holds exchange rates and the one definition of a conversion. [`Warehouse`] answers questions
//! (`metrics::ports::Figures`), each in a transaction that sees one workspace only.
#![warn(missing_docs)]

#[doc(hidden)]
pub mod bench;
mod columns;
mod copy;
mod currency;
mod error;
pub mod load;
mod mapping;
mod query;
pub mod rates;
mod totals;

pub use columns::{ForeignMetric, Measures};
pub use currency::{Currency, InvalidCurrency};
pub use error::LoadError;
pub use mapping::set_first_rules;
pub use query::Warehouse;
