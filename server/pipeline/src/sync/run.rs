//! One run: claims its row, reads slice after slice, writes each in one transaction, and says how it ended.

use super::plan::{AccountPlan, Work, plan, planned_days, provisional_from};
use super::slice::{Part, Place, Written, write};
use crate::Pipeline;
use crate::connections::store::{self, AccountRow, ConnectionRow};
use crate::error::{PipelineError, Result};
use crate::{schedule, vault};
use chrono::{DateTime, NaiveDate, Utc};
use connectors::{Connector, Context, ErrorKind, RemoteAccount, SliceEvent, read_slice};
use futures_util::StreamExt;
use model::connections::RunOutcome;
use model::ids::{AccountId, ConnectionId, RunId, WorkspaceId};
use model::live::Topic;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use warehouse::Currency;
use warehouse::load::{self, AccountSource, AccountSpec, Completeness};

/// Slices that are fetched ahead while one is written.
const FETCH_AHEAD: usize = 3;
/// Progress is announced to open pages at most this often.
const ANNOUNCE_EVERY: Duration = Duration::from_millis(400);
/// Warnings that a run keeps.
const MAX_WARNINGS: usize = 100;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// For the history.
    pub outcome: RunOutcome,
    /// When the next run is due.
    pub next_run_at: Option<DateTime<Utc>>,
}

/// Runs a connection once. `None` when there is nothing to run (removed, paused, waiting for a person).
///
/// # Errors
/// Only when the database fails: everything else ends the run with an outcome.
pub async fn run(
    pipeline: &Pipeline,
    workspace: WorkspaceId,
    connection: ConnectionId,
    stop: &CancellationToken,
) -> Result<Option<Ending>> {
    let mut tx = pipeline.database.scoped(workspace).await?;
    let row = match store::connection(&mut tx, workspace, connection).await {
        Ok(row) => row,
        Err(PipelineError::Told(_)) => return Ok(None),
        Err(other) => return Err(other),
    };
    let is_waiting = row.is_paused || matches!(row.state.as_str(), "choosing_accounts" | "needs_reconnect");
    let accounts: Vec<AccountRow> = store::accounts(&mut tx, workspace, Some(connection))
        .await?
        .into_iter()
        .filter(|a| a.is_selected)
        .collect();
    if is_waiting || accounts.is_empty() {
        return Ok(None);
    }
    let read = days_read(&mut tx, workspace, connection).await?;
    let run = claim(&mut tx, &row, pipeline.clock.now()).await?;
    database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
    tx.commit().await?;

    let mut this = Run {
        pipeline,
        row: &row,
        run,
        warnings: BTreeSet::new(),
        announced: None,
        is_cancelled: false,
        skipped_accounts: BTreeSet::new(),
        skipped_streams: BTreeSet::new(),
        first_error: None,
        written_parts: 0,
    };
    let result = this.read_all(&accounts, read, stop).await;
    let ending = this.finish(result).await?;
    Ok(Some(ending))
}

/// Why a run stops before its end.
enum Halt {
    /// The vendor, or our credentials.
    Vendor(Box<connectors::Error>),
    /// Our side.
    Ours(PipelineError),
    /// A person cancelled it.
    Cancelled,
    /// The server stops.
    Stopping,
}

impl From<PipelineError> for Halt {
    fn from(error: PipelineError) -> Self {
        Self::Ours(error)
    }
}

impl From<sqlx::Error> for Halt {
    fn from(error: sqlx::Error) -> Self {
        Self::Ours(error.into())
    }
}

impl From<connectors::Error> for Halt {
    fn from(error: connectors::Error) -> Self {
        Self::Vendor(Box::new(error))
    }
}

struct Run<'a> {
    pipeline: &'a Pipeline,
    row: &'a ConnectionRow,
    run: RunId,
    warnings: BTreeSet<String>,
    announced: Option<Instant>,
    is_cancelled: bool,
    skipped_accounts: BTreeSet<usize>,
    skipped_streams: BTreeSet<(usize, &'static str)>,
    first_error: Option<connectors::Error>,
    written_parts: u64,
}

