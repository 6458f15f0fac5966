//! Budgets of campaigns per day. Vendors tell them as they are now, so each change is kept with its day; the daily figures of a
//! campaign get the budget of their day when they are written, and get the same one when they are read again.

use super::batch::Row;
use super::{LoadScope, kind_number};
use crate::columns;
use crate::copy::{day_number, day_of};
use crate::error::LoadError;
use chrono::NaiveDate;
use metrics::{Family, Metric};
use model::entities::EntityKind;
use model::ids::{AccountId, WorkspaceId};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};

/// Notes which budgets per day campaigns have from that day on, in millionths of the account's currency, by the vendor's ids;
/// none: no budget of its own per day. What has not changed is not written. Campaigns that are not known are left out.
///
/// # Errors
/// When the database fails.
pub async fn note_budgets(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    day: NaiveDate,
    budgets: &BTreeMap<String, Option<i64>>,
) -> Result<(), LoadError> {
    sqlx::query(
        "INSERT INTO campaign_budgets (workspace_id, account_id, entity_id, day, amount)
         SELECT $1, $2, e.id, $3, n.amount
         FROM unnest($4::text[], $5::bigint[]) AS n (remote_id, amount)
         JOIN entities e ON e.workspace_id = $1 AND e.account_id = $2 AND e.kind = $6 AND e.remote_id = n.remote_id
         LEFT JOIN LATERAL (
             SELECT amount FROM campaign_budgets
             WHERE workspace_id = $1 AND entity_id = e.id AND day <= $3 ORDER BY day DESC LIMIT 1
         ) known ON true
         WHERE known.amount IS DISTINCT FROM n.amount
         ON CONFLICT ON CONSTRAINT campaign_budgets_pkey DO UPDATE SET amount = excluded.amount",
    )
    .bind(workspace.0)
    .bind(account.0)
    .bind(day)
    .bind(budgets.keys().map(String::as_str).collect::<Vec<_>>())
    .bind(budgets.values().copied().collect::<Vec<_>>())
    .bind(kind_number(EntityKind::Campaign))
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds the budget of the day to daily rows of campaigns. `ids` are the entity ids of the rows' entities.
pub(crate) async fn add_budgets(
    tx: &mut PgConnection,
    scope: &LoadScope,
    ids: &[i64],
    rows: &mut [Row],
) -> Result<(), LoadError> {
    let is_of_campaigns = scope.family == Family::Ads && scope.kind == EntityKind::Campaign;
    if !is_of_campaigns || scope.breakdown.is_some() || scope.stream.is_none() {
        return Ok(());
    }
    let Some(last) = rows.iter().map(|row| row.day).max() else { return Ok(()) };
    let changes: Vec<(i64, NaiveDate, Option<i64>)> = sqlx::query_as(
        "SELECT entity_id, day, amount FROM campaign_budgets
         WHERE workspace_id = $1 AND account_id = $2 AND day <= $3 ORDER BY entity_id, day",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(day_of(last))
    .fetch_all(tx)
    .await?;
    let mut histories: HashMap<i64, Vec<(i32, Option<i64>)>> = HashMap::new();
    for (entity, day, amount) in changes {
        histories.entry(entity).or_default().push((day_number(day), amount));
    }
    for row in rows {
        let history = ids.get(row.entity as usize).and_then(|id| histories.get(id));
        if let Some(amount) = history.and_then(|history| on(history, row.day)) {
            set(row, amount);
        }
    }
    Ok(())
}

/// What was known last on or before the day; `history` is ascending.
fn on(history: &[(i32, Option<i64>)], day: i32) -> Option<i64> {
    let after = history.partition_point(|(from, _)| *from <= day);
    history.get(after.checked_sub(1)?)?.1
}

fn set(row: &mut Row, amount: i64) {
    let spend = row.measures.get(Metric::Spend);
    let values = [
        (Metric::Budget, Some(amount)),
        (Metric::BudgetedSpend, spend),
        (Metric::BudgetTotal, spend.map(|_| amount)),
    ];
    for (metric, value) in values {
        if let Some((at, value)) = columns::index(Family::Ads, metric).zip(value) {
            row.measures.set_at(at, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_holds_until_the_next_change() {
        let history = [(5, Some(10)), (7, None), (9, Some(30))];
        let found: Vec<Option<i64>> = (4..=10).map(|day| on(&history, day)).collect();
        assert_eq!(found, [None, Some(10), Some(10), None, None, Some(30), Some(30)]);
        assert_eq!(on(&[], 4), None);
    }
}
