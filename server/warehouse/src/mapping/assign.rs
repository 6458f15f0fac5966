//! Writing down which thing belongs to which unified campaign.
//!
//! Whoever assigns has counted the topic `figures` up before, in the same transaction: that holds its row until the commit,
//! so rules and loads of a workspace come one after the other, and a thing is never assigned by rules that are no more.

use super::rule::{Rule, first};
use super::store::has_rules;
use super::things::{read, touched_by};
use crate::error::LoadError;
use model::ids::WorkspaceId;
use model::live::Topic;
use model::mapping::{Condition, RuleDraft};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A rule as it is stored.
pub(crate) struct StoredRule {
    pub(crate) id: i32,
    pub(crate) draft: RuleDraft,
}

/// All rules, in order.
pub(crate) async fn rules(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
) -> Result<Vec<StoredRule>, LoadError> {
    let rows: Vec<(i32, String, Json<Vec<Condition>>)> = sqlx::query_as(
        "SELECT id, target, conditions FROM mapping_rules WHERE workspace_id = $1 ORDER BY place",
    )
    .bind(workspace.0)
    .fetch_all(tx)
    .await?;
    let stored = rows
        .into_iter()
        .map(|(id, target, Json(conditions))| StoredRule { id, draft: RuleDraft { target, conditions } });
    Ok(stored.collect())
}

/// The rules that can be tried, with their ids. One that can't be read (a newer version wrote it) catches nothing.
pub(crate) fn compiled(stored: &[StoredRule]) -> Vec<(i32, Rule)> {
    let read = stored.iter().filter_map(|rule| match Rule::read(&rule.draft) {
        Ok(compiled) => Some((rule.id, compiled)),
        Err(error) => {
            tracing::warn!(rule = rule.id, %error, "a mapping rule can't be read");
            None
        }
    });
    read.collect()
}

/// Assigns things that a load has made or changed, by id of any entity. Costs one small question where there are no rules.
pub(crate) async fn assign_changed(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    entities: &[i64],
) -> Result<(), LoadError> {
    if entities.is_empty() {
        return Ok(());
    }
    let stored = rules(tx, workspace).await?;
    if stored.is_empty() {
        return Ok(());
    }
    let things = touched_by(tx, workspace, entities).await?;
    apply(tx, workspace, &compiled(&stored), Some(&things)).await
}

/// As [`assign_changed`], for things that figures bring along before they are described. Counts the topic up itself, and only
/// where there are rules: a long load would make all others of the workspace wait. (A thing that comes while the very first
/// rule is written is assigned when it is described.)
pub(crate) async fn assign_made(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    entities: &[i64],
) -> Result<(), LoadError> {
    if has_rules(tx, workspace).await? {
        database::bump(tx, workspace, Topic::Figures).await?;
        assign_changed(tx, workspace, entities).await?;
    }
    Ok(())
}

