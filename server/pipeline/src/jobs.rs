//! Background jobs: one queue per connection, so that its runs never overlap, also over several servers.

use crate::error::{PipelineError, Result};
use crate::{Pipeline, sync};
use chrono::{DateTime, NaiveDate, Utc};
use graphile_worker::{
    IntoTaskHandlerResult, TaskHandler, WorkerContext, WorkerOptions, WorkerRecoveryConfig,
};
use model::ids::{ConnectionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Runs of different connections at one time: most of a run is waiting for the vendor.
const CONCURRENCY: usize = 4;
/// How long a run may take to finish its slice when the server stops.
const GRACE: Duration = Duration::from_secs(20);
/// A worker without a heartbeat for this long is dead, and its jobs are taken over.
const DEAD_AFTER: Duration = Duration::from_mins(1);
/// How often a lost database is asked whether it is back.
const RETRY_DATABASE: Duration = Duration::from_millis(500);

/// Runs a connection once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncConnection {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub connection: ConnectionId,
    /// The only day to read; none: what is due.
    #[serde(default)]
    pub day: Option<NaiveDate>,
}

/// What job handlers need.
#[derive(Clone)]
struct Jobs {
    pipeline: Pipeline,
    stop: CancellationToken,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jobs")
    }
}

impl TaskHandler for SyncConnection {
    const IDENTIFIER: &'static str = "sync_connection";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(jobs) = ctx.get_ext::<Jobs>().cloned() else {
            return Err("the services are missing".to_owned());
        };
        // A connector that panics takes down its own run only: the queue tries the job again, later.
        let run = tokio::spawn(async move {
            sync::run::run_job(&jobs.pipeline, self.workspace, self.connection, self.day, &jobs.stop).await
        });
        match run.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(format!("the run panicked: {panic}")),
        }
    }
}

/// Puts a run into the queue, in the caller's transaction. A connection has one waiting job: the later call decides
/// when it runs.
///
/// # Errors
/// What the database says.
pub async fn enqueue(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    at: DateTime<Utc>,
) -> Result<()> {
    add(tx, SyncConnection { workspace, connection, day: None }, at).await
}

/// Puts a run for exactly one day into the connection's queue, in the caller's transaction.
///
/// # Errors
/// What the database says.
pub async fn enqueue_day(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    day: NaiveDate,
    at: DateTime<Utc>,
) -> Result<()> {
    add(tx, SyncConnection { workspace, connection, day: Some(day) }, at).await
}

async fn add(tx: &mut PgConnection, job: SyncConnection, at: DateTime<Utc>) -> Result<()> {
    let connection = job.connection;
    let key = match job.day {
        Some(day) => format!("sync:{connection}:{day}"),
        None => format!("sync:{connection}"),
    };
    let payload = serde_json::to_string(&job).map_err(PipelineError::unexpected)?;
    sqlx::query(
        "SELECT graphile_worker.add_job(
             'sync_connection', $1::json, queue_name => $2, run_at => $3, job_key => $4, max_attempts => 25)",
    )
    .bind(payload)
    .bind(format!("connection:{connection}"))
    .bind(at)
    .bind(key)
    .execute(tx)
    .await?;
    Ok(())
}

/// Days of a connection that wait for being read again.
///
/// # Errors
/// What the database says.
pub async fn waiting_days(pipeline: &Pipeline, connection: ConnectionId) -> Result<Vec<NaiveDate>> {
    let days: Vec<String> = sqlx::query_scalar(
        "SELECT substring(key FROM '[^:]*$') FROM graphile_worker._private_jobs
         WHERE starts_with(key, $1) AND locked_at IS NULL AND attempts < max_attempts ORDER BY 1",
    )
    .bind(format!("sync:{connection}:"))
    .fetch_all(pipeline.database.pool())
    .await?;
    Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
}

/// Takes all jobs of a connection out of the queue, in the caller's transaction.
///
/// # Errors
/// What the database says.
pub async fn remove(tx: &mut PgConnection, connection: ConnectionId) -> Result<()> {
    sqlx::query(
        "SELECT graphile_worker.remove_job(key) FROM graphile_worker._private_jobs
         WHERE key = $1 OR starts_with(key, $1 || ':')",
    )
    .bind(format!("sync:{connection}"))
    .execute(tx)
    .await?;
    Ok(())
}

