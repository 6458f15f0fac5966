//! Both consents with their token endpoints, which speak JSON and refuse at HTTP 200.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Response;
use axum::routing::post;
use serde_json::{Value, json};

use super::{Refused, answer, entities};
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::world::posts::Feed;

/// Realm of tokens for advertisers.
pub const ADS: &str = "tiktok_ads";

/// Realm of tokens for a `TikTok` account.
pub const ACCOUNT: &str = "tiktok_account";

/// Seconds for which a token lives that never ends.
pub const FOR_EVER: i64 = 10 * 365 * 86_400;

static ADVERTISERS: SignIn = SignIn {
    realm: ADS,
    vendor: "TikTok for Business",
    authorize: "/portal/auth",
    token: None,
    client_param: "app_id",
    code_param: "auth_code",
    needs_scope: false,
    needs_pkce: false,
    renewal: Renewal::Never,
    access_seconds: 0,
    more: |_, _| {},
    back: &[],
};

static PERSON: SignIn = SignIn {
    realm: ACCOUNT,
    vendor: "TikTok",
    authorize: "/v2/auth/authorize/",
    token: None,
    client_param: "client_key",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Stays,
    access_seconds: 86_400,
    more: |_, _| {},
    back: &[],
};

/// Consent pages and token endpoints.
pub fn routes() -> Router<SimulatorState> {
    ADVERTISERS
        .routes()
        .merge(PERSON.routes())
        .route("/open_api/v1.3/oauth2/access_token/", post(advertisers))
        .route("/open_api/v1.3/tt_user/oauth2/token/", post(person))
        .route("/open_api/v1.3/tt_user/oauth2/refresh_token/", post(refresh))
}

/// The account behind a token of a `TikTok` account: a person consents for the first business.
pub fn business() -> usize {
    Feed::TikTok.accounts().first().copied().unwrap_or(0)
}

/// Its `open_id`, which is its `business_id` too.
pub fn open_id() -> String {
    format!("-000JbYk3Nf{:04}uQzWm", 1_170 + business())
}

/// Members of a JSON body, all of which must be there.
fn members<const N: usize>(body: &[u8], names: [&str; N]) -> Result<[String; N], Refused> {
    let body: Value =
        serde_json::from_slice(body).map_err(|_| Refused::bad("The request body is no valid JSON."))?;
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    match names.iter().find(|name| text(name).is_empty()) {
        Some(name) => Err(Refused::bad(format!("{name}: Missing data for required field."))),
        None => Ok(names.map(text)),
    }
}

fn dead_code() -> Refused {
    Refused(40_110, "Auth_code is used or expired.".to_owned())
}

async fn advertisers(State(state): State<SimulatorState>, body: Bytes) -> Response<Body> {
    let given = members(&body, ["app_id", "secret", "auth_code"]).and_then(|[app, _, code]| {
        // The redirect address is not asked for again.
        let redirect = state.grants(ADS, |grants| grants.redirect_of(&code).map(str::to_owned));
        let redirect = redirect.ok_or_else(dead_code)?;
        let tokens = ADVERTISERS.redeem(&state, &code, &app, &redirect, None).map_err(|_| dead_code())?;
        Ok(json!({
            "access_token": tokens.access,
            "advertiser_ids": entities::ids(),
            "scope": [4, 1, 2],
        }))
    });
    answer(&state, given)
}

fn of_person(access: &str, refresh: &str) -> Value {
    json!({
        "access_token": access,
        "refresh_token": refresh,
        "open_id": open_id(),
        "scope": "user.info.basic,user.info.username,user.info.stats,user.account.type,user.insights,\
                  video.list,video.insights,comment.list",
        "token_type": "Bearer",
        "expires_in": 86_400,
        "refresh_token_expires_in": 31_536_000,
    })
}

async fn person(State(state): State<SimulatorState>, body: Bytes) -> Response<Body> {
    let names = ["client_id", "client_secret", "grant_type", "auth_code", "redirect_uri"];
    let given = members(&body, names).and_then(|[client, _, kind, code, redirect]| {
        if kind != "authorization_code" {
            return Err(Refused::bad("grant_type: Must be authorization_code."));
        }
        let tokens = PERSON.redeem(&state, &code, &client, &redirect, None).map_err(|_| dead_code())?;
        Ok(of_person(&tokens.access, tokens.refresh.as_deref().unwrap_or_default()))
    });
    answer(&state, given)
}

async fn refresh(State(state): State<SimulatorState>, body: Bytes) -> Response<Body> {
    let names = ["client_id", "client_secret", "grant_type", "refresh_token"];
    let given = members(&body, names).and_then(|[client, _, kind, token]| {
        if kind != "refresh_token" {
            return Err(Refused::bad("grant_type: Must be refresh_token."));
        }
        let tokens = PERSON
            .renew(&state, &token, &client)
            .map_err(|_| Refused(40_107, "Refresh token is invalid or has been revoked.".to_owned()))?;
        Ok(of_person(&tokens.access, &token))
    });
    answer(&state, given)
}
