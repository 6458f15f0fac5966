//! The port `Connections`.

use super::{calendar, consent, discovery, estimate, store};
use crate::error::{PipelineError, Result};
use crate::{Pipeline, demo, jobs};
use async_trait::async_trait;
use chrono::NaiveDate;
use connectors::{Settings, way};
use model::access::{Caller, Member};
use model::connect::{ConnectRequest, Discovery, HistoryEstimate, PlatformInfo};
use model::connections::{ConnectionChange, ConnectionDetail, ConnectionSummary, FoundAccount, StartSync};
use model::ids::ConnectionId;
use model::live::Topic;
use model::ports::{Connections, Result as PortResult};
use model::{AppError, DayRange};
use secrecy::ExposeSecret;
use sqlx::types::Json;
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
            store::summaries(&mut tx, member.workspace).await
        };
        Ok(list.await?)
    }

    async fn detail(&self, member: &Member, connection: ConnectionId) -> PortResult<ConnectionDetail> {
        Ok(self.connection_detail(member, connection).await?)
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
        Ok(self.change_connection(member, connection, change).await?)
    }

    async fn disconnect(
        &self,
        member: &Member,
        connection: ConnectionId,
        delete_data: bool,
    ) -> PortResult<()> {
        Ok(self.remove_connection(member, connection, delete_data).await?)
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
        let settings =
            Settings::parse(connector.settings(), &row.settings.0).map_err(|e| consent::app_error(&e))?;
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
        let summary = store::summaries(&mut tx, member.workspace)
            .await?
            .into_iter()
            .find(|s| s.id == connection)
            .ok_or_else(|| AppError::not_found("This connection does not exist (any more)."))?;
        let accounts = store::accounts(&mut tx, member.workspace, Some(connection)).await?;
        let now = self.clock.now();
        let today = accounts
            .iter()
            .filter(|a| a.is_selected)
            .map(|a| a.remote().today(now))
            .max()
            .unwrap_or(now.date_naive());
        let days = calendar::days(&mut tx, &row, &accounts, today, summary.provisional_from).await?;
        let runs = store::runs(&mut tx, member.workspace, connection, 50).await?;
        Ok(ConnectionDetail {
            summary,
            found: accounts.into_iter().map(FoundAccount::from).collect(),
            days,
            runs: runs.into_iter().map(store::RunRow::summary).collect(),
            settings: row.settings.0,
        })
    }

    async fn run_now(&self, member: &Member, connection: ConnectionId) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.database.begin().await?;
        let row = store::connection(&mut tx, member.workspace, connection).await?;
        match row.state.as_str() {
            "choosing_accounts" => return Err(AppError::conflict("Choose accounts first.").into()),
            "needs_reconnect" => {
                return Err(AppError::conflict("The consent no longer works.")
                    .with_hint("Reconnect first.")
                    .into());
            }
            _ if row.is_paused => {
                return Err(AppError::conflict("This connection is paused.")
                    .with_hint("Resume it first.")
                    .into());
            }
            _ => {}
        }
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

    async fn change_connection(
        &self,
        member: &Member,
        connection: ConnectionId,
        change: ConnectionChange,
    ) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.database.begin().await?;
        let row = store::connection(&mut tx, member.workspace, connection).await?;
        let name = change.name.as_deref().map_or(row.name.as_str(), str::trim);
        if name.is_empty() || name.chars().count() > 80 {
            return Err(AppError::invalid_field("name", "A name has 1 to 80 characters.").into());
        }
        let mut settings = row.settings.0.clone();
        if let Some(changed) = &change.settings {
            for (key, value) in changed {
                if value.trim().is_empty() {
                    settings.remove(key)
                } else {
                    settings.insert(key.clone(), value.trim().to_owned())
                };
            }
            let connector = connectors::find(&row.platform)
                .ok_or_else(|| AppError::not_found("There is no such platform."))?;
            Settings::parse(connector.settings(), &settings)
                .map_err(|e| AppError::invalid_field("settings", e.to_string()))?;
        }
        let schedule = change.schedule.unwrap_or_else(|| row.schedule());
        let is_paused = change.paused.unwrap_or(row.is_paused);
        sqlx::query(
            "UPDATE connections SET name = $3, settings = $4, schedule = $5, is_paused = $6,
                    every_seconds = CASE WHEN $7 THEN NULL ELSE every_seconds END
             WHERE workspace_id = $1 AND id = $2",
        )
        .bind(member.workspace.0)
        .bind(connection.0)
        .bind(name)
        .bind(Json(&settings))
        .bind(schedule.name())
        .bind(is_paused)
        .bind(change.schedule.is_some())
        .execute(&mut *tx)
        .await?;
        let mut is_wider = change.settings.is_some();
        if let Some(accounts) = &change.accounts {
            if accounts.is_empty() {
                return Err(AppError::invalid_field(
                    "accounts",
                    "Choose at least one account, or disconnect.",
                )
                .into());
            }
            store::select_accounts(&mut tx, member.workspace, connection, accounts).await?;
            is_wider = true;
        }
        let works = !matches!(row.state.as_str(), "choosing_accounts" | "needs_reconnect");
        let next = self.next_run(
            &row,
            schedule,
            change.schedule.is_some(),
            is_wider || row.is_paused && !is_paused,
            now,
        );
        if works
            && !is_paused
            && let Some(at) = next
        {
            sqlx::query("UPDATE connections SET next_run_at = $3 WHERE workspace_id = $1 AND id = $2")
                .bind(member.workspace.0)
                .bind(connection.0)
                .bind(at)
                .execute(&mut *tx)
                .await?;
            jobs::enqueue(&mut tx, member.workspace, connection, at).await?;
        }
        database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
        Ok(tx.commit().await?)
    }

    fn next_run(
        &self,
        row: &store::ConnectionRow,
        schedule: model::connections::Schedule,
        is_new_schedule: bool,
        is_now: bool,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Option<chrono::DateTime<chrono::Utc>> {
        if is_now {
            return Some(now);
        }
        let interval = schedule.seconds().filter(|_| is_new_schedule)?;
        let soonest = row.next_run_at.unwrap_or(now);
        Some(soonest.min(now + chrono::TimeDelta::seconds(i64::from(interval))))
    }

    async fn remove_connection(
        &self,
        member: &Member,
        connection: ConnectionId,
        delete_data: bool,
    ) -> Result<()> {
        let mut tx = self.database.begin().await?;
        store::connection(&mut tx, member.workspace, connection).await?;
        let accounts: Vec<i32> =
            sqlx::query_scalar("SELECT id FROM accounts WHERE workspace_id = $1 AND connection_id = $2")
                .bind(member.workspace.0)
                .bind(connection.0)
                .fetch_all(&mut *tx)
                .await?;
        sqlx::query("DELETE FROM connections WHERE workspace_id = $1 AND id = $2")
            .bind(member.workspace.0)
            .bind(connection.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query("SELECT graphile_worker.remove_job($1)")
            .bind(format!("sync:{connection}"))
            .execute(&mut *tx)
            .await?;
        if delete_data {
            for account in accounts {
                warehouse::load::delete_account_data(
                    &mut tx,
                    member.workspace,
                    model::ids::AccountId(account),
                )
                .await
                .map_err(PipelineError::unexpected)?;
            }
        } else {
            sqlx::query(
                "UPDATE accounts SET connection_id = NULL WHERE workspace_id = $1 AND connection_id = $2",
            )
            .bind(member.workspace.0)
            .bind(connection.0)
            .execute(&mut *tx)
            .await?;
        }
        database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
        Ok(tx.commit().await?)
    }
}
