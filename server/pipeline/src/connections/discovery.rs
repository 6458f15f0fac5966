//! The accounts behind a grant, and what is to be said about them.

use super::{consent, estimate, store};
use crate::error::Result;
use crate::sync::opening;
use crate::{Pipeline, vault};
use connectors::{Connector, Warning, way};
use model::AppError;
use model::access::Member;
use model::connect::{AccountRemark, Discovery};
use model::connections::FoundAccount;
use model::ids::ConnectionId;
use std::collections::BTreeMap;

/// Asks the platform for the accounts behind the grant, and stores them.
///
/// # Errors
/// What the platform or the database says.
pub(super) async fn discover(
    pipeline: &Pipeline,
    member: &Member,
    connection: ConnectionId,
) -> Result<Discovery> {
    let mut tx = pipeline.database.scoped(member.workspace).await?;
    let row = store::connection(&mut tx, member.workspace, connection).await?;
    tx.commit().await?;
    let connector =
        connectors::find(&row.platform).ok_or_else(|| AppError::not_found("There is no such platform."))?;
    let policy = Pipeline::short_policy(row.base_url.as_deref());
    let ctx = opening::context(pipeline, connector, &row, policy).map_err(|e| consent::app_error(&e))?;
    let found = connector.accounts(&ctx).await.map_err(|e| consent::app_error(&e))?;
    let mut tx = pipeline.database.scoped(member.workspace).await?;
    store::store_found(&mut tx, member.workspace, connection, &found.accounts).await?;
    let accounts = store::accounts(&mut tx, member.workspace, Some(connection)).await?;
    tx.commit().await?;
    let (remarks, mut warnings) = sorted(found.remarks.into_iter().chain(found.warnings));
    warnings.extend(not_granted(pipeline, connector, &row));
    let had_figures = had_figures(pipeline, member, connection).await?;
    let shown = |account: store::AccountRow| {
        let has_figures = had_figures.get(&account.remote_id).copied();
        FoundAccount { has_figures, ..FoundAccount::from(account) }
    };
    Ok(Discovery {
        connection,
        accounts: accounts.into_iter().map(shown).collect(),
        remarks,
        warnings,
        max_history_days: estimate::longest_history(connector, &ctx.settings),
    })
}

/// Accounts that were read in full before, and whether anything was there.
async fn had_figures(
    pipeline: &Pipeline,
    member: &Member,
    connection: ConnectionId,
) -> Result<BTreeMap<String, bool>> {
    let mut tx = pipeline.database.scoped(member.workspace).await?;
    let rows: Vec<(String, bool)> = sqlx::query_as(
        "SELECT a.remote_id, EXISTS (SELECT 1 FROM reported_metrics t
                                     WHERE t.workspace_id = a.workspace_id AND t.account_id = a.id)
         FROM accounts a
         WHERE a.workspace_id = $1 AND a.connection_id = $2 AND a.complete_until IS NOT NULL",
    )
    .bind(member.workspace.0)
    .bind(connection.0)
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(rows.into_iter().collect())
}

/// What is to be said about accounts, and what concerns all of them.
fn sorted(warnings: impl Iterator<Item = Warning>) -> (Vec<AccountRemark>, Vec<String>) {
    let (mut remarks, mut general) = (Vec::new(), Vec::new());
    for warning in warnings {
        match warning {
            Warning { account: Some(remote_id), stream: None, field: None, message } => {
                remarks.push(AccountRemark { remote_id, message });
            }
            other => general.push(other.to_string()),
        }
    }
    (remarks, general)
}

/// Permissions that the consent asked for and did not get, as far as the vendor said it.
fn not_granted(pipeline: &Pipeline, connector: &dyn Connector, row: &store::ConnectionRow) -> Option<String> {
    let sealed = vault::open(pipeline, row.id(), &row.secret).ok()?;
    let way = way::of_name(connector.ways(), sealed.way.as_deref()?)?;
    let granted = sealed.kept.get(connectors::oauth::GRANTED).map(String::as_str);
    let missing = way::missing_permissions(way::scopes(connector, way), granted);
    (!missing.is_empty()).then(|| {
        format!(
            "The consent does not cover {}. What needs it is left out; to have it, reconnect and tick it at the vendor.",
            missing.join(", ")
        )
    })
}
