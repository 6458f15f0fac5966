//! From rows to facts, in one transaction.

use super::preview::{Prepared, SourceFile};
use super::rows::{Named, Row, slug};
use super::scan::{ScanError, each_row};
use super::spread::spread;
use crate::error::{PipelineError, Result};
use crate::sync::slice::scale;
use chrono::{DateTime, NaiveDate, Utc};
use metrics::{Family, Metric};
use model::AppError;
use model::entities::EntityKind;
use model::ids::{AccountId, ImportId, WorkspaceId};
use model::imports::{ColumnRole, EntityLevel, Mapping, PeriodPlacement};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashSet};
use tokio::sync::mpsc;
use warehouse::load::{
    self as facts, AccountSource, AccountSpec, BulkLoad, Cause, Duplicates, EntityRecord, FactRow,
    LoadCounts, LoadScope,
};
use warehouse::{Currency, Measures};

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
            .blocking_send(Ready { row: row.clone(), metrics, dimensions })
            .map_err(|_| "the load was given up".to_owned())
    })?;
    Ok(())
}

/// One account's loads by kind and breakdown.
struct AccountLoad {
    id: AccountId,
    /// Its id "at the vendor": the name in the file.
    remote_id: String,
    /// Per level and breakdown.
    rows_in_memory: usize,
    entities: HashSet<(EntityKind, String)>,
    new_entities: Vec<EntityRecord>,
    bulk: BTreeMap<(EntityKind, Option<String>), BulkLoad>,
}

struct Loads<'a> {
    target: &'a Target,
    mapping: &'a Mapping,
    /// Whether the file has a column of campaigns.
    has_campaigns: bool,
    /// Levels and breakdowns that each account is loaded at.
    parts: usize,
    accounts: BTreeMap<(String, String, String), AccountLoad>,
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
        Self { target, mapping, has_campaigns, parts, accounts: BTreeMap::new(), carry: Vec::new() }
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
        let code = self
            .mapping
            .currency
            .clone()
            .or_else(|| row.currency.clone())
            .unwrap_or_else(|| self.target.fallback_currency.clone());
        let currency: Currency = code.parse().map_err(|_| {
            AppError::invalid_field("currency", format!("{code:?} is no currency code (ISO 4217)"))
        })?;
        let scaled = self.scaled(ready)?;
        let (target, placement) = (self.target, self.mapping.placement);
        let load = self.account(tx, platform, account, currency).await?;
        load.note_entities(row);
        for (day, measures) in spread(days, placement, &ready.metrics, &scaled) {
            load.push(tx, target, row, &ready.dimensions, day, currency, measures).await?;
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

    async fn account(
        &mut self,
        tx: &mut PgConnection,
        platform: String,
        account: String,
        currency: Currency,
    ) -> Result<&mut AccountLoad> {
        use std::collections::btree_map::Entry;
        let code = currency.as_str().to_owned();
        // An account has one currency: rows of another one are another account.
        let is_other_currency =
            self.accounts.keys().any(|(p, a, c)| *p == platform && *a == account && *c != code);
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
        Ok(entry.insert(AccountLoad {
            id,
            remote_id: spec.remote_id,
            rows_in_memory: rows_in_memory.max(FEWEST_ROWS),
            entities: HashSet::new(),
            new_entities: Vec::new(),
            bulk: BTreeMap::new(),
        }))
    }

    /// `progress` hears how many rows of how many are merged.
    async fn finish(self, tx: &mut PgConnection, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<LoadCounts> {
        let mut counts = LoadCounts::default();
        let all: u64 = self.accounts.values().flat_map(|load| load.bulk.values()).map(BulkLoad::len).sum();
        let mut before = 0;
        for load in self.accounts.into_values() {
            facts::upsert_entities(tx, self.target.workspace, load.id, &load.new_entities, self.target.at)
                .await?;
            for bulk in load.bulk.into_values() {
                let rows = bulk.len();
                counts += bulk.finish(tx, &|merged| progress(before + merged, all)).await?;
                before += rows;
            }
        }
        Ok(counts)
    }
}

impl AccountLoad {
    /// Campaign, ad group and ad of the row, each under the one above it.
    fn note_entities(&mut self, row: &Row) {
        let mut parent = None;
        for (kind, named) in LEVELS.into_iter().zip(&row.entities) {
            let Some(named) = named else { continue };
            if self.entities.insert((kind, named.id.clone())) {
                self.new_entities.push(EntityRecord {
                    kind,
                    remote_id: named.id.clone(),
                    parent: parent.clone(),
                    name: named.name.clone(),
                    status: None,
                    attributes: serde_json::Value::Null,
                });
            }
            parent = Some((kind, named.id.clone()));
        }
    }

    /// The row at each of its levels (and as the account's own, where it names no campaign): a vendor reports campaigns and ads apart, a file only the finest level.
    #[expect(clippy::too_many_arguments, reason = "all of one row, used once")]
    async fn push(
        &mut self,
        tx: &mut PgConnection,
        target: &Target,
        row: &Row,
        dimensions: &[String],
        day: NaiveDate,
        currency: Currency,
        measures: Measures,
    ) -> Result<()> {
        let account = row.entities[0].is_none().then(|| (EntityKind::Account, self.remote_id.clone()));
        let named = LEVELS.into_iter().zip(&row.entities);
        let levels: Vec<(EntityKind, String)> = account
            .into_iter()
            .chain(named.filter_map(|(kind, named)| named.as_ref().map(|n| (kind, n.id.clone()))))
            .collect();
        let hour = row.hour.map(|h| h.to_string());
        let segments = dimensions
            .iter()
            .zip(&row.segments)
            .filter_map(|(d, s)| s.as_deref().map(|s| (d.as_str(), s)))
            .chain(hour.as_deref().map(|h| ("hour", h)));
        let top = levels.first().cloned();
        let mut writes: Vec<(EntityKind, String, Option<(&str, &str)>)> =
            levels.into_iter().map(|(kind, id)| (kind, id, None)).collect();
        if let Some((kind, id)) = top {
            writes.extend(segments.map(|segment| (kind, id.clone(), Some(segment))));
        }
        for (kind, id, segment) in writes {
            let breakdown = segment.map(|(dimension, _)| slug(dimension));
            let bulk = self.bulk.entry((kind, breakdown.clone())).or_insert_with(|| {
                let scope = LoadScope {
                    workspace: target.workspace,
                    account: self.id,
                    family: Family::Ads,
                    kind,
                    breakdown,
                    stream: None,
                    replace_days: None,
                    duplicates: Duplicates::Sum,
                    cause: Cause::Import(target.import),
                    at: target.at,
                };
                BulkLoad::with_limit(scope, self.rows_in_memory)
            });
            let fact = FactRow {
                remote_id: &id,
                day,
                segment: segment.map(|(_, value)| value),
                currency,
                measures,
                extra: None,
            };
            bulk.push(tx, &fact).await?;
        }
        Ok(())
    }
}

/// Stands for rows without a campaign, in files that have campaigns.
const NO_CAMPAIGN: &str = "(no campaign)";

const LEVELS: [EntityKind; 3] = [EntityKind::Campaign, EntityKind::AdGroup, EntityKind::Ad];
