//! Snapshots of what things have come to so far, and the facts that follow from them.

use crate::columns::{self, Measures};
use crate::copy::day_of;
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::accounts::lock;
use crate::load::batch::{FactBatch, FactRow, NO_SEGMENT};
use crate::load::entities::resolve;
use crate::load::gains::{Known, without_idle};
use crate::load::merge::merge_days;
use crate::load::scope::{LoadCounts, LoadScope};
use crate::load::{Duplicates, kind_number};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::{Family, Metric};
use model::DayRange;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};

/// The stream of the facts that follow from snapshots, whichever streams bring those: a thing may go from one to another (a
/// post that has grown old), and must not be counted anew.
pub(crate) const GAINS: &str = "gains";

/// What things of one family and kind of one account have come to by a day.
#[derive(Debug, Clone, Default)]
pub struct LifetimeBatch {
    rows: FactBatch,
    began: Vec<Option<NaiveDate>>,
}

impl LifetimeBatch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a thing has come to by the row's day. `began` is the day of its publication or sending, in the account's
    /// zone; none where nobody tells, or where nothing but what comes from now on is a figure.
    ///
    /// # Errors
    /// As [`FactBatch::push`].
    pub fn push(&mut self, row: &FactRow<'_>, began: Option<NaiveDate>) -> Result<(), LoadError> {
        self.rows.push(row)?;
        self.began.push(began);
        Ok(())
    }

    /// The days that facts may come of.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let days = self.rows.rows.iter().map(|row| day_of(row.day));
        days.chain(self.began.iter().copied().flatten())
    }
}

/// A thing, or the part of it with one value of the dimension.
type Key = (i64, String);

/// A row of `lifetime_snapshots`.
#[derive(sqlx::FromRow)]
struct Stored {
    entity_id: i64,
    value: String,
    remote_id: String,
    currency: String,
    began: Option<NaiveDate>,
    first_day: NaiveDate,
    day: NaiveDate,
    totals: Value,
    totals_before: Value,
    totals_first: Value,
}

impl Stored {
    fn known(&self, family: Family) -> Result<Known, LoadError> {
        Ok(Known {
            began: self.began,
            first_day: self.first_day,
            day: self.day,
            totals: measures(family, &self.totals)?,
            before: measures(family, &self.totals_before)?,
            first: measures(family, &self.totals_first)?,
        })
    }
}

