//! A part of a stream that came whole, written in one transaction: rows, cursor and counters.

use super::crm;
use crate::error::{PipelineError, Result};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use connectors::{Counts, EntityRecord, FactRecord, Page, Record, StreamSpec, Warning};
use database::Database;
use metrics::{Family, Metric};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::{AccountId, ConnectionId, RunId, WorkspaceId};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use warehouse::load::{
    self, Cause, Completeness, CrmBatch, CrmScope, Duplicates, FactBatch, FactRow, LifetimeBatch, LoadCounts,
    LoadScope,
};
use warehouse::{Currency, LoadError, Measures};

/// Days of one stream of one account that were read in full.
#[derive(Debug)]
pub struct Part {
    /// The stream.
    pub stream: &'static StreamSpec,
    /// The vendor's id of the account.
    pub remote_id: String,
    /// The days.
    pub days: DayRange,
    /// Everything that came.
    pub pages: Vec<Page>,
}

/// Where a part belongs.
#[derive(Debug, Clone)]
pub struct Place {
    /// Whose.
    pub workspace: WorkspaceId,
    /// By which connection.
    pub connection: ConnectionId,
    /// In which run.
    pub run: RunId,
    /// The account in the warehouse.
    pub account: AccountId,
    /// Money without a currency is in this one.
    pub currency: Currency,
    /// Today where the account is; that day is partial.
    pub today: NaiveDate,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Part {
    /// Makes months that the days of the part do not tell of, before its transaction: what a thing had come to when it was
    /// first read counts on the day of its publication.
    ///
    /// # Errors
    /// What the database says.
    pub(super) async fn ensure_months(&self, database: &Database) -> Result<()> {
        if self.stream.counts == Counts::Days {
            return Ok(());
        }
        let records = self.pages.iter().flat_map(|page| &page.records);
        let days = records.filter_map(|record| match record {
            Record::Fact(fact) => Some([Some(fact.date), fact.began]),
            _ => None,
        });
        let sane = |day: &NaiveDate| (1990..=2100).contains(&day.year());
        let months = days.flatten().flatten().filter(sane).filter_map(|day| day.with_day(1));
        load::ensure_months(database, families(self.stream), &months.collect())
            .await
            .map_err(PipelineError::from)
    }
}

/// What writing a part did.
#[derive(Debug, Default)]
pub struct Written {
    /// Rows of the vendor.
    pub rows: u64,
    /// What changed.
    pub counts: LoadCounts,
    /// Records of customers that changed.
    pub records: u64,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// Writes rows, entities, records and cursor into the transaction. The caller adds the counters and commits.
///
/// # Errors
/// [`PipelineError::Stream`] when a figure is none of the stream's family, or comes by another stream, too; else when the database fails or a value can't
/// be stored.
pub async fn write(tx: &mut PgConnection, place: &mut Place, part: Part) -> Result<Written> {
    settle_currency(tx, place, &part).await?;
    let place = &*place;
    let mut written = Written::default();
    let mut entities: Vec<EntityRecord> = Vec::new();
    let mut records = CrmBatch::default();
    let (mut batches, mut lifetimes) = (Batches::new(), Lifetimes::new());
    // Also a part without rows replaces its days: rows that the vendor withdrew must go.
    if part.stream.replaces_days() {
        for family in families(part.stream) {
            for (kind, name) in part.stream.breakdowns {
                batches.insert((family, *kind, Some((*name).to_owned())), FactBatch::new());
            }
            if !part.stream.is_breakdown() {
                batches.insert((family, part.stream.kind, None), FactBatch::new());
            }
        }
    }
    for page in part.pages {
        written.rows += page.rows;
        for record in page.records {
            match record {
                Record::Fact(fact) => match part.stream.counts {
                    Counts::Days => rows_of(place, part.stream, &fact, |key, row| {
                        batches.entry(key).or_default().push(row)
                    })?,
                    counts => {
                        let began = fact.began.filter(|_| counts == Counts::Lifetime);
                        rows_of(place, part.stream, &fact, |key, row| {
                            lifetimes.entry(key).or_default().push(row, began)
                        })?;
                    }
                },
                Record::Entity(entity) => entities.push(entity),
                Record::Crm(record) => crm::add(&mut records, *record, place.currency)?,
                Record::Warning(warning) => written.warnings.push(warning),
            }
        }
    }
    let budgets = budgets(part.stream, &entities);
    let entities: Vec<load::EntityRecord> = entities.into_iter().map(entity).collect();
    if !entities.is_empty() {
        load::upsert_entities(tx, place.workspace, place.account, &entities, place.at)
            .await
            .map_err(PipelineError::unexpected)?;
    }
    // Before the figures: those of today are of these budgets.
    if !budgets.is_empty() {
        load::note_budgets(tx, place.workspace, place.account, place.today, &budgets)
            .await
            .map_err(PipelineError::unexpected)?;
    }
    let scope = |(family, kind, breakdown)| LoadScope {
        workspace: place.workspace,
        account: place.account,
        family,
        kind,
        breakdown,
        stream: Some(part.stream.name),
        replace_days: part.stream.replaces_days().then_some(part.days),
        duplicates: Duplicates::LastWins,
        cause: Cause::Run(place.run),
        at: place.at,
    };
    let refused = |error| refused(&part.remote_id, part.stream, error);
    for (key, batch) in batches {
        written.counts += load::merge(tx, &scope(key), batch).await.map_err(refused)?;
    }
    for (key, batch) in lifetimes {
        written.counts += load::merge_lifetimes(tx, &scope(key), batch).await.map_err(refused)?;
    }
    if !records.is_empty() {
        let (workspace, account, at) = (place.workspace, place.account, place.at);
        let scope = CrmScope { workspace, account, cause: Cause::Run(place.run), at };
        let counts = load::upsert_crm(tx, &scope, records).await.map_err(PipelineError::unexpected)?;
        written.counts += counts.facts;
        written.records += counts.records;
    }
    if part.stream.is_dated() {
        mark_read(tx, place, part.stream.name, &part.remote_id, part.days).await?;
    } else {
        mark_snapshot(tx, place, part.stream.name, &part.remote_id).await?;
    }
    Ok(written)
}

/// Where the vendor names no currency for the account, the first amount tells it.
async fn settle_currency(tx: &mut PgConnection, place: &mut Place, part: &Part) -> Result<()> {
    if place.currency != Currency::NONE {
        return Ok(());
    }
    let records = part.pages.iter().flat_map(|page| &page.records);
    let mut named = records.filter_map(|record| match record {
        Record::Fact(fact) => fact.currency.as_deref(),
        _ => None,
    });
    let Some(named) = named.next() else { return Ok(()) };
    place.currency = named.parse().map_err(PipelineError::unexpected)?;
    load::adopt_currency(tx, place.workspace, place.account, place.currency)
        .await
        .map_err(PipelineError::unexpected)?;
    sqlx::query(
        "UPDATE connection_accounts SET currency = $4
         WHERE workspace_id = $1 AND connection_id = $2 AND remote_id = $3",
    )
    .bind(place.workspace.0)
    .bind(place.connection.0)
    .bind(&part.remote_id)
    .bind(place.currency.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// What the warehouse refuses about rows ends their stream and no other; anything else is ours.
fn refused(account: &str, stream: &'static StreamSpec, error: LoadError) -> PipelineError {
    match error {
        LoadError::Sql(error) => PipelineError::Database(error),
        LoadError::Twice { .. }
        | LoadError::ForeignFamily { .. }
        | LoadError::ForeignCurrency { .. }
        | LoadError::DayOutOfRange { .. } => {
            let drift = connectors::Error::drift(stream.name, error);
            PipelineError::Stream(Box::new(drift.in_account(account).in_stream(stream.name)))
        }
        other => PipelineError::unexpected(other),
    }
}

/// Family, kind and breakdown dimension.
type Key = (Family, EntityKind, Option<String>);
/// One load for each.
type Batches = BTreeMap<Key, FactBatch>;
/// The same of what things have come to so far.
type Lifetimes = BTreeMap<Key, LifetimeBatch>;

/// The families whose tables a stream fills, its own first.
fn families(stream: &StreamSpec) -> impl Iterator<Item = Family> {
    std::iter::once(stream.family).chain(stream.also.iter().copied())
}

/// The rows of a fact: one for each family.
fn rows_of(
    place: &Place,
    stream: &StreamSpec,
    fact: &FactRecord,
    mut push: impl FnMut(Key, &FactRow<'_>) -> Result<(), LoadError>,
) -> Result<()> {
    // Figures of one row may belong to several families: an ad's likes stand beside a post's.
    let mut split: BTreeMap<Family, Measures> = BTreeMap::new();
    for (metric, value) in &fact.values {
        let holds = |family: &Family| metric.families().contains(family);
        let family = families(stream).find(holds).unwrap_or(stream.family);
        let measures = split.entry(family).or_insert_with(|| Measures::of(family));
        let scaled = scale(*value, metric.scale()).ok_or_else(|| {
            PipelineError::unexpected(format!(
                "{} of {} on {} is too large: {value}",
                metric.name(),
                fact.entity,
                fact.date
            ))
        })?;
        // Dropped, it would be missing without a word.
        measures.set(*metric, scaled).map_err(|foreign| {
            let path = format!("{} of {}", metric.name(), fact.stream);
            let error = connectors::Error::drift(path, foreign);
            PipelineError::Stream(Box::new(error.in_account(&fact.account).in_stream(fact.stream)))
        })?;
    }
    let currency = match &fact.currency {
        Some(code) => code.parse().map_err(PipelineError::unexpected)?,
        None => place.currency,
    };
    let extra = (!fact.extra.is_empty()).then(|| serde_json::Value::Object(fact.extra.clone()));
    let mut segments: Vec<(String, String)> =
        fact.breakdown.iter().map(|(dimension, value)| (dimension.clone(), value.clone())).collect();
    if let Some(hour) = fact.hour {
        segments.push(("hour".into(), hour.to_string()));
    }
    let (dimension, value) = match segments.len() {
        0 => (None, None),
        _ => {
            let (names, values): (Vec<_>, Vec<_>) = segments.into_iter().unzip();
            (Some(names.join("+")), Some(values.join(" · ")))
        }
    };
    if extra.is_some() {
        split.entry(stream.family).or_insert_with(|| Measures::of(stream.family));
    }
    for (family, measures) in split {
        let row = FactRow {
            remote_id: &fact.entity,
            day: fact.date,
            segment: value.as_deref().map(|v| if v.is_empty() { "(none)" } else { v }),
            currency,
            measures,
            extra: extra.as_ref().filter(|_| family == stream.family),
        };
        push((family, fact.kind, dimension.clone()), &row).map_err(PipelineError::unexpected)?;
    }
    Ok(())
}

/// A value in the catalogue's scale; none when it does not fit.
pub fn scale(value: Decimal, scale: u32) -> Option<i64> {
    let factor = Decimal::from(10_i64.pow(scale));
    value.checked_mul(factor)?.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()
}

/// What campaigns may spend per day, by their ids, in the catalogue's scale.
fn budgets(stream: &StreamSpec, entities: &[EntityRecord]) -> BTreeMap<String, Option<i64>> {
    let Some(of) = stream.budget else { return BTreeMap::new() };
    let campaigns = entities.iter().filter(|entity| entity.kind == EntityKind::Campaign);
    let amount = |campaign| of(campaign).and_then(|amount| scale(amount, Metric::Budget.scale()));
    campaigns.map(|campaign| (campaign.id.clone(), amount(campaign))).collect()
}

fn entity(record: EntityRecord) -> load::EntityRecord {
    load::EntityRecord {
        kind: record.kind,
        remote_id: record.id,
        parent: record.parent,
        name: record.name,
        status: record.status,
        attributes: if record.attributes.is_empty() {
            serde_json::Value::Null
        } else {
            serde_json::Value::Object(record.attributes)
        },
    }
}

async fn mark_read(
    tx: &mut PgConnection,
    place: &Place,
    stream: &str,
    remote_id: &str,
    days: DayRange,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO stream_days (workspace_id, connection_id, remote_id, stream, day, read_at, is_partial)
         SELECT $1, $2, $3, $4, day::date, $7, day::date >= $8
         FROM generate_series($5::date, $6::date, interval '1 day') AS day
         ON CONFLICT ON CONSTRAINT stream_days_pkey
         DO UPDATE SET read_at = excluded.read_at, is_partial = excluded.is_partial",
    )
    .bind(place.workspace.0)
    .bind(place.connection.0)
    .bind(remote_id)
    .bind(stream)
    .bind(days.from())
    .bind(days.until())
    .bind(place.at)
    .bind(place.today)
    .execute(tx)
    .await?;
    Ok(())
}

async fn mark_snapshot(tx: &mut PgConnection, place: &Place, stream: &str, remote_id: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO stream_snapshots (workspace_id, connection_id, remote_id, stream, day) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT stream_snapshots_pkey DO UPDATE SET day = excluded.day",
    )
    .bind(place.workspace.0)
    .bind(place.connection.0)
    .bind(remote_id)
    .bind(stream)
    .bind(place.today)
    .execute(tx)
    .await?;
    Ok(())
}

/// The last day that all streams of the account's totals have read after it had ended. A stream that has read no day at all
/// (it may not be allowed) does not count.
///
/// # Errors
/// What the database says.
pub async fn update_completeness(
    tx: &mut PgConnection,
    place: &Place,
    streams: &[&str],
    provisional_from: NaiveDate,
) -> Result<()> {
    let complete_until: Option<NaiveDate> = sqlx::query_scalar(
        "SELECT min(last) FROM (
             SELECT max(d.day) AS last FROM stream_days d
             JOIN accounts a ON a.workspace_id = d.workspace_id AND a.remote_id = d.remote_id AND a.id = $4
             WHERE d.workspace_id = $1 AND d.connection_id = $2 AND d.stream = ANY($3) AND NOT d.is_partial
             GROUP BY d.stream
         ) t",
    )
    .bind(place.workspace.0)
    .bind(place.connection.0)
    .bind(streams)
    .bind(place.account.0)
    .fetch_one(&mut *tx)
    .await?;
    let completeness =
        Completeness { complete_until, provisional_from: Some(provisional_from), as_of: place.at };
    load::set_completeness(tx, place.workspace, place.account, completeness)
        .await
        .map_err(PipelineError::unexpected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_scaled_exactly() {
        let scaled = |text: &str, digits| scale(text.parse().unwrap(), digits);
        assert_eq!(scaled("37.345678", 6), Some(37_345_678));
        assert_eq!(scaled("0.0000005", 6), Some(1));
        assert_eq!(scaled("-0.0000005", 6), Some(-1));
        assert_eq!(scaled("9007199254740993", 0), Some(9_007_199_254_740_993));
        assert_eq!(scaled("99999999999999999999", 6), None);
    }
}
