//! Merging a batch of facts into what is there.

use crate::copy::{day_number, day_of};
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::accounts::lock;
use crate::load::batch::{Fact, FactBatch, NO_SEGMENT, Names, Row, settle};
use crate::load::budgets::add_budgets;
use crate::load::diff::{Plan, diff};
use crate::load::entities::resolve;
use crate::load::scope::{Cause, LoadCounts, LoadScope};
use crate::load::store::{Doomed, Target};
use crate::load::totals::{Reports, StreamNumber, note_reports, settle_reports, stream_number};
use crate::load::{kind_number, overlap, rollup, store};
use crate::totals::{Reported, can_give_totals};
use chrono::NaiveDate;
use metrics::Family;
use model::DayRange;
use model::live::Topic;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// Days of a batch that lie closer than this are looked up together.
const NEAR: i32 = 31;

/// What a load stands on.
pub(crate) struct Ground {
    /// The currency of the account's money.
    currency: Currency,
    /// What its rows report so far.
    reports: Reports,
    pub(crate) stream: StreamNumber,
}

/// Loads a batch: afterwards its days hold its rows; see [`LoadScope`] for what becomes of others. Serving the same
/// batch again changes nothing and writes nothing. Bumps the topic `figures` if a figure changed.
///
/// # Errors
/// When the rows make no sense together, the account is gone, or the database fails: then the caller must roll back.
pub async fn merge(
    tx: &mut PgConnection,
    scope: &LoadScope,
    batch: FactBatch,
) -> Result<LoadCounts, LoadError> {
    let replaced: Vec<DayRange> = scope.replace_days.into_iter().collect();
    merge_days(tx, scope, batch, &replaced).await
}

/// As [`merge`], with other days read in full than those of the scope: disjoint ones, ascending.
pub(crate) async fn merge_days(
    tx: &mut PgConnection,
    scope: &LoadScope,
    batch: FactBatch,
    replaced: &[DayRange],
) -> Result<LoadCounts, LoadError> {
    let ground = begin(tx, scope).await?;
    let FactBatch { entities, mut segments, mut rows } = batch;
    let ids = resolve(tx, scope.workspace, scope.account, scope.kind, entities.texts(), scope.at).await?;
    add_budgets(tx, scope, &ids, &mut rows).await?;
    let applied = apply(tx, scope, &ground, &entities, &ids, &mut segments, rows, replaced).await?;
    end(tx, scope, &ground, applied).await?;
    Ok(applied.counts)
}

pub(crate) async fn begin(tx: &mut PgConnection, scope: &LoadScope) -> Result<Ground, LoadError> {
    if scope.replace_days.is_some() && matches!(scope.cause, Cause::Import(_)) {
        return Err(LoadError::Invalid(
            "a file import adds and replaces rows; only a connector can say that a day is complete".into(),
        ));
    }
    let currency = lock(tx, scope.workspace, scope.account).await?;
    // A load takes the time that it takes; the pool's limit is for questions.
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    let reports = Reports::read(tx, scope.workspace, scope.account, scope.family).await?;
    let stream = stream_number(tx, scope).await?;
    Ok(Ground { currency, reports, stream })
}

/// What follows when all rows are in.
pub(crate) async fn end(
    tx: &mut PgConnection,
    scope: &LoadScope,
    ground: &Ground,
    Applied { counts, present }: Applied,
) -> Result<(), LoadError> {
    if !counts.changed() {
        return Ok(());
    }
    if scope.breakdown.is_none() && can_give_totals(scope.family, scope.kind) {
        let place = (scope.workspace, scope.account, scope.family);
        let kind = kind_number(scope.kind);
        let known = ground.reports.of(kind);
        let now = known.unwrap_or(0) | present;
        // Rows that went, or that report less than before, may have been the last ones with a metric.
        if counts.deleted > 0 || (counts.updated > 0 && now & !present != 0) {
            settle_reports(tx, place, kind, now).await?;
        } else if known != Some(now) {
            note_reports(tx, place, kind, Some(now)).await?;
        }
    }
    database::bump(tx, scope.workspace, Topic::Figures).await?;
    Ok(())
}

/// What bringing rows in did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Applied {
    pub(crate) counts: LoadCounts,
    /// Which metrics the written rows report.
    pub(crate) present: Reported,
}

/// Brings the rows in. `ids` are the entity ids of `entities`; `replaced` are the days read in full.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of a batch, which two callers put together differently"
)]
pub(crate) async fn apply(
    tx: &mut PgConnection,
    scope: &LoadScope,
    ground: &Ground,
    entities: &Names,
    ids: &[i64],
    segments: &mut Names,
    rows: Vec<Row>,
    replaced: &[DayRange],
) -> Result<Applied, LoadError> {
    check_segments(scope, entities, &rows)?;
    check_measures(scope, ground, entities, &rows)?;
    let target = Target::of(scope, ground.stream);
    let read = rows.len() as u64;
    let facts = settle(rows, entities, ids, scope.duplicates)?;
    let mut existing = Vec::new();
    for range in stretches(&facts, replaced) {
        existing.append(&mut store::existing(tx, target, range, segments).await?);
    }
    let is_replaced = |day| {
        let at = replaced.partition_point(|days| days.until() < day_of(day));
        replaced.get(at).is_some_and(|days| days.contains(day_of(day)))
    };
    let mut plan = diff(facts, &existing, is_replaced, scope.cause.import());
    plan.counts.read = read;
    if !plan.is_empty() {
        carry_out(tx, scope, ground, target, &plan, segments).await?;
    }
    let present = plan.write.iter().fold(0, |all, fact| all | fact.measures.present());
    Ok(Applied { counts: plan.counts, present })
}

