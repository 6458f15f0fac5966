//! Rates in the database.

use crate::currency::Currency;
use crate::error::LoadError;
use crate::rates::{CARRY_DAYS, PerEuro, QuotedRate, RateTable};
use chrono::{Days, NaiveDate};
use model::DayRange;
use model::ids::WorkspaceId;
use model::live::Topic;
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// Stores quotes; those of a day and currency that were there are replaced. Works in a transaction of the owner or of
/// the workspace. Announces a change only if there is one.
///
/// # Errors
/// What the database says.
pub async fn store_rates(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    rates: &[QuotedRate],
) -> Result<(), LoadError> {
    let days: Vec<NaiveDate> = rates.iter().map(|rate| rate.day).collect();
    let currencies: Vec<&str> = rates.iter().map(|rate| rate.currency.as_str()).collect();
    let quotes: Vec<Decimal> = rates.iter().map(|rate| rate.per_eur.decimal()).collect();
    let changed = sqlx::query(
        "INSERT INTO fx_rates AS r (workspace_id, currency, day, per_eur)
         SELECT $1, currency, day, per_eur
         FROM unnest($2::text[], $3::date[], $4::numeric[]) AS t (currency, day, per_eur)
         ON CONFLICT ON CONSTRAINT fx_rates_pkey DO UPDATE SET per_eur = excluded.per_eur
             WHERE r.per_eur <> excluded.per_eur",
    )
    .bind(workspace.0)
    .bind(currencies)
    .bind(days)
    .bind(quotes)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if changed > 0 {
        database::bump(tx, workspace, Topic::Figures).await?;
    }
    Ok(())
}

/// The quotes that conversions within those days need.
pub(crate) async fn table(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    reporting: Currency,
    currencies: &[Currency],
    days: DayRange,
) -> Result<RateTable, LoadError> {
    let mut table = RateTable::new(reporting);
    if currencies.iter().all(|currency| *currency == reporting) {
        return Ok(table);
    }
    let wanted: Vec<&str> = currencies.iter().chain([&reporting]).map(Currency::as_str).collect();
    let rows: Vec<(String, NaiveDate, Decimal)> = sqlx::query_as(
        "SELECT currency::text, day, per_eur FROM fx_rates
         WHERE workspace_id = $1 AND currency = ANY($2::text[]::char(3)[]) AND day BETWEEN $3 AND $4",
    )
    .bind(workspace.0)
    .bind(wanted)
    .bind(days.from().checked_sub_days(Days::new(CARRY_DAYS)).unwrap_or(days.from()))
    .bind(days.until())
    .fetch_all(tx)
    .await?;
    for (currency, day, per_eur) in rows {
        let currency = currency.parse().map_err(|_| LoadError::Protocol("a currency code"))?;
        let per_eur = PerEuro::try_from(per_eur).map_err(|_| LoadError::Protocol("a rate"))?;
        table.insert(currency, day, per_eur);
    }
    Ok(table)
}
