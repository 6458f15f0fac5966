//! Zoho CRM: leads and deals of a coffee roaster's business with cafés and offices.

mod lists;
mod records;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode, header};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::asked::{self, Call};
use crate::oauth::grants::Refused;
use crate::quota::Quota;
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{self, Access, Trouble, Vendor, with_header};
use crate::world::leads::OWNERS;

const SLUG: &str = "zoho_crm";

/// The business whose organization it is.
const ACCOUNT: usize = 3;

/// What all ids of the organization begin with.
const ORG: i64 = 7_328_395_000_000_000_000;

/// Where the organization lives.
const API_DOMAIN: &str = "https://www.zohoapis.eu";

/// Credits of an Enterprise organization with four users.
const DAILY: Quota = Quota { calls: 54_000, seconds: 86_400 };

/// Access tokens that one refresh token gives.
const RENEWALS: Quota = Quota { calls: 10, seconds: 600 };

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "Zoho CRM",
    routes: || SIGN_IN.routes().merge(asked::routes(answer)),
    is_api_call: |path| path.starts_with("/crm/"),
    refuse,
    access: |state| {
        Access::of_client([
            ("refresh_token", state.issue_refresh_token_of(SLUG)),
            ("data_center", "eu".to_owned()),
        ])
    },
};

static SIGN_IN: SignIn = SignIn {
    realm: SLUG,
    vendor: "Zoho",
    authorize: "/oauth/v2/auth",
    token: None,
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Stays,
    access_seconds: 3_600,
    more: |_, _| {},
    back: &[("location", "eu"), ("accounts-server", "https://accounts.zoho.eu")],
};

/// The id of a user, by the owner's position.
fn user_id(owner: usize) -> String {
    (ORG + 605_001 + i64::try_from(owner).unwrap_or(0)).to_string()
}

/// A user as other records name them.
fn user(owner: usize) -> Value {
    let (name, email) = OWNERS[owner % OWNERS.len()];
    json!({"id": user_id(owner), "name": name, "email": email})
}

