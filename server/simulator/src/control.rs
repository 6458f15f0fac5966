//! The simulator's own API below `/_simulator`: faults, clock, and what has happened so far.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::{Fault, FaultJson, FaultKind};
use crate::state::SimulatorState;

/// Years to which the clock can be set: a query walks over all days since the world's first.
const YEARS: std::ops::RangeInclusive<i32> = 2_000..=2_100;

/// Routes of the control API.
pub fn routes() -> Router<SimulatorState> {
    Router::new()
        .route("/_simulator/faults", get(list_faults).post(add_faults).delete(clear_faults))
        .route("/_simulator/state", get(show_state))
        .route("/_simulator/clock", post(set_clock))
}

fn bad(message: impl std::fmt::Display) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": message.to_string()}))).into_response()
}

async fn list_faults(State(state): State<SimulatorState>) -> Json<Vec<FaultJson>> {
    Json(state.faults().list().iter().map(FaultJson::from).collect())
}

async fn add_faults(
    State(state): State<SimulatorState>,
    body: Result<Json<Vec<FaultJson>>, JsonRejection>,
) -> Response {
    let faults = match body {
        Ok(Json(faults)) => faults,
        Err(error) => return bad(error.body_text()),
    };
    let parsed: Result<Vec<Fault>, String> = faults
        .into_iter()
        .enumerate()
        .map(|(i, fault)| fault.parse().map_err(|error| format!("fault {}: {error}", i + 1)))
        .collect();
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(message) => return bad(message),
    };
    state.let_happen(parsed);
    list_faults(State(state)).await.into_response()
}

impl SimulatorState {
    /// Lets faults happen: to tokens at once, to calls when they come.
    pub fn let_happen(&self, faults: Vec<Fault>) {
        let (now, later): (Vec<Fault>, Vec<Fault>) = faults.into_iter().partition(happens_at_once);
        for fault in now {
            match fault.kind {
                FaultKind::Revoke(token) => crate::faults::revoke(self, token.as_deref()),
                _ => {
                    self.all_grants(crate::oauth::grants::Grants::expire_all);
                }
            }
        }
        self.faults().extend(later);
    }

    /// Forgets the faults that have not happened yet.
    pub fn forget_faults(&self) {
        self.faults().clear();
    }
}

/// Tokens die at once, unless the fault says at which request.
fn happens_at_once(fault: &Fault) -> bool {
    let about_tokens = matches!(fault.kind, FaultKind::ExpireTokens | FaultKind::Revoke(_));
    about_tokens && fault.path.is_none() && fault.customer.is_none() && fault.vendor.is_none()
}

async fn clear_faults(State(state): State<SimulatorState>) -> StatusCode {
    state.forget_faults();
    StatusCode::NO_CONTENT
}

async fn show_state(State(state): State<SimulatorState>) -> Json<Value> {
    let real_now = state.clock().real_now();
    let counts = state.all_grants(|grants| grants.count(real_now));
    let (access, refresh) = counts.iter().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    let operations: serde_json::Map<String, Value> =
        state.usage().by_token(real_now).into_iter().map(|(token, count)| (token, count.into())).collect();
    let anomaly = state.world().anomaly;
    Json(json!({
        "now": state.clock().now(),
        "speed": state.clock().speed(),
        "calls": *state.calls(),
        "operations": {
            "limit": state.limits().daily_operations,
            "used": operations,
        },
        "tokens": {"access": access, "refresh": refresh},
        "faults": state.faults().list().iter().map(FaultJson::from).collect::<Vec<_>>(),
        "world": {
            "manager": state.world().manager.to_string(),
            "accounts": state.world().accounts.iter().map(|account| account.id.to_string()).collect::<Vec<_>>(),
            "first_day": state.world().first_day,
            "anomaly": {
                "customer": anomaly.customer.to_string(),
                "campaign": anomaly.campaign.to_string(),
                "from": anomaly.from,
                "until": anomaly.until,
            },
        },
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockJson {
    now: Option<DateTime<Utc>>,
    speed: Option<f64>,
    advance_seconds: Option<i64>,
}

async fn set_clock(
    State(state): State<SimulatorState>,
    body: Result<Json<ClockJson>, JsonRejection>,
) -> Response {
    let change = match body {
        Ok(Json(change)) => change,
        Err(error) => return bad(error.body_text()),
    };
    let clock = state.clock();
    let target = change.now.unwrap_or_else(|| clock.now());
    let step = TimeDelta::try_seconds(change.advance_seconds.unwrap_or(0));
    let target =
        step.and_then(|step| target.checked_add_signed(step)).filter(|at| YEARS.contains(&at.year()));
    let Some(target) = target else {
        return bad(format!("the clock runs from {} to {} only", YEARS.start(), YEARS.end()));
    };
    if let Some(speed) = change.speed
        && let Err(error) = clock.set_speed(speed)
    {
        return bad(error);
    }
    if change.now.is_some() || change.advance_seconds.is_some() {
        clock.set_now(target);
    }
    Json(json!({"now": clock.now(), "speed": clock.speed()})).into_response()
}
