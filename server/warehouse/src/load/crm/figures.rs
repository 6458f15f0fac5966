//! What stored records come to on a day.

use super::days::{Touched, ranges};
use super::{CrmScope, cohorts};
use crate::columns::Measures;
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::batch::{FactBatch, FactRow};
use crate::load::merge::merge_days;
use crate::load::scope::LoadCounts;
use chrono::NaiveDate;
use metrics::{Family, Metric};
use model::entities::EntityKind;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// A day, at the scale of the sales cycle.
const MILLION: i64 = 1_000_000;

/// Rows that are counted from records.
const COUNTED: &str = "crm_records";

/// Counts the touched days anew.
pub(super) async fn recount(
    tx: &mut PgConnection,
    scope: &CrmScope,
    currency: Currency,
    touched: &Touched,
) -> Result<LoadCounts, LoadError> {
    let mut counts = LoadCounts::default();
    if !touched.deals.is_empty() {
        let batch = deals(tx, scope, currency, &touched.deals).await?;
        let load = scope.load(EntityKind::Deal, COUNTED);
        counts += merge_days(tx, &load, batch, &ranges(&touched.deals)).await?;
    }
    if !touched.parties.is_empty() {
        let batch = parties(tx, scope, currency, &touched.parties).await?;
        let load = scope.load(EntityKind::Account, COUNTED);
        counts += merge_days(tx, &load, batch, &ranges(&touched.parties)).await?;
    }
    Ok(counts)
}

#[derive(sqlx::FromRow)]
struct DealDay {
    remote_id: String,
    day: NaiveDate,
    currency: String,
    created: Option<i64>,
    won: Option<i64>,
    lost: Option<i64>,
    revenue: Option<i64>,
    moves: Option<i64>,
    cycle: Option<i64>,
}

