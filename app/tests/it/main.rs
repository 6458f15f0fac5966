//! Pages and server functions on fake services: no database, no network.
#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod fakes;
mod pages;
mod roles;
mod site;
mod wire;
