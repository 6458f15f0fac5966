//! The second lock: row-level security on every table of the warehouse.

use crate::common::{World, add_workspace, batch, rows_of};
use model::entities::EntityKind;

const TABLES: [&str; 35] = [
    "unified_campaigns",
    "mapping_rules",
    "entity_campaigns",
    "accounts",
    "entities",
    "entity_names",
    "facts_ads",
    "facts_ads_by",
    "rollup_ads_account_day",
    "facts_social",
    "facts_social_by",
    "rollup_social_account_day",
    "facts_web",
    "facts_web_by",
    "rollup_web_account_day",
    "facts_search",
    "facts_search_by",
    "rollup_search_account_day",
    "facts_email",
    "facts_email_by",
    "rollup_email_account_day",
    "facts_crm",
    "facts_crm_by",
    "rollup_crm_account_day",
    "crm_deals",
    "crm_leads",
    "crm_stage_transitions",
    "crm_links",
    "reported_metrics",
    "fact_streams",
    "lifetime_snapshots",
    "fact_imports",
    "fact_undo",
    "restatements",
    "fx_rates",
];

#[tokio::test]
async fn a_workspace_sees_its_own_rows_only() {
    let world = World::new().await;
    let other = add_workspace(&world.db, "two", "EUR").await;
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 1, 1)])).await.unwrap();
    let count = "SELECT count(*) FROM facts_ads";
    let mut own = world.db.scoped(world.workspace).await.unwrap();
    assert_eq!(rows_of(&mut own, count).await, 1);
    let mut foreign = world.db.scoped(other).await.unwrap();
    assert_eq!(rows_of(&mut foreign, count).await, 0);
    assert_eq!(rows_of(&mut foreign, "SELECT count(*) FROM rollup_ads_account_day").await, 0);
    let stolen = sqlx::query("UPDATE accounts SET name = 'mine'").execute(&mut *foreign).await.unwrap();
    assert_eq!(stolen.rows_affected(), 0);
    // Not by the side entrance either.
    let partition = sqlx::query("SELECT FROM facts_ads_2026_03").execute(&mut *foreign).await;
    assert!(partition.unwrap_err().to_string().contains("permission denied"));
}

#[tokio::test]
async fn every_table_with_a_workspace_is_protected() {
    let world = World::new().await;
    for table in TABLES {
        let protected = world
            .number(&format!(
                "SELECT count(*) FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
                 WHERE c.oid = '{table}'::regclass AND c.relrowsecurity"
            ))
            .await;
        assert_eq!(protected, 1, "{table}");
        let first = world
            .text(&format!(
                "SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                 WHERE i.indrelid = '{table}'::regclass AND i.indisprimary"
            ))
            .await;
        assert_eq!(first, "workspace_id", "the key of {table} starts with the workspace");
    }
}
