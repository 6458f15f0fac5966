//! Connections, their accounts and runs in the database. Every function works inside a scoped transaction.

use super::expiry;
pub use super::runs::{CallColumns, RunRow, run_of_day, runs};
use crate::error::{PipelineError, Result};
use chrono::{DateTime, NaiveDate, Utc};
use model::AppError;
use model::connections::{ConnectionState, ConnectionSummary, FoundAccount, RunOutcome, Schedule};
use model::ids::{ConnectionId, WorkspaceId};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, Row};
use std::collections::BTreeMap;
use warehouse::Currency;

/// A connection as stored.
#[derive(Debug, Clone, FromRow)]
pub struct ConnectionRow {
    /// Key.
    pub id: i32,
    /// Whose.
    pub workspace_id: i32,
    /// Platform slug.
    pub platform: String,
    /// For people.
    pub name: String,
    /// See the column's check.
    pub state: String,
    /// Why it needs somebody, in plain words.
    pub reason: Option<String>,
    /// When the quota is back.
    pub quota_until: Option<DateTime<Utc>>,
    /// Paused by a person.
    pub is_paused: bool,
    /// Name of the schedule.
    pub schedule: String,
    /// Overrides the schedule (demo).
    pub every_seconds: Option<i32>,
    /// First day of history.
    pub history_from: NaiveDate,
    /// When it runs next.
    pub next_run_at: Option<DateTime<Utc>>,
    /// Connector settings that differ from the defaults.
    pub settings: Json<BTreeMap<String, String>>,
    /// Replaces the vendor's origin.
    pub base_url: Option<String>,
    /// Sealed credentials.
    pub secret: Vec<u8>,
    /// Counts consents: a run that began under an older one can't declare the new one dead.
    pub grant_number: i32,
    /// Counts changes of what figures mean: a run that began before one must not go on writing.
    pub reading_number: i32,
    /// When the consent itself ends, where that is known.
    pub grant_ends_at: Option<DateTime<Utc>>,
}

impl ConnectionRow {
    /// Its schedule.
    pub fn schedule(&self) -> Schedule {
        Schedule::from_name(&self.schedule).unwrap_or(Schedule::Daily)
    }

    /// Seconds between runs that override the schedule.
    pub fn every(&self) -> Option<u32> {
        self.every_seconds.and_then(|s| u32::try_from(s).ok())
    }

    /// The row's key as an id.
    pub fn id(&self) -> ConnectionId {
        ConnectionId(self.id)
    }

    /// The row's tenant as an id.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId(self.workspace_id)
    }

    fn state(&self, is_running: bool) -> ConnectionState {
        let reason = || self.reason.clone().unwrap_or_default();
        if is_running {
            return ConnectionState::Syncing;
        }
        match (self.state.as_str(), self.is_paused) {
            ("choosing_accounts", _) => ConnectionState::ChoosingAccounts,
            ("needs_reconnect", _) => ConnectionState::NeedsReconnect { reason: reason() },
            (_, true) => ConnectionState::Paused,
            ("waiting_for_quota", _) => {
                ConnectionState::WaitingForQuota { until: self.quota_until.unwrap_or(DateTime::UNIX_EPOCH) }
            }
            ("failing", _) => ConnectionState::Failing { reason: reason() },
            _ => ConnectionState::Ready,
        }
    }
}

/// An account that discovery found, as stored.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct AccountRow {
    /// Whose.
    pub connection_id: i32,
    /// The vendor's id.
    pub remote_id: String,
    /// The vendor's name.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA.
    pub time_zone: String,
    /// The connector's own words.
    pub access_path: Option<String>,
    /// Chosen for synchronisation.
    pub is_selected: bool,
}

impl AccountRow {
    /// As connectors know it.
    pub fn remote(&self) -> connectors::RemoteAccount {
        connectors::RemoteAccount {
            id: self.remote_id.clone(),
            name: self.name.clone(),
            currency: (self.currency != Currency::NONE.as_str()).then(|| self.currency.clone()),
            time_zone: Some(self.time_zone.clone()),
            access_path: self.access_path.clone(),
        }
    }
}

impl From<AccountRow> for FoundAccount {
    fn from(row: AccountRow) -> Self {
        Self {
            remote_id: row.remote_id,
            name: row.name,
            currency: row.currency,
            time_zone: row.time_zone,
            is_selected: row.is_selected,
            has_figures: None,
        }
    }
}

const CONNECTION_COLUMNS: &str = "id, workspace_id, platform, name, state, reason, quota_until, is_paused, schedule, \
     every_seconds, history_from, next_run_at, settings, base_url, secret, grant_number, \
     reading_number, grant_ends_at";

pub(super) fn sql(text: String) -> sqlx::AssertSqlSafe<String> {
    // Built from the constants above only.
    sqlx::AssertSqlSafe(text)
}

