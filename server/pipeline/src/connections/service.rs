//! The port `Connections`.

use super::{calendar, change, consent, day, discovery, estimate, expiry, health, removal, settings, store};
use crate::error::{PipelineError, Result};
use crate::{Pipeline, demo, jobs};
use async_trait::async_trait;
use chrono::NaiveDate;
use connectors::{Settings, way};
use model::access::{Caller, Member};
use model::connect::{ConnectRequest, Discovery, HistoryEstimate, PlatformInfo};
use model::connections::{ConnectionChange, ConnectionDetail, ConnectionSummary, FoundAccount, StartSync};
use model::health::{EndingGrant, HealthReport};
use model::ids::ConnectionId;
use model::live::Topic;
use model::ports::{Connections, Result as PortResult};
use model::upkeep::{DayDetail, RemovalSize};
use model::{AppError, DayRange};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;

/// Longest history that can be asked for.
const MAX_HISTORY_DAYS: i64 = 5 * 366;

#[async_trait]
impl Connections for Pipeline {
    async fn platforms(&self, _member: &Member) -> PortResult<Vec<PlatformInfo>> {
        Ok(connectors::all()
            .iter()
            .map(|connector| {
                let configured = self.settings.fields(connector.slug());
                let value = |name: &str| configured.get(name).map(|secret| secret.expose_secret().to_owned());
                let redirect_uri = self.settings.redirect_uri.clone();
                PlatformInfo { redirect_uri, ..way::describe(*connector, &value) }
            })
            .collect())
    }

    async fn guide(&self, _member: &Member, platform: &str) -> PortResult<String> {
        let page = connectors::guide::of(platform);
        page.map(str::to_owned).ok_or_else(|| AppError::not_found("There is no page about such a platform."))
    }

    async fn connect(&self, member: &Member, request: ConnectRequest) -> PortResult<String> {
        Ok(consent::begin(self, member, request).await?)
    }

    async fn finish_consent(&self, caller: &Caller, query: BTreeMap<String, String>) -> PortResult<String> {
        Ok(consent::finish(self, caller, &query).await?)
    }

    async fn discover(&self, member: &Member, connection: ConnectionId) -> PortResult<Discovery> {
        Ok(discovery::discover(self, member, connection).await?)
    }

    async fn estimate(&self, member: &Member, start: &StartSync) -> PortResult<HistoryEstimate> {
        Ok(self.estimate_history(member, start).await?)
    }

    async fn start(&self, member: &Member, start: StartSync) -> PortResult<()> {
        Ok(self.start_sync(member, &start).await?)
    }

    async fn list(&self, member: &Member) -> PortResult<Vec<ConnectionSummary>> {
        let list = async {
            let mut tx = self.database.scoped(member.workspace).await?;
            store::summaries(&mut tx, member.workspace, self.clock.now()).await
        };
        Ok(list.await?)
    }

    async fn detail(&self, member: &Member, connection: ConnectionId) -> PortResult<ConnectionDetail> {
        Ok(self.connection_detail(member, connection).await?)
    }

    async fn day(&self, member: &Member, connection: ConnectionId, day: NaiveDate) -> PortResult<DayDetail> {
        Ok(day::day(self, member, connection, day).await?)
    }

    async fn read_day(&self, member: &Member, connection: ConnectionId, day: NaiveDate) -> PortResult<()> {
        Ok(day::read_day(self, member, connection, day).await?)
    }

    async fn ending(&self, member: &Member) -> PortResult<Vec<EndingGrant>> {
        Ok(expiry::ending(self, member.workspace).await?)
    }

    async fn health(&self, member: &Member) -> PortResult<HealthReport> {
        Ok(health::health(self, member.workspace).await?)
    }

    async fn removal(&self, member: &Member, connection: ConnectionId) -> PortResult<RemovalSize> {
        Ok(removal::removal(self, member, connection).await?)
    }

    async fn sync_now(&self, member: &Member, connection: ConnectionId) -> PortResult<()> {
        Ok(self.run_now(member, connection).await?)
    }

    async fn cancel_run(&self, member: &Member, connection: ConnectionId) -> PortResult<()> {
        let cancel = async {
            let mut tx = self.database.scoped(member.workspace).await?;
            sqlx::query(
                "UPDATE sync_runs SET cancel_requested = true
                 WHERE workspace_id = $1 AND connection_id = $2 AND outcome = 'running'",
            )
            .bind(member.workspace.0)
            .bind(connection.0)
            .execute(&mut *tx)
            .await?;
            database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
            tx.commit().await?;
            Ok::<(), PipelineError>(())
        };
        Ok(cancel.await?)
    }

    async fn change(
        &self,
        member: &Member,
        connection: ConnectionId,
        change: ConnectionChange,
    ) -> PortResult<()> {
        Ok(change::change(self, member, connection, change).await?)
    }

    async fn disconnect(
        &self,
        member: &Member,
        connection: ConnectionId,
        delete_data: bool,
    ) -> PortResult<()> {
        Ok(removal::remove(self, member, connection, delete_data).await?)
    }

    async fn open_demo(&self, caller: &Caller) -> PortResult<String> {
        Ok(demo::enter(self, caller).await?)
    }

    async fn remove_demo(&self, caller: &Caller) -> PortResult<()> {
        Ok(demo::remove(self, caller).await?)
    }
}

