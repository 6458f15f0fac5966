//! How a run ended, and what follows from it.

use super::opening::rand_source;
use super::run::Halt;
use crate::connections::store::{self, ConnectionRow};
use crate::error::Result;
use crate::{Pipeline, schedule};
use chrono::{DateTime, NaiveDate, Utc};
use connectors::ErrorKind;
use connectors::http::CallTally;
use model::connections::RunOutcome;
use model::ids::{RunId, WorkspaceId};
use model::live::Topic;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use sqlx::PgConnection;
use sqlx::types::Json;

/// What a run did until its end.
#[derive(Debug)]
pub(super) struct Tally {
    /// Something was degraded.
    pub has_warnings: bool,
    /// The first error that became a warning.
    pub first_error: Option<connectors::Error>,
    /// Something was written.
    pub has_written: bool,
}

/// How a run ended, and what follows from it.
#[derive(Debug)]
pub(super) struct Verdict {
    /// For the history.
    pub outcome: RunOutcome,
    state: &'static str,
    error: Option<String>,
    raw: Option<String>,
    quota_until: Option<DateTime<Utc>>,
    /// When the next run is due.
    pub next: Option<DateTime<Utc>>,
    /// The only day that was to be read, and when it is tried again, if at all.
    only_day: Option<(NaiveDate, Option<DateTime<Utc>>)>,
    /// Somebody stopped it.
    is_by_person: bool,
}

impl Default for Verdict {
    fn default() -> Self {
        Self {
            outcome: RunOutcome::Succeeded,
            state: "ready",
            error: None,
            raw: None,
            quota_until: None,
            next: None,
            only_day: None,
            is_by_person: false,
        }
    }
}

impl Verdict {
    /// Judges a run by how it ended and what it did.
    pub fn of(row: &ConnectionRow, result: Result<(), Halt>, tally: Tally, now: DateTime<Utc>) -> Self {
        let (schedule, every) = (row.schedule(), row.every());
        let mut rng = SmallRng::from_rng(&mut rand_source());
        let regular = schedule::next_run(now, schedule, every, &mut rng);
        let soon = schedule::retry_after_failure(now, schedule, every, &mut rng);
        let mut verdict =
            Verdict { outcome: RunOutcome::Succeeded, state: "ready", next: regular, ..Verdict::default() };
        match result {
            Ok(()) if !tally.has_warnings => {}
            Ok(()) => match tally.first_error {
                // Nothing at all could be read: that is a failure, not an incomplete success.
                Some(error) if !tally.has_written => verdict.fail(&error, soon),
                _ => verdict.outcome = RunOutcome::Incomplete,
            },
            Err(Halt::Cancelled) => {
                verdict.is_by_person = true;
                verdict.outcome = RunOutcome::Cancelled;
                verdict.error =
                    Some("Stopped by a person. What was read stays; the next run goes on from there.".into());
            }
            Err(Halt::Changed) => {
                verdict.outcome = RunOutcome::Cancelled;
                verdict.error = Some(
                    "Settings were changed meanwhile that give figures another meaning. The next run reads them all anew."
                        .into(),
                );
                verdict.next = Some(now);
            }
            Err(Halt::Stopping) => {
                verdict.outcome = RunOutcome::Cancelled;
                verdict.error = Some("The server was stopped. The run goes on after its start.".into());
                verdict.next = Some(now);
            }
            Err(Halt::Vendor(error)) => verdict.fail(&error, soon),
            Err(Halt::Ours(error)) => {
                let reference = hex::encode(rand::random::<[u8; 4]>());
                tracing::error!(%reference, cause = %error, connection = row.id, "a run failed");
                verdict.outcome = RunOutcome::Failed;
                verdict.state = "failing";
                verdict.error = Some(format!(
                    "The figures could not be stored (reference {reference}). It is tried again by itself."
                ));
                verdict.raw = Some(error.to_string());
                verdict.next = soon;
            }
        }
        verdict
    }

    /// The same of a run for one day. It says little about the connection: only a dead consent or a used-up quota concern
    /// it as a whole, and the regular run comes when it would have come.
    pub fn of_day(self, day: NaiveDate, row: &ConnectionRow) -> Self {
        let again = match self.outcome {
            RunOutcome::WaitingForQuota => self.next,
            // The server stopped, or settings were changed: not the person's wish.
            RunOutcome::Cancelled => self.next.filter(|_| !self.is_by_person),
            _ => None,
        };
        let concerns_all = matches!(self.state, "needs_reconnect" | "waiting_for_quota");
        let next = if concerns_all { self.next } else { row.next_run_at };
        Self { only_day: Some((day, again)), next, ..self }
    }

