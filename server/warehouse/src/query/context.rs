//! What every answer needs to know about the workspace.

use super::QueryError;
use crate::currency::Currency;
use crate::error::LoadError;
use crate::rates::{self, RateTable};
use model::DayRange;
use model::days::WeekStart;
use model::error::AppError;
use model::ids::WorkspaceId;
use model::live::Topic;
use sqlx::PgConnection;

/// The workspace as the snapshot sees it.
#[derive(Debug, Clone)]
pub(super) struct Context {
    pub(super) workspace: WorkspaceId,
    /// Currency that money is converted to.
    pub(super) reporting: Currency,
    pub(super) week_start: WeekStart,
    /// Version of the topic `figures`.
    pub(super) version: i64,
    /// By id.
    pub(super) accounts: Vec<Account>,
}

/// An account, as far as questions need it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) currency: Currency,
    pub(super) time_zone: String,
    pub(super) totals_kind: i16,
}

impl Context {
    /// Reads it in the snapshot that the answer comes from.
    pub(super) async fn read(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<Self, QueryError> {
        let row: Option<(String, i16, i64)> = sqlx::query_as(
            "SELECT currency, week_start,
                    coalesce((SELECT version FROM data_versions WHERE workspace_id = $1 AND topic = $2), 0)
             FROM workspaces WHERE id = $1",
        )
        .bind(workspace.0)
        .bind(Topic::Figures.name())
        .fetch_optional(&mut *tx)
        .await?;
        let (currency, week_start, version) =
            row.ok_or_else(|| AppError::not_found("This workspace is not there any more."))?;
        let accounts: Vec<(i32, String, String, String, String, i16)> = sqlx::query_as(
            "SELECT id, name, platform, currency::text, time_zone, totals_kind FROM accounts
             WHERE workspace_id = $1 ORDER BY id",
        )
        .bind(workspace.0)
        .fetch_all(tx)
        .await?;
        let accounts = accounts.into_iter().map(|(id, name, platform, currency, time_zone, totals_kind)| {
            Ok(Account { id, name, platform, currency: code(&currency)?, time_zone, totals_kind })
        });
        Ok(Self {
            workspace,
            reporting: code(&currency)?,
            week_start: match week_start {
                6 => WeekStart::Saturday,
                7 => WeekStart::Sunday,
                _ => WeekStart::Monday,
            },
            version,
            accounts: accounts.collect::<Result<_, QueryError>>()?,
        })
    }

    pub(super) fn account(&self, id: i32) -> Option<&Account> {
        self.accounts.binary_search_by_key(&id, |a| a.id).ok().map(|at| &self.accounts[at])
    }

    /// The rates that conversions of those accounts' money need within those days.
    pub(super) async fn rates(
        &self,
        tx: &mut PgConnection,
        accounts: impl Iterator<Item = i32>,
        days: DayRange,
    ) -> Result<RateTable, QueryError> {
        let mut currencies: Vec<Currency> =
            accounts.filter_map(|id| self.account(id)).map(|account| account.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        Ok(rates::table(tx, self.workspace, self.reporting, &currencies, days).await?)
    }
}

fn code(text: &str) -> Result<Currency, QueryError> {
    text.parse().map_err(|_| LoadError::Protocol("a currency code").into())
}
