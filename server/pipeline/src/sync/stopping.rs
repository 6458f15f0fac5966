//! Whether a person wants a run to stop while it waits for the vendor and writes nothing.

use crate::Pipeline;
use crate::connections::store::ConnectionRow;
use crate::error::Result;
use model::ids::RunId;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// How often a waiting run looks: a person who pressed Stop sees it end within seconds.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// When to look.
pub(super) fn looks() -> Interval {
    let mut looks = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

/// Whether somebody has asked the run to stop, or has removed it.
///
/// # Errors
/// What the database says.
pub(super) async fn is_asked(pipeline: &Pipeline, row: &ConnectionRow, run: RunId) -> Result<bool> {
    let mut tx = pipeline.database.scoped(row.workspace()).await?;
    let is_asked: Option<bool> =
        sqlx::query_scalar("SELECT cancel_requested FROM sync_runs WHERE workspace_id = $1 AND id = $2")
            .bind(row.workspace_id)
            .bind(run.0)
            .fetch_optional(&mut *tx)
            .await?;
    tx.commit().await?;
    Ok(is_asked.unwrap_or(true))
}
