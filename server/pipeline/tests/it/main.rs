//! The pipeline on a real PostgreSQL, with files as people have them and with the simulator in the vendors' place.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod common;
mod connect_ways;
mod hooks;
mod import_exports;
mod import_families;
mod import_formats;
mod import_hostile;
mod import_life;
mod import_odd;
mod import_shared;
mod import_shared_families;
mod import_unseen;
mod import_workbooks;
mod odd;
#[path = "../../../connectors/tests/it/server.rs"]
#[expect(dead_code, reason = "written for the tests of connectors, which ask more of it")]
mod recorded;
mod sync_consent;
mod sync_families;
mod sync_halts;
mod sync_health;
mod sync_lifetimes;
mod sync_more;
mod sync_recordings;
mod sync_runs;
mod sync_slices;
mod vendor;
