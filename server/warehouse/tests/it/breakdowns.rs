//! Figures by age, place, device: which rows answer, what members are called, what there is.

use crate::common::{World, add_workspace, batch, day, days, now, push, spec};
use metrics::ports::Figures;
use metrics::{Dimension, Family, Filter, FilterMode, Frame, Level, Metric, Query};
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::ids::UserId;
use warehouse::load::{AccountSource, FactBatch, FactRow, LoadScope, open_account};
use warehouse::{Currency, Measures, Warehouse};

fn member(world: &World) -> Member {
    Member { user: UserId(1), workspace: world.workspace, role: Role::Viewer }
}

fn warehouse(world: &World) -> Warehouse {
    Warehouse::new(world.db.database(), Clock::frozen(now()))
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
    rows.collect::<Vec<_>>().join(", ")
}

/// One question about all days of the month: its rows and its total.
async fn ask(
    world: &World,
    (family, level, metric): (Family, Level, Metric),
    group_by: &[Dimension],
    filters: &[Filter],
) -> (String, Option<i64>) {
    let query = Query {
        family,
        level,
        days: days(1, 31),
        group_by: group_by.to_vec(),
        metrics: vec![metric],
        filters: filters.to_vec(),
    };
    let frames = warehouse(world).frames(&member(world), &[query]).await.unwrap();
    (text(&frames[0]), frames[0].totals[0])
}

/// Rows of followers: day, member, how many.
fn followers(rows: &[(u32, Option<&str>, i64)]) -> FactBatch {
    let mut batch = FactBatch::new();
    for (d, segment, count) in rows {
        let mut measures = Measures::of(Family::Social);
        measures.set(Metric::Followers, *count).unwrap();
        let row = FactRow {
            remote_id: "acme",
            day: day(*d),
            segment: *segment,
            currency: Currency::EUR,
            measures,
            extra: None,
        };
        batch.push(&row).unwrap();
    }
    batch
}

fn split(scope: &LoadScope, kind: EntityKind, dimension: &str) -> LoadScope {
    LoadScope { kind, breakdown: Some(dimension.into()), stream: Some("split"), ..scope.clone() }
}

#[tokio::test]
async fn followers_are_the_last_known_ones_of_each_member() {
    let world = World::new().await;
    let plain = world.stream(Family::Social, EntityKind::Account, "profile");
    world.load(&plain, followers(&[(1, None, 100), (3, None, 110)])).await.unwrap();
    let ages = split(&plain, EntityKind::Account, "age+gender");
    let rows = [
        (1, Some("18-24 · F"), 40),
        (1, Some("18-24 · M"), 30),
        (1, Some("65+ · U"), 5),
        (3, Some("18-24 · F"), 45),
        (3, Some("18-24 · M"), 28),
    ];
    world.load(&ages, followers(&rows)).await.unwrap();
    let cities = split(&plain, EntityKind::Account, "city");
    world.load(&cities, followers(&[(3, Some("Berlin, Berlin"), 60)])).await.unwrap();

    let of = (Family::Social, Level::Campaign, Metric::Followers);
    let by = ask(&world, of, &[Dimension::AgeGender], &[]).await;
    // Who was too few on the third day is known from the first one; days are not added.
    assert_eq!(by, ("18-24 · f=45, 18-24 · m=28, 65+ · u=5".into(), Some(78)));
    let by_platform = ask(&world, of, &[Dimension::Platform, Dimension::AgeGender], &[]).await;
    assert_eq!(by_platform.1, Some(78));
    let days = ask(&world, of, &[Dimension::Day], &[include(Dimension::AgeGender, "18-24 · f")]).await;
    assert_eq!(days, ("2026-03-01=40, 2026-03-03=45".into(), Some(45)));
    let out = Filter { mode: FilterMode::Exclude, ..include(Dimension::AgeGender, "18-24 · f") };
    assert_eq!(ask(&world, of, &[], &[out]).await.1, Some(33));
    assert_eq!(ask(&world, of, &[Dimension::City], &[]).await, ("Berlin, Berlin=60".into(), Some(60)));
    assert_eq!(ask(&world, of, &[], &[]).await, ("=110".into(), Some(110)), "the account's own");
}

#[tokio::test]
async fn what_only_the_account_tells_stands_in_for_its_campaigns() {
    let world = World::new().await;
    let plain = world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily");
    world.load(&plain, batch(&[(1, "a", 30, 3), (1, "b", 12, 3)])).await.unwrap();
    let mut rows = FactBatch::new();
    push(&mut rows, 1, "acme", Some("DE"), 25, 1);
    push(&mut rows, 1, "acme", Some("AT"), 10, 1);
    world.load(&split(&plain, EntityKind::Account, "country"), rows).await.unwrap();
    // Another account tells countries by campaign, and as a whole, which is not added.
    let mut tx = world.db.pool().begin().await.unwrap();
    let other =
        open_account(&mut tx, world.workspace, &spec("other", AccountSource::Connector)).await.unwrap();
    tx.commit().await.unwrap();
    let theirs = LoadScope { account: other, ..plain.clone() };
    world.load(&theirs, batch(&[(1, "c", 8, 3)])).await.unwrap();
    for (kind, id) in [(EntityKind::Campaign, "c"), (EntityKind::Account, "other")] {
        let mut rows = FactBatch::new();
        push(&mut rows, 1, id, Some("DE"), 7, 1);
        world.load(&split(&theirs, kind, "country"), rows).await.unwrap();
    }
    let of = (Family::Ads, Level::Campaign, Metric::Spend);
    assert_eq!(ask(&world, of, &[Dimension::Country], &[]).await, ("AT=10, DE=32".into(), Some(42)));
    assert_eq!(ask(&world, of, &[], &[]).await.1, Some(50), "plain totals are the campaigns'");
    let germany = [include(Dimension::Country, "DE")];
    let accounts = ask(&world, of, &[Dimension::Account], &germany).await;
    assert_eq!(accounts, (format!("{}=25, {other}=7", world.account), Some(32)));
    let campaign = world.number("SELECT id FROM entities WHERE remote_id = 'c'").await;
    // What is told as a whole is in no campaign.
    let by_campaign = ask(&world, of, &[Dimension::Campaign], &germany).await;
    assert_eq!(by_campaign, (format!("=25, {campaign}=7"), Some(32)));
}