/// Keeps the snapshots, and brings the facts of the days in line that they say something about: what each thing gained since
/// its last snapshot of an earlier day counts on the day of the snapshot; what it had come to when it was first seen, on the
/// day that it began. So the days of a thing add up to what the vendor tells, also where that shrinks. `scope.replace_days`
/// and the name of `scope.stream` do not matter.
///
/// # Errors
/// As [`super::merge`].
pub async fn merge_lifetimes(
    tx: &mut PgConnection,
    scope: &LoadScope,
    batch: LifetimeBatch,
) -> Result<LoadCounts, LoadError> {
    let LifetimeBatch { rows: FactBatch { entities, segments, rows }, began } = batch;
    let Some(newest) = rows.iter().map(|row| day_of(row.day)).max() else { return Ok(LoadCounts::default()) };
    let read = rows.len() as u64;
    lock(tx, scope.workspace, scope.account).await?;
    let ids = resolve(tx, scope.workspace, scope.account, scope.kind, entities.texts(), scope.at).await?;
    let mut known = stored_of(tx, scope, newest, &ids).await?;
    let mut changes: HashMap<Key, Change> = HashMap::new();
    // Days of things whose beginning was told or corrected.
    let mut begun: BTreeSet<Key> = BTreeSet::new();
    for (row, began) in rows.iter().zip(began) {
        let value = if row.segment == NO_SEGMENT { "" } else { segments.get(row.segment) };
        let key = (ids[row.entity as usize], value.to_owned());
        let day = day_of(row.day);
        let before = known.get(&key);
        let next = before.map_or_else(
            || Known::new(day, row.measures, began),
            |before| before.then(day, row.measures, began),
        );
        if before.is_some_and(|before| day < before.day) {
            continue;
        }
        if before.is_none_or(|before| (before.first, before.began) != (next.first, next.began)) {
            begun.insert(key.clone());
        }
        known.insert(key.clone(), next);
        changes.insert(key, Change { known: next, currency: row.currency, extra: row.extra.clone() });
    }
    write(tx, scope, &changes).await?;
    let stored = stored_on(tx, scope, newest, &ids).await?;
    let is_newest = stored.iter().all(|row| row.day <= newest);
    let mut facts = Vec::new();
    for row in &stored {
        let known = row.known(scope.family)?;
        let key = (row.entity_id, row.value.clone());
        let days: BTreeSet<NaiveDate> = known.began.into_iter().chain([known.day]).collect();
        for day in days {
            let is_wanted = (day == newest && is_newest)
                || changes.contains_key(&key) && day == known.day
                || begun.contains(&key) && Some(day) == known.began;
            let measures = known.on(day);
            if is_wanted && !measures.is_empty() {
                facts.push(Gain { row, day, measures, is_beginning: Some(day) == known.began });
            }
        }
    }
    let (mut of_newest, others): (Vec<Gain<'_>>, Vec<Gain<'_>>) =
        facts.into_iter().partition(|gain| gain.day == newest && is_newest);
    without_idle(scope.family, &mut of_newest, |gain| &gain.measures, |gain| gain.is_beginning);
    let mut batch = FactBatch::with_capacity(of_newest.len() + others.len());
    for gain in of_newest.iter().chain(&others) {
        let currency = gain.row.currency.parse().map_err(|_| LoadError::Protocol("a currency code"))?;
        batch.push(&FactRow {
            remote_id: &gain.row.remote_id,
            day: gain.day,
            segment: scope.breakdown.is_some().then_some(gain.row.value.as_str()),
            currency,
            measures: gain.measures,
            extra: None,
        })?;
    }
    let replaced: Vec<DayRange> = is_newest.then(|| DayRange::single(newest)).into_iter().collect();
    let scope = LoadScope { stream: Some(GAINS), duplicates: Duplicates::LastWins, ..scope.clone() };
    let counts = merge_days(tx, &scope, batch, &replaced).await?;
    Ok(LoadCounts { read, ..counts })
}

/// What a thing gained on a day.
struct Gain<'a> {
    row: &'a Stored,
    day: NaiveDate,
    measures: Measures,
    /// It began on that day.
    is_beginning: bool,
}

/// What is written of a thing.
struct Change {
    known: Known,
    currency: Currency,
    extra: Option<Box<str>>,
}

const COLUMNS: &str =
    "s.entity_id, s.value, e.remote_id, s.currency::text, s.began, s.first_day, s.day, s.totals,
     s.totals_before, s.totals_first
     FROM lifetime_snapshots s JOIN entities e ON e.workspace_id = s.workspace_id AND e.id = s.entity_id
     WHERE s.workspace_id = $1 AND s.account_id = $2 AND s.family = $3 AND s.kind = $4 AND s.dimension = $5";

async fn stored_of(
    tx: &mut PgConnection,
    scope: &LoadScope,
    day: NaiveDate,
    ids: &[i64],
) -> Result<HashMap<Key, Known>, LoadError> {
    let stored = stored_where(tx, scope, "s.entity_id = ANY($6) AND $7::date IS NOT NULL", ids, day).await?;
    stored.into_iter().map(|row| Ok(((row.entity_id, row.value.clone()), row.known(scope.family)?))).collect()
}

/// The things of the batch, and all that say something about the day or a later one.
async fn stored_on(
    tx: &mut PgConnection,
    scope: &LoadScope,
    day: NaiveDate,
    ids: &[i64],
) -> Result<Vec<Stored>, LoadError> {
    stored_where(tx, scope, "(s.entity_id = ANY($6) OR s.day >= $7 OR s.began = $7)", ids, day).await
}

