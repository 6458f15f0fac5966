//! From rows to facts, in one transaction.

mod account;

use super::families;
use super::preview::{Prepared, SourceFile};
use super::rows::{Named, Row, slug};
use super::scan::{ScanError, each_row};
use super::spread::spread;
use crate::error::{PipelineError, Result};
use crate::sync::slice::scale;
pub(super) use account::makes_totals;
use account::{AccountLoad, Columns, Dated};
use chrono::{DateTime, Utc};
use metrics::{Family, Metric};
use model::AppError;
use model::ids::{ImportId, WorkspaceId};
use model::imports::{ColumnRole, EntityLevel, Mapping, PeriodPlacement};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use warehouse::Currency;
use warehouse::load::{self as facts, AccountSource, AccountSpec, LoadCounts};

/// Rows that wait between the reader's thread and the database.
const WAITING_ROWS: usize = 4096;

/// Rows of all parts of the load that stay in memory; the others wait in the database.
const ROWS_IN_MEMORY: usize = 250_000;
/// A part with fewer rows is not worth a trip to the database.
const FEWEST_ROWS: usize = 2_000;

/// Who loads what, where.
#[derive(Debug, Clone)]
pub struct Target {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which import.
    pub import: ImportId,
    /// Zone of the accounts that files make.
    pub time_zone: String,
    /// Money without any currency is in this one (files without money need none).
    pub fallback_currency: String,
    /// Now.
    pub at: DateTime<Utc>,
}

/// One row on its way, with what columns mean resolved.
struct Ready {
    row: Row,
    metrics: std::sync::Arc<[Metric]>,
    dimensions: std::sync::Arc<[String]>,
    has_hours: bool,
}

/// Loads all rows of the file in the caller's transaction. `progress` hears now and then how far it is, in rows: reading
/// a row is half of the work, and merging what it says the other half.
///
/// # Errors
/// When the file can't be read any more, a value does not fit, or the database fails. Then nothing must be committed.
pub async fn load(
    tx: &mut PgConnection,
    target: &Target,
    file: &SourceFile,
    prepared: &Prepared,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<LoadCounts> {
    let (sender, mut receiver) = mpsc::channel::<Ready>(WAITING_ROWS);
    let reading = {
        let (file, mapping, analysis) = (file.clone(), prepared.mapping.clone(), prepared.analysis.clone());
        tokio::task::spawn_blocking(move || read(&file, &mapping, &analysis, &sender))
    };
    let mut loads = Loads::new(target, &prepared.mapping);
    let mut rows: u64 = 0;
    while let Some(ready) = receiver.recv().await {
        loads.push(tx, ready).await?;
        rows += 1;
        if rows.is_multiple_of(20_000) {
            progress(rows / 2);
        }
    }
    match reading.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(AppError::invalid(format!("The file can't be loaded: {error}.")).into()),
        Err(panic) => return Err(PipelineError::unexpected(panic)),
    }
    loads.finish(tx, &|merged, all| progress(rows / 2 + rows * merged / all.max(1) / 2)).await
}

fn read(
    file: &SourceFile,
    mapping: &Mapping,
    analysis: &super::analyse::Analysis,
    sender: &mpsc::Sender<Ready>,
) -> Result<(), ScanError> {
    let mut names: Option<(std::sync::Arc<[Metric]>, std::sync::Arc<[String]>)> = None;
    each_row(file.open()?, mapping, analysis, |row, reader| {
        let (metrics, dimensions) = names
            .get_or_insert_with(|| (reader.metrics.as_slice().into(), reader.dimensions.as_slice().into()))
            .clone();
        sender
            .blocking_send(Ready { row: row.clone(), metrics, dimensions, has_hours: reader.has_hours() })
            .map_err(|_| "the load was given up".to_owned())
    })?;
    Ok(())
}

struct Loads<'a> {
    target: &'a Target,
    mapping: &'a Mapping,
    family: Family,
    /// Whether the file has a column of campaigns.
    has_campaigns: bool,
    /// Levels and breakdowns that each account is loaded at.
    parts: usize,
    accounts: BTreeMap<(String, String, String), AccountLoad>,
    /// The currencies of accounts that earlier files made, by platform and name.
    known: BTreeMap<(String, String), Option<String>>,
    /// What rounding took from the rows so far, by column: the next row gets it, so that sums stay those of the file.
    carry: Vec<Decimal>,
}

impl<'a> Loads<'a> {
    fn new(target: &'a Target, mapping: &'a Mapping) -> Self {
        let is_campaign = |role: &ColumnRole| {
            matches!(
                role,
                ColumnRole::EntityName { level: EntityLevel::Campaign }
                    | ColumnRole::EntityId { level: EntityLevel::Campaign }
            )
        };
        let has_campaigns = mapping.columns.iter().any(|c| is_campaign(&c.role));
        let is_part = |role: &ColumnRole| {
            matches!(
                role,
                ColumnRole::EntityName { .. } | ColumnRole::EntityId { .. } | ColumnRole::Breakdown { .. }
            )
        };
        // One more for hours, or for the account itself.
        let parts = 1 + mapping.columns.iter().filter(|c| is_part(&c.role)).count();
        // A mapping of several families was refused when the file was prepared.
        let family = families::of_mapping(mapping).unwrap_or_default();
        Self {
            target,
            mapping,
            family,
            has_campaigns,
            parts,
            accounts: BTreeMap::new(),
            known: BTreeMap::new(),
            carry: Vec::new(),
        }
    }

