//! Stand-ins for the vendors' APIs, for the demo, tests and load.
//!
//! Written from the vendors' documentation and never from our connectors, so that both can't share a mistake.
//! Each vendor is a folder with a [`Vendor`], served below its slug; all of them tell the same [`world`].
//!
//! ```no_run
//! # async fn run(now: fn() -> chrono::DateTime<chrono::Utc>) -> std::io::Result<()> {
//! use simulator::{SimulatorOptions, SimulatorState, clock::SimClock};
//!
//! let state = SimulatorState::new(SimulatorOptions::default(), SimClock::real_time(now));
//! let refresh_token = state.issue_refresh_token();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! simulator::serve(listener, state, std::future::pending()).await
//! # }
//! ```
#![warn(missing_docs)]

mod asked;
mod control;
mod memo;
mod num;
mod state;

pub mod activecampaign;
pub mod campaign_monitor;
pub mod clock;
pub mod constant_contact;
pub mod facebook;
pub mod faults;
pub mod ga4;
pub mod google;
pub mod google_ads;
pub mod hubspot;
pub mod instagram;
pub mod klaviyo;
pub mod linkedin;
pub mod mailchimp;
pub mod marketo;
pub mod meta;
pub mod oauth;
pub mod pardot;
pub mod pipedrive;
pub mod quota;
pub mod rates;
pub mod salesforce;
pub mod search_console;
pub mod sendgrid;
pub mod sign_in;
pub mod tiktok;
pub mod vendor;
pub mod world;
pub mod x;
pub mod zoho_crm;

use std::future::Future;

use axum::Router;
use tokio::net::TcpListener;

pub use state::{SimulatorOptions, SimulatorState};
pub use vendor::{Access, Vendor};

/// The platforms that it stands in for, one line each.
pub static VENDORS: &[&Vendor] = &[
    &activecampaign::VENDOR,
    &campaign_monitor::VENDOR,
    &constant_contact::VENDOR,
    &facebook::VENDOR,
    &ga4::VENDOR,
    &google_ads::VENDOR,
    &hubspot::VENDOR,
    &instagram::VENDOR,
    &klaviyo::VENDOR,
    &linkedin::VENDOR,
    &mailchimp::VENDOR,
    &marketo::VENDOR,
    &pardot::VENDOR,
    &pipedrive::VENDOR,
    &salesforce::VENDOR,
    &search_console::VENDOR,
    &sendgrid::VENDOR,
    &tiktok::VENDOR,
    &x::VENDOR,
    &zoho_crm::VENDOR,
];

/// Further ways into platforms that have more than one consent.
pub static SECOND_DOORS: &[(&Vendor, fn(&SimulatorState) -> Access)] = &[(&tiktok::VENDOR, tiktok::person)];

/// A client id that works here; any other does too.
pub const DEMO_CLIENT_ID: &str = "windhover-demo.apps.simulator.example";

/// A client secret that works here; any other does too.
pub const DEMO_CLIENT_SECRET: &str = "demo-client-secret";

/// A developer token that works here; any other does too.
pub const DEMO_DEVELOPER_TOKEN: &str = "demo-developer-token";

/// Everything that the simulator serves.
pub fn router(state: SimulatorState) -> Router {
    let vendors = vendor::guarded(&google_ads::VENDOR, &state)
        .merge(vendor::mount(VENDORS, &state))
        .merge(rates::routes());
    Router::new()
        .merge(vendors)
        .merge(control::routes())
        .fallback(|| async { google_ads::not_found() })
        .with_state(state)
}

/// Serves the simulator until `shutdown` resolves and the requests under way are answered.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: SimulatorState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(state)).with_graceful_shutdown(shutdown).await
}