/// Assigns everything anew, and forgets unified campaigns in which nothing is left.
pub(crate) async fn assign_all(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<(), LoadError> {
    let stored = rules(tx, workspace).await?;
    apply(tx, workspace, &compiled(&stored), None).await?;
    forget_empty(tx, workspace).await
}

/// Assigns one thing as rules say.
pub(crate) async fn assign_one(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    thing: i64,
) -> Result<(), LoadError> {
    let stored = rules(tx, workspace).await?;
    apply(tx, workspace, &compiled(&stored), Some(&[thing])).await
}

/// Removes unified campaigns in which nothing is.
pub(crate) async fn forget_empty(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<(), LoadError> {
    sqlx::query(
        "DELETE FROM unified_campaigns u WHERE workspace_id = $1 AND NOT EXISTS (
             SELECT FROM entity_campaigns c WHERE c.workspace_id = u.workspace_id AND c.campaign_id = u.id
         )",
    )
    .bind(workspace.0)
    .execute(tx)
    .await?;
    Ok(())
}

async fn apply(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    rules: &[(i32, Rule)],
    only: Option<&[i64]>,
) -> Result<(), LoadError> {
    let things = if rules.is_empty() { Vec::new() } else { read(tx, workspace, only).await? };
    let known: Vec<(i64, Option<i32>, Option<i32>)> = sqlx::query_as(
        "SELECT entity_id, campaign_id, rule_id FROM entity_campaigns
         WHERE workspace_id = $1 AND ($2::bigint[] IS NULL OR entity_id = ANY($2))",
    )
    .bind(workspace.0)
    .bind(only)
    .fetch_all(&mut *tx)
    .await?;
    // What somebody decided stays.
    let (by_hand, by_rule): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, _, rule)| rule.is_none());
    let by_hand: BTreeSet<i64> = by_hand.into_iter().map(|(thing, ..)| thing).collect();
    let mut known: HashMap<i64, (Option<i32>, Option<i32>)> =
        by_rule.into_iter().map(|(thing, campaign, rule)| (thing, (campaign, rule))).collect();
    let mut caught: Vec<(i64, i32, String)> = Vec::new();
    for thing in things.iter().filter(|thing| !by_hand.contains(&thing.id)) {
        if let Some((at, name)) = first(rules.iter().map(|(_, rule)| rule), thing) {
            caught.push((thing.id, rules[at].0, name));
        }
    }
    let names = caught.iter().map(|(_, _, name)| name.as_str());
    let campaigns = campaigns(tx, workspace, names).await?;
    let mut write: Vec<(i64, i32, i32)> = Vec::new();
    for (thing, rule, name) in &caught {
        let Some(campaign) = campaigns.get(&name.to_lowercase()).copied() else {
            return Err(LoadError::Protocol("a unified campaign that was just made"));
        };
        if known.remove(thing) != Some((Some(campaign), Some(*rule))) {
            write.push((*thing, campaign, *rule));
        }
    }
    // What is left there, no rule catches any more.
    let gone: Vec<i64> = known.into_keys().collect();
    sqlx::query("DELETE FROM entity_campaigns WHERE workspace_id = $1 AND entity_id = ANY($2)")
        .bind(workspace.0)
        .bind(gone)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO entity_campaigns (workspace_id, entity_id, campaign_id, rule_id)
         SELECT $1, t.* FROM unnest($2::bigint[], $3::integer[], $4::integer[]) AS t
         ON CONFLICT ON CONSTRAINT entity_campaigns_pkey
         DO UPDATE SET campaign_id = excluded.campaign_id, rule_id = excluded.rule_id",
    )
    .bind(workspace.0)
    .bind(write.iter().map(|w| w.0).collect::<Vec<_>>())
    .bind(write.iter().map(|w| w.1).collect::<Vec<_>>())
    .bind(write.iter().map(|w| w.2).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

/// Finds or makes unified campaigns by name; the answer is by name in small letters. The first spelling stays.
pub(crate) async fn campaigns<'n>(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    names: impl Iterator<Item = &'n str>,
) -> Result<HashMap<String, i32>, LoadError> {
    let mut spelled: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        spelled.entry(name.to_lowercase()).or_insert(name);
    }
    if spelled.is_empty() {
        return Ok(HashMap::new());
    }
    // PostgreSQL and Rust may disagree about small letters of rare alphabets, so both keys are Rust's. The index is then a
    // mere safeguard.
    let rows: Vec<(i32, String)> =
        sqlx::query_as("SELECT id, name FROM unified_campaigns WHERE workspace_id = $1")
            .bind(workspace.0)
            .fetch_all(&mut *tx)
            .await?;
    let mut found: HashMap<String, i32> =
        rows.into_iter().map(|(id, name)| (name.to_lowercase(), id)).collect();
    let missing: Vec<&str> =
        spelled.iter().filter(|(key, _)| !found.contains_key(*key)).map(|(_, name)| *name).collect();
    if !missing.is_empty() {
        let made: Vec<(i32, String)> = sqlx::query_as(
            "INSERT INTO unified_campaigns (workspace_id, name) SELECT $1, unnest($2::text[])
             ON CONFLICT (workspace_id, lower(name)) DO UPDATE SET name = unified_campaigns.name
             RETURNING id, name",
        )
        .bind(workspace.0)
        .bind(&missing)
        .fetch_all(tx)
        .await?;
        found.extend(made.into_iter().map(|(id, name)| (name.to_lowercase(), id)));
    }
    Ok(found)
}