type DaysRead = BTreeMap<String, BTreeMap<String, BTreeSet<NaiveDate>>>;

impl Run<'_> {
    async fn read_all(
        &mut self,
        accounts: &[AccountRow],
        mut read: DaysRead,
        stop: &CancellationToken,
    ) -> Result<(), Halt> {
        let (pipeline, row) = (self.pipeline, self.row);
        let connector = connectors::find(&row.platform).ok_or_else(|| {
            connectors::Error::configuration(format!("There is no platform {:?}.", row.platform))
        })?;
        let ctx = context(pipeline, connector, row)?;
        let remotes: Vec<RemoteAccount> = accounts.iter().map(AccountRow::remote).collect();
        let opened = open_accounts(pipeline, row, accounts).await?;
        let now = pipeline.clock.now();
        let plans: Vec<AccountPlan> = remotes
            .iter()
            .map(|remote| AccountPlan {
                today: remote.today(now),
                history_from: row.history_from,
                read: read.remove(&remote.id).unwrap_or_default(),
            })
            .collect();
        let work = plan(&plans, connector.streams(), &ctx.settings);
        self.set_plan(planned_days(&work)).await?;

        let skip: std::sync::Mutex<Skips> = std::sync::Mutex::default();
        let (skips, ctx, remotes) = (&skip, &ctx, &remotes);
        let mut fetched = futures_util::stream::iter(work)
            .map(|work| async move {
                if is_skipped(skips, &work) {
                    return (work, Ok(Vec::new()));
                }
                let parts = fetch(connector, ctx, &remotes[work.account], &work).await;
                (work, parts)
            })
            .buffered(FETCH_AHEAD);
        while let Some((work, parts)) = fetched.next().await {
            if self.is_skipping(&work) {
                continue;
            }
            match parts {
                Ok(parts) => {
                    for part in parts {
                        let today = plans[work.account].today;
                        self.write_part(&work, part, opened[work.account], today, ctx).await?;
                    }
                }
                Err(error) => {
                    self.judge(&work, error)?;
                    if let Ok(mut shared) = skip.lock() {
                        shared.accounts.clone_from(&self.skipped_accounts);
                        shared.streams.clone_from(&self.skipped_streams);
                    }
                }
            }
            if self.is_cancelled {
                return Err(Halt::Cancelled);
            }
            if stop.is_cancelled() {
                return Err(Halt::Stopping);
            }
        }
        drop(fetched);
        Ok(())
    }

    fn is_skipping(&self, work: &Work) -> bool {
        self.skipped_accounts.contains(&work.account)
            || self.skipped_streams.contains(&(work.account, work.stream.name))
    }

    /// An error that concerns one account or stream becomes a warning, and the others go on.
    fn judge(&mut self, work: &Work, error: connectors::Error) -> Result<(), Halt> {
        if error.kind.stops_run() {
            return Err(error.into());
        }
        self.warn(format!("{error} {}", error.action()));
        match error.kind {
            ErrorKind::Permission(connectors::DeniedScope::Account) => {
                drop(self.skipped_accounts.insert(work.account))
            }
            _ => drop(self.skipped_streams.insert((work.account, work.stream.name))),
        }
        self.first_error.get_or_insert(error);
        Ok(())
    }

    fn warn(&mut self, text: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.insert(text);
        }
    }

    async fn write_part(
        &mut self,
        work: &Work,
        part: Part,
        opened: (AccountId, Currency),
        today: NaiveDate,
        ctx: &Context,
    ) -> Result<(), Halt> {
        let (workspace, connection) = (self.row.workspace(), self.row.id());
        let now = self.pipeline.clock.now();
        let place = Place {
            workspace,
            connection,
            run: self.run,
            account: opened.0,
            currency: opened.1,
            today,
            at: now,
        };
        let days = part.days;
        let is_totals = work.stream.is_dated()
            && !work.stream.is_breakdown
            && work.stream.kind == model::entities::EntityKind::Campaign;
        // COPY does not go with row-level security: slices are written by the owner; every statement names the
        // workspace.
        let mut tx = self.pipeline.database.begin().await?;
        let Written { rows, counts, warnings } = write(&mut tx, &place, part).await?;
        if is_totals {
            let lookback = work.stream.lookback_days(&ctx.settings);
            update_completeness(&mut tx, &place, work, provisional_from(today, lookback)).await?;
        }
        let counters = sqlx::query_scalar(
            "UPDATE sync_runs SET rows_read = rows_read + $3, rows_changed = rows_changed + $4,
                    days_done = days_done + $5, current_day = $6, alive_at = $7
             WHERE workspace_id = $1 AND id = $2 RETURNING cancel_requested",
        )
        .bind(workspace.0)
        .bind(self.run.0)
        .bind(i64::try_from(rows).unwrap_or(i64::MAX))
        .bind(i64::try_from(counts.inserted + counts.updated + counts.deleted).unwrap_or(i64::MAX))
        .bind(i32::try_from(days.len()).unwrap_or(i32::MAX))
        .bind(days.until())
        .bind(now)
        .fetch_optional(&mut *tx)
        .await?;
        // The connection was removed meanwhile: nothing of it may come back.
        let Some(cancel) = counters else { return Err(Halt::Cancelled) };
        self.is_cancelled = cancel;
        let is_due = self.announced.is_none_or(|at| at.elapsed() >= ANNOUNCE_EVERY);
        if is_due {
            database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
            self.announced = Some(Instant::now());
        }
        tx.commit().await?;
        self.written_parts += 1;
        for warning in warnings {
            self.warn(warning.to_string());
        }
        Ok(())
    }

    async fn set_plan(&self, days: i32) -> Result<()> {
        let mut tx = self.pipeline.database.scoped(self.row.workspace()).await?;
        sqlx::query("UPDATE sync_runs SET days_planned = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(self.row.workspace_id)
            .bind(self.run.0)
            .bind(days)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Writes the outcome, the connection's state and the next run, in one transaction.
    async fn finish(&mut self, result: Result<(), Halt>) -> Result<Ending> {
        let now = self.pipeline.clock.now();
        let (schedule, every) = (self.row.schedule(), self.row.every());
        let mut rng = SmallRng::from_rng(&mut rand_source());
        let regular = schedule::next_run(now, schedule, every, &mut rng);
        let soon = schedule::retry_after_failure(now, schedule, every, &mut rng);
        let mut verdict =
            Verdict { outcome: RunOutcome::Succeeded, state: "ready", next: regular, ..Verdict::default() };
        match result {
            Ok(()) if self.warnings.is_empty() => {}
            Ok(()) => match self.first_error.take() {
                // Nothing at all could be read: that is a failure, not an incomplete success.
                Some(error) if self.written_parts == 0 => verdict.fail(&error, soon),
                _ => verdict.outcome = RunOutcome::Incomplete,
            },
            Err(Halt::Cancelled) => {
                verdict.outcome = RunOutcome::Cancelled;
                verdict.error =
                    Some("Stopped by a person. What was read stays; the next run goes on from there.".into());
            }
            Err(Halt::Stopping) => {
                verdict.outcome = RunOutcome::Cancelled;
                verdict.error = Some("The server was stopped. The run goes on after its start.".into());
                verdict.next = Some(now);
            }
            Err(Halt::Vendor(error)) => verdict.fail(&error, soon),
            Err(Halt::Ours(error)) => {
                let reference = hex::encode(rand::random::<[u8; 4]>());
                tracing::error!(%reference, cause = %error, connection = self.row.id, "a run failed");
                verdict.outcome = RunOutcome::Failed;
                verdict.state = "failing";
                verdict.error = Some(format!(
                    "The figures could not be stored (reference {reference}). It is tried again by itself."
                ));
                verdict.raw = Some(error.to_string());
                verdict.next = soon;
            }
        }
        self.store_verdict(&verdict, now).await?;
        Ok(Ending { outcome: verdict.outcome, next_run_at: verdict.next })
    }

    async fn store_verdict(&self, verdict: &Verdict, now: DateTime<Utc>) -> Result<()> {
        let (workspace, connection) = (self.row.workspace(), self.row.id());
        let mut tx = self.pipeline.database.begin().await?;
        let warnings: Vec<&String> = self.warnings.iter().collect();
        sqlx::query(
            "UPDATE sync_runs SET outcome = $3, finished_at = $4, alive_at = $4, error = $5, raw_error = $6, warnings = $7
             WHERE workspace_id = $1 AND id = $2",
        )
        .bind(workspace.0)
        .bind(self.run.0)
        .bind(verdict.outcome.name())
        .bind(now)
        .bind(&verdict.error)
        .bind(&verdict.raw)
        .bind(Json(warnings))
        .execute(&mut *tx)
        .await?;
        // A consent that was renewed, or a pause that was pressed during the run, must not be overwritten: only the
        // credentials that this run used can be found dead.
        let is_current: Option<bool> = sqlx::query_scalar(
            "SELECT grant_number = $3 OR $4 <> 'needs_reconnect' FROM connections WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
        )
        .bind(workspace.0)
        .bind(connection.0)
        .bind(self.row.grant_number)
        .bind(verdict.state)
        .fetch_optional(&mut *tx)
        .await?;
        if is_current == Some(true) {
            store::set_state(
                &mut tx,
                workspace,
                connection,
                verdict.state,
                verdict.error.as_deref().filter(|_| verdict.state != "ready"),
                verdict.quota_until,
                verdict.next,
            )
            .await?;
        }
        if let Some(at) = verdict.next.filter(|_| is_current == Some(true)) {
            crate::jobs::enqueue(&mut tx, workspace, connection, at).await?;
        }
        if is_current.is_some() {
            database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
        }
        Ok(tx.commit().await?)
    }
}

#[derive(Debug)]
struct Verdict {
    outcome: RunOutcome,
    state: &'static str,
    error: Option<String>,
    raw: Option<String>,
    quota_until: Option<DateTime<Utc>>,
    next: Option<DateTime<Utc>>,
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
        }
    }
}

