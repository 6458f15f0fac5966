//! How connections fare, for programs that watch over this one.

use super::Site;
use super::guard::member;
use super::reply::Refusal;
use axum::Json;
use axum::extract::{Extension, Path, State};
use model::access::{Caller, Role};
use model::health::HealthReport;

/// `GET /api/w/{slug}/health`: each connection's state, last complete day, error rate and quota use, worst first, and
/// the share of good calls per platform.
pub async fn health(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Path(slug): Path<String>,
) -> Result<Json<HealthReport>, Refusal> {
    let member = member(&site, caller.as_deref(), &slug, Role::Viewer).await?;
    Ok(Json(site.connections.health(&member).await?))
}
