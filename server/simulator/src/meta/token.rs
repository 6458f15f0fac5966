//! Signing in with Facebook: a code, a short-lived token, a long-lived one in exchange. There is no refresh token.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{any, get};
use serde_json::json;

use super::REALM;
use super::error::GraphError;
use crate::asked::Asked;
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{bearer, json as answer};

/// Seconds that a long-lived token lives: about 60 days.
pub const LONG: i64 = 5_183_944;

/// Days until data can no longer be read without consent.
const DATA_DAYS: i64 = 90;

/// Consent; the token comes from Meta's own endpoint.
pub static SIGN_IN: SignIn = SignIn {
    realm: REALM,
    vendor: "Facebook",
    authorize: "/{version}/dialog/oauth",
    token: None,
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Never,
    access_seconds: 5_121,
    more: |_, _| {},
    back: &[],
};

/// Consent page, token endpoint, and what a token is good for.
pub fn routes() -> Router<SimulatorState> {
    SIGN_IN
        .routes()
        .route("/{version}/oauth/access_token", any(exchange))
        .route("/{version}/debug_token", get(debug))
}

/// The token of a call: in a header, or as a parameter.
pub fn of(asked: &Asked) -> Option<&str> {
    bearer(&asked.headers).or_else(|| asked.get("access_token"))
}

/// Between a person's token and the page that it was turned into a token of.
const OF_PAGE: &str = ".page";

/// A page's token, which ends with the token of the person who asks for it.
pub fn of_page(asked: &Asked, page: &str) -> String {
    format!("{}{OF_PAGE}{page}", person(of(asked).unwrap_or_default()))
}

/// The person's token behind a page's; a person's token itself.
pub fn person(token: &str) -> &str {
    token.split_once(OF_PAGE).map_or(token, |(person, _)| person)
}

/// The answer with a token.
pub fn granted(token: &str, seconds: i64) -> Response<Body> {
    let body = json!({"access_token": token, "token_type": "bearer", "expires_in": seconds});
    answer(StatusCode::OK, &body)
}

async fn exchange(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    swap(&state, &asked).unwrap_or_else(|error| error.respond(&state.request_id()))
}

fn swap(state: &SimulatorState, asked: &Asked) -> Result<Response<Body>, GraphError> {
    let refused = |code, message: &str| GraphError::new(StatusCode::BAD_REQUEST, code, None, message);
    let client = asked.get("client_id").ok_or_else(|| refused(101, "Missing client_id parameter."))?;
    asked.get("client_secret").ok_or_else(|| refused(1, "Missing client_secret parameter."))?;
    if asked.get("grant_type") == Some("fb_exchange_token") {
        let token = asked.get("fb_exchange_token").unwrap_or_default();
        if !state.is_live_in(REALM, token) {
            return Err(GraphError::expired());
        }
        return Ok(granted(&state.issue_access_token_of(REALM, LONG), LONG));
    }
    let code = asked.get("code").ok_or_else(|| refused(1, "Missing authorization code"))?;
    let back = asked.get("redirect_uri").ok_or_else(|| refused(191, "Missing redirect_uri parameter."))?;
    let tokens = SIGN_IN.redeem(state, code, client, back, asked.get("code_verifier"));
    let tokens =
        tokens.map_err(|_| GraphError::parameter("This authorization code has been used or is invalid."))?;
    Ok(granted(&tokens.access, SIGN_IN.access_seconds))
}

async fn debug(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    if of(&asked).is_none() {
        return GraphError::no_token().respond(&state.request_id());
    }
    let is_valid = asked.get("input_token").is_some_and(|token| state.is_live_in(REALM, token));
    let now = state.clock().real_now().timestamp();
    let scopes =
        ["ads_read", "business_management", "pages_show_list", "pages_read_engagement", "read_insights"];
    let mut data = json!({
        "app_id": "138483919580948",
        "type": "USER",
        "application": "Windhover",
        "is_valid": is_valid,
        "scopes": scopes,
        "user_id": super::PERSON,
    });
    if is_valid {
        data["expires_at"] = (now + LONG).into();
        data["data_access_expires_at"] = (now + DATA_DAYS * 86_400).into();
    } else {
        data["error"] = json!({"code": 190, "message": "Error validating access token: Session has expired.", "subcode": 463});
    }
    answer(StatusCode::OK, &json!({"data": data}))
}
