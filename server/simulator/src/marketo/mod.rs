//! Marketo Engage: the e-mails that follow a shop's leads, programs, and what becomes of leads.

mod activities;
mod assets;
mod bulk;
mod leads;

use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::asked::{self, Call};
use crate::oauth::token::error_answer;
use crate::quota::{Quota, Wait};
use crate::state::SimulatorState;
use crate::vendor::{self, Access, Trouble, Vendor};

const SLUG: &str = "marketo";

/// The business whose instance it is.
const ACCOUNT: usize = 2;

/// Calls of the whole instance.
const PACE: Quota = Quota { calls: 100, seconds: 20 };
const DAILY: Quota = Quota { calls: 50_000, seconds: 86_400 };

/// Seconds that a token lives.
const SECONDS: i64 = 3_600;

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "Marketo Engage",
    routes: || asked::routes(answer),
    is_api_call: |path| !path.starts_with("/identity"),
    refuse,
    access: |state| Access {
        credentials: vec![
            ("munchkin_id", "602-EUO-598".to_owned()),
            ("client_id", "4f3c8f5a-2b1d-4c7e-9a60-5d8e7f6a1b2c".to_owned()),
            ("client_secret", state.issue_refresh_token_of(SLUG)),
        ],
        settings: Vec::new(),
    },
};

/// A code and a message, as everything that goes wrong is said: with status 200.
type Problem = (u16, String);

fn answer(call: &Call) -> Response<Body> {
    let path = call.segments();
    if let ["identity", "oauth", "token"] = *path {
        return token(call);
    }
    let Some(token) = vendor::bearer(&call.headers) else {
        return problem(&call.state, &(600, "Access token not specified".to_owned()));
    };
    if !call.state.is_live_in(SLUG, token) {
        let is_old = token.contains("sim-");
        let (code, message) =
            if is_old { (602, "Access token expired") } else { (601, "Access token invalid") };
        return problem(&call.state, &(code, message.to_owned()));
    }
    let today = call.state.clock().real_now().date_naive().to_string();
    if call.count(SLUG, &today, DAILY).is_err() {
        return refuse(&call.state, "", Trouble::Quota(0));
    }
    if let Err(Wait(seconds)) = call.count(SLUG, "instance", PACE) {
        return refuse(&call.state, "", Trouble::Throttled(seconds));
    }
    if let ["bulk", "v1", "leads" | "activities", "export", id, "file.json"] = *path {
        return bulk::file(call, id);
    }
    match route(call, &path) {
        Ok(mut body) => {
            body["requestId"] = request_id(&call.state).into();
            body["success"] = true.into();
            vendor::json(StatusCode::OK, &body)
        }
        Err(said) => problem(&call.state, &said),
    }
}

fn route(call: &Call, path: &[&str]) -> Result<Value, Problem> {
    if let ["bulk", "v1", kind @ ("leads" | "activities"), "export", rest @ ..] = path {
        return bulk::route(call, kind, rest);
    }
    // Long queries may come in a form that says that it is one.
    let is_read = call.method == Method::GET || call.get("_method") == Some("GET");
    if !is_read {
        return Err(missing());
    }
    match path {
        ["rest", "v1", "stats", "usage.json"] => Ok(usage(call)),
        ["rest", "v1", "activities", "types.json"] => Ok(json!({"result": activities::types()})),
        ["rest", "v1", "activities", "pagingtoken.json"] => activities::paging_token(call),
        ["rest", "v1", "activities.json"] => activities::list(call),
        ["rest", "v1", "activities", "leadchanges.json"] => activities::changes(call),
        ["rest", "v1", "activities", "deletedleads.json"] => activities::deleted(call),
        ["rest", "v1", "campaigns.json"] => assets::campaigns(call),
        ["rest", "v1", "leads.json"] => leads::leads(call),
        ["rest", "v1", "opportunities.json"] => leads::opportunities(call),
        ["rest", "asset", "v1", "programs.json"] => assets::programs(call),
        ["rest", "asset", "v1", "emails.json"] => assets::emails(call),
        _ => Err(missing()),
    }
}

