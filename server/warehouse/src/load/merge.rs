//! Merging a batch of facts into what is there.

use crate::copy::{day_number, day_of};
use crate::error::LoadError;
use crate::load::accounts::{LockedAccount, lock, settle_totals_kind};
use crate::load::batch::{Fact, FactBatch, NO_SEGMENT, Names, Row, settle};
use crate::load::diff::{Plan, diff};
use crate::load::entities::resolve;
use crate::load::scope::{Cause, LoadCounts, LoadScope};
use crate::load::store::{Doomed, Target};
use crate::load::{rollup, store};
use chrono::NaiveDate;
use model::DayRange;
use model::entities::EntityKind;
use model::live::Topic;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// Days of a batch that lie closer than this are looked up together.
const NEAR: i32 = 31;

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
    let account = begin(tx, scope).await?;
    let FactBatch { entities, mut segments, rows } = batch;
    let ids = resolve(tx, scope.workspace, scope.account, scope.kind, entities.texts(), scope.at).await?;
    let counts = apply(tx, scope, &account, &entities, &ids, &mut segments, rows, scope.replace_days).await?;
    end(tx, scope, &account, counts).await?;
    Ok(counts)
}

pub(crate) async fn begin(tx: &mut PgConnection, scope: &LoadScope) -> Result<LockedAccount, LoadError> {
    if scope.replace_days.is_some() && matches!(scope.cause, Cause::Import(_)) {
        return Err(LoadError::Invalid(
            "a file import adds and replaces rows; only a connector can say that a day is complete".into(),
        ));
    }
    let account = lock(tx, scope.workspace, scope.account).await?;
    // A load takes the time that it takes; the pool's limit is for questions.
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    Ok(account)
}

/// What follows when all rows are in.
pub(crate) async fn end(
    tx: &mut PgConnection,
    scope: &LoadScope,
    account: &LockedAccount,
    counts: LoadCounts,
) -> Result<(), LoadError> {
    if !counts.changed() {
        return Ok(());
    }
    let is_first = account.totals_kind == 0 && counts.inserted > 0;
    if scope.kind == EntityKind::Campaign && scope.breakdown.is_none() && (is_first || counts.deleted > 0) {
        settle_totals_kind(tx, scope.workspace, scope.account).await?;
    }
    database::bump(tx, scope.workspace, Topic::Figures).await?;
    Ok(())
}

/// Brings the rows in. `ids` are the entity ids of `entities`; `replace` are the days read in full.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of a batch, which two callers put together differently"
)]
pub(crate) async fn apply(
    tx: &mut PgConnection,
    scope: &LoadScope,
    account: &LockedAccount,
    entities: &Names,
    ids: &[i64],
    segments: &mut Names,
    rows: Vec<Row>,
    replace: Option<DayRange>,
) -> Result<LoadCounts, LoadError> {
    check_segments(scope, entities, &rows)?;
    if let Some(wrong) = rows.iter().find(|row| row.currency != account.currency) {
        return Err(LoadError::ForeignCurrency {
            entity: entities.get(wrong.entity).to_owned(),
            day: day_of(wrong.day),
            expected: account.currency.to_string(),
            found: wrong.currency.to_string(),
        });
    }
    let target = Target::of(scope);
    let read = rows.len() as u64;
    let facts = settle(rows, entities, ids, scope.duplicates)?;
    let mut existing = Vec::new();
    for range in stretches(&facts, replace) {
        existing.append(&mut store::existing(tx, target, range, segments).await?);
    }
    let is_replaced = |day| replace.is_some_and(|days| days.contains(day_of(day)));
    let mut plan = diff(facts, &existing, is_replaced, scope.cause.import());
    plan.counts.read = read;
    if !plan.is_empty() {
        carry_out(tx, scope, account, target, &plan, segments).await?;
    }
    Ok(plan.counts)
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
fn stretches(facts: &[Fact], replace: Option<DayRange>) -> Vec<(i32, i32)> {
    let mut ranges: Vec<(i32, i32)> =
        facts.chunk_by(|a, b| a.key.day == b.key.day).map(|day| (day[0].key.day, day[0].key.day)).collect();
    ranges.extend(replace.map(|days| (day_number(days.from()), day_number(days.until()))));
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

async fn carry_out(
    tx: &mut PgConnection,
    scope: &LoadScope,
    account: &LockedAccount,
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
    if scope.breakdown.is_some() {
        return Ok(());
    }
    // Days of which all stored rows went hold nothing but the rows in hand, as fresh days do.
    let cleared: BTreeSet<i32> = plan.clear_days.iter().copied().collect();
    let dirty = |is_cleared: bool| -> Vec<NaiveDate> {
        plan.dirty_days
            .iter()
            .filter(|day| cleared.contains(day) == is_cleared)
            .map(|day| day_of(*day))
            .collect()
    };
    let is_whole =
        |day| plan.fresh_days.contains(&day) || (cleared.contains(&day) && plan.dirty_days.contains(&day));
    let mixed = dirty(false);
    let old = rollup::remove_days(tx, target, &[dirty(true), mixed.clone()].concat()).await?;
    let mut new = rollup::add_days(tx, target, &plan.write, is_whole).await?;
    new.retain(|(day, _), _| !plan.fresh_days.contains(&day_number(*day)));
    new.append(&mut rollup::sum_days(tx, target, &mixed).await?);
    let gives_totals =
        scope.kind == EntityKind::Campaign || (scope.kind == EntityKind::Account && account.totals_kind == 0);
    if gives_totals {
        rollup::log_restatements(tx, target, (&old, &new), scope.cause, scope.at).await?;
    }
    Ok(())
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
        "INSERT INTO fact_imports AS i (workspace_id, import_id, account_id, kind, dimension, first_day, last_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
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
    .execute(tx)
    .await?;
    Ok(())
}
