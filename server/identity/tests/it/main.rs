//! Tests of the service against real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod access;
mod demo;
mod login;
mod secrets;
mod sessions;
mod setup;
mod support;
