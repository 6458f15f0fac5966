//! Entities: the tree under an account.

use crate::error::LoadError;
use crate::load::accounts::lock;
use crate::load::kind_number;
use crate::mapping::assign::{assign_changed, assign_made};
use chrono::{DateTime, TimeDelta, Utc};
use model::entities::EntityKind;
use model::ids::{AccountId, WorkspaceId};
use model::live::Topic;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};

/// An entity as its source describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityRecord {
    /// What it is.
    pub kind: EntityKind,
    /// The vendor's id; for files the id or the name.
    pub remote_id: String,
    /// What it hangs on, as (kind, vendor's id); none = the account itself.
    pub parent: Option<(EntityKind, String)>,
    /// For people.
    pub name: String,
    /// The vendor's word, for example `PAUSED`; none = not known (what was known stays).
    pub status: Option<String>,
    /// Further properties by name, or null. What is not named stays as it was known.
    pub attributes: Value,
}

/// What [`upsert_entities`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EntityCounts {
    /// Were not there.
    pub inserted: u64,
    /// With another name, parent, status or attribute; renamed in place, the old name is kept in `entity_names`.
    pub updated: u64,
    /// Were there just so.
    pub unchanged: u64,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: i64,
    kind: i16,
    remote_id: String,
    parent_id: Option<i64>,
    name: String,
    status: Option<String>,
    attributes: Value,
    last_seen: DateTime<Utc>,
}

type Ids = HashMap<(i16, String), i64>;

/// Which of the accounts knows the entity; the first, where several do.
///
/// # Errors
/// When the database fails.
pub async fn owner_of(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    accounts: &[i32],
    kind: EntityKind,
    remote_id: &str,
) -> Result<Option<AccountId>, LoadError> {
    let id: Option<i32> = sqlx::query_scalar(
        "SELECT account_id FROM entities
         WHERE workspace_id = $1 AND account_id = ANY($2) AND kind = $3 AND remote_id = $4
         ORDER BY account_id LIMIT 1",
    )
    .bind(workspace.0)
    .bind(accounts)
    .bind(kind_number(kind))
    .bind(remote_id)
    .fetch_optional(tx)
    .await?;
    Ok(id.map(AccountId))
}

/// Finds or makes the entities and brings their descriptions up to date. A parent that is not known yet is made, with
/// its id for a name. Of several records with one id the last counts.
///
/// # Errors
/// When there is no such account, an id is empty, or the database fails.
pub async fn upsert_entities(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    records: &[EntityRecord],
    at: DateTime<Utc>,
) -> Result<EntityCounts, LoadError> {
    lock(tx, workspace, account).await?;
    let mut latest: HashMap<(i16, &str), &EntityRecord> = HashMap::with_capacity(records.len());
    for record in records {
        if record.remote_id.is_empty() {
            return Err(LoadError::Invalid(format!(
                "a {} named {:?} has no id",
                record.kind.name(),
                record.name
            )));
        }
        latest.insert((kind_number(record.kind), &record.remote_id), record);
    }
    let mut wanted: BTreeSet<(i16, &str)> = latest.keys().copied().collect();
    for record in latest.values() {
        if let Some((kind, id)) = record.parent.as_ref().filter(|(kind, _)| *kind != EntityKind::Account) {
            wanted.insert((kind_number(*kind), id));
        }
    }
    let stored = fetch(tx, workspace, account, &wanted).await?;
    let mut ids: Ids = stored.iter().map(|s| ((s.kind, s.remote_id.clone()), s.id)).collect();
    let missing: Vec<(i16, &str, &str)> = wanted
        .iter()
        .filter(|(kind, id)| !ids.contains_key(&(*kind, (*id).to_owned())))
        .map(|(kind, id)| (*kind, *id, latest.get(&(*kind, *id)).map_or(*id, |record| &record.name)))
        .collect();
    let mut counts = EntityCounts {
        inserted: missing.iter().filter(|(kind, id, _)| latest.contains_key(&(*kind, *id))).count() as u64,
        ..EntityCounts::default()
    };
    let fresh = insert(tx, workspace, account, &missing, at).await?;
    let fresh_ids: BTreeSet<i64> = fresh.values().copied().collect();
    ids.extend(fresh);

    let before: HashMap<i64, &Stored> = stored.iter().map(|s| (s.id, s)).collect();
    let mut changes = Vec::new();
    let mut changed: Vec<i64> = Vec::new();
    for ((kind, remote_id), record) in latest {
        let id = ids[&(kind, remote_id.to_owned())];
        let parent = record
            .parent
            .as_ref()
            .filter(|(kind, _)| *kind != EntityKind::Account)
            .map(|(kind, parent)| ids[&(kind_number(*kind), parent.clone())]);
        let Some(old) = before.get(&id) else {
            changes.push(Change::of(id, record, parent, None));
            continue;
        };
        let same = old.name == record.name
            && (record.parent.is_none() || old.parent_id == parent)
            && (record.status.is_none() || old.status == record.status)
            && holds(&old.attributes, &record.attributes);
        if same {
            counts.unchanged += 1;
            if at - old.last_seen < TimeDelta::days(1) {
                continue;
            }
        } else {
            counts.updated += 1;
            changed.push(id);
        }
        changes.push(Change::of(id, record, parent, Some(old)));
    }
    write(tx, workspace, &changes, at).await?;
    if counts.inserted + counts.updated > 0 || !fresh_ids.is_empty() {
        link_ancestors(tx, workspace, account).await?;
        database::bump(tx, workspace, Topic::Figures).await?;
        changed.extend(fresh_ids);
        assign_changed(tx, workspace, &changed).await?;
    }
    Ok(counts)
}

