//! The rollup by account and day, and the log of restated days, which is what its rows were before and after.

use crate::columns::{self, Mean, Measures, Tables};
use crate::copy::day_of;
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::batch::Fact;
use crate::load::scope::Cause;
use crate::load::store::Target;
use crate::totals::{Givers, View};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::{Family, Metric};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder, Row};
use std::collections::BTreeMap;

/// Totals of one day in one currency: sums, and means of what is averaged.
pub(crate) type Sums = BTreeMap<(NaiveDate, Currency), Measures>;

/// One day of one currency, while it is summed up.
#[derive(Debug, Clone, Copy)]
struct Day {
    facts: i32,
    measures: Measures,
    mean: Option<Parts>,
}

/// What a weighted mean is made of, over the facts that report both.
#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    sum: i128,
    weight: i64,
}

impl Day {
    fn of(family: Family) -> Self {
        Self { facts: 0, measures: Measures::of(family), mean: None }
    }

    /// Adds a fact; answers the metric whose sum does not fit.
    fn add(&mut self, fact: &Measures) -> Result<(), Metric> {
        self.facts += 1;
        let family = fact.family();
        for (metric, at) in columns::additive(family) {
            let Some(value) = fact.at(at) else { continue };
            let sum = self.measures.at(at).unwrap_or(0).checked_add(value).ok_or(metric)?;
            self.measures.set_at(at, sum);
        }
        let Some(Mean { metric, at, weight_at, .. }) = columns::mean(family) else { return Ok(()) };
        let Some((value, weight)) = fact.at(at).zip(fact.at(weight_at)) else { return Ok(()) };
        let parts = self.mean.unwrap_or_default();
        let sum = parts.sum.checked_add(i128::from(value) * i128::from(weight)).ok_or(metric)?;
        let weight = parts.weight.checked_add(weight).ok_or(metric)?;
        self.mean = Some(Parts { sum, weight });
        Ok(())
    }

    fn sum(&self) -> Result<Option<Decimal>, Metric> {
        let decimal = |parts: Parts| Decimal::try_from_i128_with_scale(parts.sum, 0);
        // Only families with a mean have parts of one.
        let mean = columns::mean(self.measures.family()).map_or(Metric::Position, |mean| mean.metric);
        self.mean.map(decimal).transpose().map_err(|_| mean)
    }
}

/// Writes the sums of days that hold nothing but the rows in hand; answers them.
pub(crate) async fn add_days(
    tx: &mut PgConnection,
    target: Target<'_>,
    facts: &[Fact],
    is_whole: impl Fn(i32) -> bool,
) -> Result<Sums, LoadError> {
    let family = target.family;
    let overflow = |metric: Metric, day: i32| LoadError::Overflow {
        metric: metric.name(),
        entity: format!("account {}", target.account),
        day: day_of(day),
    };
    let mut days: BTreeMap<(i32, Currency), Day> = BTreeMap::new();
    for rows in facts.chunk_by(|a, b| a.key.day == b.key.day && a.currency == b.currency) {
        let key = (rows[0].key.day, rows[0].currency);
        if !is_whole(key.0) {
            continue;
        }
        let day = days.entry(key).or_insert_with(|| Day::of(family));
        for fact in rows {
            day.add(&fact.measures).map_err(|metric| overflow(metric, key.0))?;
        }
    }
    if days.is_empty() {
        return Ok(Sums::new());
    }
    // No COPY: over TCP each one waits 40 ms for a delayed acknowledgement, and these are few rows.
    let mut insert = QueryBuilder::new(format!(
        "INSERT INTO {} (workspace_id, account_id, kind, day, currency, facts, {}) ",
        columns::tables(family).rollup,
        columns::rollup_columns(family)
    ));
    insert.push("SELECT ").push_bind(target.workspace).push(", ").push_bind(target.account);
    insert.push(", ").push_bind(target.kind).push(", * FROM unnest(");
    insert.push_bind(days.keys().map(|(day, _)| day_of(*day)).collect::<Vec<_>>());
    insert.push(", ").push_bind(days.keys().map(|(_, currency)| currency.to_string()).collect::<Vec<_>>());
    insert.push(", ").push_bind(days.values().map(|day| day.facts).collect::<Vec<_>>());
    for (_, at) in columns::additive(family) {
        insert.push(", ").push_bind(days.values().map(|day| day.measures.at(at)).collect::<Vec<_>>());
    }
    if columns::mean(family).is_some() {
        let sums = days.iter().map(|((day, _), sums)| sums.sum().map_err(|metric| overflow(metric, *day)));
        insert.push(", ").push_bind(sums.collect::<Result<Vec<_>, _>>()?);
        let weights = days.values().map(|day| day.mean.map(|parts| parts.weight));
        insert.push(", ").push_bind(weights.collect::<Vec<_>>());
    }
    insert.push(")");
    insert.build().execute(tx).await?;
    let totals = days.into_iter().map(|((day, currency), sums)| {
        let mean = sums.sum().map_err(|metric| overflow(metric, day))?;
        let weight = sums.mean.map(|parts| parts.weight);
        Ok(((day_of(day), currency), with_mean(sums.measures, mean, weight)))
    });
    totals.collect()
}

/// The sums with the mean in its place.
fn with_mean(mut measures: Measures, sum: Option<Decimal>, weight: Option<i64>) -> Measures {
    let mean = sum.zip(weight).and_then(|(sum, weight)| columns::weighted_mean(sum, weight.into()));
    if let Some((Mean { at, .. }, mean)) = columns::mean(measures.family()).zip(mean) {
        measures.set_at(at, mean);
    }
    measures
}

