//! For load balancers and the developer's reload script.

use super::Site;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use database::Database;
use serde_json::{Value, json};

/// Whether the database answers.
#[derive(Clone)]
pub struct Readiness {
    /// What is asked.
    pub database: Database,
    /// When this process started; tells a restarted server from the one before.
    pub started: DateTime<Utc>,
}

/// `GET /healthz`: the process lives.
pub async fn alive(State(site): State<Site>) -> Json<Value> {
    Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "started": site.readiness.started.timestamp_micros(),
    }))
}

/// `GET /readyz`: requests can be served: the database answers and the server is not stopping.
pub async fn ready(State(site): State<Site>) -> (StatusCode, Json<Value>) {
    if site.lifecycle.soft.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "stopping" })));
    }
    match site.readiness.database.ping().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "database does not answer" })))
        }
    }
}