#[tokio::test]
async fn one_thing_has_one_name_whoever_tells_it() {
    let world = World::new().await;
    let plain = world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily");
    world.load(&plain, batch(&[(1, "a", 30, 3)])).await.unwrap();
    let load = async |dimension: &str, kind: EntityKind, id: &str, values: &[(&str, i64)]| {
        let mut rows = FactBatch::new();
        for (value, spend) in values {
            push(&mut rows, 1, id, Some(value), *spend, 1);
        }
        world.load(&split(&plain, kind, dimension), rows).await.unwrap();
    };
    let (campaign, ad) = (EntityKind::Campaign, EntityKind::Ad);
    load("age+gender", campaign, "a", &[("25-34 · female", 1), ("AGE_25_34 · FEMALE", 2), ("65+ · male", 4)])
        .await;
    load("device", campaign, "a", &[("ANDROID", 3)]).await;
    load("device_platform", campaign, "a", &[("mobile_app", 5), ("desktop", 6)]).await;
    load("publisher_platform", ad, "ad", &[("instagram", 9)]).await;
    let of = (Family::Ads, Level::Campaign, Metric::Spend);
    let ages = ask(&world, of, &[Dimension::AgeGender], &[]).await;
    assert_eq!(ages, ("25-34 · female=3, 65+ · male=4".into(), Some(7)));
    let women = [include(Dimension::AgeGender, "25-34 · female")];
    assert_eq!(ask(&world, of, &[], &women).await.1, Some(3));
    let devices = ask(&world, of, &[Dimension::Device], &[]).await;
    assert_eq!(devices, ("ANDROID=3, desktop=6, mobile_app=5".into(), Some(14)));
    let of_ads = (Family::Ads, Level::Ad, Metric::Spend);
    assert_eq!(ask(&world, of_ads, &[Dimension::Placement], &[]).await, ("instagram=9".into(), Some(9)));
}

#[tokio::test]
async fn the_facts_name_what_can_be_asked_for() {
    let world = World::new().await;
    let plain = world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily");
    world.load(&plain, batch(&[(1, "a", 30, 3)])).await.unwrap();
    let ads = LoadScope { kind: EntityKind::Ad, ..plain.clone() };
    world.load(&ads, batch(&[(1, "ad", 30, 3)])).await.unwrap();
    for (kind, id, dimension, value) in [
        (EntityKind::Campaign, "a", "hour", "9"),
        (EntityKind::Campaign, "a", "device", "PC"),
        (EntityKind::Campaign, "a", "device_platform", "desktop"),
        (EntityKind::Campaign, "a", "action", "open"),
        (EntityKind::Ad, "ad", "publisher_platform", "facebook"),
    ] {
        let mut rows = FactBatch::new();
        push(&mut rows, 1, id, Some(value), 1, 1);
        world.load(&split(&plain, kind, dimension), rows).await.unwrap();
    }
    let told = async || {
        let families = warehouse(&world).freshness(&member(&world)).await.unwrap().families;
        families[0].clone()
    };
    let campaign = Level::Only(EntityKind::Campaign);
    let mut found = told().await.breakdowns;
    found.sort_by_key(|(level, dimension)| (*dimension, *level));
    assert_eq!(
        found,
        [
            (Level::Campaign, Dimension::Hour),
            (campaign, Dimension::Hour),
            (Level::Campaign, Dimension::Device),
            (campaign, Dimension::Device),
            (Level::Ad, Dimension::Placement),
            (Level::Only(EntityKind::Ad), Dimension::Placement),
        ]
    );
    let facts = told().await;
    assert!([Dimension::Hour, Dimension::Device, Dimension::Placement].iter().all(|d| facts.tells(*d)));
    assert!(!facts.tells(Dimension::Country));
    // Only the account tells of countries, and has no plain rows.
    let mut rows = FactBatch::new();
    push(&mut rows, 1, "acme", Some("DE"), 1, 1);
    world.load(&split(&plain, EntityKind::Account, "country"), rows).await.unwrap();
    assert!(told().await.tells(Dimension::Country));
    // Whose they are is another matter.
    let other = add_workspace(&world.db, "two", "EUR").await;
    let stranger = Member { workspace: other, ..member(&world) };
    assert!(warehouse(&world).freshness(&stranger).await.unwrap().families.is_empty());
}
