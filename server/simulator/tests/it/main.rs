//! The simulator from the outside: requests in, answers out, all in process.
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod api;
mod control;
mod data;
mod facebook;
mod faults;
mod instagram;
mod klaviyo;
mod mailchimp;
mod oauth;
mod sendgrid;
mod speed;
mod support;