/// Makes or updates the queue's own tables. Call it before anything is put into the queue.
///
/// # Errors
/// What the database says.
pub async fn migrate(pipeline: &Pipeline) -> Result<()> {
    let worker = options(pipeline).init().await.map_err(PipelineError::unexpected)?;
    worker.create_utils().migrate().await.map_err(PipelineError::unexpected)
}

/// After a crash: jobs that a dead server held are free again, and each connection that runs by itself has a job.
/// `is_alone`: no other server uses this database, so every held job is held by the dead.
///
/// # Errors
/// What the database says.
pub async fn recover(pipeline: &Pipeline, is_alone: bool) -> Result<()> {
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.begin().await?;
    if is_alone {
        sqlx::query(
            "SELECT graphile_worker.force_unlock_workers(array_agg(DISTINCT locked_by))
             FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL HAVING count(*) > 0",
        )
        .execute(&mut *tx)
        .await?;
        // Their failed attempt is not theirs: run at once.
        sqlx::query(
            "UPDATE graphile_worker._private_jobs SET run_at = now(), attempts = 0 WHERE attempts > 0",
        )
        .execute(&mut *tx)
        .await?;
    }
    let idle: Vec<(i32, i32, Option<DateTime<Utc>>)> = sqlx::query_as(
        "SELECT c.workspace_id, c.id, c.next_run_at FROM connections c
         WHERE NOT c.is_paused AND c.state IN ('ready', 'failing', 'waiting_for_quota')
           AND (c.next_run_at IS NOT NULL OR EXISTS (
               SELECT 1 FROM sync_runs r WHERE r.connection_id = c.id AND r.outcome = 'running'))
           AND NOT EXISTS (SELECT 1 FROM graphile_worker._private_jobs j WHERE j.key = 'sync:' || c.id)",
    )
    .fetch_all(&mut *tx)
    .await?;
    for (workspace, connection, next) in idle {
        enqueue(&mut tx, WorkspaceId(workspace), ConnectionId(connection), next.unwrap_or(now).max(now))
            .await?;
    }
    Ok(tx.commit().await?)
}

/// Works on jobs until `stop`: then running slices are finished, and what is left goes on at the next start. A worker
/// that lost its database is replaced as soon as the database answers again; what it held is run anew.
pub async fn work(pipeline: Pipeline, stop: CancellationToken, is_alone: bool) {
    while let Err(error) = work_once(pipeline.clone(), stop.clone()).await {
        tracing::warn!(%error, "background jobs lost their database");
        loop {
            tokio::select! {
                () = tokio::time::sleep(RETRY_DATABASE) => {}
                () = stop.cancelled() => return,
            }
            match recover(&pipeline, is_alone).await {
                Ok(()) => break,
                Err(error) => tracing::debug!(%error, "the database is not back yet"),
            }
        }
        tracing::info!("background jobs go on");
    }
}

/// One worker's life.
async fn work_once(pipeline: Pipeline, stop: CancellationToken) -> Result<()> {
    let soft = stop.clone();
    let worker = options(&pipeline)
        .add_extension(Jobs { pipeline: pipeline.clone(), stop })
        .listen_os_shutdown_signals(false)
        .shutdown_signal(async move { soft.cancelled().await })
        .shutdown_grace_period(GRACE)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .worker_recovery(WorkerRecoveryConfig::default())
        .heartbeat_interval(DEAD_AFTER / 4)
        .sweep_interval(DEAD_AFTER / 2)
        .sweep_threshold(DEAD_AFTER)
        .init()
        .await
        .map_err(PipelineError::unexpected)?;
    worker.run().await.map_err(PipelineError::unexpected)
}

fn options(pipeline: &Pipeline) -> WorkerOptions {
    WorkerOptions::default()
        .pg_pool(pipeline.database.pool().clone())
        .schema("graphile_worker")
        .concurrency(CONCURRENCY)
        .poll_interval(Duration::from_secs(2))
        .define_job::<SyncConnection>()
}
