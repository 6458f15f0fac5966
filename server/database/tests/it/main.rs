//! Tests against real PostgreSQL servers.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod cancelled;
mod changes;
mod cluster;
mod connecting;
mod migrations;
mod tenancy;
