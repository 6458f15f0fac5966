//! Instagram's own sign-in: an hour's token for the code, 60 days in exchange, and 60 more for a token of a day or
//! older. Facebook's sign-in stands beside it.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::asked::Asked;
use crate::meta::error::GraphError;
use crate::meta::token::{LONG, granted};
use crate::meta::{self, REALM};
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::json as answer;
use crate::world::posts::Feed;

static SIGN_IN: SignIn = SignIn {
    realm: REALM,
    vendor: "Instagram",
    authorize: "/oauth/authorize",
    token: None,
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Never,
    access_seconds: 3_600,
    more: |_, _| {},
    back: &[],
};

pub(super) fn routes() -> Router<SimulatorState> {
    meta::token::routes()
        .merge(SIGN_IN.routes())
        .route("/oauth/access_token", post(redeem))
        .route("/access_token", get(lengthen))
        .route("/refresh_access_token", get(renew))
}

async fn redeem(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    let value = |name: &str| asked.get(name).unwrap_or_default();
    // Instagram sends codes with `#_` behind them, which is not part of the code.
    let code = value("code").trim_end_matches("#_");
    if value("client_secret").is_empty() {
        return refuse("Client secret is missing");
    }
    let Ok(tokens) = SIGN_IN.redeem(&state, code, value("client_id"), value("redirect_uri"), None) else {
        return refuse("This authorization code has been used or is invalid");
    };
    let user = Feed::Instagram.accounts().first().and_then(|at| meta::ids(state.world(), *at));
    let permissions: Vec<Value> = tokens.scope.split([',', ' ']).map(Into::into).collect();
    let body = json!({
        "access_token": tokens.access,
        "user_id": user.map(|ids| ids.instagram),
        "permissions": permissions,
    });
    answer(StatusCode::OK, &body)
}

fn refuse(message: &str) -> Response<Body> {
    let body = json!({"error_type": "OAuthException", "code": 400, "error_message": message});
    answer(StatusCode::BAD_REQUEST, &body)
}

async fn lengthen(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    if asked.get("grant_type") != Some("ig_exchange_token") || asked.get("client_secret").is_none() {
        let error = GraphError::parameter("grant_type must be ig_exchange_token, with client_secret");
        return error.respond(&state.request_id());
    }
    longer(&state, &asked)
}

async fn renew(State(state): State<SimulatorState>, request: Request) -> Response<Body> {
    let asked = Asked::read(request).await;
    if asked.get("grant_type") != Some("ig_refresh_token") {
        return GraphError::parameter("grant_type must be ig_refresh_token").respond(&state.request_id());
    }
    longer(&state, &asked)
}

fn longer(state: &SimulatorState, asked: &Asked) -> Response<Body> {
    let is_live = meta::token::of(asked).is_some_and(|token| state.is_live_in(REALM, token));
    if !is_live {
        return GraphError::expired().respond(&state.request_id());
    }
    granted(&state.issue_access_token_of(REALM, LONG), LONG)
}
