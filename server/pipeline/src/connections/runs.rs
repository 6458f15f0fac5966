//! Runs in the database. Every function works inside a scoped transaction.

use super::store::sql;
use crate::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use model::connections::{RunOutcome, RunSummary};
use model::health::CallCounts;
use model::ids::{ConnectionId, RunId, WorkspaceId};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

/// Calls as stored.
#[derive(Debug, Clone, Copy, Default, FromRow)]
pub struct CallColumns {
    /// Answered as hoped.
    pub calls_good: i64,
    /// Refused for now.
    pub calls_throttled: i64,
    /// The vendor, or the way to it, failed.
    pub calls_failed: i64,
    /// The answer broke off.
    pub calls_broken: i64,
    /// Refused for good.
    pub calls_refused: i64,
}

impl From<CallColumns> for CallCounts {
    fn from(row: CallColumns) -> Self {
        Self {
            good: row.calls_good,
            throttled: row.calls_throttled,
            failed: row.calls_failed,
            broken: row.calls_broken,
            refused: row.calls_refused,
        }
    }
}

/// A run as stored.
#[derive(Debug, Clone, FromRow)]
pub struct RunRow {
    /// Key.
    pub id: i64,
    /// Whose.
    pub connection_id: i32,
    /// Name of the outcome.
    pub outcome: String,
    /// Start.
    pub started_at: DateTime<Utc>,
    /// End.
    pub finished_at: Option<DateTime<Utc>>,
    /// Last sign of life.
    pub alive_at: DateTime<Utc>,
    /// Rows from the vendor.
    pub rows_read: i64,
    /// Rows that changed something.
    pub rows_changed: i64,
    /// Account-days done.
    pub days_done: i32,
    /// Account-days planned.
    pub days_planned: i32,
    /// Being read.
    pub current_day: Option<NaiveDate>,
    /// For people.
    pub error: Option<String>,
    /// For experts.
    pub raw_error: Option<String>,
    /// Named degradations.
    pub warnings: Json<Vec<String>>,
    /// The only day that it reads.
    pub only_day: Option<NaiveDate>,
    /// Calls to the vendor.
    #[sqlx(flatten)]
    pub calls: CallColumns,
}

impl RunRow {
    /// As people see it.
    pub fn summary(self) -> RunSummary {
        let outcome = RunOutcome::from_name(&self.outcome).unwrap_or(RunOutcome::Failed);
        let eta_seconds = (outcome == RunOutcome::Running && self.days_done > 0)
            .then(|| {
                let elapsed = (self.alive_at - self.started_at).num_milliseconds().max(1);
                let left = i64::from((self.days_planned - self.days_done).max(0));
                u32::try_from(elapsed * left / i64::from(self.days_done) / 1000).ok()
            })
            .flatten();
        RunSummary {
            id: RunId(self.id),
            outcome,
            started_at: self.started_at,
            finished_at: self.finished_at,
            rows_read: self.rows_read,
            rows_changed: self.rows_changed,
            days_done: self.days_done,
            days_planned: self.days_planned,
            current_day: self.current_day,
            eta_seconds,
            error: self.error,
            raw_error: self.raw_error,
            warnings: self.warnings.0,
            only_day: self.only_day,
            calls: self.calls.into(),
        }
    }
}

const COLUMNS: &str = "id, connection_id, outcome, started_at, finished_at, alive_at, rows_read, rows_changed, \
     days_done, days_planned, current_day, error, raw_error, warnings, only_day, calls_good, calls_throttled, \
     calls_failed, calls_broken, calls_refused";

/// The newest runs of a connection.
pub async fn runs(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    limit: i64,
) -> Result<Vec<RunRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM sync_runs WHERE workspace_id = $1 AND connection_id = $2 ORDER BY id DESC LIMIT $3"
    );
    Ok(sqlx::query_as(sql(text)).bind(workspace.0).bind(connection.0).bind(limit).fetch_all(tx).await?)
}

/// The last run that read only that day.
pub async fn run_of_day(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    day: NaiveDate,
) -> Result<Option<RunRow>> {
    let text = format!(
        "SELECT {COLUMNS} FROM sync_runs WHERE workspace_id = $1 AND connection_id = $2 AND only_day = $3
         ORDER BY id DESC LIMIT 1"
    );
    Ok(sqlx::query_as(sql(text)).bind(workspace.0).bind(connection.0).bind(day).fetch_optional(tx).await?)
}
