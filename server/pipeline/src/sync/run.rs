//! One run: claims its row, reads slice after slice, writes each in one transaction, and says how it ended.

use super::fetch::{fetch, of_panic};
use super::opening::{DaysRead, SnapshotsRead, claim, context, days_read, open_accounts, snapshots_read};
use super::plan::{
    AccountPlan, Work, can_be_compared, gives_totals, plan, plan_day, planned_days, provisional_from,
};
use super::reconcile::{self, reconcile};
use super::skips::Skips;
use super::slice::{Part, Place, Written, update_completeness, write};
use super::stopping;
use super::verdict::{Tally, Verdict, write_calls};
use crate::Pipeline;
use crate::connections::hold::{Reading, hold, hold_reading};
use crate::connections::store::{self, AccountRow, ConnectionRow};
use crate::error::{PipelineError, Result};
use chrono::{DateTime, NaiveDate, Utc};
use connectors::http::{CallTally, Calls};
use connectors::{Connector, Context, RemoteAccount, StreamSpec};
use futures_util::{FutureExt, StreamExt};
use metrics::Family;
use model::DayRange;
use model::connections::RunOutcome;
use model::entities::EntityKind;
use model::ids::{AccountId, ConnectionId, RunId, WorkspaceId};
use model::live::Topic;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use warehouse::Currency;

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
    run_job(pipeline, workspace, connection, None, stop).await
}

/// As [`run`]; with `only_day`, reads exactly that day, whatever was read before, and nothing else.
///
/// # Errors
/// As [`run`].
pub async fn run_job(
    pipeline: &Pipeline,
    workspace: WorkspaceId,
    connection: ConnectionId,
    only_day: Option<NaiveDate>,
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
    if !hold(&mut tx, workspace, connection).await? {
        return Ok(None);
    }
    let read = (days_read(&mut tx, &row, pipeline.clock.now()).await?, snapshots_read(&mut tx, &row).await?);
    let run = claim(&mut tx, &row, only_day, pipeline.clock.now()).await?;
    database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
    tx.commit().await?;

    let mut this = Run {
        pipeline,
        row: &row,
        run,
        only_day,
        calls: None,
        warnings: BTreeSet::new(),
        announced: None,
        is_cancelled: false,
        first_error: None,
        written_parts: 0,
        days_of_kind: BTreeMap::new(),
    };
    // A mistake of ours takes down this run only, and is told as such.
    let result = AssertUnwindSafe(this.read_all(&accounts, read, stop))
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(of_panic(&*panic).into()));
    let ending = this.finish(result).await?;
    Ok(Some(ending))
}

/// Why a run stops before its end.
pub(super) enum Halt {
    /// The vendor, or our credentials.
    Vendor(Box<connectors::Error>),
    /// Our side.
    Ours(PipelineError),
    /// A person cancelled it.
    Cancelled,
    /// Settings were changed that give figures another meaning.
    Changed,
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
    #[expect(clippy::struct_field_names, reason = "the id of the run, as everywhere")]
    run: RunId,
    /// The only day that is read.
    only_day: Option<NaiveDate>,
    /// Counts calls, as soon as there can be any.
    calls: Option<Calls>,
    warnings: BTreeSet<String>,
    announced: Option<Instant>,
    is_cancelled: bool,
    first_error: Option<connectors::Error>,
    written_parts: u64,
    /// Whole days that this run read, by account and kind, for the comparison at its end.
    days_of_kind: BTreeMap<(usize, EntityKind), BTreeSet<NaiveDate>>,
}

