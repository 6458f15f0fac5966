//! A run of a connection: from the plan to the last slice.

mod crm;
mod fetch;
pub mod opening;
pub mod plan;
pub mod reconcile;
pub mod run;
mod skips;
pub mod slice;
mod stopping;
mod verdict;