    async fn push(&mut self, tx: &mut PgConnection, mut ready: Ready) -> Result<()> {
        // Else the row would count in no campaign, and so not in the totals either.
        if self.has_campaigns && ready.row.entities[0].is_none() {
            ready.row.entities[0] = Some(Named { id: NO_CAMPAIGN.into(), name: NO_CAMPAIGN.into() });
        }
        let (ready, row) = (&ready, &ready.row);
        let Some(days) = row.days else { return Ok(()) };
        let platform = row.platform.clone().unwrap_or_else(|| slug(&self.mapping.platform));
        let account = row.account.clone().unwrap_or_else(|| self.mapping.account.clone());
        let known = self.known_currency(tx, &platform, &account).await?;
        // Rows without money have no currency of their own.
        let opened = || self.accounts.keys().find(|(p, a, _)| *p == platform && *a == account);
        let code = self
            .mapping
            .currency
            .clone()
            .or_else(|| row.currency.clone())
            .or_else(|| known.clone())
            .or_else(|| opened().map(|(.., code)| code.clone()))
            .unwrap_or_else(|| self.target.fallback_currency.clone());
        let currency: Currency = code.parse().map_err(|_| {
            AppError::invalid_field("currency", format!("{code:?} is no currency code (ISO 4217)"))
        })?;
        let scaled = self.scaled(ready)?;
        let (target, placement, family) = (self.target, self.mapping.placement, self.family);
        let load = self.account(tx, platform, account, currency, known.as_deref()).await?;
        load.note_entities(row);
        let columns = Columns { dimensions: &ready.dimensions, has_hours: ready.has_hours };
        for (day, measures) in spread(family, days, placement, &ready.metrics, &scaled) {
            load.push(tx, target, row, &columns, &Dated { day, currency, measures }).await?;
        }
        Ok(())
    }

    /// Values in the catalogue's scale. Fractions below the scale are carried to the next row.
    fn scaled(&mut self, ready: &Ready) -> Result<Vec<Option<i64>>> {
        self.carry.resize(ready.metrics.len(), Decimal::ZERO);
        let mut scaled = Vec::with_capacity(ready.metrics.len());
        for (at, (metric, value)) in ready.metrics.iter().zip(&ready.row.values).enumerate() {
            let Some(value) = value else {
                scaled.push(None);
                continue;
            };
            let wanted = if value.is_zero() { *value } else { *value + self.carry[at] };
            let units = scale(wanted, metric.scale()).ok_or_else(|| {
                AppError::invalid(format!("{} of {value} is too large to be true.", metric.label()))
            })?;
            if !value.is_zero() {
                self.carry[at] = wanted - Decimal::new(units, metric.scale());
            }
            scaled.push(Some(units));
        }
        Ok(scaled)
    }

    /// The currency of the account that earlier files made under a name.
    async fn known_currency(
        &mut self,
        tx: &mut PgConnection,
        platform: &str,
        account: &str,
    ) -> Result<Option<String>> {
        let key = (platform.to_owned(), account.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let known: Option<String> = sqlx::query_scalar(
            "SELECT currency::text FROM accounts
             WHERE workspace_id = $1 AND platform = $2 AND source = 'file' AND remote_id = $3",
        )
        .bind(self.target.workspace.0)
        .bind(platform)
        .bind(account)
        .fetch_optional(tx)
        .await?;
        self.known.insert(key, known.clone());
        Ok(known)
    }

    async fn account(
        &mut self,
        tx: &mut PgConnection,
        platform: String,
        account: String,
        currency: Currency,
        known: Option<&str>,
    ) -> Result<&mut AccountLoad> {
        use std::collections::btree_map::Entry;
        let code = currency.as_str().to_owned();
        // An account has one currency: rows of another one are another account.
        let is_other_currency = known != Some(code.as_str())
            && self.accounts.keys().any(|(p, a, c)| *p == platform && *a == account && *c != code);
        // Later accounts get a smaller share, so that a file with many of them stays in bounds.
        let rows_in_memory = ROWS_IN_MEMORY / self.parts / (self.accounts.len() + 1);
        let entry = match self.accounts.entry((platform.clone(), account.clone(), code.clone())) {
            Entry::Occupied(found) => return Ok(found.into_mut()),
            Entry::Vacant(vacant) => vacant,
        };
        let name = if is_other_currency { format!("{account} ({code})") } else { account };
        let spec = AccountSpec {
            platform,
            remote_id: name.clone(),
            name,
            currency,
            time_zone: self.target.time_zone.clone(),
            source: AccountSource::File,
            connection: None,
            remark: (self.mapping.period.is_some() && self.mapping.placement == PeriodPlacement::Spread)
                .then(|| "From a file with totals for a period: spread evenly over its days.".to_owned()),
        };
        let id = facts::open_account(tx, self.target.workspace, &spec).await?;
        let load = AccountLoad::new(id, spec.remote_id, self.family, rows_in_memory.max(FEWEST_ROWS));
        Ok(entry.insert(load))
    }

    /// `progress` hears how many rows of how many are merged.
    async fn finish(self, tx: &mut PgConnection, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<LoadCounts> {
        let mut counts = LoadCounts::default();
        let all: u64 = self.accounts.values().map(AccountLoad::len).sum();
        let mut before = 0;
        for load in self.accounts.into_values() {
            let rows = load.len();
            counts += load.finish(tx, self.target, &|merged| progress(before + merged, all)).await?;
            before += rows;
        }
        Ok(counts)
    }
}

/// Stands for rows without a campaign, in files that have campaigns.
const NO_CAMPAIGN: &str = "(no campaign)";
