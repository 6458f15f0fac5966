//! Accounts.

use crate::columns;
use crate::currency::Currency;
use crate::error::LoadError;
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Family;
use model::ids::{AccountId, ConnectionId, WorkspaceId};
use model::live::Topic;
use sqlx::{AssertSqlSafe, PgConnection};

/// Where an account's figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountSource {
    /// A connector reads it.
    Connector,
    /// Files made it.
    File,
}

impl AccountSource {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::File => "file",
        }
    }
}

/// An account as its source describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSpec {
    /// Slug.
    pub platform: String,
    /// The vendor's id; for files the name.
    pub remote_id: String,
    /// For people.
    pub name: String,
    /// Of its money.
    pub currency: Currency,
    /// IANA name.
    pub time_zone: String,
    /// Connector or file. The two never share an account.
    pub source: AccountSource,
    /// Which connection reads it.
    pub connection: Option<ConnectionId>,
    /// Attribution window or other remark of the source.
    pub remark: Option<String>,
}

/// Finds or makes the account, and brings its description up to date (a remark that is not given stays).
///
/// # Errors
/// When the platform is no slug, or the database fails.
pub async fn open_account(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    spec: &AccountSpec,
) -> Result<AccountId, LoadError> {
    let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if spec.platform.is_empty() || spec.platform.len() > 40 || !spec.platform.chars().all(is_slug) {
        return Err(LoadError::Invalid(format!(
            "{:?} is no platform: use small letters, digits and _",
            spec.platform
        )));
    }
    // The first statement changes nothing for an account that is there as described: no dead row for each sync.
    let found: Option<(i32, bool, String)> = sqlx::query_as(
        "SELECT id, (name, currency, time_zone) = ($5, $6, $7)
                AND connection_id IS NOT DISTINCT FROM $8 AND remark IS NOT DISTINCT FROM coalesce($9, remark),
                currency::text
         FROM accounts WHERE workspace_id = $1 AND platform = $2 AND source = $3 AND remote_id = $4",
    )
    .bind(workspace.0)
    .bind(&spec.platform)
    .bind(spec.source.name())
    .bind(&spec.remote_id)
    .bind(&spec.name)
    .bind(spec.currency.as_str())
    .bind(&spec.time_zone)
    .bind(spec.connection.map(|c| c.0))
    .bind(spec.remark.as_deref())
    .fetch_optional(&mut *tx)
    .await?;
    match &found {
        Some((id, true, _)) => return Ok(AccountId(*id)),
        Some((id, _, currency)) if *currency != spec.currency.as_str() => {
            refuse_other_currency(tx, workspace, *id, spec, currency).await?;
        }
        _ => {}
    }
    let id: i32 = sqlx::query_scalar(
        "INSERT INTO accounts AS a
             (workspace_id, platform, source, remote_id, name, currency, time_zone, connection_id, remark)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT ON CONSTRAINT accounts_remote_key DO UPDATE
             SET name = $5, currency = $6, time_zone = $7, connection_id = $8, remark = coalesce($9, a.remark)
         RETURNING id",
    )
    .bind(workspace.0)
    .bind(&spec.platform)
    .bind(spec.source.name())
    .bind(&spec.remote_id)
    .bind(&spec.name)
    .bind(spec.currency.as_str())
    .bind(&spec.time_zone)
    .bind(spec.connection.map(|c| c.0))
    .bind(spec.remark.as_deref())
    .fetch_one(&mut *tx)
    .await?;
    if found.is_some() {
        database::bump(tx, workspace, Topic::Figures).await?;
    }
    Ok(AccountId(id))
}

