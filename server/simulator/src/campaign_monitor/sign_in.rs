//! Its own token endpoint: who renews a token does not say which client it is.

use axum::body::Body;
use axum::extract::{RawForm, State};
use axum::http::{Response, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use super::SLUG;
use crate::oauth::grants::Tokens;
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor;

pub(super) static SIGN_IN: SignIn = SignIn {
    realm: SLUG,
    vendor: "Campaign Monitor",
    authorize: "/oauth",
    token: None,
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Stays,
    access_seconds: 1_209_600,
    more: |_, _| {},
    back: &[],
};

fn refused(error: &str, description: &str) -> Response<Body> {
    vendor::json(StatusCode::BAD_REQUEST, &json!({"error": error, "error_description": description}))
}

/// `POST /oauth/token`.
pub(super) async fn token(State(state): State<SimulatorState>, RawForm(form): RawForm) -> Response<Body> {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(&form);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    let given = match value("grant_type").as_str() {
        "authorization_code" => {
            let client = value("client_id");
            if client.is_empty() || value("client_secret").is_empty() {
                return refused("invalid_client", "Specified client_id or client_secret was invalid");
            }
            let given = SIGN_IN.redeem(&state, &value("code"), &client, &value("redirect_uri"), None);
            given.map_err(|_| "Specified code was invalid or expired")
        }
        "refresh_token" => {
            let token = value("refresh_token");
            let client = state.grants(SLUG, |grants| grants.owner(&token)).unwrap_or_default();
            let given = SIGN_IN.renew(&state, &token, &client);
            // The same refresh token is said again.
            let given = given.map(|tokens| Tokens { refresh: Some(token), ..tokens });
            given.map_err(|_| "Specified refresh_token was invalid or expired")
        }
        _ => {
            return refused(
                "unsupported_grant_type",
                "grant_type must be authorization_code or refresh_token",
            );
        }
    };
    match given {
        Ok(tokens) => vendor::json(
            StatusCode::OK,
            &json!({
                "access_token": tokens.access,
                "expires_in": SIGN_IN.access_seconds,
                "refresh_token": tokens.refresh,
            }),
        ),
        Err(description) => refused("invalid_grant", description),
    }
}
