//! Storing records: only what is other than before is written, so that reading again leaves no trace.

use super::days::{Touched, touch};
use super::{CrmKind, CrmScope, Deal, Move, Party, cohorts};
use crate::error::LoadError;
use crate::load::batch::without_nul;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// A deal that was written, or can't be because it is dead.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Written {
    pub(super) remote_id: String,
    /// A tombstone newer than the record is there.
    pub(super) is_dead: bool,
    /// It was part of the pipeline before.
    pub(super) was_open: bool,
    /// It was part of the pipeline's value before.
    pub(super) was_valued: bool,
    created: Option<NaiveDate>,
    closed: Option<NaiveDate>,
    old_created: Option<NaiveDate>,
    old_closed: Option<NaiveDate>,
    was_deleted: bool,
}

/// The last version of each deal, in the order of their ids.
pub(super) fn latest(deals: &[Deal]) -> BTreeMap<&str, &Deal> {
    deals.iter().map(|deal| (deal.remote_id.as_str(), deal)).collect()
}

pub(super) fn checked<'a>(ids: impl IntoIterator<Item = &'a str>) -> Result<(), LoadError> {
    if ids.into_iter().any(str::is_empty) {
        return Err(LoadError::Invalid("a record of a customer relation has no id".into()));
    }
    Ok(())
}

/// Stores deals; answers those that were written, and the dead. (LATERAL with LIMIT: see `entities::fetch`.)
pub(super) async fn deals(
    tx: &mut PgConnection,
    scope: &CrmScope,
    deals: &[Deal],
    touched: &mut Touched,
) -> Result<Vec<Written>, LoadError> {
    let deals: Vec<&Deal> = latest(deals).into_values().collect();
    checked(deals.iter().map(|deal| deal.remote_id.as_str()))?;
    if deals.is_empty() {
        return Ok(Vec::new());
    }
    let written: Vec<Written> = sqlx::query_as(
        "WITH compared AS (
             SELECT n.*, o.created AS old_created, o.closed AS old_closed,
                    o.deleted_at IS NOT NULL AS was_deleted,
                    o.deleted_at IS NOT NULL AND NOT o.is_missed
                        AND (n.changed_at > o.deleted_at) IS NOT TRUE AS is_dead,
                    o.state = 'open' AND o.deleted_at IS NULL AS was_open,
                    o.state = 'open' AND o.amount IS NOT NULL AND o.deleted_at IS NULL AS was_valued,
                    o.remote_id IS NULL OR o.deleted_at IS NOT NULL OR
                        (o.name, o.pipeline, o.stage, o.state, o.probability, o.amount, o.currency, o.owner, o.created,
                         o.closed, o.changed_at, o.attributes)
                        IS DISTINCT FROM
                        (n.name, n.pipeline, n.stage, n.state, n.probability, n.amount, n.currency::bpchar, n.owner,
                         n.created, n.closed, n.changed_at, n.attributes::jsonb) AS is_changed
             FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[], $9::bigint[],
                         $10::text[], $11::text[], $12::date[], $13::date[], $14::timestamptz[], $15::text[])
                  AS n (remote_id, name, pipeline, stage, state, probability, amount, currency, owner, created, closed,
                        changed_at, attributes)
             LEFT JOIN LATERAL (
                 SELECT * FROM crm_deals d
                 WHERE d.workspace_id = $1 AND d.account_id = $2 AND d.remote_id = n.remote_id LIMIT 1
             ) o ON true
         ), written AS (
             INSERT INTO crm_deals (workspace_id, account_id, remote_id, name, pipeline, stage, state, probability,
                 amount, currency, owner, created, closed, changed_at, attributes)
             SELECT $1, $2, remote_id, name, pipeline, stage, state, probability, amount, currency, owner, created,
                 closed, changed_at, attributes::jsonb
             FROM compared WHERE is_changed AND NOT is_dead
             ON CONFLICT ON CONSTRAINT crm_deals_pkey DO UPDATE
                 SET name = excluded.name, pipeline = excluded.pipeline, stage = excluded.stage,
                     state = excluded.state, probability = excluded.probability, amount = excluded.amount,
                     currency = excluded.currency, owner = excluded.owner, created = excluded.created,
                     closed = excluded.closed, changed_at = excluded.changed_at, attributes = excluded.attributes,
                     deleted_at = NULL, merged_into = NULL, is_missed = false
         )
         SELECT remote_id, is_dead, coalesce(was_open, false) AS was_open, coalesce(was_valued, false) AS was_valued,
                created, closed, old_created, old_closed, was_deleted
         FROM compared WHERE is_changed",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(deals.iter().map(|d| d.remote_id.as_str()).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.name.as_str()).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.pipeline.as_deref()).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.stage.as_deref()).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.state.map(super::DealState::name)).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.probability).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.amount).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.currency.as_str()).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.owner.as_deref()).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.created).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.closed).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| d.changed_at).collect::<Vec<_>>())
    .bind(deals.iter().map(|d| without_nul(&d.attributes.to_string())).collect::<Vec<_>>())
    .fetch_all(&mut *tx)
    .await?;
    let living = || written.iter().filter(|deal| !deal.is_dead);
    touch(
        &mut touched.deals,
        living().flat_map(|deal| [deal.created, deal.closed, deal.old_created, deal.old_closed]),
    );
    let revived: Vec<&str> = living().filter(|d| d.was_deleted).map(|d| d.remote_id.as_str()).collect();
    let days = days_of_moves(tx, scope, CrmKind::Deal, &revived).await?;
    touch(&mut touched.deals, days);
    Ok(written)
}