/// Gives an account whose vendor names no currency ([`Currency::NONE`]) the one that its first amounts are in. What is
/// stored already had no amounts, and is labelled with it, too.
///
/// # Errors
/// When the database fails.
pub async fn adopt_currency(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    currency: Currency,
) -> Result<(), LoadError> {
    let families = Family::ALL.into_iter().filter(|family| *family != Family::Crm).map(columns::tables);
    let labelled = families.flat_map(|tables| [tables.facts, tables.breakdowns, tables.rollup]);
    for table in labelled.chain(["restatements", "lifetime_snapshots"]) {
        sqlx::query(AssertSqlSafe(format!(
            "UPDATE {table} SET currency = $3 WHERE workspace_id = $1 AND account_id = $2 AND currency = $4"
        )))
        .bind(workspace.0)
        .bind(account.0)
        .bind(currency.as_str())
        .bind(Currency::NONE.as_str())
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query("UPDATE accounts SET currency = $3 WHERE workspace_id = $1 AND id = $2")
        .bind(workspace.0)
        .bind(account.0)
        .bind(currency.as_str())
        .execute(&mut *tx)
        .await?;
    database::bump(tx, workspace, Topic::Figures).await?;
    Ok(())
}

/// Stored figures can't be relabelled with another currency.
async fn refuse_other_currency(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: i32,
    spec: &AccountSpec,
    from: &str,
) -> Result<(), LoadError> {
    // Deals name their own currency, and so do their figures.
    let families = Family::ALL.into_iter().filter(|family| *family != Family::Crm).map(columns::tables);
    let tables = families.flat_map(|tables| [tables.facts, tables.breakdowns]);
    let exists = tables
        .map(|table| format!("EXISTS (SELECT FROM {table} WHERE workspace_id = $1 AND account_id = $2)"));
    let exists: Vec<String> = exists.collect();
    let has_figures: bool = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {}", exists.join(" OR "))))
        .bind(workspace.0)
        .bind(account)
        .fetch_one(tx)
        .await?;
    if has_figures {
        return Err(LoadError::CurrencyChanged {
            account: spec.name.clone(),
            from: from.to_owned(),
            to: spec.currency.to_string(),
        });
    }
    Ok(())
}

/// How far an account is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completeness {
    /// Last day that is fully read.
    pub complete_until: Option<NaiveDate>,
    /// Days from here on may be restated.
    pub provisional_from: Option<NaiveDate>,
    /// When the source was asked last.
    pub as_of: DateTime<Utc>,
}

/// Stores how far an account is complete. Only another day is announced to open pages: `as_of` moves with each sync.
///
/// # Errors
/// When there is no such account, or the database fails.
pub async fn set_completeness(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    completeness: Completeness,
) -> Result<(), LoadError> {
    let moved: Option<bool> = sqlx::query_scalar(
        "WITH old AS (SELECT complete_until, provisional_from FROM accounts WHERE workspace_id = $1 AND id = $2)
         UPDATE accounts a SET complete_until = $3, provisional_from = $4, as_of = $5
         FROM old WHERE workspace_id = $1 AND id = $2
         RETURNING (old.complete_until, old.provisional_from) IS DISTINCT FROM (a.complete_until, a.provisional_from)",
    )
    .bind(workspace.0)
    .bind(account.0)
    .bind(completeness.complete_until)
    .bind(completeness.provisional_from)
    .bind(completeness.as_of)
    .fetch_optional(&mut *tx)
    .await?;
    match moved {
        None => Err(LoadError::NoSuchAccount { workspace, account }),
        Some(false) => Ok(()),
        Some(true) => Ok(database::bump(tx, workspace, Topic::Figures).await.map(drop)?),
    }
}

/// Locks the account until the transaction ends, so that loads of one account go one after the other; answers the
/// currency of its money.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Currency, LoadError> {
    let currency: Option<String> = sqlx::query_scalar(
        "SELECT currency::text FROM accounts WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",
    )
    .bind(workspace.0)
    .bind(account.0)
    .fetch_optional(tx)
    .await?;
    let currency = currency.ok_or(LoadError::NoSuchAccount { workspace, account })?;
    currency.parse().map_err(|_| LoadError::Protocol("a currency code"))
}