/// All connections of a workspace.
pub async fn connections(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<Vec<ConnectionRow>> {
    let text = format!("SELECT {CONNECTION_COLUMNS} FROM connections WHERE workspace_id = $1 ORDER BY id");
    Ok(sqlx::query_as(sql(text)).bind(workspace.0).fetch_all(tx).await?)
}

/// One connection. A removed one is `NotFound`.
pub async fn connection(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<ConnectionRow> {
    let text = format!("SELECT {CONNECTION_COLUMNS} FROM connections WHERE workspace_id = $1 AND id = $2");
    sqlx::query_as(sql(text)).bind(workspace.0).bind(connection.0).fetch_optional(tx).await?.ok_or_else(gone)
}

/// The connection was removed.
pub(super) fn gone() -> PipelineError {
    PipelineError::Told(AppError::not_found("This connection does not exist (any more)."))
}

/// What a new connection starts with.
#[derive(Debug)]
pub struct NewConnection<'a> {
    /// Platform slug.
    pub platform: &'a str,
    /// For people.
    pub name: &'a str,
    /// First day of history until the person chooses.
    pub history_from: NaiveDate,
    /// Replaces the vendor's origin.
    pub base_url: Option<&'a str>,
    /// Who made it; none for the demo.
    pub created_by: Option<i32>,
    /// When.
    pub now: DateTime<Utc>,
}

/// Adds a connection with an unusable secret, which the caller replaces at once by [`set_secret`]: sealing needs the
/// key of the row.
pub async fn insert(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    new: &NewConnection<'_>,
) -> Result<ConnectionId> {
    let id = sqlx::query_scalar(
        "INSERT INTO connections (workspace_id, platform, name, history_from, base_url, created_by, created_at, secret)
         VALUES ($1, $2, $3, $4, $5, $6, $7, decode(repeat('00', 44), 'hex')) RETURNING id",
    )
    .bind(workspace.0)
    .bind(new.platform)
    .bind(new.name)
    .bind(new.history_from)
    .bind(new.base_url)
    .bind(new.created_by)
    .bind(new.now)
    .fetch_one(tx)
    .await?;
    Ok(ConnectionId(id))
}

/// Replaces the sealed credentials.
pub async fn set_secret(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    sealed: &[u8],
) -> Result<()> {
    sqlx::query("UPDATE connections SET secret = $3 WHERE workspace_id = $1 AND id = $2")
        .bind(workspace.0)
        .bind(connection.0)
        .bind(sealed)
        .execute(tx)
        .await?;
    Ok(())
}

/// Sets how the connection stands, and when it runs next.
pub async fn set_state(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    state: &str,
    reason: Option<&str>,
    quota_until: Option<DateTime<Utc>>,
    next_run_at: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query(
        "UPDATE connections SET state = $3, reason = $4, quota_until = $5, next_run_at = $6
         WHERE workspace_id = $1 AND id = $2",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .bind(state)
    .bind(reason)
    .bind(quota_until)
    .bind(next_run_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// The accounts of one connection, or of all in the workspace.
pub async fn accounts(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: Option<ConnectionId>,
) -> Result<Vec<AccountRow>> {
    Ok(sqlx::query_as(
        "SELECT connection_id, remote_id, name, currency, time_zone, access_path, is_selected
         FROM connection_accounts
         WHERE workspace_id = $1 AND ($2::integer IS NULL OR connection_id = $2)
         ORDER BY connection_id, name, remote_id",
    )
    .bind(workspace.0)
    .bind(connection.map(|c| c.0))
    .fetch_all(tx)
    .await?)
}

/// Stores what discovery found. Accounts that are gone stay if they were chosen (their figures stay, too). Where the vendor
/// names no currency, the one that the figures turned out to be in stays.
pub async fn store_found(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    found: &[connectors::RemoteAccount],
) -> Result<()> {
    for account in found {
        sqlx::query(
            "INSERT INTO connection_accounts
                 (workspace_id, connection_id, remote_id, name, currency, time_zone, access_path)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT ON CONSTRAINT connection_accounts_pkey DO UPDATE
             SET name = excluded.name,
                 currency = coalesce(nullif(excluded.currency, $8), connection_accounts.currency), time_zone = excluded.time_zone,
                 access_path = excluded.access_path",
        )
        .bind(workspace.0)
        .bind(connection.0)
        .bind(&account.id)
        .bind(&account.name)
        .bind(account.currency.as_deref().unwrap_or(Currency::NONE.as_str()))
        .bind(account.time_zone.as_deref().unwrap_or("UTC"))
        .bind(&account.access_path)
        .bind(Currency::NONE.as_str())
        .execute(&mut *tx)
        .await?;
    }
    let ids: Vec<&str> = found.iter().map(|a| a.id.as_str()).collect();
    sqlx::query(
        "DELETE FROM connection_accounts
         WHERE workspace_id = $1 AND connection_id = $2 AND NOT is_selected AND remote_id <> ALL ($3)",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .bind(ids)
    .execute(tx)
    .await?;
    Ok(())
}

/// Chooses exactly these accounts. Answers how many of them exist.
pub async fn select_accounts(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    remote_ids: &[String],
) -> Result<u64> {
    sqlx::query(
        "UPDATE connection_accounts SET is_selected = remote_id = ANY ($3)
         WHERE workspace_id = $1 AND connection_id = $2",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .bind(remote_ids)
    .execute(&mut *tx)
    .await?;
    let chosen: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM connection_accounts WHERE workspace_id = $1 AND connection_id = $2 AND is_selected",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .fetch_one(tx)
    .await?;
    Ok(u64::try_from(chosen).unwrap_or(0))
}

/// Notes when the consent ends; none where it lasts, or where that is not known.
pub async fn set_grant_end(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    ends_at: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query("UPDATE connections SET grant_ends_at = $3 WHERE workspace_id = $1 AND id = $2")
        .bind(workspace.0)
        .bind(connection.0)
        .bind(ends_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Refuses, with what to do, a connection that can't run now.
///
/// # Errors
/// When accounts are not chosen, the consent is dead, or it is paused.
pub fn ensure_runs(row: &ConnectionRow) -> Result<()> {
    match row.state.as_str() {
        "choosing_accounts" => Err(AppError::conflict("Choose accounts first.").into()),
        "needs_reconnect" => {
            Err(AppError::conflict("The consent no longer works.").with_hint("Reconnect first.").into())
        }
        _ if row.is_paused => {
            Err(AppError::conflict("This connection is paused.").with_hint("Resume it first.").into())
        }
        _ => Ok(()),
    }
}

/// The latest today of the chosen accounts.
pub fn today(accounts: &[AccountRow], now: DateTime<Utc>) -> NaiveDate {
    let chosen = accounts.iter().filter(|account| account.is_selected);
    chosen.map(|account| account.remote().today(now)).max().unwrap_or(now.date_naive())
}

/// The first day that the vendor may still restate in some account.
pub async fn provisional_from(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<Option<NaiveDate>> {
    Ok(sqlx::query_scalar(
        "SELECT min(provisional_from) FROM accounts WHERE workspace_id = $1 AND connection_id = $2",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .fetch_one(tx)
    .await?)
}

/// All connections as people see them at `now`.
pub async fn summaries(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    now: DateTime<Utc>,
) -> Result<Vec<ConnectionSummary>> {
    let rows = connections(tx, workspace).await?;
    let mut accounts_of: BTreeMap<i32, Vec<FoundAccount>> = BTreeMap::new();
    for account in accounts(tx, workspace, None).await?.into_iter().filter(|a| a.is_selected) {
        accounts_of.entry(account.connection_id).or_default().push(account.into());
    }
    let mut completeness: BTreeMap<i32, (Option<NaiveDate>, Option<NaiveDate>)> = BTreeMap::new();
    // An account that was never read keeps the whole connection from being complete.
    let complete = sqlx::query(
        "SELECT connection_id,
                CASE WHEN count(complete_until) = count(*) THEN min(complete_until) END AS complete_until,
                min(provisional_from) AS provisional_from
         FROM accounts WHERE workspace_id = $1 AND connection_id IS NOT NULL GROUP BY connection_id",
    )
    .bind(workspace.0)
    .fetch_all(&mut *tx)
    .await?;
    for row in complete {
        completeness.insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
    }
    let mut summaries = Vec::with_capacity(rows.len());
    for row in rows {
        let last_run = runs(tx, workspace, row.id(), 1).await?.into_iter().next().map(RunRow::summary);
        let is_running = last_run.as_ref().is_some_and(|r| r.outcome == RunOutcome::Running);
        let (complete_until, provisional_from) = completeness.get(&row.id).copied().unwrap_or_default();
        summaries.push(ConnectionSummary {
            id: row.id(),
            platform_name: connectors::find(&row.platform)
                .map_or_else(|| row.platform.clone(), |c| c.about().name.to_owned()),
            platform: row.platform.clone(),
            name: row.name.clone(),
            state: row.state(is_running),
            schedule: row.schedule(),
            every_seconds: row.every(),
            accounts: accounts_of.remove(&row.id).unwrap_or_default(),
            history_from: row.history_from,
            complete_until,
            provisional_from,
            next_run_at: row.next_run_at.filter(|_| !row.is_paused),
            warnings: last_run.as_ref().map(|r| r.warnings.clone()).unwrap_or_default(),
            expiry: expiry::announced(&row, now),
            last_run,
        });
    }
    Ok(summaries)
}