impl Pipeline {
    /// Makes the demo workspace ready before anybody asks for it.
    ///
    /// # Errors
    /// When there is no simulator, or the database fails.
    pub async fn prepare_demo(&self) -> Result<()> {
        demo::open(self, None).await
    }

    fn history(&self, from: NaiveDate) -> Result<DayRange> {
        let today = self.clock.now().date_naive();
        let days = DayRange::new(from, today)
            .map_err(|_| AppError::invalid_field("history_from", "The history can't begin in the future."))?;
        if i64::from(days.len()) > MAX_HISTORY_DAYS {
            return Err(AppError::invalid_field(
                "history_from",
                "The history can reach back five years at most.",
            )
            .into());
        }
        Ok(days)
    }

    async fn estimate_history(&self, member: &Member, start: &StartSync) -> Result<HistoryEstimate> {
        let mut tx = self.database.scoped(member.workspace).await?;
        let row = store::connection(&mut tx, member.workspace, start.connection).await?;
        tx.commit().await?;
        let days = self.history(start.history_from)?;
        let connector = connectors::find(&row.platform)
            .ok_or_else(|| AppError::not_found("There is no such platform."))?;
        let settings = Settings::of(connector, &row.settings.0).map_err(|e| consent::app_error(&e))?;
        let mut tx = self.database.scoped(member.workspace).await?;
        let mut accounts = store::accounts(&mut tx, member.workspace, Some(start.connection)).await?;
        tx.commit().await?;
        accounts.retain(|account| start.accounts.contains(&account.remote_id));
        let measured = estimate::measured(self, &row).await?;
        let now = self.clock.now();
        Ok(estimate::estimate(connector, &settings, &accounts, days, measured, now))
    }

    async fn start_sync(&self, member: &Member, start: &StartSync) -> Result<()> {
        if start.accounts.is_empty() {
            return Err(AppError::invalid_field("accounts", "Choose at least one account.").into());
        }
        let days = self.history(start.history_from)?;
        let now = self.clock.now();
        let mut tx = self.database.begin().await?;
        store::connection(&mut tx, member.workspace, start.connection).await?;
        let chosen =
            store::select_accounts(&mut tx, member.workspace, start.connection, &start.accounts).await?;
        if chosen != start.accounts.len() as u64 {
            return Err(AppError::conflict("Some of these accounts are no longer there.")
                .with_hint("Load the page again and choose anew.")
                .into());
        }
        sqlx::query(
            "UPDATE connections SET history_from = $3, schedule = $4 WHERE workspace_id = $1 AND id = $2",
        )
        .bind(member.workspace.0)
        .bind(start.connection.0)
        .bind(days.from())
        .bind(start.schedule.name())
        .execute(&mut *tx)
        .await?;
        store::set_state(&mut tx, member.workspace, start.connection, "ready", None, None, Some(now)).await?;
        jobs::enqueue(&mut tx, member.workspace, start.connection, now).await?;
        database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
        Ok(tx.commit().await?)
    }

    async fn connection_detail(&self, member: &Member, connection: ConnectionId) -> Result<ConnectionDetail> {
        let mut tx = self.database.scoped(member.workspace).await?;
        let row = store::connection(&mut tx, member.workspace, connection).await?;
        let now = self.clock.now();
        let summary = store::summaries(&mut tx, member.workspace, now)
            .await?
            .into_iter()
            .find(|s| s.id == connection)
            .ok_or_else(|| AppError::not_found("This connection does not exist (any more)."))?;
        let accounts = store::accounts(&mut tx, member.workspace, Some(connection)).await?;
        let today = store::today(&accounts, now);
        let days = match DayRange::new(row.history_from, today) {
            Ok(range) => {
                calendar::days(self, &mut tx, &row, &accounts, range, summary.provisional_from).await?
            }
            Err(_) => Vec::new(),
        };
        let runs = store::runs(&mut tx, member.workspace, connection, 50).await?;
        tx.commit().await?;
        let chosen = accounts.iter().filter(|account| account.is_selected);
        let chosen: Vec<_> = chosen.map(store::AccountRow::remote).collect();
        let connector = self.settings.connectors.find(&row.platform);
        let known_settings = connector.map(|connector| settings::known(connector, &chosen));
        let queued_days = jobs::waiting_days(self, connection).await?;
        Ok(ConnectionDetail {
            summary,
            found: accounts.into_iter().map(FoundAccount::from).collect(),
            days,
            runs: runs.into_iter().map(store::RunRow::summary).collect(),
            settings: row.settings.0,
            known_settings: known_settings.unwrap_or_default(),
            queued_days,
        })
    }

    async fn run_now(&self, member: &Member, connection: ConnectionId) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.database.begin().await?;
        let row = store::connection(&mut tx, member.workspace, connection).await?;
        store::ensure_runs(&row)?;
        let is_running: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM sync_runs WHERE workspace_id = $1 AND connection_id = $2
                            AND outcome = 'running' AND alive_at > $3)",
        )
        .bind(member.workspace.0)
        .bind(connection.0)
        .bind(now - chrono::TimeDelta::minutes(5))
        .fetch_one(&mut *tx)
        .await?;
        if is_running {
            return Ok(());
        }
        jobs::enqueue(&mut tx, member.workspace, connection, now).await?;
        database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
        Ok(tx.commit().await?)
    }
}
