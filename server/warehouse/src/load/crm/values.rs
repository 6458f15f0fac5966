//! The pipeline: which deals are open, and what each is worth, on the day when it was seen.

use super::figures::push;
use super::records::{Written, latest};
use super::{CrmBatch, CrmScope, DealState};
use crate::error::LoadError;
use crate::load::batch::{FactBatch, Key, NO_SEGMENT, Names};
use crate::load::diff::Plan;
use crate::load::entities::resolve;
use crate::load::merge::{Applied, begin, carry_out, end, merge};
use crate::load::scope::LoadCounts;
use crate::load::store::Target;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::PgConnection;
use std::collections::HashSet;

/// Rows that tell how things stood.
const SEEN: &str = "crm_open_values";

/// Writes the values of the deals in hand. A deal that leaves the pipeline is worth nothing from that day on: its last value
/// would else go on to count as the last that is known. A deal that was deleted counts on no day.
pub(super) async fn note(
    tx: &mut PgConnection,
    scope: &CrmScope,
    batch: &CrmBatch,
    written: &[Written],
    gone: &[String],
) -> Result<LoadCounts, LoadError> {
    let mut counts = LoadCounts::default();
    let ids = |keep: fn(&Written) -> bool| -> HashSet<&str> {
        written.iter().filter(|deal| keep(deal)).map(|deal| deal.remote_id.as_str()).collect()
    };
    let (were_open, were_valued) = (ids(|deal| deal.was_open), ids(|deal| deal.was_valued));
    let mut dead = ids(|deal| deal.is_dead);
    dead.extend(gone.iter().map(String::as_str));
    let mut rows = FactBatch::new();
    for (id, deal) in latest(&batch.deals) {
        if dead.contains(id) {
            continue;
        }
        let is_open = deal.state == Some(DealState::Open);
        if !is_open && !were_open.contains(id) {
            continue;
        }
        let value = deal.open_value().or_else(|| were_valued.contains(id).then_some(0));
        let weighted = match deal.open_value() {
            Some(value) => deal.probability.and_then(|chance| weighted(value, chance)),
            None => value,
        };
        let values = [
            (Metric::PipelineValue, value),
            (Metric::WeightedPipelineValue, weighted),
            (Metric::OpenDeals, Some(i64::from(is_open))),
        ];
        push(&mut rows, id, deal.seen_on, deal.currency, &values)?;
    }
    let load = scope.load(EntityKind::Deal, SEEN);
    if !rows.is_empty() {
        counts += merge(tx, &load, rows).await?;
    }
    if !gone.is_empty() {
        counts += forget(tx, scope, gone).await?;
    }
    Ok(counts)
}

/// Half a millionth is rounded away from zero, as everywhere.
fn weighted(value: i64, chance: Decimal) -> Option<i64> {
    let product = Decimal::from(value).checked_mul(chance)?;
    i64::try_from(product.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)).ok()
}

/// Removes all values of those deals.
async fn forget(tx: &mut PgConnection, scope: &CrmScope, gone: &[String]) -> Result<LoadCounts, LoadError> {
    let load = scope.load(EntityKind::Deal, SEEN);
    let ground = begin(tx, &load).await?;
    let target = Target::of(&load, ground.stream);
    let ids: Vec<Box<str>> = gone.iter().map(|id| id.as_str().into()).collect();
    let ids = resolve(tx, scope.workspace, scope.account, EntityKind::Deal, &ids, scope.at).await?;
    let mut keys: Vec<(i32, i64)> = sqlx::query_as(
        "SELECT day - DATE '2000-01-01', entity_id FROM facts_crm
         WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND stream = $4 AND entity_id = ANY($5)",
    )
    .bind(target.workspace)
    .bind(target.account)
    .bind(target.kind)
    .bind(target.stream.number)
    .bind(ids)
    .fetch_all(&mut *tx)
    .await?;
    keys.sort_unstable();
    let mut plan = Plan::default();
    plan.counts.deleted = keys.len() as u64;
    plan.dirty_days.extend(keys.iter().map(|(day, _)| *day));
    plan.delete.extend(keys.iter().map(|(day, entity)| Key {
        day: *day,
        entity: *entity,
        segment: NO_SEGMENT,
    }));
    if !plan.is_empty() {
        carry_out(tx, &load, &ground, target, &plan, &Names::default()).await?;
        end(tx, &load, &ground, Applied { counts: plan.counts, present: 0 }).await?;
    }
    Ok(plan.counts)
}