/// `GET` or `POST /identity/oauth/token`: everybody is given the same token until it ends.
fn token(call: &Call) -> Response<Body> {
    let (client, secret) =
        (call.get("client_id").unwrap_or_default(), call.get("client_secret").unwrap_or_default());
    if call.get("grant_type") != Some("client_credentials") {
        let message = "Unsupported grant type";
        return error_answer(StatusCode::BAD_REQUEST, "unsupported_grant_type", message);
    }
    let now = call.state.clock().real_now();
    if client.is_empty() || call.state.grants(SLUG, |grants| grants.refresh(secret, client, now)).is_err() {
        return bad_credentials();
    }
    let kept =
        call.state.memo(("marketo token", ACCOUNT, 0), |_| Mutex::new(None::<(String, DateTime<Utc>)>));
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let live = kept.take().filter(|(token, _)| call.state.is_live_in(SLUG, token));
    let (token, ends_at) = live.unwrap_or_else(|| {
        let grant = Some(secret.to_owned());
        let token = call.state.grants(SLUG, |grants| grants.issue_access(grant, SECONDS, now));
        (token, now + TimeDelta::seconds(SECONDS))
    });
    let body = json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": (ends_at - now).num_seconds().clamp(0, SECONDS - 1),
        "scope": "api.user@demo.example",
    });
    *kept = Some((token, ends_at));
    vendor::json(StatusCode::OK, &body)
}

fn bad_credentials() -> Response<Body> {
    error_answer(StatusCode::UNAUTHORIZED, "invalid_client", "Bad client credentials")
}

fn usage(call: &Call) -> Value {
    let total: u64 = call
        .state
        .calls_so_far()
        .iter()
        .filter(|(path, _)| path.starts_with("/marketo/"))
        .map(|(_, n)| n)
        .sum();
    let today = call.state.counted_at().date_naive().to_string();
    let users = json!([{"userId": "api.user@demo.example", "count": total}]);
    json!({"result": [call.row(json!({"date": today, "total": total, "users": users}))]})
}

fn request_id(state: &SimulatorState) -> String {
    let id: String = state.request_id().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}#{}", &id[..4], &id[4..14]).to_lowercase()
}

/// A moment as the lead database writes it.
fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A parameter that is a moment and must be there.
fn moment(call: &Call, name: &str) -> Result<DateTime<Utc>, Problem> {
    let Some(text) = call.get(name) else {
        return Err((1_003, format!("{name} cannot be blank")));
    };
    asked::moment(text).ok_or_else(|| (1_001, format!("Invalid value '{text}'. Required of type 'datetime'")))
}

/// How many rows are asked for.
fn size(call: &Call, name: &str, usual: usize, most: usize) -> Result<usize, Problem> {
    match call.whole(name) {
        Ok(None) => Ok(usual),
        Ok(Some(size)) if size > 0 => Ok(size.min(most)),
        _ => Err((1_001, format!("Invalid value for '{name}'. Required of type 'integer'"))),
    }
}

/// Some path that it does not have.
fn missing() -> Problem {
    (610, "Requested resource not found".to_owned())
}

fn problem(state: &SimulatorState, (code, message): &Problem) -> Response<Body> {
    let errors = json!([{"code": code.to_string(), "message": message}]);
    let body = json!({"requestId": request_id(state), "success": false, "errors": errors});
    vendor::json(StatusCode::OK, &body)
}

fn refuse(state: &SimulatorState, path: &str, trouble: Trouble) -> Response<Body> {
    let (code, message) = match trouble {
        Trouble::Throttled(_) => (606, "Max rate limit '100' exceeded with in '20' secs"),
        Trouble::Quota(_) => (607, "Daily quota reached"),
        Trouble::Unauthenticated if path.starts_with("/identity") => return bad_credentials(),
        Trouble::Unauthenticated => (601, "Access token invalid"),
        Trouble::PermissionDenied => (603, "Access denied"),
        Trouble::Server(status) => {
            let errors = json!([{"code": "611", "message": "System error"}]);
            return vendor::json(
                status,
                &json!({"requestId": request_id(state), "success": false, "errors": errors}),
            );
        }
    };
    problem(state, &(code, message.to_owned()))
}