impl Verdict {
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

#[derive(Debug, Default)]
struct Skips {
    accounts: BTreeSet<usize>,
    streams: BTreeSet<(usize, &'static str)>,
}

fn is_skipped(skips: &std::sync::Mutex<Skips>, work: &Work) -> bool {
    skips.lock().is_ok_and(|s| {
        s.accounts.contains(&work.account) || s.streams.contains(&(work.account, work.stream.name))
    })
}

/// Reads a slice to its end. Parts come whole; what was cut off comes again.
async fn fetch(
    connector: &dyn Connector,
    ctx: &Context,
    account: &RemoteAccount,
    work: &Work,
) -> Result<Vec<Part>, connectors::Error> {
    let mut events = read_slice(connector, ctx, account, work.stream, work.days);
    let mut pages = Vec::new();
    let mut parts = Vec::new();
    while let Some(event) = events.next().await {
        match event? {
            SliceEvent::Page(page) => pages.push(page),
            SliceEvent::Discarded { .. } => pages.clear(),
            SliceEvent::Completed(days) => parts.push(Part {
                stream: work.stream,
                remote_id: account.id.clone(),
                days,
                pages: std::mem::take(&mut pages),
            }),
        }
    }
    Ok(parts)
}

/// Puts a connection together for reading.
///
/// # Errors
/// When settings or credentials are wrong.
pub fn context(
    pipeline: &Pipeline,
    connector: &dyn Connector,
    row: &ConnectionRow,
) -> Result<Context, connectors::Error> {
    let sealed = vault::open(pipeline, row.id(), &row.secret).map_err(|e| {
        connectors::Error::configuration(format!("The stored credentials can't be opened: {e}."))
            .with_hint("Restore the secret key of this installation, or connect again.")
    })?;
    let tokens = vault::DatabaseTokens {
        pipeline: pipeline.clone(),
        workspace: row.workspace(),
        connection: row.id(),
    };
    let setup = connectors::Setup {
        credentials: vault::credentials(pipeline, &row.platform, &sealed),
        settings: row.settings.0.clone(),
        base_url: pipeline.base_url(&row.platform, row.base_url.as_deref())?,
        tokens: Arc::new(tokens),
        clock: pipeline.clock.clone(),
        jitter: Box::new(SmallRng::from_rng(&mut rand_source())),
        pace: pipeline.pace.clone(),
        policy: connectors::http::RetryPolicy::default(),
    };
    Context::new(connector, setup)
}

#[expect(
    clippy::disallowed_methods,
    reason = "only spreads retries in time; tests of schedules pass their own source"
)]
fn rand_source() -> rand::rngs::ThreadRng {
    rand::rng()
}

