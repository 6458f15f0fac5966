//! Which records belong together.

use super::{CrmScope, Link};
use crate::error::LoadError;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// Stores links that are not there; answers how many.
pub(super) async fn store(tx: &mut PgConnection, scope: &CrmScope, links: &[Link]) -> Result<u64, LoadError> {
    let links: BTreeSet<_> = links
        .iter()
        .map(|link| (link.from.0.name(), &*link.from.1, link.to.0.name(), &*link.to.1, &*link.role))
        .collect();
    if links.is_empty() {
        return Ok(0);
    }
    let done = sqlx::query(
        "INSERT INTO crm_links (workspace_id, account_id, from_record, from_id, to_record, to_id, role)
         SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         ON CONFLICT ON CONSTRAINT crm_links_pkey DO NOTHING",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(links.iter().map(|link| link.0).collect::<Vec<_>>())
    .bind(links.iter().map(|link| link.1).collect::<Vec<_>>())
    .bind(links.iter().map(|link| link.2).collect::<Vec<_>>())
    .bind(links.iter().map(|link| link.3).collect::<Vec<_>>())
    .bind(links.iter().map(|link| link.4).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
