//! Names and links of things.

use super::QueryError;
use crate::mapping::kind_of;
use model::ids::{EntityId, WorkspaceId};
use model::mapping::ThingName;
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
struct Described {
    id: i64,
    kind: i16,
    name: String,
    platform: String,
    account: String,
    attributes: Value,
}

/// Names and links of those that can be assigned.
pub(super) async fn describe(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    things: &[i64],
) -> Result<HashMap<i64, (ThingName, Option<String>)>, QueryError> {
    let rows: Vec<Described> = sqlx::query_as(
        "SELECT e.id, e.kind, e.name, a.platform, a.name AS account, e.attributes FROM entities e
         JOIN accounts a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
         WHERE e.workspace_id = $1 AND e.id = ANY($2)",
    )
    .bind(workspace.0)
    .bind(things)
    .fetch_all(tx)
    .await?;
    let named = rows.into_iter().filter_map(|row| {
        let thing = ThingName {
            entity: EntityId(row.id),
            name: row.name,
            kind: kind_of(row.kind)?,
            platform: row.platform,
            account: row.account,
        };
        Some((row.id, (thing, link(&row.attributes))))
    });
    Ok(named.collect())
}

/// Where a thing can be seen, under the names that vendors give to such an address.
fn link(attributes: &Value) -> Option<String> {
    const NAMES: [&str; 9] = [
        "permalink",
        "permalink_url",
        "share_url",
        "long_archive_url",
        "archive_url",
        "web_version_url",
        "post_url",
        "link",
        "url",
    ];
    let found = NAMES.iter().filter_map(|name| attributes.get(name)?.as_str());
    let mut links = found.filter(|text| text.starts_with("https://") || text.starts_with("http://"));
    links.next().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::link;
    use serde_json::json;

    #[test]
    fn links_are_addresses_of_the_web_only() {
        assert_eq!(link(&json!({"url": "https://a.test/x"})).as_deref(), Some("https://a.test/x"));
        assert_eq!(link(&json!({"url": "javascript:alert(1)", "link": 5})), None);
        assert_eq!(
            link(&json!({"url": "http://b.test", "permalink": "https://a.test"})).as_deref(),
            Some("https://a.test")
        );
    }
}
