//! Connectors against recorded and scripted traffic, through the same function as the command line.
#![expect(clippy::unwrap_used, reason = "a helper of a test that meets the unexpected should fail it")]

mod access;
mod commandline;
mod contracts;
mod faults;
mod ga4;
mod google_ads;
mod hubspot;
mod oauth;
mod pardot;
mod rows;
mod salesforce;
mod server;
mod support;