/// The days on which those records moved.
pub(super) async fn days_of_moves(
    tx: &mut PgConnection,
    scope: &CrmScope,
    kind: CrmKind,
    ids: &[&str],
) -> Result<Vec<Option<NaiveDate>>, LoadError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let days: Vec<NaiveDate> = sqlx::query_scalar(
        "SELECT DISTINCT day FROM crm_stage_transitions
         WHERE workspace_id = $1 AND account_id = $2 AND record = $3 AND remote_id = ANY($4)",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(kind.name())
    .bind(ids)
    .fetch_all(tx)
    .await?;
    Ok(days.into_iter().map(Some).collect())
}

/// A row of `crm_stage_transitions`.
struct Transition<'a> {
    record: CrmKind,
    remote_id: &'a str,
    at: DateTime<Utc>,
    to: &'a str,
    from: Option<&'a str>,
    seconds: Option<i64>,
}

/// Stores moves; answers how many were written.
pub(super) async fn moves(
    tx: &mut PgConnection,
    scope: &CrmScope,
    moves: &[Move],
    touched: &mut Touched,
) -> Result<u64, LoadError> {
    checked(moves.iter().map(|step| step.deal.as_str()))?;
    let rows = moves.iter().map(|step| Transition {
        record: CrmKind::Deal,
        remote_id: &step.deal,
        at: step.at,
        to: &step.to,
        from: step.from.as_deref(),
        seconds: step.seconds_in_from,
    });
    let days = transitions(tx, scope, rows).await?;
    let count = days.len() as u64;
    touch(&mut touched.deals, days.into_iter().map(Some));
    Ok(count)
}

/// Stores transitions; answers the day of each that was written.
async fn transitions<'a>(
    tx: &mut PgConnection,
    scope: &CrmScope,
    rows: impl Iterator<Item = Transition<'a>>,
) -> Result<Vec<NaiveDate>, LoadError> {
    let rows: BTreeMap<_, _> = rows.map(|row| ((row.record, row.remote_id, row.at, row.to), row)).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Transition<'a>> = rows.into_values().collect();
    Ok(sqlx::query_scalar(
        "WITH changed AS (
             SELECT n.* FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::bigint[],
                                    $9::date[]) AS n (record, remote_id, at, to_stage, from_stage, seconds, day)
             LEFT JOIN LATERAL (
                 SELECT * FROM crm_stage_transitions t
                 WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.record = n.record
                   AND t.remote_id = n.remote_id AND t.at = n.at AND t.to_stage = n.to_stage LIMIT 1
             ) o ON true
             WHERE o.remote_id IS NULL
                OR (o.from_stage, o.seconds_in_from) IS DISTINCT FROM (n.from_stage, n.seconds)
         ), written AS (
             INSERT INTO crm_stage_transitions (workspace_id, account_id, record, remote_id, at, to_stage, from_stage,
                 seconds_in_from, day)
             SELECT $1, $2, record, remote_id, at, to_stage, from_stage, seconds, day FROM changed
             ON CONFLICT ON CONSTRAINT crm_stage_transitions_pkey DO UPDATE
                 SET from_stage = excluded.from_stage, seconds_in_from = excluded.seconds_in_from
         )
         SELECT day FROM changed",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(rows.iter().map(|row| row.record.name()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.remote_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.to).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.from).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.seconds).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.at.date_naive()).collect::<Vec<_>>())
    .fetch_all(tx)
    .await?)
}

