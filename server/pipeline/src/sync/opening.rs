//! What a run stands on: credentials, accounts in the warehouse, what was read before, and its own row.

use crate::Pipeline;
use crate::connections::hold::hold;
use crate::connections::store::{AccountRow, ConnectionRow};
use crate::error::{PipelineError, Result};
use crate::vault;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use connectors::http::RetryPolicy;
use connectors::{Connector, Context};
use model::ids::{AccountId, RunId};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::collections::BTreeMap;
use std::sync::Arc;
use warehouse::Currency;
use warehouse::load::{self, AccountSource, AccountSpec};

/// Days by account and stream, and whether they were read so lately that reading them again can wait.
pub(super) type DaysRead = BTreeMap<String, BTreeMap<String, BTreeMap<NaiveDate, bool>>>;

/// The days of the last snapshots, by account and stream.
pub(super) type SnapshotsRead = BTreeMap<String, BTreeMap<String, NaiveDate>>;

/// A connection that runs more often than this (that of the demo) reads the days that may still be restated again only
/// after this time, but for the newest ones: else it would read thousands of unchanged rows all the time.
const RESTATED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// Puts a connection together for reading, as patiently as that.
///
/// # Errors
/// When settings or credentials are wrong.
pub fn context(
    pipeline: &Pipeline,
    connector: &dyn Connector,
    row: &ConnectionRow,
    policy: RetryPolicy,
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
        settings: standing(connector, &row.settings.0),
        base_url: pipeline.base_url(&row.platform, row.base_url.as_deref())?,
        tokens: Arc::new(tokens),
        clock: pipeline.clock.clone(),
        jitter: Box::new(SmallRng::from_rng(&mut rand_source())),
        pace: pipeline.pace(row.base_url.as_deref()),
        policy,
    };
    Context::new(connector, setup)
}

#[expect(
    clippy::disallowed_methods,
    reason = "only spreads retries in time; tests of schedules pass their own source"
)]
pub(super) fn rand_source() -> rand::rngs::ThreadRng {
    rand::rng()
}

/// Opens the accounts in the warehouse, in their order; `None` when the connection is gone. `attribution` says how the
/// platform attributes conversions of an account.
///
/// # Errors
/// What the database says.
pub(super) async fn open_accounts(
    pipeline: &Pipeline,
    row: &ConnectionRow,
    accounts: &[AccountRow],
    attribution: impl Fn(&AccountRow) -> Option<String>,
) -> Result<Option<Vec<(AccountId, Currency)>>> {
    let mut tx = pipeline.database.begin().await?;
    if !hold(&mut tx, row.workspace(), row.id()).await? {
        return Ok(None);
    }
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
            remark: attribution(account),
        };
        let id =
            load::open_account(&mut tx, row.workspace(), &spec).await.map_err(PipelineError::unexpected)?;
        opened.push((id, currency));
    }
    tx.commit().await?;
    Ok(Some(opened))
}

/// Days that were read in full, by account and stream.
///
/// # Errors
/// What the database says.
pub(super) async fn days_read(
    tx: &mut sqlx::PgConnection,
    row: &ConnectionRow,
    now: DateTime<Utc>,
) -> Result<DaysRead> {
    let is_often = row.every().is_some_and(|seconds| TimeDelta::seconds(seconds.into()) < RESTATED_EVERY);
    let fresh_since = if is_often { now - RESTATED_EVERY } else { now };
    let rows: Vec<(String, String, NaiveDate, bool)> = sqlx::query_as(
        "SELECT remote_id, stream, day, read_at > $3 FROM stream_days
         WHERE workspace_id = $1 AND connection_id = $2 AND NOT is_partial",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .bind(fresh_since)
    .fetch_all(tx)
    .await?;
    let mut read = DaysRead::new();
    for (account, stream, day, is_fresh) in rows {
        read.entry(account).or_default().entry(stream).or_default().insert(day, is_fresh && is_often);
    }
    Ok(read)
}

/// When streams without days were last read, by account and stream.
///
/// # Errors
/// What the database says.
pub(super) async fn snapshots_read(
    tx: &mut sqlx::PgConnection,
    row: &ConnectionRow,
) -> Result<SnapshotsRead> {
    let rows: Vec<(String, String, NaiveDate)> = sqlx::query_as(
        "SELECT remote_id, stream, day FROM stream_snapshots WHERE workspace_id = $1 AND connection_id = $2",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .fetch_all(tx)
    .await?;
    let mut read = SnapshotsRead::new();
    for (account, stream, day) in rows {
        read.entry(account).or_default().insert(stream, day);
    }
    Ok(read)
}

/// Makes the run's row. The queue runs one job per connection at a time, so a run that still counts as running belongs
/// to a server that died.
pub(super) async fn claim(
    tx: &mut sqlx::PgConnection,
    row: &ConnectionRow,
    only_day: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<RunId> {
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
        "INSERT INTO sync_runs (workspace_id, connection_id, started_at, alive_at, only_day)
         VALUES ($1, $2, $3, $3, $4) RETURNING id",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .bind(now)
    .bind(only_day)
    .fetch_one(tx)
    .await?;
    Ok(RunId(id))
}

/// The person's settings, over those that the platform needs for being read again and again.
fn standing(connector: &dyn Connector, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut all: BTreeMap<String, String> = connector.standing_settings().iter().map(text).collect();
    all.extend(own.clone());
    all
}