/// New values of one row.
struct Change<'a> {
    id: i64,
    parent: Option<i64>,
    name: &'a str,
    status: Option<&'a str>,
    attributes: Value,
    /// The name that goes into the history.
    old_name: Option<&'a str>,
}

impl<'a> Change<'a> {
    fn of(id: i64, record: &'a EntityRecord, parent: Option<i64>, old: Option<&'a Stored>) -> Self {
        let parent = if record.parent.is_none() { old.and_then(|o| o.parent_id) } else { parent };
        let mut attributes = old.map_or_else(|| Value::Object(Map::new()), |o| o.attributes.clone());
        if let (Some(known), Some(told)) = (attributes.as_object_mut(), record.attributes.as_object()) {
            known.extend(told.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        Self {
            id,
            parent,
            name: &record.name,
            status: record.status.as_deref().or_else(|| old.and_then(|o| o.status.as_deref())),
            attributes,
            // A name equal to the id was ours, while none was known.
            old_name: old.filter(|o| o.name != record.name && o.name != o.remote_id).map(|o| o.name.as_str()),
        }
    }
}

/// Whether all that is told is known. A source may tell of some attributes only: a report names fewer than a listing.
fn holds(known: &Value, told: &Value) -> bool {
    let mut told = told.as_object().into_iter().flatten();
    told.all(|(name, value)| known.get(name) == Some(value))
}

async fn fetch(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    wanted: &BTreeSet<(i16, &str)>,
) -> Result<Vec<Stored>, LoadError> {
    let (kinds, ids): (Vec<i16>, Vec<&str>) = wanted.iter().copied().unzip();
    Ok(sqlx::query_as(
        // The planner knows nothing of rows that this transaction wrote: LIMIT makes it look up one after the other by the
        // index, where it could choose to compare all with all.
        "SELECT e.* FROM unnest($3::smallint[], $4::text[]) AS asked (kind, remote_id)
         CROSS JOIN LATERAL (
             SELECT id, kind, remote_id, parent_id, name, status, attributes, last_seen FROM entities
             WHERE workspace_id = $1 AND account_id = $2 AND kind = asked.kind AND remote_id = asked.remote_id LIMIT 1
         ) e",
    )
    .bind(workspace.0)
    .bind(account.0)
    .bind(kinds)
    .bind(ids)
    .fetch_all(tx)
    .await?)
}

async fn insert(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    missing: &[(i16, &str, &str)],
    at: DateTime<Utc>,
) -> Result<Ids, LoadError> {
    if missing.is_empty() {
        return Ok(Ids::new());
    }
    let kinds: Vec<i16> = missing.iter().map(|m| m.0).collect();
    let ids: Vec<&str> = missing.iter().map(|m| m.1).collect();
    let names: Vec<&str> = missing.iter().map(|m| m.2).collect();
    let rows: Vec<(i64, i16, String)> = sqlx::query_as(
        "INSERT INTO entities (workspace_id, account_id, kind, remote_id, name, first_seen, last_seen)
         SELECT $1, $2, kind, remote_id, name, $6, $6
         FROM unnest($3::smallint[], $4::text[], $5::text[]) WITH ORDINALITY AS t (kind, remote_id, name, place)
         ORDER BY place
         RETURNING id, kind, remote_id",
    )
    .bind(workspace.0)
    .bind(account.0)
    .bind(kinds)
    .bind(ids)
    .bind(names)
    .bind(at)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id, kind, remote_id)| ((kind, remote_id), id)).collect())
}