async fn stored_where(
    tx: &mut PgConnection,
    scope: &LoadScope,
    condition: &'static str,
    ids: &[i64],
    day: NaiveDate,
) -> Result<Vec<Stored>, LoadError> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} AND {condition} ORDER BY s.entity_id, s.value"
    )))
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(scope.family.name())
    .bind(kind_number(scope.kind))
    .bind(scope.breakdown.as_deref().unwrap_or_default())
    .bind(ids)
    .bind(day)
    .fetch_all(tx)
    .await?)
}

async fn write(
    tx: &mut PgConnection,
    scope: &LoadScope,
    changes: &HashMap<Key, Change>,
) -> Result<(), LoadError> {
    let rows: Vec<(&Key, &Change)> = changes.iter().collect();
    let column = |value: fn(&Known) -> Measures| -> Vec<Value> {
        rows.iter().map(|(_, change)| json(&value(&change.known))).collect()
    };
    let day = |value: fn(&Known) -> Option<NaiveDate>| -> Vec<Option<NaiveDate>> {
        rows.iter().map(|(_, change)| value(&change.known)).collect()
    };
    let at: DateTime<Utc> = scope.at;
    sqlx::query(
        "INSERT INTO lifetime_snapshots AS s (workspace_id, account_id, family, kind, dimension, read_at, entity_id, value,
             currency, began, first_day, day, totals, totals_before, totals_first, extra)
         SELECT $1, $2, $3, $4, $5, $6, entity_id, value, currency, began, first_day, day, totals, before, first, extra::jsonb
         FROM unnest($7::bigint[], $8::text[], $9::text[], $10::date[], $11::date[], $12::date[], $13::jsonb[], $14::jsonb[],
             $15::jsonb[], $16::text[])
             AS t (entity_id, value, currency, began, first_day, day, totals, before, first, extra)
         ON CONFLICT ON CONSTRAINT lifetime_snapshots_pkey DO UPDATE
             SET currency = excluded.currency, began = excluded.began, day = excluded.day, read_at = excluded.read_at,
                 totals = excluded.totals, totals_before = excluded.totals_before, totals_first = excluded.totals_first,
                 extra = coalesce(excluded.extra, s.extra)",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(scope.family.name())
    .bind(kind_number(scope.kind))
    .bind(scope.breakdown.as_deref().unwrap_or_default())
    .bind(at)
    .bind(rows.iter().map(|(key, _)| key.0).collect::<Vec<_>>())
    .bind(rows.iter().map(|(key, _)| key.1.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, change)| change.currency.to_string()).collect::<Vec<_>>())
    .bind(day(|known| known.began))
    .bind(day(|known| Some(known.first_day)))
    .bind(day(|known| Some(known.day)))
    .bind(column(|known| known.totals))
    .bind(column(|known| known.before))
    .bind(column(|known| known.first))
    .bind(rows.iter().map(|(_, change)| change.extra.as_deref()).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

/// Values by the names of their metrics.
fn json(measures: &Measures) -> Value {
    let metrics = columns::metrics(measures.family()).iter();
    let told = metrics.filter_map(|metric| Some((metric.name().to_owned(), measures.get(*metric)?.into())));
    Value::Object(told.collect::<Map<String, Value>>())
}

/// Back again. A metric that the family has lost meanwhile is left out.
pub(crate) fn measures(family: Family, stored: &Value) -> Result<Measures, LoadError> {
    let mut measures = Measures::of(family);
    for (name, value) in stored.as_object().into_iter().flatten() {
        let value = value.as_i64().ok_or(LoadError::Protocol("a total of a snapshot"))?;
        if let Some(at) = Metric::from_name(name).and_then(|metric| columns::index(family, metric)) {
            measures.set_at(at, value);
        }
    }
    Ok(measures)
}