/// Stores contacts, leads and companies with their steps; answers how many records and steps were written.
pub(super) async fn parties(
    tx: &mut PgConnection,
    scope: &CrmScope,
    parties: &[Party],
    touched: &mut Touched,
) -> Result<u64, LoadError> {
    let latest: BTreeMap<(CrmKind, &str), &Party> =
        parties.iter().map(|party| ((party.kind, party.remote_id.as_str()), party)).collect();
    let parties: Vec<&Party> = latest.into_values().collect();
    checked(parties.iter().map(|party| party.remote_id.as_str()))?;
    if parties.is_empty() {
        return Ok(0);
    }
    let written: Vec<(String, String, bool)> = sqlx::query_as(
        "WITH changed AS (
             SELECT n.*, o.deleted_at IS NOT NULL AS was_deleted
             FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
                         $9::timestamptz[], $10::text[])
                  AS n (record, remote_id, name, stage, owner, created_at, changed_at, attributes)
             LEFT JOIN LATERAL (
                 SELECT * FROM crm_leads l
                 WHERE l.workspace_id = $1 AND l.account_id = $2 AND l.record = n.record
                   AND l.remote_id = n.remote_id LIMIT 1
             ) o ON true
             WHERE (o.deleted_at IS NULL OR n.changed_at > o.deleted_at)
               AND (o.remote_id IS NULL OR o.deleted_at IS NOT NULL
                    OR (o.name, o.stage, o.owner, o.created_at, o.changed_at, o.attributes) IS DISTINCT FROM
                       (n.name, n.stage, n.owner, n.created_at, n.changed_at, n.attributes::jsonb))
         ), written AS (
             INSERT INTO crm_leads (workspace_id, account_id, record, remote_id, name, stage, owner, created_at,
                 changed_at, attributes)
             SELECT $1, $2, record, remote_id, name, stage, owner, created_at, changed_at, attributes::jsonb FROM changed
             ON CONFLICT ON CONSTRAINT crm_leads_pkey DO UPDATE
                 SET name = excluded.name, stage = excluded.stage, owner = excluded.owner,
                     created_at = excluded.created_at, changed_at = excluded.changed_at,
                     attributes = excluded.attributes, deleted_at = NULL, merged_into = NULL, reached = NULL
         )
         SELECT record, remote_id, was_deleted FROM changed",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(parties.iter().map(|p| p.kind.name()).collect::<Vec<_>>())
    .bind(parties.iter().map(|p| p.remote_id.as_str()).collect::<Vec<_>>())
    .bind(parties.iter().map(|p| p.name.as_deref()).collect::<Vec<_>>())
    .bind(parties.iter().map(|p| p.stage.as_deref()).collect::<Vec<_>>())
    .bind(parties.iter().map(|p| p.owner.as_deref()).collect::<Vec<_>>())
    .bind(parties.iter().map(|p| p.created_at).collect::<Vec<_>>())
    .bind(parties.iter().map(|p| p.changed_at).collect::<Vec<_>>())
    .bind(parties.iter().map(|p| without_nul(&p.attributes.to_string())).collect::<Vec<_>>())
    .fetch_all(&mut *tx)
    .await?;
    for kind in [CrmKind::Contact, CrmKind::Lead] {
        let revived = written.iter().filter(|(record, _, was_deleted)| *was_deleted && record == kind.name());
        let revived: Vec<&str> = revived.map(|(_, id, _)| id.as_str()).collect();
        touch(&mut touched.parties, days_of_moves(tx, scope, kind, &revived).await?);
    }
    let steps: Vec<Transition<'_>> = parties.iter().flat_map(|party| steps(party)).collect();
    let (records, moved) = (written.len() as u64, retake(tx, scope, &steps).await?);
    let taken = transitions(tx, scope, steps.into_iter()).await?;
    let count = records + taken.len() as u64;
    if !taken.is_empty() || !moved.is_empty() {
        let people = parties.iter().filter(|party| !party.entered.is_empty());
        cohorts::mark(tx, scope, people.map(|party| (party.kind, party.remote_id.as_str()))).await?;
    }
    touch(&mut touched.parties, taken.into_iter().chain(moved).map(Some));
    Ok(count)
}

fn steps(party: &Party) -> impl Iterator<Item = Transition<'_>> {
    party.entered.iter().map(|(step, at)| Transition {
        record: party.kind,
        remote_id: &party.remote_id,
        at: *at,
        to: step.name(),
        from: None,
        seconds: None,
    })
}

/// A step is taken once: of a step with another moment than before, the old one goes. Answers the days of those.
async fn retake(
    tx: &mut PgConnection,
    scope: &CrmScope,
    steps: &[Transition<'_>],
) -> Result<Vec<NaiveDate>, LoadError> {
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar(
        "DELETE FROM crm_stage_transitions t
         USING unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[]) AS n (record, remote_id, at, to_stage)
         WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.record = n.record AND t.remote_id = n.remote_id
           AND t.to_stage = n.to_stage AND t.at <> n.at
         RETURNING t.day",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(steps.iter().map(|step| step.record.name()).collect::<Vec<_>>())
    .bind(steps.iter().map(|step| step.remote_id).collect::<Vec<_>>())
    .bind(steps.iter().map(|step| step.at).collect::<Vec<_>>())
    .bind(steps.iter().map(|step| step.to).collect::<Vec<_>>())
    .fetch_all(tx)
    .await?)
}
