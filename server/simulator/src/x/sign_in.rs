//! Consent with PKCE, and tokens of which each refresh token works once.

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use crate::oauth::grants::Tokens;
use crate::oauth::token::{basic, error_answer};
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::json as json_answer;

/// Realm of users' tokens.
pub const USER: &str = "x";

/// Realm of tokens for the Ads API.
pub const ADS: &str = "x_ads";

/// Seconds for which an access token lives.
pub const SECONDS: i64 = 7_200;

/// Seconds for which a token of the Ads API lives, which never ends.
pub const FOR_EVER: i64 = 10 * 365 * 86_400;

static SIGN_IN: SignIn = SignIn {
    realm: USER,
    vendor: "X",
    authorize: "/i/oauth2/authorize",
    token: None,
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: true,
    renewal: Renewal::Rotates,
    access_seconds: SECONDS,
    more: |_, _| {},
    back: &[],
};

/// Consent page and token endpoint.
pub fn routes() -> Router<SimulatorState> {
    SIGN_IN.routes().route("/2/oauth2/token", post(token))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Request {
    grant_type: String,
    client_id: String,
    code: String,
    redirect_uri: String,
    code_verifier: Option<String>,
    refresh_token: String,
}

async fn token(
    State(state): State<SimulatorState>,
    headers: HeaderMap,
    Form(request): Form<Request>,
) -> Response<Body> {
    let wrong = |message: &str| error_answer(StatusCode::BAD_REQUEST, "invalid_request", message);
    // Confidential clients name themselves by Basic, public ones in the body.
    let client = basic(&headers).map_or(request.client_id, |(client, _)| client);
    if client.is_empty() {
        let message = "Missing valid authorization header";
        return error_answer(StatusCode::UNAUTHORIZED, "unauthorized_client", message);
    }
    let tokens = match request.grant_type.as_str() {
        "authorization_code" => SIGN_IN.redeem(
            &state,
            &request.code,
            &client,
            &request.redirect_uri,
            request.code_verifier.as_deref(),
        ),
        "refresh_token" => SIGN_IN.renew(&state, &request.refresh_token, &client),
        _ => return wrong("Missing required parameter [grant_type]."),
    };
    match tokens {
        Ok(tokens) => answer(&tokens),
        Err(_) => wrong("Value passed for the token was invalid."),
    }
}

fn answer(tokens: &Tokens) -> Response<Body> {
    let body = json!({
        "token_type": "bearer",
        "expires_in": SECONDS,
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "scope": "tweet.read users.read follows.read offline.access",
    });
    json_answer(StatusCode::OK, &body)
}
