//! The sign-in that all Google connectors share: consent page, token endpoint, revocation.

pub mod grants;

mod consent;
mod token;

use axum::Router;
use axum::routing::{get, post};

use crate::state::SimulatorState;

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
