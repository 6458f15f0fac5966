//! When a consent ends, and from when on that is said.

use super::store::ConnectionRow;
use crate::Pipeline;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use connectors::oauth::Renewal;
use model::health::{EndingGrant, GrantExpiry};
use model::ids::{ConnectionId, WorkspaceId};

/// Days ahead of the end from which on it is said.
const AHEAD: i64 = 14;

/// What has to be said about the end of a connection's consent at `now`.
pub(super) fn announced(row: &ConnectionRow, now: DateTime<Utc>) -> Option<GrantExpiry> {
    GrantExpiry::announced(row.grant_ends_at?, now, ahead(&row.platform))
}

/// The connections whose consent ends soon, the first to end first.
///
/// # Errors
/// What the database says.
pub(super) async fn ending(pipeline: &Pipeline, workspace: WorkspaceId) -> Result<Vec<EndingGrant>> {
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.scoped(workspace).await?;
    let rows: Vec<(i32, String, String, DateTime<Utc>)> = sqlx::query_as(
        "SELECT id, name, platform, grant_ends_at FROM connections
         WHERE workspace_id = $1 AND grant_ends_at <= $2 ORDER BY grant_ends_at, id",
    )
    .bind(workspace.0)
    .bind(now + TimeDelta::days(AHEAD))
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    let soon = rows.into_iter().filter_map(|(id, name, platform, ends_at)| {
        let expiry = GrantExpiry::announced(ends_at, now, ahead(&platform))?;
        Some(EndingGrant { connection: ConnectionId(id), name, expiry })
    });
    Ok(soon.collect())
}

/// Where tokens are exchanged for longer ones by themselves, only a failure of that is worth a word: it would have been
/// done a day before.
fn ahead(platform: &str) -> i64 {
    let renewal = connectors::find(platform).and_then(connectors::Connector::oauth).map(|spec| spec.renewal);
    match renewal {
        Some(Renewal::Swap(_, early_days)) => early_days - 1,
        _ => AHEAD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consents_that_renew_themselves_are_told_when_they_did_not() {
        assert_eq!(ahead("linkedin"), 14);
        assert_eq!(ahead("facebook"), 9);
        assert_eq!(ahead("instagram"), 9);
        assert_eq!(ahead("nothing"), 14);
    }
}
