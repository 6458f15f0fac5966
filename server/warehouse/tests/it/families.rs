//! The families beside advertising: their own tables, streams that share a kind, means.

use crate::common::{World, batch, days, figures, now, push};
use assert_matches::assert_matches;
use metrics::{Class, Family, Metric};
use model::entities::EntityKind;
use model::ids::ImportId;
use warehouse::LoadError;
use warehouse::load::{BulkLoad, Cause, Duplicates, FactBatch, LoadScope, delete_account_data, undo_import};

/// A metric of the family that is summed.
fn summed(family: Family) -> Metric {
    let mut all = Metric::ALL.iter().copied().filter(|m| m.families().contains(&family));
    all.find(|metric| metric.class() == Class::Additive).unwrap()
}

async fn stored(world: &World, family: Family) -> String {
    let (name, metric) = (family.name(), summed(family).name());
    world
        .text(&format!(
            "SELECT format('%s %s %s', extract(day FROM day), remote_id, {metric})
             FROM facts_{name} f JOIN entities e ON e.id = f.entity_id ORDER BY day, remote_id, stream"
        ))
        .await
}

#[tokio::test]
async fn each_family_is_loaded_replaced_restated_and_taken_back() {
    let world = World::new().await;
    for family in Family::ALL {
        let metric = summed(family);
        let value = |rows: &[(u32, &str, i64)]| {
            let cells: Vec<[(Metric, i64); 1]> = rows.iter().map(|(.., value)| [(metric, *value)]).collect();
            let rows = rows.iter().zip(&cells).map(|((d, id, _), cells)| (*d, *id, cells.as_slice()));
            figures(family, &rows.collect::<Vec<_>>())
        };
        let scope = LoadScope {
            replace_days: Some(days(1, 3)),
            ..world.stream(family, EntityKind::Account, "daily")
        };
        world.load(&scope, value(&[(1, "acme", 10), (2, "acme", 20), (3, "acme", 30)])).await.unwrap();
        let version = world.version().await;
        let again = world.load(&scope, value(&[(1, "acme", 10), (2, "acme", 20), (3, "acme", 30)])).await;
        assert_eq!((again.unwrap().unchanged, world.version().await), (3, version), "{family:?}");
        let changed = world.load(&scope, value(&[(1, "acme", 11), (3, "acme", 30)])).await.unwrap();
        assert_eq!((changed.updated, changed.unchanged, changed.deleted), (1, 1, 1), "{family:?}");
        assert_eq!(stored(&world, family).await, "1 acme 11; 3 acme 30");
        let name = family.name();
        assert_eq!(
            world
                .text(&format!(
                    "SELECT format('%s %s %s→%s', extract(day FROM day), metric, old_value, new_value)
                     FROM restatements WHERE family = '{name}' ORDER BY day"
                ))
                .await,
            format!("1 {0} 10→11; 2 {0} 20→", metric.name())
        );
        world.assert_rollup().await;
        let import = LoadScope {
            stream: None,
            replace_days: None,
            cause: Cause::Import(ImportId(7)),
            duplicates: Duplicates::Sum,
            ..scope.clone()
        };
        world.load(&import, value(&[(1, "acme", 5), (9, "acme", 5)])).await.unwrap();
        assert_eq!(stored(&world, family).await, "1 acme 5; 3 acme 30; 9 acme 5");
    }
    let mut tx = world.db.pool().begin().await.unwrap();
    let undone = undo_import(&mut tx, world.workspace, ImportId(7), now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((undone.removed, undone.restored), (12, 6));
    for family in Family::ALL {
        assert_eq!(stored(&world, family).await, "1 acme 11; 3 acme 30", "{family:?}");
    }
    world.assert_rollup().await;
    assert_eq!(world.number("SELECT count(*) FROM reported_metrics").await, 6);
    let mut tx = world.db.pool().begin().await.unwrap();
    delete_account_data(&mut tx, world.workspace, world.account).await.unwrap();
    tx.commit().await.unwrap();
    for family in Family::ALL {
        assert_eq!(stored(&world, family).await, "", "{family:?}");
    }
    assert_eq!(world.number("SELECT count(*) FROM fact_streams").await, 0);
}

#[tokio::test]
async fn streams_of_one_kind_leave_each_other_alone() {
    let world = World::new().await;
    let visits = LoadScope {
        replace_days: Some(days(1, 2)),
        ..world.stream(Family::Web, EntityKind::Campaign, "traffic_daily")
    };
    let costs = LoadScope { stream: Some("ads_daily"), ..visits.clone() };
    let of_visits = || {
        figures(
            Family::Web,
            &[(1, "spring", &[(Metric::Sessions, 7)]), (2, "summer", &[(Metric::Sessions, 8)])],
        )
    };
    let of_costs = || figures(Family::Web, &[(1, "spring", &[(Metric::Spend, 9)])]);
    let rows = async || {
        world
            .text(
                "SELECT format('%s %s %s %s', extract(day FROM day), remote_id, sessions, spend)
                 FROM facts_web f JOIN entities e ON e.id = f.entity_id ORDER BY day, remote_id, stream",
            )
            .await
    };
    world.load(&visits, of_visits()).await.unwrap();
    assert_eq!(world.load(&costs, of_costs()).await.unwrap().deleted, 0);
    let both = "1 spring 7 ; 1 spring  9; 2 summer 8 ";
    assert_eq!(rows().await, both);
    world.assert_rollup().await;
    // What comes first by a second stream restates nothing.
    assert_eq!(world.number("SELECT count(*) FROM restatements").await, 0);
    assert!(!world.load(&visits, of_visits()).await.unwrap().changed());
    assert!(!world.load(&costs, of_costs()).await.unwrap().changed());
    assert_eq!(world.load(&visits, FactBatch::new()).await.unwrap().deleted, 2);
    assert_eq!(rows().await, "1 spring  9");
    world.assert_rollup().await;
    assert_eq!(
        world.text("SELECT format('%s %s', stream, name) FROM fact_streams ORDER BY 1").await,
        "0 traffic_daily; 1 ads_daily"
    );
    // A breakdown has numbers of its own.
    let split = LoadScope { breakdown: Some("source".into()), replace_days: None, ..costs };
    let mut batch = FactBatch::new();
    let ads = LoadScope { family: Family::Ads, ..split.clone() };
    push(&mut batch, 1, "spring", Some("x"), 1, 1);
    world.load(&ads, batch).await.unwrap();
    assert_eq!(world.number("SELECT sum(stream)::bigint FROM facts_ads_by").await, 0);
}

#[tokio::test]
async fn a_figure_by_two_streams_is_refused() {
    let world = World::new().await;
    let visits = world.stream(Family::Web, EntityKind::Campaign, "traffic_daily");
    let costs = LoadScope { stream: Some("ads_daily"), ..visits.clone() };
    let sessions = || figures(Family::Web, &[(1, "spring", &[(Metric::Sessions, 7)])]);
    world.load(&visits, sessions()).await.unwrap();
    let error = world.load(&costs, sessions()).await.unwrap_err();
    assert_matches!(error, LoadError::Twice { .. });
    assert_eq!(error.to_string(), "sessions of \"spring\" on 2026-03-01 comes by two streams of the account");
    // Of another entity it is another figure.
    world.load(&costs, figures(Family::Web, &[(1, "summer", &[(Metric::Sessions, 7)])])).await.unwrap();
}

#[tokio::test]
async fn the_first_stream_takes_over_rows_from_before_there_were_streams() {
    let world = World::new().await;
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 1, 1), (2, "a", 2, 2)])).await.unwrap();
    let scope = LoadScope {
        replace_days: Some(days(1, 2)),
        ..world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily")
    };
    let again = world.load(&scope, batch(&[(1, "a", 1, 1)])).await.unwrap();
    assert_eq!((again.unchanged, again.deleted), (1, 1));
    assert_eq!(world.facts().await, "1 a 1 1");
}

