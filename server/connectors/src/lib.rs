//! Reads the platforms' APIs and hands out typed records. Knows no database.
//!
//! What many platforms share lives in the engine ([`http`], [`oauth`], [`read`]); a platform's folder holds only
//! what is peculiar to it, and describes its streams as data ([`StreamSpec`]).
#![warn(missing_docs)]

pub mod activecampaign;
pub mod campaign_monitor;
pub mod commandline;
pub mod connector;
pub mod constant_contact;
pub mod credentials;
pub mod crm;
pub mod email;
pub mod error;
pub mod events;
pub mod facebook;
pub mod fields;
mod force;
pub mod ga4;
pub mod gains;
mod google;
pub mod google_ads;
pub mod guide;
pub mod hook;
pub mod http;
pub mod hubspot;
pub mod instagram;
pub mod klaviyo;
pub mod linkedin;
pub mod mailchimp;
pub mod mapping;
pub mod marketo;
mod meta;
pub mod moments;
pub mod oauth;
pub mod pardot;
pub mod pipedrive;
pub mod platforms;
pub mod read;
pub mod record;
pub mod salesforce;
pub mod search_console;
pub mod sendgrid;
pub mod setting;
pub mod state;
pub mod stream;
pub mod tiktok;
pub mod totals;
pub mod way;
pub mod webhook;
pub mod x;
pub mod zoho_crm;

pub use connector::{AccountsFound, Connector, Context, Setup, Slice};
pub use credentials::Credentials;
pub use error::{DeniedScope, Error, ErrorKind};
pub use platforms::{all, find};
pub use read::{SliceEvent, read_slice};
pub use record::{EntityRecord, FactRecord, Page, RawPage, Record, RemoteAccount, Warning};
pub use setting::{SettingSpec, Settings};
pub use state::State;
pub use stream::{Counts, Grain, StreamSpec, plan_slices};