fn check_measures(
    scope: &LoadScope,
    ground: &Ground,
    entities: &Names,
    rows: &[Row],
) -> Result<(), LoadError> {
    if let Some(wrong) = rows.iter().find(|row| row.measures.family() != scope.family) {
        let (expected, found) = (scope.family, wrong.measures.family());
        return Err(LoadError::ForeignFamily { expected, found });
    }
    // Deals are in currencies of their own.
    if scope.family == Family::Crm {
        return Ok(());
    }
    let Some(wrong) = rows.iter().find(|row| row.currency != ground.currency) else { return Ok(()) };
    Err(LoadError::ForeignCurrency {
        entity: entities.get(wrong.entity).to_owned(),
        day: day_of(wrong.day),
        expected: ground.currency.to_string(),
        found: wrong.currency.to_string(),
    })
}

fn check_segments(scope: &LoadScope, entities: &Names, rows: &[Row]) -> Result<(), LoadError> {
    if scope.breakdown.as_ref().is_some_and(|dimension| dimension.is_empty() || dimension.contains('\0')) {
        return Err(LoadError::Invalid("a breakdown needs the name of its dimension".into()));
    }
    let wants_segment = scope.breakdown.is_some();
    let Some(wrong) = rows.iter().find(|row| (row.segment == NO_SEGMENT) == wants_segment) else {
        return Ok(());
    };
    Err(LoadError::Segment {
        entity: entities.get(wrong.entity).to_owned(),
        day: day_of(wrong.day),
        problem: if wants_segment {
            "a row without a value in the breakdown's dimension can't be told from the total"
        } else {
            "a row of a breakdown does not belong to the plain figures"
        },
    })
}

/// The stretches of days to look up: all days of the batch and all that it replaces.
fn stretches(facts: &[Fact], replaced: &[DayRange]) -> Vec<(i32, i32)> {
    let mut ranges: Vec<(i32, i32)> =
        facts.chunk_by(|a, b| a.key.day == b.key.day).map(|day| (day[0].key.day, day[0].key.day)).collect();
    ranges.extend(replaced.iter().map(|days| (day_number(days.from()), day_number(days.until()))));
    ranges.sort_unstable();
    let mut merged: Vec<(i32, i32)> = Vec::new();
    for (from, until) in ranges {
        match merged.last_mut().filter(|last| from <= last.1.saturating_add(NEAR)) {
            Some(last) => last.1 = last.1.max(until),
            None => merged.push((from, until)),
        }
    }
    merged
}

pub(crate) async fn carry_out(
    tx: &mut PgConnection,
    scope: &LoadScope,
    ground: &Ground,
    target: Target<'_>,
    plan: &Plan,
    segments: &Names,
) -> Result<(), LoadError> {
    let doomed = Doomed { days: &plan.clear_days, keys: &plan.delete };
    if let Cause::Import(import) = scope.cause {
        store::remember(tx, target, &doomed, segments, import.0).await?;
        note_import(tx, target, plan, import.0).await?;
    }
    store::delete(tx, target, &doomed, segments).await?;
    store::write(tx, target, &plan.write, segments, scope.cause.import()).await?;
    overlap::refuse(tx, target, &plan.write).await?;
    if scope.breakdown.is_some() {
        return Ok(());
    }
    // Days of which all stored rows went hold nothing but the rows in hand, as fresh days do; unless other streams have
    // rows there as well.
    let cleared: BTreeSet<i32> = plan.clear_days.iter().copied().collect();
    let is_alone = !ground.stream.is_shared;
    let is_whole = |day| {
        let is_dirty = plan.dirty_days.contains(&day);
        is_alone && (plan.fresh_days.contains(&day) || (cleared.contains(&day) && is_dirty))
    };
    let all = plan.dirty_days.iter().chain(plan.fresh_days.iter().filter(|_| !is_alone));
    let (whole, mixed): (Vec<i32>, Vec<i32>) = all.copied().partition(|day| is_whole(*day));
    let dates = |days: &[i32]| -> Vec<NaiveDate> { days.iter().map(|day| day_of(*day)).collect() };
    let mixed = dates(&mixed);
    let mut old = rollup::remove_days(tx, target, &[dates(&whole), mixed.clone()].concat()).await?;
    let mut new = rollup::add_days(tx, target, &plan.write, is_whole).await?;
    new.append(&mut rollup::sum_days(tx, target, &mixed).await?);
    // What comes for the first time restates nothing.
    let is_dirty = |day: &NaiveDate| plan.dirty_days.contains(&day_number(*day));
    old.retain(|(day, _), _| is_dirty(day));
    new.retain(|(day, _), _| is_dirty(day));
    rollup::log_restatements(tx, target, &ground.reports.givers(), (&old, &new), scope.cause, scope.at).await
}

/// Notes where an import wrote.
async fn note_import(
    tx: &mut PgConnection,
    target: Target<'_>,
    plan: &Plan,
    import: i32,
) -> Result<(), LoadError> {
    let (Some(first), Some(last)) = (plan.write.first(), plan.write.last()) else { return Ok(()) };
    sqlx::query(
        "INSERT INTO fact_imports AS i
             (workspace_id, import_id, account_id, kind, dimension, first_day, last_day, family)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT ON CONSTRAINT fact_imports_pkey DO UPDATE
             SET first_day = least(i.first_day, $6), last_day = greatest(i.last_day, $7)",
    )
    .bind(target.workspace)
    .bind(import)
    .bind(target.account)
    .bind(target.kind)
    .bind(target.dimension.unwrap_or_default())
    .bind(day_of(first.key.day))
    .bind(day_of(last.key.day))
    .bind(target.family.name())
    .execute(tx)
    .await?;
    Ok(())
}
