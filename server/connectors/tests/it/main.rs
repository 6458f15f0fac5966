//! Connectors against recorded and scripted traffic, through the same function as the command line.
#![expect(clippy::unwrap_used, reason = "a helper of a test that meets the unexpected should fail it")]

mod access;
mod activecampaign;
mod campaign_monitor;
mod commandline;
mod constant_contact;
mod contracts;
mod facebook;
mod faults;
mod ga4;
mod google_ads;
mod hubspot;
mod instagram;
mod klaviyo;
mod linkedin;
mod mailchimp;
mod marketo;
mod meta;
mod oauth;
mod pardot;
mod pipedrive;
mod rows;
mod salesforce;
mod search_console;
mod sendgrid;
mod server;
mod simulated;
mod support;
mod tiktok;
mod x;
mod zoho_crm;
