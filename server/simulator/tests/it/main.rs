//! The simulator from the outside: requests in, answers out, all in process.
#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod activecampaign;
mod api;
mod campaign_monitor;
mod constant_contact;
mod control;
mod crm;
mod data;
mod facebook;
mod faults;
mod ga4;
mod instagram;
mod klaviyo;
mod linkedin;
mod mailchimp;
mod marketo;
mod oauth;
mod search_console;
mod sendgrid;
mod speed;
mod support;
mod tiktok;
mod x;
