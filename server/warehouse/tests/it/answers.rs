//! What the random data of `equality` does not reach: breakdowns, freshness, the cache, limits, errors.

use crate::common::{World, add_workspace, batch, day, days, now, push};
use database::{Database, PoolOptions};
use metrics::cube::Cube;
use metrics::ports::{CubeAnswer, Figures};
use metrics::{Dimension, Family, Filter, FilterMode, Frame, Level, Metric, Query, Scope};
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::error::ErrorKind;
use model::ids::{UserId, WorkspaceId};
use model::live::Topic;
use warehouse::Warehouse;
use warehouse::load::{Completeness, FactBatch, LoadScope, set_completeness};

fn member(workspace: WorkspaceId) -> Member {
    Member { user: UserId(1), workspace, role: Role::Viewer }
}

fn warehouse(world: &World) -> Warehouse {
    Warehouse::new(world.db.database(), Clock::frozen(now()))
}

fn query(group_by: &[Dimension], filters: &[Filter]) -> Query {
    Query {
        family: Family::Ads,
        level: Level::Campaign,
        days: days(1, 31),
        group_by: group_by.to_vec(),
        metrics: vec![Metric::Spend],
        filters: filters.to_vec(),
    }
}

fn include(dimension: Dimension, member: &str) -> Filter {
    Filter { dimension, mode: FilterMode::Include, members: vec![member.into()] }
}

/// `key=value …` of each row.
fn text(frame: &Frame) -> String {
    let rows = frame.rows.iter().map(|row| {
        let keys: Vec<&str> = row.members.iter().map(|m| m.key.as_str()).collect();
        format!("{}={}", keys.join("/"), row.values[0].map_or("-".into(), |v| v.to_string()))
    });
    rows.collect::<Vec<_>>().join(" ")
}

fn whole() -> Scope {
    Scope {
        family: Family::Ads,
        level: Level::Campaign,
        days: days(1, 31),
        compare: None,
        filters: Vec::new(),
    }
}

async fn rows(warehouse: &Warehouse, world: &World) -> usize {
    match warehouse.cube(&member(world.workspace), &whole()).await.unwrap() {
        CubeAnswer::Cube(bytes) => Cube::decode(&bytes).unwrap().len(),
        CubeAnswer::TooLarge { cells } => panic!("{cells}"),
    }
}

#[tokio::test]
async fn breakdowns_answer_for_their_own_dimension() {
    let world = World::new().await;
    let plain = world.scope(EntityKind::Campaign);
    world.load(&plain, batch(&[(1, "a", 30, 3), (2, "a", 5, 3)])).await.unwrap();
    for (dimension, values) in
        [("hour", [("9", 10), ("10", 20)]), ("device", [("mobile", 12), ("desktop", 18)])]
    {
        let mut rows = FactBatch::new();
        for (value, spend) in values {
            push(&mut rows, 1, "a", Some(value), spend, 1);
        }
        let scope = LoadScope { breakdown: Some(dimension.into()), ..plain.clone() };
        world.load(&scope, rows).await.unwrap();
    }
    let warehouse = warehouse(&world);
    let ask = async |group_by: &[Dimension], filters: &[Filter]| {
        let frames = warehouse.frames(&member(world.workspace), &[query(group_by, filters)]).await.unwrap();
        (text(&frames[0]), frames[0].totals[0])
    };
    assert_eq!(ask(&[], &[]).await, ("=35".into(), Some(35)));
    assert_eq!(ask(&[Dimension::Hour], &[]).await, ("9=10 10=20".into(), Some(30)));
    assert_eq!(
        ask(&[Dimension::Weekday, Dimension::Device], &[]).await,
        ("7/desktop=18 7/mobile=12".into(), Some(30))
    );
    assert_eq!(ask(&[], &[include(Dimension::Device, "mobile")]).await, ("=12".into(), Some(12)));
    assert_eq!(ask(&[Dimension::Hour], &[include(Dimension::Hour, "10")]).await, ("10=20".into(), Some(20)));
    assert_eq!(ask(&[Dimension::Hour], &[include(Dimension::Hour, "'")]).await, (String::new(), None));
    let both = query(&[Dimension::Hour], &[include(Dimension::Device, "mobile")]);
    let error = warehouse.frames(&member(world.workspace), &[both]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("hour and device"), "{error}");
    let scope = Scope { filters: vec![include(Dimension::Hour, "9")], ..whole() };
    let error = warehouse.cube(&member(world.workspace), &scope).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(warehouse.freshness(&member(world.workspace)).await.unwrap().has_hours);
}

#[tokio::test]
async fn freshness_tells_of_accounts_with_figures_only() {
    let world = World::new().await;
    let warehouse = warehouse(&world);
    let nothing = warehouse.freshness(&member(world.workspace)).await.unwrap();
    assert_eq!((nothing.accounts.len(), nothing.span, nothing.has_hours), (0, None, false));
    world.load(&world.scope(EntityKind::Campaign), batch(&[(3, "a", 1, 1), (9, "a", 1, 1)])).await.unwrap();
    let mut tx = world.db.pool().begin().await.unwrap();
    let complete =
        Completeness { complete_until: Some(day(8)), provisional_from: Some(day(5)), as_of: now() };
    set_completeness(&mut tx, world.workspace, world.account, complete).await.unwrap();
    tx.commit().await.unwrap();
    let fresh = warehouse.freshness(&member(world.workspace)).await.unwrap();
    assert_eq!((fresh.span, fresh.has_hours), (Some(days(3, 9)), false));
    assert_eq!(fresh.accounts[0].complete_until, Some(day(8)));
    assert_eq!(
        (fresh.accounts[0].currency.as_str(), fresh.accounts[0].source.as_str()),
        ("EUR", "connector")
    );
}