impl Run<'_> {
    async fn read_all(
        &mut self,
        accounts: &[AccountRow],
        (mut read, mut snapshots): (DaysRead, SnapshotsRead),
        stop: &CancellationToken,
    ) -> Result<(), Halt> {
        let (pipeline, row) = (self.pipeline, self.row);
        let connector = pipeline.settings.connectors.find(&row.platform).ok_or_else(|| {
            connectors::Error::configuration(format!("There is no platform {:?}.", row.platform))
        })?;
        let ctx = context(pipeline, connector, row, Pipeline::policy(row.base_url.as_deref()))?;
        self.calls = Some(ctx.session.calls().clone());
        let remotes: Vec<RemoteAccount> = accounts.iter().map(AccountRow::remote).collect();
        let attribution = |account: &AccountRow| connector.attribution(&account.remote(), &ctx.settings);
        let Some(mut opened) = open_accounts(pipeline, row, accounts, attribution).await? else {
            return Err(Halt::Cancelled);
        };
        let now = pipeline.clock.now();
        let plans: Vec<AccountPlan> = remotes
            .iter()
            .map(|remote| AccountPlan {
                today: remote.today(now),
                history_from: row.history_from,
                read: read.remove(&remote.id).unwrap_or_default(),
                snapshots: snapshots.remove(&remote.id).unwrap_or_default(),
            })
            .collect();
        let mut work = match self.only_day {
            Some(day) => plan_day(&plans, connector.streams(), &ctx.settings, day),
            None => plan(&plans, connector.streams(), &ctx.settings),
        };
        work.retain(|w| connector.has_stream(&remotes[w.account], w.stream));
        self.set_plan(planned_days(&work)).await?;
        // A slice that makes a month's partition would hold up other connections' slices until it commits.
        let dated = work.iter().filter(|w| w.stream.is_dated()).map(|w| w.days);
        if let Some(all) = dated.reduce(DayRange::hull) {
            let months = warehouse::load::months_of(all);
            let families: BTreeSet<Family> = work.iter().map(|w| w.stream.family).collect();
            warehouse::load::ensure_months(&pipeline.database, families, &months)
                .await
                .map_err(PipelineError::from)?;
        }

        let skips = Skips::default();
        let (skips, ctx, remotes) = (&skips, &ctx, &remotes);
        let mut slices = futures_util::stream::iter(work)
            .map(|work| async move {
                if skips.has(&work) {
                    return (work, Ok(Vec::new()));
                }
                let parts = fetch(connector, ctx, &remotes[work.account], &work).await;
                (work, parts)
            })
            .buffered(FETCH_AHEAD);
        let (sender, mut fetched) = mpsc::channel(1);
        let fetching = async move {
            while let Some(slice) = slices.next().await {
                if sender.send(slice).await.is_err() {
                    return;
                }
            }
        };
        {
            let writing = self.write_all(connector, &mut fetched, &mut opened, &plans, (ctx, skips), stop);
            // The vendor answers while the database writes. A slice that is still fetched when writing ends is left out.
            tokio::pin!(writing);
            tokio::select! {
                biased;
                result = &mut writing => result?,
                () = fetching => writing.await?,
            }
        }
        Ok(self.reconcile_all(accounts, &opened).await?)
    }

    /// Writes slices in the order in which they come, until there are no more.
    async fn write_all(
        &mut self,
        connector: &dyn Connector,
        fetched: &mut mpsc::Receiver<(Work, Result<Vec<Part>, connectors::Error>)>,
        opened: &mut [(AccountId, Currency)],
        plans: &[AccountPlan],
        (ctx, skips): (&Context, &Skips),
        stop: &CancellationToken,
    ) -> Result<(), Halt> {
        let mut looks = stopping::looks();
        loop {
            // A wait for the vendor's rate can last for minutes: it is not waited out.
            let next = tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Halt::Stopping),
                next = fetched.recv() => next,
                _ = looks.tick() => {
                    if stopping::is_asked(self.pipeline, self.row, self.run).await? {
                        return Err(Halt::Cancelled);
                    }
                    continue;
                }
            };
            let Some((work, parts)) = next else { return Ok(()) };
            if skips.has(&work) {
                continue;
            }
            match parts {
                Ok(parts) => {
                    for part in parts {
                        let today = plans[work.account].today;
                        let written = self
                            .write_part(connector, &work, part, &mut opened[work.account], today, ctx)
                            .await;
                        if let Err(Halt::Ours(PipelineError::Stream(error))) = written {
                            self.give_up(&work, *error, skips)?;
                            break;
                        }
                        written?;
                    }
                }
                Err(error) => self.give_up(&work, error, skips)?,
            }
            if self.is_cancelled {
                return Err(Halt::Cancelled);
            }
        }
    }

    /// Compares the accounts' own totals with those of their campaigns, over the days that this run read.
    async fn reconcile_all(
        &mut self,
        accounts: &[AccountRow],
        opened: &[(AccountId, Currency)],
    ) -> Result<()> {
        let mut tx = self.pipeline.database.begin().await?;
        if !hold(&mut tx, self.row.workspace(), self.row.id()).await? {
            return Ok(());
        }
        for (index, account) in accounts.iter().enumerate() {
            let of = |kind| self.days_of_kind.get(&(index, kind));
            let (Some(own), Some(campaigns)) = (of(EntityKind::Account), of(EntityKind::Campaign)) else {
                continue;
            };
            let days: BTreeSet<NaiveDate> = own.intersection(campaigns).copied().collect();
            let question = reconcile::Question {
                workspace: self.row.workspace(),
                connection: self.row.id(),
                run: self.run,
                account: opened[index].0,
                remote_id: &account.remote_id,
                name: &account.name,
                currency: opened[index].1.as_str(),
                days: &days,
                at: self.pipeline.clock.now(),
            };
            for sentence in reconcile(&mut tx, &question).await? {
                self.warn(sentence);
            }
        }
        Ok(tx.commit().await?)
    }

    /// An error that concerns one account or stream becomes a warning, and the others go on; what was fetched ahead of it is
    /// left out, too.
    fn give_up(&mut self, work: &Work, error: connectors::Error, skips: &Skips) -> Result<(), Halt> {
        if error.stops_run_after(self.written_parts > 0) {
            return Err(error.into());
        }
        self.warn(format!("{error} {}", error.action()));
        skips.add(work, &error);
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
        connector: &dyn Connector,
        work: &Work,
        part: Part,
        opened: &mut (AccountId, Currency),
        today: NaiveDate,
        ctx: &Context,
    ) -> Result<(), Halt> {
        let (workspace, connection) = (self.row.workspace(), self.row.id());
        let now = self.pipeline.clock.now();
        let mut place = Place {
            workspace,
            connection,
            run: self.run,
            account: opened.0,
            currency: opened.1,
            today,
            at: now,
        };
        let days = part.days;
        part.ensure_months(&self.pipeline.database).await?;
        // COPY does not go with row-level security: slices are written by the owner; every statement names the
        // workspace.
        let mut tx = self.pipeline.database.begin().await?;
        // Rows, cursor and counters are lost together or not at all, and what was lost is read again: no slice needs to
        // wait for the disk.
        sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *tx).await?;
        match hold_reading(&mut tx, workspace, connection, self.row.reading_number).await? {
            Reading::GoesOn => {}
            Reading::Changed => return Err(Halt::Changed),
            // Nothing of it may come back.
            Reading::Gone => return Err(Halt::Cancelled),
        }
        let Written { rows, counts, records, warnings } = write(&mut tx, &mut place, part).await?;
        if gives_totals(connector, work.stream) {
            let streams: Vec<&StreamSpec> =
                connector.streams().iter().filter(|stream| gives_totals(connector, stream)).collect();
            let lookback = streams.iter().map(|stream| stream.lookback_days(&ctx.settings)).max();
            let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
            let provisional = provisional_from(today, lookback.unwrap_or_default());
            update_completeness(&mut tx, &place, &names, provisional).await?;
        }
        let counters = sqlx::query_scalar(
            "UPDATE sync_runs SET rows_read = rows_read + $3, rows_changed = rows_changed + $4,
                    days_done = days_done + $5, current_day = $6, alive_at = $7
             WHERE workspace_id = $1 AND id = $2 RETURNING cancel_requested",
        )
        .bind(workspace.0)
        .bind(self.run.0)
        .bind(i64::try_from(rows).unwrap_or(i64::MAX))
        .bind(i64::try_from(counts.inserted + counts.updated + counts.deleted + records).unwrap_or(i64::MAX))
        .bind(i32::try_from(days.len()).unwrap_or(i32::MAX))
        .bind(days.until())
        .bind(now)
        .fetch_one(&mut *tx)
        .await?;
        self.is_cancelled = counters;
        write_calls(&mut tx, workspace, self.run, &self.tally()).await?;
        let is_due = self.announced.is_none_or(|at| at.elapsed() >= ANNOUNCE_EVERY);
        if is_due {
            database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
            self.announced = Some(Instant::now());
        }
        tx.commit().await?;
        opened.1 = place.currency;
        self.written_parts += 1;
        if can_be_compared(work.stream) {
            // Today still moves between two requests.
            let whole = days.days().filter(|day| *day < today);
            self.days_of_kind.entry((work.account, work.stream.kind)).or_default().extend(whole);
        }
        for warning in warnings {
            self.warn(warning.to_string());
        }
        Ok(())
    }

    fn tally(&self) -> CallTally {
        self.calls.as_ref().map(Calls::tally).unwrap_or_default()
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
        let tally = Tally {
            has_warnings: !self.warnings.is_empty(),
            first_error: self.first_error.take(),
            has_written: self.written_parts > 0,
        };
        let mut verdict = Verdict::of(self.row, result, tally, self.pipeline.clock.now());
        if let Some(day) = self.only_day {
            verdict = verdict.of_day(day, self.row);
        }
        let warnings: Vec<&String> = self.warnings.iter().collect();
        verdict.store(self.pipeline, self.row, self.run, &warnings, &self.tally()).await?;
        Ok(Ending { outcome: verdict.outcome, next_run_at: verdict.next })
    }
}
