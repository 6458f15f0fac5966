//! The warehouse on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should fail, in helpers too")]

mod answers;
mod breakdowns;
mod budgets;
mod common;
mod customers;
mod details;
mod equality;
mod families;
mod lifetimes;
mod loading;
mod mapping;
mod migrating;
mod owners;
mod rates;
mod rosters;
mod speed;
mod tenancy;
mod totals;
mod undoing;