    /// Writes the end of the run, the state of the connection and its next run, in one transaction.
    ///
    /// # Errors
    /// What the database says.
    pub async fn store(
        &self,
        pipeline: &Pipeline,
        row: &ConnectionRow,
        run: RunId,
        warnings: &[&String],
        calls: &CallTally,
    ) -> Result<()> {
        let (workspace, connection) = (row.workspace(), row.id());
        let now = pipeline.clock.now();
        let mut tx = pipeline.database.begin().await?;
        // A consent that was renewed, or a pause that was pressed during the run, must not be overwritten: only the
        // credentials that this run used can be found dead.
        let is_current: Option<bool> = sqlx::query_scalar(
            "SELECT grant_number = $3 OR $4 <> 'needs_reconnect' FROM connections WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
        )
        .bind(workspace.0)
        .bind(connection.0)
        .bind(row.grant_number)
        .bind(self.state)
        .fetch_optional(&mut *tx)
        .await?;
        // Removed meanwhile, and this run with it.
        let Some(is_current) = is_current else { return Ok(()) };
        sqlx::query(
            "UPDATE sync_runs SET outcome = $3, finished_at = $4, alive_at = $4, error = $5, raw_error = $6, warnings = $7
             WHERE workspace_id = $1 AND id = $2",
        )
        .bind(workspace.0)
        .bind(run.0)
        .bind(self.outcome.name())
        .bind(now)
        .bind(&self.error)
        .bind(&self.raw)
        .bind(Json(warnings))
        .execute(&mut *tx)
        .await?;
        let concerns_all =
            self.only_day.is_none() || matches!(self.state, "needs_reconnect" | "waiting_for_quota");
        write_calls(&mut tx, workspace, run, calls).await?;
        if is_current && concerns_all {
            store::set_state(
                &mut tx,
                workspace,
                connection,
                self.state,
                self.error.as_deref().filter(|_| self.state != "ready"),
                self.quota_until,
                self.next,
            )
            .await?;
        }
        if let Some(at) = self.next.filter(|_| is_current && concerns_all) {
            crate::jobs::enqueue(&mut tx, workspace, connection, at).await?;
        }
        if let Some((day, Some(at))) = self.only_day {
            crate::jobs::enqueue_day(&mut tx, workspace, connection, day, at).await?;
        }
        database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
        Ok(tx.commit().await?)
    }

    fn fail(&mut self, error: &connectors::Error, soon: Option<DateTime<Utc>>) {
        self.error = Some(format!("{error} {}", error.action()));
        self.raw = error.raw.as_ref().map(ToString::to_string);
        match &error.kind {
            ErrorKind::NeedsReauthorisation | ErrorKind::Permission(connectors::DeniedScope::Grant) => {
                self.outcome = RunOutcome::NeedsReconnect;
                self.state = "needs_reconnect";
                self.next = None;
            }
            ErrorKind::Quota { until } => {
                self.outcome = RunOutcome::WaitingForQuota;
                self.state = "waiting_for_quota";
                self.quota_until = Some(*until);
                self.next = Some(*until);
            }
            _ => {
                self.outcome = RunOutcome::Failed;
                self.state = "failing";
                // Only what may pass by itself is worth an early try.
                if matches!(error.kind, ErrorKind::VendorDown | ErrorKind::Interrupted { .. }) {
                    self.next = soon;
                }
            }
        }
    }
}

/// Writes the calls of a run so far.
///
/// # Errors
/// What the database says.
pub(super) async fn write_calls(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    run: RunId,
    calls: &CallTally,
) -> Result<()> {
    sqlx::query(
        "UPDATE sync_runs SET calls_good = $3, calls_throttled = $4, calls_failed = $5, calls_broken = $6,
                calls_refused = $7, quotas = $8
         WHERE workspace_id = $1 AND id = $2",
    )
    .bind(workspace.0)
    .bind(run.0)
    .bind(calls.counts.good)
    .bind(calls.counts.throttled)
    .bind(calls.counts.failed)
    .bind(calls.counts.broken)
    .bind(calls.counts.refused)
    .bind(Json(&calls.quotas))
    .execute(tx)
    .await?;
    Ok(())
}
