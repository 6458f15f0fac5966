//! Budgets of campaigns per day: each day has the one that was known then, and its use is exact by every path.

use crate::common::{World, batch, day, days, now};
use metrics::cube::Cube;
use metrics::ports::{CubeAnswer, Figures};
use metrics::{Dimension, Family, Level, Measure, Metric, Query, Ratio, Scope};
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::ids::UserId;
use std::collections::BTreeMap;
use warehouse::Warehouse;
use warehouse::load::{EntityRecord, note_budgets, upsert_entities};

async fn note(world: &World, on: u32, budgets: &[(&str, Option<i64>)]) {
    let budgets: BTreeMap<String, Option<i64>> =
        budgets.iter().map(|(campaign, amount)| ((*campaign).to_owned(), *amount)).collect();
    let mut tx = world.db.pool().begin().await.unwrap();
    note_budgets(&mut tx, world.workspace, world.account, day(on), &budgets).await.unwrap();
    tx.commit().await.unwrap();
}

/// `day campaign budget spend-of-it budget-of-it …`.
async fn told(world: &World) -> String {
    world
        .text(
            "SELECT concat_ws(' ', extract(day FROM day), e.remote_id, coalesce(budget::text, '-'),
                 coalesce(budgeted_spend::text, '-'), coalesce(budget_total::text, '-'))
             FROM facts_ads f JOIN entities e ON e.id = f.entity_id ORDER BY day, e.remote_id",
        )
        .await
}

#[tokio::test]
async fn each_day_has_the_budget_that_was_known_then() {
    let world = World::new().await;
    let scope = world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily");
    let campaign = |id: &str| EntityRecord {
        kind: EntityKind::Campaign,
        remote_id: id.into(),
        parent: None,
        name: id.into(),
        status: None,
        attributes: serde_json::Value::Null,
    };
    let mut tx = world.db.pool().begin().await.unwrap();
    upsert_entities(&mut tx, world.workspace, world.account, &[campaign("a"), campaign("b")], now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    note(&world, 2, &[("a", Some(50)), ("b", None), ("nobody", Some(1))]).await;
    let first = || batch(&[(1, "a", 10, 1), (2, "a", 20, 1), (3, "a", 30, 1), (3, "b", 7, 1)]);
    world.load(&scope, first()).await.unwrap();
    assert_eq!(told(&world).await, "1 a - - -; 2 a 50 20 50; 3 a 50 30 50; 3 b - - -");

    // The same day again, and days later; what was read before stays as it was.
    note(&world, 3, &[("a", Some(50)), ("b", Some(5))]).await;
    note(&world, 3, &[("a", Some(60)), ("b", Some(5))]).await;
    note(&world, 4, &[("a", Some(60)), ("b", None)]).await;
    assert_eq!(world.number("SELECT count(*) FROM campaign_budgets").await, 4, "only what has changed");
    world.load(&scope, first()).await.unwrap();
    let later = "1 a - - -; 2 a 50 20 50; 3 a 60 30 60; 3 b 5 7 5";
    assert_eq!(told(&world).await, later);
    let again = world.load(&scope, first()).await.unwrap();
    assert!(!again.changed(), "{again:?}");
    world.load(&scope, batch(&[(4, "a", 1, 1), (4, "b", 1, 1)])).await.unwrap();
    assert_eq!(told(&world).await, format!("{later}; 4 a 60 1 60; 4 b - - -"));
    world.assert_rollup().await;

    // 20 + 30 + 7 + 1 of 50 + 60 + 5 + 60; of what is spent besides, no budget is known.
    let warehouse = Warehouse::new(world.db.database(), Clock::frozen(now()));
    let member = Member { user: UserId(1), workspace: world.workspace, role: Role::Viewer };
    let query = |group_by: &[Dimension]| Query {
        family: Family::Ads,
        level: Level::Campaign,
        days: days(1, 5),
        group_by: group_by.to_vec(),
        metrics: vec![Metric::Budget, Metric::BudgetedSpend, Metric::BudgetTotal],
        filters: Vec::new(),
    };
    let queries = [query(&[]), query(&[Dimension::Campaign]), query(&[Dimension::Day])];
    let frames = warehouse.frames(&member, &queries).await.unwrap();
    assert_eq!(frames[0].totals, [Some(65), Some(58), Some(175)]);
    let used = frames[0].total(Measure::Ratio(Ratio::BudgetUse)).figure().unwrap();
    assert_eq!((used.numerator(), used.denominator()), (58, 175));
    let scope = Scope {
        family: Family::Ads,
        level: Level::Campaign,
        days: days(1, 5),
        compare: None,
        filters: Vec::new(),
    };
    let CubeAnswer::Cube(bytes) = warehouse.cube(&member, &scope).await.unwrap() else { panic!("no cube") };
    let cube = Cube::decode(&bytes).unwrap();
    for (query, frame) in queries.iter().zip(&frames) {
        assert_eq!(&cube.query(query), frame, "{query:?}");
    }
}

#[tokio::test]
async fn what_an_import_replaces_is_kept_with_all_its_figures() {
    let world = World::new().await;
    let lacking = world
        .text(
            "SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c
             WHERE c.table_name IN ('facts_ads', 'facts_social', 'facts_web', 'facts_search', 'facts_email', 'facts_crm')
               AND c.data_type = 'bigint' AND c.is_nullable = 'YES'
               AND NOT EXISTS (SELECT FROM information_schema.columns u
                               WHERE u.table_name = 'fact_undo' AND u.column_name = c.column_name)",
        )
        .await;
    assert_eq!(lacking, "", "columns that fact_undo lacks");
}