async fn write(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    changes: &[Change<'_>],
    at: DateTime<Utc>,
) -> Result<(), LoadError> {
    if changes.is_empty() {
        return Ok(());
    }
    if changes.len() > MANY {
        compare_all_with_all(tx, false).await?;
    }
    sqlx::query(
        "UPDATE entities e
         SET parent_id = c.parent_id, name = c.name, status = c.status, attributes = c.attributes, last_seen = $7
         FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::jsonb[])
              AS c (id, parent_id, name, status, attributes)
         WHERE e.workspace_id = $1 AND e.id = c.id",
    )
    .bind(workspace.0)
    .bind(changes.iter().map(|c| c.id).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.parent).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.name).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.status).collect::<Vec<_>>())
    .bind(changes.iter().map(|c| c.attributes.clone()).collect::<Vec<_>>())
    .bind(at)
    .execute(&mut *tx)
    .await?;
    if changes.len() > MANY {
        compare_all_with_all(tx, true).await?;
    }
    let renamed: Vec<(i64, &str)> =
        changes.iter().filter_map(|c| c.old_name.map(|name| (c.id, name))).collect();
    if !renamed.is_empty() {
        let (ids, names): (Vec<i64>, Vec<&str>) = renamed.into_iter().unzip();
        sqlx::query(
            "INSERT INTO entity_names (workspace_id, entity_id, until, name)
             SELECT $1, id, $4, name FROM unnest($2::bigint[], $3::text[]) AS t (id, name)
             ON CONFLICT ON CONSTRAINT entity_names_pkey DO NOTHING",
        )
        .bind(workspace.0)
        .bind(ids)
        .bind(names)
        .bind(at)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Writes down which campaign and ad group each entity belongs to, from the top to the bottom.
async fn link_ancestors(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<(), LoadError> {
    compare_all_with_all(tx, false).await?;
    for kind in [EntityKind::Campaign, EntityKind::AdGroup, EntityKind::Ad] {
        sqlx::query(
            "UPDATE entities e SET campaign_id = a.campaign_id, ad_group_id = a.ad_group_id
             FROM (
                 SELECT e.id,
                        CASE WHEN e.kind = 1 THEN e.id ELSE p.campaign_id END AS campaign_id,
                        CASE WHEN e.kind = 2 THEN e.id ELSE p.ad_group_id END AS ad_group_id
                 FROM entities e LEFT JOIN entities p ON p.workspace_id = e.workspace_id AND p.id = e.parent_id
                 WHERE e.workspace_id = $1 AND e.account_id = $2 AND e.kind = $3
             ) a
             WHERE e.workspace_id = $1 AND e.id = a.id
               AND (e.campaign_id IS DISTINCT FROM a.campaign_id OR e.ad_group_id IS DISTINCT FROM a.ad_group_id)",
        )
        .bind(workspace.0)
        .bind(account.0)
        .bind(kind_number(kind))
        .execute(&mut *tx)
        .await?;
    }
    compare_all_with_all(tx, true).await
}

/// Whether the planner may join by nested loops, for the rest of the transaction. It knows nothing of rows that the
/// transaction itself wrote, takes them for a handful, and would compare each of 30,000 ads with each other.
async fn compare_all_with_all(tx: &mut PgConnection, may: bool) -> Result<(), LoadError> {
    let set = if may { "SET LOCAL enable_nestloop = on" } else { "SET LOCAL enable_nestloop = off" };
    sqlx::query(set).execute(tx).await?;
    Ok(())
}

/// More changed rows than this are not joined by nested loops.
const MANY: usize = 500;

/// The ids of entities of one kind, in the order asked for. Those not known are made, with their id for a name: figures
/// of a campaign that was deleted at the vendor's are figures all the same.
pub(crate) async fn resolve(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: AccountId,
    kind: EntityKind,
    remote_ids: &[Box<str>],
    at: DateTime<Utc>,
) -> Result<Vec<i64>, LoadError> {
    let number = kind_number(kind);
    let asked: Vec<&str> = remote_ids.iter().map(|id| &**id).collect();
    let rows: Vec<(String, i64)> = sqlx::query_as(
        // As in `fetch`.
        "SELECT asked.remote_id, e.id FROM unnest($4::text[]) AS asked (remote_id)
         CROSS JOIN LATERAL (
             SELECT id FROM entities
             WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND remote_id = asked.remote_id LIMIT 1
         ) e",
    )
    .bind(workspace.0)
    .bind(account.0)
    .bind(number)
    .bind(&asked)
    .fetch_all(&mut *tx)
    .await?;
    let mut known: HashMap<String, i64> = rows.into_iter().collect();
    let missing: Vec<(i16, &str, &str)> =
        asked.iter().filter(|id| !known.contains_key(**id)).map(|id| (number, *id, *id)).collect();
    if !missing.is_empty() {
        let fresh = insert(tx, workspace, account, &missing, at).await?;
        let made: Vec<i64> = fresh.values().copied().collect();
        known.extend(fresh.into_iter().map(|((_, remote_id), id)| (remote_id, id)));
        link_ancestors(tx, workspace, account).await?;
        assign_made(tx, workspace, &made).await?;
    }
    Ok(asked.iter().map(|id| known[*id]).collect())
}