#[tokio::test]
async fn a_mean_of_positions_is_exact() {
    let world = World::new().await;
    let scope = world.stream(Family::Search, EntityKind::Account, "site_daily");
    let rows = |position| {
        figures(
            Family::Search,
            &[
                (1, "a", &[(Metric::Position, 1_333_333), (Metric::Impressions, 3)]),
                (1, "b", &[(Metric::Position, position), (Metric::Impressions, 1_000_000_000)]),
                (1, "c", &[(Metric::Impressions, 5)]),
            ],
        )
    };
    world.load(&scope, rows(99_999_999)).await.unwrap();
    let sums = "SELECT format('%s %s %s', position_sum, position_weight, impressions) FROM rollup_search_account_day";
    assert_eq!(world.text(sums).await, "99999999003999999 1000000003 1000000008");
    world.assert_rollup().await;
    world.load(&scope, rows(50_000_000)).await.unwrap();
    world.assert_rollup().await;
    assert_eq!(
        world.text("SELECT format('%s %s %s', metric, old_value, new_value) FROM restatements").await,
        "position 99999999 50000000"
    );
}

#[tokio::test]
async fn figures_of_another_family_are_refused() {
    let world = World::new().await;
    let web = world.stream(Family::Web, EntityKind::Campaign, "daily");
    let error = world.load(&web, batch(&[(1, "a", 1, 1)])).await.unwrap_err();
    assert_matches!(error, LoadError::ForeignFamily { expected: Family::Web, found: Family::Ads });
    let mut mixed = figures(Family::Web, &[(1, "a", &[(Metric::Sessions, 1)])]);
    let error = mixed.push(&crate::common::row(1, "b", None, 1, 1)).unwrap_err();
    assert_matches!(error, LoadError::ForeignFamily { .. });
    let mut tx = world.db.pool().begin().await.unwrap();
    let mut bulk = BulkLoad::with_limit(web, 2);
    let error = bulk.push(&mut tx, &crate::common::row(1, "b", None, 1, 1)).await.unwrap_err();
    assert_matches!(error, LoadError::ForeignFamily { .. });
}

#[tokio::test]
async fn a_load_larger_than_memory_works_for_other_families() {
    let world = World::new().await;
    let scope = world.stream(Family::Email, EntityKind::Campaign, "email_daily");
    let mut tx = world.db.pool().begin().await.unwrap();
    let mut bulk = BulkLoad::with_limit(scope, 10);
    for d in 1..=28 {
        let mut measures = warehouse::Measures::of(Family::Email);
        measures.set(Metric::Delivered, i64::from(d)).unwrap();
        let row = warehouse::load::FactRow { measures, ..crate::common::row(d, "mail", None, 0, 0) };
        bulk.push(&mut tx, &row).await.unwrap();
    }
    assert_eq!(bulk.finish(&mut tx, &|_| {}).await.unwrap().inserted, 28);
    tx.commit().await.unwrap();
    assert_eq!(world.number("SELECT sum(delivered)::bigint FROM facts_email").await, 406);
    world.assert_rollup().await;
}
