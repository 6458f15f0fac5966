//! Records that are no more.

use super::days::{Touched, touch};
use super::records::{checked, days_of_moves};
use super::{CrmKind, CrmScope, Roster, Tombstone};
use crate::currency::Currency;
use crate::error::LoadError;
use chrono::NaiveDate;
use sqlx::PgConnection;
use std::collections::HashMap;

/// What tombstones did.
#[derive(Debug, Default)]
pub(super) struct Gone {
    pub(super) records: u64,
    /// Deals that were known and are no more.
    pub(super) deals: Vec<String>,
}

impl std::ops::AddAssign for Gone {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.deals.extend(other.deals);
    }
}

/// Marks what is no more. A record that was never seen gets a tombstone all the same: its moves may come by another stream.
pub(super) async fn bury(
    tx: &mut PgConnection,
    scope: &CrmScope,
    currency: Currency,
    tombstones: &[Tombstone],
    touched: &mut Touched,
) -> Result<Gone, LoadError> {
    checked(tombstones.iter().map(|t| t.remote_id.as_str()))?;
    let of = |is_deal: bool| -> Vec<&Tombstone> {
        let latest: HashMap<(CrmKind, &str), &Tombstone> =
            tombstones.iter().map(|t| ((t.kind, t.remote_id.as_str()), t)).collect();
        latest.into_values().filter(|t| (t.kind == CrmKind::Deal) == is_deal).collect()
    };
    let mut gone = Gone::default();
    let deals = of(true);
    if !deals.is_empty() {
        let dead = dead_deals(tx, scope, currency, &deals).await?;
        touch(&mut touched.deals, dead.iter().flat_map(|(_, created, closed, _)| [*created, *closed]));
        let ids: Vec<&str> = dead.iter().map(|(id, ..)| id.as_str()).collect();
        touch(&mut touched.deals, days_of_moves(tx, scope, CrmKind::Deal, &ids).await?);
        gone.records += dead.len() as u64;
        let known = dead.into_iter().filter(|(.., was_known)| *was_known).map(|(id, ..)| id);
        gone.deals = known.collect();
    }
    let parties = of(false);
    if !parties.is_empty() {
        let dead = dead_parties(tx, scope, &parties).await?;
        gone.records += dead.len() as u64;
        for kind in [CrmKind::Contact, CrmKind::Lead] {
            let of_kind = dead.iter().filter(|(record, _)| record == kind.name());
            let ids: Vec<&str> = of_kind.map(|(_, id)| id.as_str()).collect();
            touch(&mut touched.parties, days_of_moves(tx, scope, kind, &ids).await?);
        }
    }
    Ok(gone)
}

/// Marks deals that are missing among all that there are. An empty list says nothing: it rather means that nothing may be
/// seen.
pub(super) async fn miss(
    tx: &mut PgConnection,
    scope: &CrmScope,
    roster: &Roster,
    touched: &mut Touched,
) -> Result<Gone, LoadError> {
    if roster.deals.is_empty() {
        return Ok(Gone::default());
    }
    let missed: Vec<(String, Option<NaiveDate>, Option<NaiveDate>)> = sqlx::query_as(
        "UPDATE crm_deals d SET deleted_at = $5, is_missed = true
         WHERE d.workspace_id = $1 AND d.account_id = $2 AND d.deleted_at IS NULL
           AND (d.changed_at < $4) IS NOT FALSE
           AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS listed (remote_id) WHERE listed.remote_id = d.remote_id)
         RETURNING d.remote_id, d.created, d.closed",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(&roster.deals)
    .bind(roster.as_of)
    .bind(scope.at)
    .fetch_all(&mut *tx)
    .await?;
    touch(&mut touched.deals, missed.iter().flat_map(|(_, created, closed)| [*created, *closed]));
    let ids: Vec<&str> = missed.iter().map(|(id, ..)| id.as_str()).collect();
    touch(&mut touched.deals, days_of_moves(tx, scope, CrmKind::Deal, &ids).await?);
    Ok(Gone { records: missed.len() as u64, deals: missed.into_iter().map(|(id, ..)| id).collect() })
}

/// Deals that die now: id, made, closed, and whether they were known.
async fn dead_deals(
    tx: &mut PgConnection,
    scope: &CrmScope,
    currency: Currency,
    tombstones: &[&Tombstone],
) -> Result<Vec<(String, Option<NaiveDate>, Option<NaiveDate>, bool)>, LoadError> {
    Ok(sqlx::query_as(
        "WITH dead AS (
             SELECT n.*, o.created, o.closed, o.remote_id IS NOT NULL AS was_known
             FROM unnest($3::text[], $4::timestamptz[], $5::text[]) AS n (remote_id, at, merged_into)
             LEFT JOIN LATERAL (
                 SELECT * FROM crm_deals d
                 WHERE d.workspace_id = $1 AND d.account_id = $2 AND d.remote_id = n.remote_id LIMIT 1
             ) o ON true
             WHERE o.deleted_at IS NULL OR o.is_missed
         ), buried AS (
             INSERT INTO crm_deals
                 (workspace_id, account_id, remote_id, name, currency, attributes, deleted_at, merged_into)
             SELECT $1, $2, remote_id, remote_id, $6, '{}', at, merged_into FROM dead
             ON CONFLICT ON CONSTRAINT crm_deals_pkey DO UPDATE
                 SET deleted_at = excluded.deleted_at, merged_into = excluded.merged_into, is_missed = false
         )
         SELECT remote_id, created, closed, was_known FROM dead",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(tombstones.iter().map(|t| t.remote_id.as_str()).collect::<Vec<_>>())
    .bind(tombstones.iter().map(|t| t.at.unwrap_or(scope.at)).collect::<Vec<_>>())
    .bind(tombstones.iter().map(|t| t.merged_into.as_deref()).collect::<Vec<_>>())
    .bind(currency.as_str())
    .fetch_all(tx)
    .await?)
}

/// Contacts, leads and companies that die now: what and which.
async fn dead_parties(
    tx: &mut PgConnection,
    scope: &CrmScope,
    tombstones: &[&Tombstone],
) -> Result<Vec<(String, String)>, LoadError> {
    Ok(sqlx::query_as(
        "WITH dead AS (
             SELECT n.* FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[])
                  AS n (record, remote_id, at, merged_into)
             LEFT JOIN LATERAL (
                 SELECT * FROM crm_leads l
                 WHERE l.workspace_id = $1 AND l.account_id = $2 AND l.record = n.record
                   AND l.remote_id = n.remote_id LIMIT 1
             ) o ON true
             WHERE o.deleted_at IS NULL
         ), buried AS (
             INSERT INTO crm_leads (workspace_id, account_id, record, remote_id, attributes, deleted_at, merged_into)
             SELECT $1, $2, record, remote_id, '{}', at, merged_into FROM dead
             ON CONFLICT ON CONSTRAINT crm_leads_pkey DO UPDATE
                 SET deleted_at = excluded.deleted_at, merged_into = excluded.merged_into, reached = NULL
         )
         SELECT record, remote_id FROM dead",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(tombstones.iter().map(|t| t.kind.name()).collect::<Vec<_>>())
    .bind(tombstones.iter().map(|t| t.remote_id.as_str()).collect::<Vec<_>>())
    .bind(tombstones.iter().map(|t| t.at.unwrap_or(scope.at)).collect::<Vec<_>>())
    .bind(tombstones.iter().map(|t| t.merged_into.as_deref()).collect::<Vec<_>>())
    .fetch_all(tx)
    .await?)
}
