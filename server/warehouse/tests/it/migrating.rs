//! From a database that holds advertising facts of the release before families.

use crate::common::{World, batch, days, now};
use database::migrate::{MIGRATOR, migrate};
use database::testing::{TestDatabase, empty, fresh};
use metrics::Family;
use model::entities::EntityKind;
use model::ids::{AccountId, WorkspaceId};
use sqlx::AssertSqlSafe;
use warehouse::load::LoadScope;

/// The migration that brings the families.
const FAMILIES: i64 = 20_261_123_010_000;

/// The migration that makes owners of deals things of their own.
const OWNERS: i64 = 20_261_124_030_100;

async fn run(db: &TestDatabase, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(db.pool()).await.unwrap();
}

/// A database as it was before a migration, with a workspace and an account.
async fn before(version: i64) -> TestDatabase {
    // Makes sure of the role that migrations grant rights to.
    drop(fresh().await);
    let db = empty().await;
    run(
        &db,
        "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
             installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL,
             execution_time bigint NOT NULL)",
    )
    .await;
    for migration in MIGRATOR.iter().filter(|migration| migration.version < version) {
        run(&db, migration.sql.as_str()).await;
        sqlx::query("INSERT INTO _sqlx_migrations VALUES ($1, $2, now(), true, $3, 0)")
            .bind(migration.version)
            .bind(&*migration.description)
            .bind(&*migration.checksum)
            .execute(db.pool())
            .await
            .unwrap();
    }
    run(
        &db,
        "INSERT INTO workspaces (slug, name, currency, time_zone, created_at)
         VALUES ('one', 'One', 'EUR', 'UTC', now())",
    )
    .await;
    db
}

#[tokio::test]
async fn stored_facts_stay_as_they_are() {
    // The rows as that release wrote them, hashes included: this one computes the same, which its own test pins.
    let source = World::new().await;
    let rows = [(1, "a", 10, 1), (1, "b", 20, 2), (2, "a", 30, 3)];
    source.load(&source.scope(EntityKind::Campaign), batch(&rows)).await.unwrap();
    let facts = source
        .text(
            "SELECT format('(%s, %s, %L, %s, %L, %s, %s, %s)', account_id, entity_id, day, kind, currency, spend,
                 clicks, hash) FROM facts_ads",
        )
        .await
        .replace("; ", ", ");

    let db = before(FAMILIES).await;
    run(&db, &format!(
        "INSERT INTO accounts (workspace_id, platform, source, remote_id, name, currency, time_zone, totals_kind)
         VALUES (1, 'somewhere', 'connector', 'acme', 'ACME', 'EUR', 'Europe/Berlin', 1);
         INSERT INTO entities (workspace_id, id, account_id, kind, remote_id, name, first_seen, last_seen)
         OVERRIDING SYSTEM VALUE
         SELECT 1, f.entity_id, 1, 1, CASE WHEN f.entity_id = min(f.entity_id) OVER () THEN 'a' ELSE 'b' END, 'x',
             '{now}', '{now}'
         FROM (SELECT DISTINCT entity_id FROM (VALUES {facts}) v
             (account_id, entity_id, day, kind, currency, spend, clicks, hash)) f;
         SELECT ensure_month_partition('facts_ads', '2026-03-01');
         INSERT INTO facts_ads (workspace_id, account_id, entity_id, day, kind, currency, spend, clicks, hash)
         SELECT 1, account_id, entity_id, day::date, kind, currency, spend, clicks, hash FROM (VALUES {facts}) v
             (account_id, entity_id, day, kind, currency, spend, clicks, hash);
         INSERT INTO rollup_ads_account_day (workspace_id, account_id, kind, day, currency, facts, spend, clicks)
         SELECT workspace_id, account_id, kind, day, currency, count(*), sum(spend), sum(clicks)
         FROM facts_ads GROUP BY 1, 2, 3, 4, 5;
         INSERT INTO fact_imports VALUES (1, 4, 1, 1, '', '2026-03-01', '2026-03-01');
         INSERT INTO restatements (workspace_id, account_id, changed_on, day, currency, metric, changed_at)
         VALUES (1, 1, '2026-03-02', '2026-03-01', 'EUR', 'spend', now())",
        now = now()
    ))
    .await;
    let place = "SELECT string_agg(ctid::text || xmin::text, ',' ORDER BY ctid) FROM facts_ads";
    let world = World { db, workspace: WorkspaceId(1), account: AccountId(1) };
    let written = world.text(place).await;
    migrate(&world.db).await.unwrap();
    assert_eq!(world.text(place).await, written, "no fact was written anew");
    assert_eq!(
        world.text("SELECT concat(family, kind, metrics) FROM reported_metrics").await,
        "ads1{clicks,spend}"
    );
    assert_eq!(
        world.text("SELECT family FROM fact_imports UNION ALL SELECT family FROM restatements").await,
        "ads; ads"
    );

    let scope = LoadScope {
        replace_days: Some(days(1, 2)),
        ..world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily")
    };
    let again = world.load(&scope, batch(&rows)).await.unwrap();
    assert_eq!((again.unchanged, again.changed()), (3, false));
    assert_eq!(world.text(place).await, written, "and none by reading again");
    world.load(&scope, batch(&rows[..2])).await.unwrap();
    assert_eq!(world.facts().await, "1 a 10 1; 1 b 20 2");
    world.assert_rollup().await;
}

#[tokio::test]
async fn owners_of_stored_deals_become_things_and_keep_the_names_that_they_have() {
    let db = before(OWNERS).await;
    run(
        &db,
        "INSERT INTO accounts (workspace_id, platform, source, remote_id, name, currency, time_zone)
         VALUES (1, 'somewhere', 'connector', 'acme', 'ACME', 'EUR', 'UTC');
         INSERT INTO entities (workspace_id, account_id, kind, remote_id, name, first_seen, last_seen)
         VALUES (1, 1, 43, 'ada', 'Ada', now(), now());
         INSERT INTO crm_deals (workspace_id, account_id, remote_id, name, currency, owner, attributes)
         VALUES (1, 1, '1', 'x', 'EUR', 'ada', '{}'), (1, 1, '2', 'x', 'EUR', 'bob', '{}'),
                (1, 1, '3', 'x', 'EUR', 'bob', '{}'), (1, 1, '4', 'x', 'EUR', NULL, '{}'),
                (1, 1, '5', 'x', 'EUR', '', '{}')",
    )
    .await;
    migrate(&db).await.unwrap();
    let world = World { db, workspace: WorkspaceId(1), account: AccountId(1) };
    let owners = "SELECT remote_id || ' ' || name FROM entities WHERE kind = 43 ORDER BY 1";
    assert_eq!(world.text(owners).await, "ada Ada; bob bob");
}