#[tokio::test]
async fn a_cube_is_answered_from_memory_until_something_changes() {
    let world = World::new().await;
    let warehouse = warehouse(&world);
    let scope = world.scope(EntityKind::Campaign);
    assert_eq!(rows(&warehouse, &world).await, 0);
    world.load(&scope, batch(&[(1, "a", 1, 1)])).await.unwrap();
    assert_eq!(rows(&warehouse, &world).await, 1);
    // Behind the loader's back: nobody is told, so memory answers.
    world.execute("DELETE FROM facts_ads").await;
    assert_eq!(rows(&warehouse, &world).await, 1);
    world.execute("SELECT bump_version(id, 'figures') FROM workspaces").await;
    assert_eq!(rows(&warehouse, &world).await, 0);
}

#[tokio::test]
async fn what_a_browser_can_t_hold_is_not_sent() {
    let world = World::new().await;
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 1, 1)])).await.unwrap();
    world.execute("UPDATE rollup_ads_account_day SET facts = 300001").await;
    let answer = warehouse(&world).cube(&member(world.workspace), &whole()).await.unwrap();
    assert!(matches!(answer, CubeAnswer::TooLarge { cells: 300_001 }), "{answer:?}");
}

#[tokio::test]
async fn another_workspace_answers_with_nothing() {
    let world = World::new().await;
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 1, 1)])).await.unwrap();
    let other = member(add_workspace(&world.db, "two", "EUR").await);
    let warehouse = warehouse(&world);
    let frames =
        warehouse.frames(&other, &[query(&[], &[]), query(&[Dimension::Campaign], &[])]).await.unwrap();
    assert_eq!((text(&frames[0]).as_str(), text(&frames[1]).as_str()), ("=-", ""));
    assert!(warehouse.versions(&other).await.unwrap().0.is_empty());
    assert!(warehouse.versions(&member(world.workspace)).await.unwrap().0[&Topic::Figures] > 0);
    let gone = warehouse.frames(&member(WorkspaceId(99)), &[query(&[], &[])]).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn odd_questions_get_plain_answers() {
    let world = World::new().await;
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 1, 1)])).await.unwrap();
    let warehouse = warehouse(&world);
    let ask = async |query: Query| {
        let frames = warehouse.frames(&member(world.workspace), &[query]).await.unwrap();
        text(&frames[0])
    };
    let ages = model::DayRange::new("0001-01-01".parse().unwrap(), "9999-12-31".parse().unwrap()).unwrap();
    assert_eq!(ask(Query { days: ages, ..query(&[Dimension::Year], &[]) }).await, "2026=1");
    let nonsense = include(Dimension::Campaign, "1'); DROP TABLE facts_ads; --");
    assert_eq!(ask(query(&[Dimension::Campaign], &[nonsense])).await, "");
    // A metric of another family, and a tree that this level does not have.
    let sessions =
        Query { metrics: vec![Metric::Sessions, Metric::Position], ..query(&[Dimension::Ad], &[]) };
    assert_eq!(ask(sessions).await, "=-");
    let many = vec![query(&[], &[]); 501];
    let error = warehouse.frames(&member(world.workspace), &many).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_file_of_rates_is_loaded_or_refused_as_a_whole() {
    let world = World::new().await;
    let warehouse = warehouse(&world);
    let load = async |file: &str| warehouse.load_rates(&member(world.workspace), file.as_bytes()).await;
    assert_eq!(load("Date,USD,JPY,\n2026-03-02,1.1,160,\n2026-03-01,N/A,161,\n").await.unwrap(), 3);
    let error = load("Date,USD\n2026-03-03,1.2\n2026-03-04,x\n").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("line 3, column USD"), "{error}");
    assert_eq!(world.number("SELECT count(*) FROM fx_rates").await, 3);
}

#[tokio::test]
async fn a_browser_that_goes_away_leaves_the_connection_in_step() {
    let world = World::new().await;
    let mut batch = FactBatch::new();
    for entity in 0..400 {
        for d in 1..=31 {
            push(&mut batch, d, &format!("campaign {entity}"), None, 1, 1);
        }
    }
    world.load(&world.scope(EntityKind::Campaign), batch).await.unwrap();
    // One connection: whoever comes next gets that of the request that was dropped.
    let options = PoolOptions { max_connections: 1, ..PoolOptions::default() };
    let database = Database::connect(&world.db.url(), &options).await.unwrap();
    for wait in 0..60 {
        // A new one each time, so that no cube is answered from memory.
        let warehouse = Warehouse::new(database.clone(), Clock::frozen(now()));
        let (viewer, scope) = (member(world.workspace), whole());
        let asked = warehouse.cube(&viewer, &scope);
        let patience = std::time::Duration::from_millis(wait);
        drop(tokio::time::timeout(patience, asked).await);
        let frames = warehouse.frames(&viewer, &[query(&[], &[])]).await.unwrap();
        assert_eq!(frames[0].totals[0], Some(400 * 31), "after {wait} ms");
    }
}