/// Times carry the offset of who signed in.
fn local(state: &SimulatorState, at: DateTime<Utc>) -> String {
    let zone = state.world().accounts[ACCOUNT].zone();
    at.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn answer(call: &Call) -> Response<Body> {
    let path = call.segments();
    if call.method == Method::POST && path == ["oauth", "v2", "token"] {
        return token(call);
    }
    let ["crm", "v6" | "v7", rest @ ..] = path.as_slice() else { return wrong_url() };
    let given = call.header(header::AUTHORIZATION.as_str()).unwrap_or_default();
    let token = given.strip_prefix("Zoho-oauthtoken ").or_else(|| given.strip_prefix("Bearer "));
    if !token.is_some_and(|token| call.state.is_live_in(SLUG, token)) {
        return unauthenticated();
    }
    let Ok(left) = call.count(SLUG, "org", DAILY) else { return no_credits() };
    if call.method != Method::GET {
        return wrong_url();
    }
    let response = match rest {
        ["org"] => ok(&json!({"org": [org(call)]})),
        ["org", "currencies"] => ok(&currencies(call)),
        ["users"] => ok(&users(call)),
        ["settings", "layouts"] => layouts(call),
        ["settings", "pipeline"] => lists::pipelines(call),
        [module, "deleted"] => lists::deleted(call, module),
        ["Deals", id, "Stage_History"] => lists::history(call, id),
        ["Campaigns", id, module @ ("Leads" | "Contacts")] => lists::members(call, id, module),
        [module] => lists::list(call, module),
        _ => wrong_url(),
    };
    let response = with_header(response, "x-ratelimit-limit", DAILY.calls);
    let response = with_header(response, "x-ratelimit-remaining", left.calls);
    let until = call.state.clock().real_now() + chrono::TimeDelta::seconds(left.seconds);
    with_header(response, "x-ratelimit-reset", until.timestamp_millis())
}

fn ok(body: &Value) -> Response<Body> {
    vendor::json(StatusCode::OK, body)
}

/// Errors of the token endpoint come with 200.
fn token(call: &Call) -> Response<Body> {
    let error = |code: &str| ok(&json!({"error": code}));
    let (client, secret) = (call.form("client_id"), call.form("client_secret"));
    if client.is_empty() {
        return error("invalid_client");
    }
    if secret.is_empty() {
        return error("invalid_client_secret");
    }
    let given = match call.form("grant_type").as_str() {
        "authorization_code" => {
            SIGN_IN.redeem(&call.state, &call.form("code"), &client, &call.form("redirect_uri"), None)
        }
        "refresh_token" => {
            let refresh = call.form("refresh_token");
            if call.count(SLUG, &refresh, RENEWALS).is_err() {
                return vendor::json(
                    StatusCode::BAD_REQUEST,
                    &json!({"error": "Access Denied", "status": "failure",
                            "error_description": "You have made too many requests continuously. Please try \
                                                  again after some time."}),
                );
            }
            SIGN_IN.renew(&call.state, &refresh, &client)
        }
        _ => return error("unsupported_grant_type"),
    };
    match given {
        Ok(tokens) => {
            let mut body = json!({"access_token": tokens.access, "scope": tokens.scope, "api_domain": API_DOMAIN,
                                  "token_type": "Bearer", "expires_in": SIGN_IN.access_seconds});
            if let Some(refresh) = tokens.refresh {
                body["refresh_token"] = refresh.into();
            }
            ok(&body)
        }
        Err(Refused::InvalidGrant(_)) => error("invalid_code"),
        Err(Refused::UnauthorizedClient) => error("invalid_client"),
    }
}

fn org(call: &Call) -> Value {
    let account = &call.state.world().accounts[ACCOUNT];
    call.row(json!({
        "id": (ORG + 1_001).to_string(),
        "zgid": "20084194080",
        "company_name": account.name,
        "country_code": "ES",
        "currency": "Euro - EUR",
        "currency_symbol": "€",
        "iso_code": account.template.currency,
        "mc_status": true,
        "time_zone": account.zone().name(),
        "primary_email": OWNERS[0].1,
        "license_details": {"paid": true, "paid_type": "enterprise", "users_license_purchased": OWNERS.len()},
    }))
}

fn currencies(call: &Call) -> Value {
    let rows = [("EUR", "Euro", "1.000000000", true), ("USD", "US Dollar", "1.087000000", false)];
    let rows = rows.iter().zip(1..).map(|((code, name, rate, is_base), nth)| {
        call.row(
            json!({"id": (ORG + 81_000 + nth).to_string(), "iso_code": code, "name": name, "symbol": code,
                        "is_base": is_base, "is_active": true, "exchange_rate": rate, "prefix_symbol": true}),
        )
    });
    json!({"currencies": rows.collect::<Vec<_>>()})
}

fn users(call: &Call) -> Value {
    let zone = call.state.world().accounts[ACCOUNT].zone().name();
    let rows = OWNERS.iter().enumerate().map(|(index, (name, email))| {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        call.row(json!({"id": user_id(index), "full_name": name, "first_name": first, "last_name": last,
                        "email": email, "status": "active", "confirm": true, "time_zone": zone,
                        "locale": "es_ES", "language": "es_ES", "offset": 3_600_000,
                        "profile": {"name": "Administrator", "id": (ORG + 26_011).to_string()}}))
    });
    let rows: Vec<_> = rows.collect();
    let info = json!({"per_page": 200, "count": rows.len(), "page": 1, "more_records": false});
    json!({"users": rows, "info": info})
}

fn layouts(call: &Call) -> Response<Body> {
    if call.get("module") != Some("Deals") {
        return said(
            StatusCode::BAD_REQUEST,
            "INVALID_MODULE",
            json!({}),
            "the module name given seems to be invalid",
        );
    }
    let row = json!({"id": (ORG + 91_023).to_string(), "name": "Standard", "display_label": "Standard",
                     "status": "active", "visible": true});
    ok(&json!({"layouts": [call.row(row)]}))
}

/// An error in Zoho's shape.
fn said(status: StatusCode, code: &str, details: Value, message: &str) -> Response<Body> {
    vendor::json(status, &json!({"code": code, "details": details, "message": message, "status": "error"}))
}

fn wrong_url() -> Response<Body> {
    let message = "Please check if the URL trying to access is a correct one";
    said(StatusCode::NOT_FOUND, "INVALID_URL_PATTERN", json!({}), message)
}

fn unauthenticated() -> Response<Body> {
    said(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", json!({}), "invalid oauth token")
}

fn no_credits() -> Response<Body> {
    said(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", json!({}), "API limit exceeded")
}

fn refuse(_: &SimulatorState, _: &str, trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(_) => {
            let details = json!({"limit": 5, "unit": "concurrency"});
            let message = "You have exceeded your API concurrency limit";
            said(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", details, message)
        }
        Trouble::Quota(_) => no_credits(),
        Trouble::Unauthenticated => unauthenticated(),
        Trouble::PermissionDenied => {
            let details = json!({"permissions": ["Crm_Implied_View_Deals"]});
            said(StatusCode::FORBIDDEN, "NO_PERMISSION", details, "permission denied")
        }
        Trouble::Server(status) => said(status, "INTERNAL_ERROR", json!({}), "Internal Server Error"),
    }
}