/// Takes the sums of those days away; answers them.
pub(crate) async fn remove_days(
    tx: &mut PgConnection,
    target: Target<'_>,
    days: &[NaiveDate],
) -> Result<Sums, LoadError> {
    if days.is_empty() {
        return Ok(Sums::new());
    }
    let old = sqlx::query(AssertSqlSafe(format!(
        "DELETE FROM {} WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND day = ANY($4)
         RETURNING day, currency, {}",
        columns::tables(target.family).rollup,
        columns::rollup_columns(target.family)
    )))
    .bind(target.workspace)
    .bind(target.account)
    .bind(target.kind)
    .bind(days)
    .persistent(false)
    .fetch_all(&mut *tx)
    .await?;
    sums_of(&old, target.family)
}

/// Sums up the stored facts of days without sums, those of all streams; answers them.
pub(crate) async fn sum_days(
    tx: &mut PgConnection,
    target: Target<'_>,
    days: &[NaiveDate],
) -> Result<Sums, LoadError> {
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return Ok(Sums::new());
    };
    let family = target.family;
    let Tables { facts, rollup, .. } = columns::tables(family);
    let names = columns::rollup_columns(family);
    let mut sums: Vec<String> =
        columns::additive(family).map(|(metric, _)| format!("sum({})::bigint", metric.name())).collect();
    if let Some(Mean { metric, weight, .. }) = columns::mean(family) {
        let (mean, weight) = (metric.name(), weight.name());
        sums.push(format!("sum({mean}::numeric * {weight})"));
        sums.push(format!("sum({weight}) FILTER (WHERE {mean} IS NOT NULL)::bigint"));
    }
    // Rows of several streams are parts of one fact.
    let count = if target.stream.is_shared { "count(DISTINCT entity_id)" } else { "count(*)" };
    let new = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO {rollup} (workspace_id, account_id, kind, day, currency, facts, {names})
         SELECT $1, $2, $3, day, currency, {count}, {} FROM {facts}
         WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND day BETWEEN $5 AND $6 AND day = ANY($4)
         GROUP BY day, currency
         RETURNING day, currency, {names}",
        sums.join(", ")
    )))
    .bind(target.workspace)
    .bind(target.account)
    .bind(target.kind)
    .bind(days)
    .bind(first)
    .bind(last)
    .persistent(false)
    .fetch_all(&mut *tx)
    .await?;
    sums_of(&new, family)
}

fn sums_of(rows: &[PgRow], family: Family) -> Result<Sums, LoadError> {
    let additive = columns::additive(family).count();
    rows.iter()
        .map(|row| {
            let currency: &str = row.try_get(1)?;
            let currency = currency.parse().map_err(|_| LoadError::Protocol("a currency code"))?;
            let mut sums = Measures::of(family);
            for (column, (_, at)) in columns::additive(family).enumerate() {
                if let Some(value) = row.try_get(2 + column)? {
                    sums.set_at(at, value);
                }
            }
            if columns::mean(family).is_some() {
                sums = with_mean(sums, row.try_get(2 + additive)?, row.try_get(3 + additive)?);
            }
            Ok(((row.try_get(0)?, currency), sums))
        })
        .collect()
}

/// Logs each total that is another than before, of the metrics that rows of the kind give. See the table `restatements` for
/// what one row stands for.
pub(crate) async fn log_restatements(
    tx: &mut PgConnection,
    target: Target<'_>,
    givers: &Givers,
    (old, new): (&Sums, &Sums),
    cause: Cause,
    at: DateTime<Utc>,
) -> Result<(), LoadError> {
    let (mut days, mut currencies, mut metrics) = (Vec::new(), Vec::new(), Vec::new());
    let (mut befores, mut afters) = (Vec::new(), Vec::new());
    let none = Measures::of(target.family);
    let keys: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (before, after) = (old.get(key).unwrap_or(&none), new.get(key).unwrap_or(&none));
        for (index, metric) in columns::metrics(target.family).iter().enumerate() {
            let is_total = givers.kinds(*metric, View::Totals).contains(target.kind);
            if is_total && before.at(index) != after.at(index) {
                days.push(key.0);
                currencies.push(key.1.to_string());
                metrics.push(metric.name());
                befores.push(before.at(index));
                afters.push(after.at(index));
            }
        }
    }
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO restatements AS r (workspace_id, account_id, changed_on, family, day, currency, metric, old_value,
             new_value, changed_at, run_id, import_id)
         SELECT $1, $2, ($3::timestamptz AT TIME ZONE 'UTC')::date, $11, day, currency, metric, old_value, new_value,
             $3, $4, $5
         FROM unnest($6::date[], $7::text[], $8::text[], $9::bigint[], $10::bigint[])
              AS t (day, currency, metric, old_value, new_value)
         ON CONFLICT ON CONSTRAINT restatements_pkey DO UPDATE
             SET new_value = excluded.new_value, changed_at = excluded.changed_at,
                 run_id = excluded.run_id, import_id = excluded.import_id",
    )
    .bind(target.workspace)
    .bind(target.account)
    .bind(at)
    .bind(cause.run())
    .bind(cause.import())
    .bind(&days)
    .bind(&currencies)
    .bind(&metrics)
    .bind(&befores)
    .bind(&afters)
    .bind(target.family.name())
    .execute(tx)
    .await?;
    Ok(())
}
