//! What every answer needs to know about the workspace.

use super::QueryError;
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::kind_number;
use crate::rates::{self, RateTable};
use crate::totals::{Givers, Kinds, reported};
use metrics::Family;
use model::DayRange;
use model::days::WeekStart;
use model::entities::EntityKind;
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
    /// Families of which some figures come by several streams, so that a fact may have several rows.
    split: Vec<Family>,
}

/// An account, as far as questions need it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) currency: Currency,
    pub(super) time_zone: String,
    /// The kinds that count, by family.
    givers: Vec<Givers>,
    /// What rows of which kinds are broken down by.
    breakdowns: Vec<(Family, i16, String)>,
}

impl Account {
    /// The kinds whose rows count among figures of the family; none where the account has none.
    pub(super) fn givers(&self, family: Family) -> Option<&Givers> {
        self.givers.iter().find(|givers| givers.family() == family)
    }

    /// The kinds whose rows count where figures are broken down by something that goes by those names: the usual ones, or,
    /// where none of these are broken down by it, what the account tells as a whole or of campaigns. (LinkedIn tells who saw
    /// ads only for the account, whose totals are its campaigns'.)
    pub(super) fn broken_down(&self, family: Family, names: &[&str], usual: Kinds) -> Kinds {
        let has = |kind: i16| {
            let is = |(of, other, name): &(Family, i16, String)| {
                *of == family && *other == kind && names.contains(&name.as_str())
            };
            self.breakdowns.iter().any(is)
        };
        if usual.iter().any(has) {
            return usual;
        }
        let others = [EntityKind::Account, EntityKind::Campaign].map(kind_number);
        others.into_iter().find(|kind| has(*kind)).map_or(usual, Kinds::of)
    }
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
        let accounts: Vec<(i32, String, String, String, String)> = sqlx::query_as(
            "SELECT id, name, platform, currency::text, time_zone FROM accounts WHERE workspace_id = $1 ORDER BY id",
        )
        .bind(workspace.0)
        .fetch_all(&mut *tx)
        .await?;
        let accounts = accounts.into_iter().map(|(id, name, platform, currency, time_zone)| {
            let (currency, givers, breakdowns) = (code(&currency)?, Vec::new(), Vec::new());
            Ok(Account { id, name, platform, currency, time_zone, givers, breakdowns })
        });
        let mut accounts: Vec<Account> = accounts.collect::<Result<_, QueryError>>()?;
        let rows: Vec<(i32, String, i16, Vec<String>)> = sqlx::query_as(
            "SELECT account_id, family, kind, metrics FROM reported_metrics WHERE workspace_id = $1
             ORDER BY account_id, family, kind",
        )
        .bind(workspace.0)
        .fetch_all(&mut *tx)
        .await?;
        for rows in rows.chunk_by(|a, b| (a.0, &a.1) == (b.0, &b.1)) {
            let family = family(&rows[0].1)?;
            let of_kinds = rows.iter().map(|(_, _, kind, names)| (*kind, reported(family, names)));
            if let Ok(at) = accounts.binary_search_by_key(&rows[0].0, |account| account.id) {
                accounts[at].givers.push(Givers::of(family, &of_kinds.collect::<Vec<_>>()));
            }
        }
        let streams: Vec<(i32, String, i16, String, i16)> = sqlx::query_as(
            "SELECT account_id, family, kind, dimension, stream FROM fact_streams WHERE workspace_id = $1
             ORDER BY account_id, family, kind, dimension, stream",
        )
        .bind(workspace.0)
        .fetch_all(tx)
        .await?;
        let mut split = Vec::new();
        for (account, name, kind, dimension, stream) in streams {
            let family = family(&name)?;
            if stream > 0 && !split.contains(&family) {
                split.push(family);
            }
            if let (false, Ok(at)) =
                (dimension.is_empty(), accounts.binary_search_by_key(&account, |account| account.id))
            {
                accounts[at].breakdowns.push((family, kind, dimension));
            }
        }
        Ok(Self {
            workspace,
            reporting: code(&currency)?,
            week_start: match week_start {
                6 => WeekStart::Saturday,
                7 => WeekStart::Sunday,
                _ => WeekStart::Monday,
            },
            version,
            accounts,
            split,
        })
    }

    pub(super) fn account(&self, id: i32) -> Option<&Account> {
        self.accounts.binary_search_by_key(&id, |a| a.id).ok().map(|at| &self.accounts[at])
    }

    /// Whether a fact of the family may have several rows, by several streams.
    pub(super) fn is_split(&self, family: Family) -> bool {
        self.split.contains(&family)
    }

    /// The currencies of those accounts' money, sorted. Deals are in currencies of their own.
    pub(super) async fn currencies(
        &self,
        tx: &mut PgConnection,
        family: Family,
        accounts: impl Iterator<Item = i32>,
    ) -> Result<Vec<Currency>, QueryError> {
        if family == Family::Crm {
            let codes: Vec<String> = sqlx::query_scalar(
                "SELECT DISTINCT currency::text FROM rollup_crm_account_day
                 WHERE workspace_id = $1 AND account_id = ANY($2) ORDER BY 1",
            )
            .bind(self.workspace.0)
            .bind(accounts.collect::<Vec<_>>())
            .fetch_all(tx)
            .await?;
            return codes.iter().map(|text| code(text)).collect();
        }
        let mut currencies: Vec<Currency> =
            accounts.filter_map(|id| self.account(id)).map(|account| account.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        Ok(currencies)
    }

    /// The rates that conversions of those currencies need within those days.
    pub(super) async fn rates(
        &self,
        tx: &mut PgConnection,
        currencies: &[Currency],
        days: DayRange,
    ) -> Result<RateTable, QueryError> {
        Ok(rates::table(tx, self.workspace, self.reporting, currencies, days).await?)
    }
}

fn family(name: &str) -> Result<Family, QueryError> {
    Family::from_name(name).ok_or_else(|| LoadError::Protocol("the name of a family").into())
}

fn code(text: &str) -> Result<Currency, QueryError> {
    text.parse().map_err(|_| LoadError::Protocol("a currency code").into())
}