async fn open_accounts(
    pipeline: &Pipeline,
    row: &ConnectionRow,
    accounts: &[AccountRow],
) -> Result<Vec<(AccountId, Currency)>> {
    let mut tx = pipeline.database.begin().await?;
    let mut opened = Vec::with_capacity(accounts.len());
    for account in accounts {
        let currency: Currency = account.currency.parse().map_err(PipelineError::unexpected)?;
        let spec = AccountSpec {
            platform: row.platform.clone(),
            remote_id: account.remote_id.clone(),
            name: account.name.clone(),
            currency,
            time_zone: account.time_zone.clone(),
            source: AccountSource::Connector,
            connection: Some(row.id()),
            remark: None,
        };
        let id =
            load::open_account(&mut tx, row.workspace(), &spec).await.map_err(PipelineError::unexpected)?;
        opened.push((id, currency));
    }
    tx.commit().await?;
    Ok(opened)
}

/// The last day of the totals that was read after it had ended.
async fn update_completeness(
    tx: &mut sqlx::PgConnection,
    place: &Place,
    work: &Work,
    provisional_from: NaiveDate,
) -> Result<()> {
    let complete_until: Option<NaiveDate> = sqlx::query_scalar(
        "SELECT max(d.day) FROM stream_days d
         JOIN accounts a ON a.workspace_id = d.workspace_id AND a.remote_id = d.remote_id AND a.id = $4
         WHERE d.workspace_id = $1 AND d.connection_id = $2 AND d.stream = $3 AND NOT d.is_partial",
    )
    .bind(place.workspace.0)
    .bind(place.connection.0)
    .bind(work.stream.name)
    .bind(place.account.0)
    .fetch_one(&mut *tx)
    .await?;
    let completeness =
        Completeness { complete_until, provisional_from: Some(provisional_from), as_of: place.at };
    load::set_completeness(tx, place.workspace, place.account, completeness)
        .await
        .map_err(PipelineError::unexpected)
}

