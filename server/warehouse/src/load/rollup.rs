//! The rollup by account and day, and the log of restated days, which is what its rows were before and after.

use crate::columns::{self, ADS, COUNT, Measures, ROLLUP_COLUMNS};
use crate::copy::day_of;
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::batch::Fact;
use crate::load::scope::Cause;
use crate::load::store::Target;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder, Row};
use std::collections::BTreeMap;

/// Sums of one day in one currency.
pub(crate) type Sums = BTreeMap<(NaiveDate, Currency), Measures>;

/// Writes the sums of days that hold nothing but the rows in hand; answers them.
pub(crate) async fn add_days(
    tx: &mut PgConnection,
    target: Target<'_>,
    facts: &[Fact],
    is_whole: impl Fn(i32) -> bool,
) -> Result<Sums, LoadError> {
    let mut days: BTreeMap<(i32, Currency), (i32, Measures)> = BTreeMap::new();
    for rows in facts.chunk_by(|a, b| a.key.day == b.key.day && a.currency == b.currency) {
        if !is_whole(rows[0].key.day) {
            continue;
        }
        let (count, sums) = days.entry((rows[0].key.day, rows[0].currency)).or_default();
        for fact in rows {
            *count += 1;
            for (metric, at) in columns::rollup() {
                let Some(value) = fact.measures.at(at) else { continue };
                let sum = sums.at(at).unwrap_or(0).checked_add(value).ok_or_else(|| LoadError::Overflow {
                    metric: metric.name(),
                    entity: format!("account {}", target.account),
                    day: day_of(fact.key.day),
                })?;
                sums.set_at(at, sum);
            }
        }
    }
    if days.is_empty() {
        return Ok(Sums::new());
    }
    // No COPY: over TCP each one waits 40 ms for a delayed acknowledgement, and these are few rows.
    let mut insert = QueryBuilder::new(format!(
        "INSERT INTO rollup_ads_account_day (workspace_id, account_id, kind, day, currency, facts, {ROLLUP_COLUMNS}) "
    ));
    insert.push("SELECT ").push_bind(target.workspace).push(", ").push_bind(target.account);
    insert.push(", ").push_bind(target.kind).push(", * FROM unnest(");
    insert.push_bind(days.keys().map(|(day, _)| day_of(*day)).collect::<Vec<_>>());
    insert.push(", ").push_bind(days.keys().map(|(_, currency)| currency.to_string()).collect::<Vec<_>>());
    insert.push(", ").push_bind(days.values().map(|(count, _)| *count).collect::<Vec<_>>());
    for (_, at) in columns::rollup() {
        insert.push(", ").push_bind(days.values().map(|(_, sums)| sums.at(at)).collect::<Vec<_>>());
    }
    insert.push(")");
    insert.build().execute(tx).await?;
    Ok(days.into_iter().map(|((day, currency), (_, sums))| ((day_of(day), currency), sums)).collect())
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
        "DELETE FROM rollup_ads_account_day
         WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND day = ANY($4)
         RETURNING day, currency, {ROLLUP_COLUMNS}"
    )))
    .bind(target.workspace)
    .bind(target.account)
    .bind(target.kind)
    .bind(days)
    .persistent(false)
    .fetch_all(&mut *tx)
    .await?;
    sums_of(&old)
}

/// Sums up the stored facts of days without sums; answers them.
pub(crate) async fn sum_days(
    tx: &mut PgConnection,
    target: Target<'_>,
    days: &[NaiveDate],
) -> Result<Sums, LoadError> {
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return Ok(Sums::new());
    };
    let sums: Vec<String> =
        columns::rollup().map(|(metric, _)| format!("sum({})::bigint", metric.name())).collect();
    let new = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO rollup_ads_account_day (workspace_id, account_id, kind, day, currency, facts, {ROLLUP_COLUMNS})
         SELECT $1, $2, $3, day, currency, count(*), {} FROM facts_ads
         WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND day BETWEEN $5 AND $6 AND day = ANY($4)
         GROUP BY day, currency
         RETURNING day, currency, {ROLLUP_COLUMNS}",
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
    sums_of(&new)
}

fn sums_of(rows: &[PgRow]) -> Result<Sums, LoadError> {
    rows.iter()
        .map(|row| {
            let currency: &str = row.try_get(1)?;
            let currency = currency.parse().map_err(|_| LoadError::Protocol("a currency code"))?;
            let mut sums = Measures::new();
            for (column, (_, at)) in columns::rollup().enumerate() {
                if let Some(value) = row.try_get(2 + column)? {
                    sums.set_at(at, value);
                }
            }
            Ok(((row.try_get(0)?, currency), sums))
        })
        .collect()
}

/// Logs each total that is another than before. See the table `restatements` for what one row stands for.
pub(crate) async fn log_restatements(
    tx: &mut PgConnection,
    target: Target<'_>,
    (old, new): (&Sums, &Sums),
    cause: Cause,
    at: DateTime<Utc>,
) -> Result<(), LoadError> {
    let (mut days, mut currencies, mut metrics) = (Vec::new(), Vec::new(), Vec::new());
    let (mut befores, mut afters) = (Vec::new(), Vec::new());
    let none = Measures::new();
    let keys: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (before, after) = (old.get(key).unwrap_or(&none), new.get(key).unwrap_or(&none));
        for (index, metric) in ADS.into_iter().enumerate().take(COUNT) {
            if before.at(index) != after.at(index) {
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
        "INSERT INTO restatements AS r (workspace_id, account_id, changed_on, day, currency, metric, old_value, new_value,
             changed_at, run_id, import_id)
         SELECT $1, $2, ($3::timestamptz AT TIME ZONE 'UTC')::date, day, currency, metric, old_value, new_value,
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
    .execute(tx)
    .await?;
    Ok(())
}
