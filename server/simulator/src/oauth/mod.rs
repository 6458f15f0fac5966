//! The sign-in that all Google connectors share: consent page, token endpoint, revocation.

pub mod grants;

pub(crate) mod consent;
pub(crate) mod token;

use axum::Router;
use axum::routing::{get, post};

use crate::state::SimulatorState;

/// What Google's tokens are good for: all of its APIs that the person allowed.
pub const REALM: &str = "google";

/// The scope of Google Ads.
pub const ADS_SCOPE: &str = "https://www.googleapis.com/auth/adwords";

/// Routes of the consent page and the token endpoint with its older alias.
pub fn routes() -> Router<SimulatorState> {
    Router::new()
        .route("/o/oauth2/v2/auth", get(consent::page).post(consent::decide))
        .route("/token", post(token::token))
        .route("/oauth2/v3/token", post(token::token))
        .route("/revoke", post(token::revoke))
}
