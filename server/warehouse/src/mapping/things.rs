//! What rules look at, read from the database.

use super::rule::Thing;
use super::utm::Utm;
use super::{kind_numbers, kind_of};
use crate::error::LoadError;
use crate::load::kind_number;
use model::entities::EntityKind;
use model::ids::WorkspaceId;
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: i16,
    name: String,
    account: String,
    platform: String,
    parent: Option<String>,
    grandparent: Option<String>,
}

/// All things of the workspace that can be assigned, or those of `only`; by id.
pub(crate) async fn read(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    only: Option<&[i64]>,
) -> Result<Vec<Thing>, LoadError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT e.id, e.kind, e.name, a.name AS account, a.platform, p.name AS parent, g.name AS grandparent
         FROM entities e
         JOIN accounts a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
         LEFT JOIN entities p ON p.workspace_id = e.workspace_id AND p.id = e.parent_id
         LEFT JOIN entities g ON g.workspace_id = p.workspace_id AND g.id = p.parent_id
         WHERE e.workspace_id = $1 AND e.kind = ANY($2) AND ($3::bigint[] IS NULL OR e.id = ANY($3))
         ORDER BY e.id",
    )
    .bind(workspace.0)
    .bind(kind_numbers())
    .bind(only)
    .fetch_all(&mut *tx)
    .await?;
    let mut utm = links(tx, workspace, only).await?;
    let things = rows.into_iter().filter_map(|row| {
        Some(Thing {
            id: row.id,
            kind: kind_of(row.kind)?,
            name: row.name,
            parents: row.parent.into_iter().chain(row.grandparent).collect(),
            account: row.account,
            platform: row.platform,
            utm: utm.remove(&row.id).unwrap_or_default(),
        })
    });
    Ok(things.collect())
}

/// UTM values by thing; those of ads and ad groups count for their campaign.
pub(crate) async fn links(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    only: Option<&[i64]>,
) -> Result<HashMap<i64, Utm>, LoadError> {
    let rows: Vec<(i64, Value)> = sqlx::query_as(
        "SELECT coalesce(campaign_id, id), attributes FROM entities
         WHERE workspace_id = $1 AND (kind = ANY($2) OR kind = ANY($3))
           AND ($4::bigint[] IS NULL OR (
               account_id IN (SELECT account_id FROM entities WHERE workspace_id = $1 AND id = ANY($4))
               AND (id = ANY($4) OR campaign_id = ANY($4))
           ))
           AND attributes::text LIKE '%utm\\_%'",
    )
    .bind(workspace.0)
    .bind(kind_numbers())
    .bind([EntityKind::AdGroup, EntityKind::Ad].map(kind_number).to_vec())
    .bind(only)
    .fetch_all(tx)
    .await?;
    let mut found: HashMap<i64, Utm> = HashMap::new();
    for (thing, attributes) in rows {
        found.entry(thing).or_default().read(&attributes);
    }
    Ok(found)
}

/// The things that a change of those entities may assign anew: they themselves, what is below them (which bears their name),
/// and the campaigns of ads. Step by step, because the planner knows nothing of rows that the transaction wrote, and would
/// compare each with each in a join.
pub(super) async fn touched_by(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    entities: &[i64],
) -> Result<Vec<i64>, LoadError> {
    let changed: Vec<(i64, i16, i32, Option<i64>)> = sqlx::query_as(
        "SELECT id, kind, account_id, campaign_id FROM entities WHERE workspace_id = $1 AND id = ANY($2)",
    )
    .bind(workspace.0)
    .bind(entities)
    .fetch_all(&mut *tx)
    .await?;
    let accounts: BTreeSet<i32> = changed.iter().map(|(_, _, account, _)| *account).collect();
    let accounts: Vec<i32> = accounts.into_iter().collect();
    let mut touched: BTreeSet<i64> = BTreeSet::new();
    for (id, kind, _, campaign) in changed {
        touched.extend(kind_of(kind).map(|_| id));
        touched.extend(campaign);
    }
    let mut parents: Vec<i64> = touched.iter().copied().collect();
    // A program holds flows and campaigns, and those hold e-mails.
    for _ in 0..2 {
        parents = sqlx::query_scalar(
            "SELECT id FROM entities
             WHERE workspace_id = $1 AND account_id = ANY($2) AND kind = ANY($3) AND parent_id = ANY($4)",
        )
        .bind(workspace.0)
        .bind(&accounts)
        .bind(kind_numbers())
        .bind(&parents)
        .fetch_all(&mut *tx)
        .await?;
        touched.extend(&parents);
    }
    Ok(touched.into_iter().collect())
}
