//! Writing rules down.

use super::assign::assign_all;
use crate::error::LoadError;
use model::ids::WorkspaceId;
use model::live::Topic;
use model::mapping::RuleDraft;
use sqlx::PgConnection;
use sqlx::types::Json;

/// Gives a workspace that has no rules yet its first ones, in this order, and assigns everything by them. Where there are
/// rules, nothing changes. One that can't be read catches nothing.
pub async fn set_first_rules(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    drafts: &[RuleDraft],
) -> Result<(), LoadError> {
    // Rules of a workspace come one after the other.
    database::bump(tx, workspace, Topic::Figures).await?;
    if has_rules(tx, workspace).await? {
        return Ok(());
    }
    for (place, draft) in (0..).zip(drafts) {
        insert(tx, workspace, place, draft).await?;
    }
    assign_all(tx, workspace).await
}

/// Whether there is any rule.
pub(crate) async fn has_rules(tx: &mut PgConnection, workspace: WorkspaceId) -> sqlx::Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM mapping_rules WHERE workspace_id = $1)")
        .bind(workspace.0)
        .fetch_one(tx)
        .await
}

/// Inserts a rule at a place that is free.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    place: i32,
    draft: &RuleDraft,
) -> Result<i32, LoadError> {
    Ok(sqlx::query_scalar(
        "INSERT INTO mapping_rules (workspace_id, place, target, conditions) VALUES ($1, $2, $3, $4)
         RETURNING id",
    )
    .bind(workspace.0)
    .bind(place)
    .bind(draft.target.trim())
    .bind(Json(&draft.conditions))
    .fetch_one(tx)
    .await?)
}
