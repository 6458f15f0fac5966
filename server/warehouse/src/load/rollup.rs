//! The rollup by account and day, and the log of restated days, which is what its rows were before and after.

use crate::columns::{self, ADS, COUNT, Measures, ROLLUP_COLUMNS};
use crate::copy::{Writer, day_of};
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::batch::Fact;
use crate::load::scope::Cause;
use crate::load::store::Target;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use std::collections::BTreeMap;

/// Sums of one day in one currency.
type Sums = BTreeMap<(NaiveDate, Currency), Measures>;

/// Writes the sums of days that held nothing before, from the rows in hand.
pub(crate) async fn add_days(
    tx: &mut PgConnection,
    target: Target<'_>,
    facts: &[Fact],
    is_fresh: impl Fn(i32) -> bool,
) -> Result<(), LoadError> {
    let mut days: BTreeMap<(i32, Currency), (i32, Measures)> = BTreeMap::new();
    for rows in facts.chunk_by(|a, b| a.key.day == b.key.day && a.currency == b.currency) {
        if !is_fresh(rows[0].key.day) {
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
        return Ok(());
    }
    let table = "rollup_ads_account_day";
    let columns = format!("workspace_id, account_id, kind, day, currency, facts, {ROLLUP_COLUMNS}");
    let fields = i16::try_from(6 + columns::rollup().count()).unwrap_or(i16::MAX);
    let mut copy = Writer::begin(tx, table, &columns).await?;
    for ((day, currency), (count, sums)) in days {
        copy.row(fields);
        copy.int4(target.workspace);
        copy.int4(target.account);
        copy.int2(target.kind);
        copy.int4(day);
        copy.bytes(&currency.bytes());
        copy.int4(count);
        for (_, at) in columns::rollup() {
            copy.int8_or_null(sums.at(at));
        }
        copy.end_row().await?;
    }
    copy.finish().await.map(drop)
}

/// Sums up the facts of those days anew; answers the sums before and after.
pub(crate) async fn rebuild_days(
    tx: &mut PgConnection,
    target: Target<'_>,
    days: &[NaiveDate],
) -> Result<(Sums, Sums), LoadError> {
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return Ok((Sums::new(), Sums::new()));
    };
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
    Ok((sums_of(&old)?, sums_of(&new)?))
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