async fn days_read(
    tx: &mut sqlx::PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<DaysRead> {
    let rows: Vec<(String, String, NaiveDate)> = sqlx::query_as(
        "SELECT remote_id, stream, day FROM stream_days
         WHERE workspace_id = $1 AND connection_id = $2 AND NOT is_partial",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .fetch_all(tx)
    .await?;
    let mut read = DaysRead::new();
    for (account, stream, day) in rows {
        read.entry(account).or_default().entry(stream).or_default().insert(day);
    }
    Ok(read)
}

/// Makes the run's row. The queue runs one job per connection at a time, so a run that still counts as running belongs
/// to a server that died.
async fn claim(tx: &mut sqlx::PgConnection, row: &ConnectionRow, now: DateTime<Utc>) -> Result<RunId> {
    sqlx::query(
        "UPDATE sync_runs SET outcome = 'cancelled', finished_at = alive_at,
                error = 'The server stopped in the middle of this run. What was read stays; the next run goes on from there.'
         WHERE workspace_id = $1 AND connection_id = $2 AND outcome = 'running'",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .execute(&mut *tx)
    .await?;
    let id = sqlx::query_scalar(
        "INSERT INTO sync_runs (workspace_id, connection_id, started_at, alive_at) VALUES ($1, $2, $3, $3) RETURNING id",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(RunId(id))
}