/// Per deal and day: made, won with its value, lost, moved. Moves of a deal that is not known (yet) count as well.
async fn deals(
    tx: &mut PgConnection,
    scope: &CrmScope,
    currency: Currency,
    days: &BTreeSet<NaiveDate>,
) -> Result<FactBatch, LoadError> {
    let rows: Vec<DealDay> = sqlx::query_as(
        "SELECT remote_id, day, max(currency) AS currency, sum(created)::bigint AS created, sum(won)::bigint AS won,
                sum(lost)::bigint AS lost, sum(revenue)::bigint AS revenue, sum(moves)::bigint AS moves,
                sum(cycle)::bigint AS cycle
         FROM (
             SELECT remote_id, created AS day, currency::text, 1 AS created, NULL::integer AS won,
                    NULL::integer AS lost, NULL::bigint AS revenue, NULL::integer AS moves, NULL::integer AS cycle
             FROM crm_deals
             WHERE workspace_id = $1 AND account_id = $2 AND created = ANY($3) AND deleted_at IS NULL
             UNION ALL
             SELECT remote_id, closed, currency::text, NULL, CASE WHEN state = 'won' THEN 1 END,
                    CASE WHEN state = 'lost' THEN 1 END, CASE WHEN state = 'won' THEN amount END, NULL,
                    CASE WHEN state = 'won' AND closed >= created THEN closed - created END
             FROM crm_deals
             WHERE workspace_id = $1 AND account_id = $2 AND closed = ANY($3) AND deleted_at IS NULL
               AND state IN ('won', 'lost')
             UNION ALL
             SELECT t.remote_id, t.day, coalesce(d.currency::text, $4), NULL, NULL, NULL, NULL, 1, NULL
             FROM crm_stage_transitions t
             LEFT JOIN crm_deals d
                 ON d.workspace_id = $1 AND d.account_id = $2 AND d.remote_id = t.remote_id
             WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.record = 'deal' AND t.day = ANY($3)
               AND d.deleted_at IS NULL
         ) events
         GROUP BY remote_id, day",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(days.iter().copied().collect::<Vec<_>>())
    .bind(currency.as_str())
    .fetch_all(tx)
    .await?;
    let mut batch = FactBatch::with_capacity(rows.len());
    for row in &rows {
        let values = [
            (Metric::DealsCreated, row.created),
            (Metric::DealsWon, row.won),
            (Metric::DealsLost, row.lost),
            (Metric::Revenue, row.revenue),
            (Metric::StageTransition, row.moves),
            (Metric::SalesCycleDays, row.cycle.map(|days| days.saturating_mul(MILLION))),
        ];
        let currency = row.currency.parse().map_err(|_| LoadError::Protocol("a currency code"))?;
        push(&mut batch, &row.remote_id, row.day, currency, &values)?;
    }
    Ok(batch)
}

/// Per day: how many contacts and leads took which step, and how far those got who came to be known then. Opportunities and customers are counted by their deals. They are
/// the account's figures: no person has any.
async fn parties(
    tx: &mut PgConnection,
    scope: &CrmScope,
    currency: Currency,
    days: &BTreeSet<NaiveDate>,
) -> Result<FactBatch, LoadError> {
    let days: Vec<NaiveDate> = days.iter().copied().collect();
    let remote_id: String =
        sqlx::query_scalar("SELECT remote_id FROM accounts WHERE workspace_id = $1 AND id = $2")
            .bind(scope.workspace.0)
            .bind(scope.account.0)
            .fetch_one(&mut *tx)
            .await?;
    let rows: Vec<(NaiveDate, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT t.day, count(*) FILTER (WHERE to_stage = 'lead'), count(*) FILTER (WHERE to_stage = 'mql'),
                count(*) FILTER (WHERE to_stage = 'sql'), count(*) FILTER (WHERE to_stage = 'converted')
         FROM crm_stage_transitions t
         LEFT JOIN crm_leads l
             ON l.workspace_id = $1 AND l.account_id = $2 AND l.record = t.record AND l.remote_id = t.remote_id
         WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.record IN ('contact', 'lead') AND t.day = ANY($3)
           AND t.to_stage IN ('lead', 'mql', 'sql', 'converted') AND l.deleted_at IS NULL
         GROUP BY t.day",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(&days)
    .fetch_all(&mut *tx)
    .await?;
    let mut cohorts = cohorts::count(tx, scope, &days).await?;
    let mut batch = FactBatch::with_capacity(rows.len() + cohorts.len());
    for (day, leads, mqls, sqls, converted) in rows {
        // Nobody is the same as not reported: there is no list of days on which somebody might have.
        let some = |count: i64| Some(count).filter(|count| *count > 0);
        let values = [
            (Metric::Leads, some(leads)),
            (Metric::Mqls, some(mqls)),
            (Metric::Sqls, some(sqls)),
            (Metric::LeadsConverted, some(converted)),
        ];
        let cohort = cohorts.remove(&day).unwrap_or_default();
        let cohort = cohort.into_iter().map(|(metric, count)| (metric, Some(count)));
        let values: Vec<_> = values.into_iter().chain(cohort).collect();
        push(&mut batch, &remote_id, day, currency, &values)?;
    }
    for (day, cohort) in cohorts {
        let values: Vec<_> = cohort.into_iter().map(|(metric, count)| (metric, Some(count))).collect();
        push(&mut batch, &remote_id, day, currency, &values)?;
    }
    Ok(batch)
}

/// Adds a row of those values that there are.
pub(super) fn push(
    batch: &mut FactBatch,
    remote_id: &str,
    day: NaiveDate,
    currency: Currency,
    values: &[(Metric, Option<i64>)],
) -> Result<(), LoadError> {
    let mut measures = Measures::of(Family::Crm);
    for (metric, value) in values {
        let Some(value) = value else { continue };
        measures.set(*metric, *value).map_err(|foreign| LoadError::Invalid(foreign.to_string()))?;
    }
    batch.push(&FactRow { remote_id, day, segment: None, currency, measures, extra: None })
}
