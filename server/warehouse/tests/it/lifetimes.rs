//! Snapshots of what things have come to, and the days that they add up to.

use crate::common::{World, day, days};
use chrono::NaiveDate;
use metrics::ports::{Figures, Thing, ThingsQuestion};
use metrics::{Family, Metric};
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::ids::{EntityId, UserId};
use warehouse::load::{FactRow, LifetimeBatch, LoadCounts, LoadScope, delete_account_data, merge_lifetimes};
use warehouse::{Currency, LoadError, Measures, Warehouse};

type Row<'a> = (&'a str, Option<NaiveDate>, &'a [(Metric, i64)]);

fn batch(on: NaiveDate, rows: &[Row<'_>]) -> LifetimeBatch {
    let mut batch = LifetimeBatch::new();
    for (remote_id, began, values) in rows {
        let mut measures = Measures::of(Family::Social);
        for (metric, value) in *values {
            measures.set(*metric, *value).unwrap();
        }
        let row =
            FactRow { remote_id, day: on, segment: None, currency: Currency::EUR, measures, extra: None };
        batch.push(&row, *began).unwrap();
    }
    batch
}

async fn load(
    world: &World,
    stream: &'static str,
    on: u32,
    rows: &[Row<'_>],
) -> Result<LoadCounts, LoadError> {
    let scope = world.stream(Family::Social, EntityKind::Post, stream);
    let mut tx = world.db.pool().begin().await.unwrap();
    let counts = merge_lifetimes(&mut tx, &scope, batch(day(on), rows)).await?;
    tx.commit().await.unwrap();
    world.assert_rollup().await;
    Ok(counts)
}

/// All facts: day, post, likes, saves.
async fn stored(world: &World) -> String {
    world
        .text(
            "SELECT format('%s %s %s %s', extract(day FROM day), remote_id, likes, saves)
             FROM facts_social f JOIN entities e ON e.id = f.entity_id ORDER BY day, remote_id",
        )
        .await
}

const LIKES: Metric = Metric::Likes;
const SAVES: Metric = Metric::Saves;

#[tokio::test]
async fn days_add_up_to_what_the_vendor_tells() {
    let world = World::new().await;
    let (old, new) = (Some(day(2)), Some(day(10)));
    load(
        &world,
        "posts",
        10,
        &[("old", old, &[(LIKES, 40), (Metric::Reach, 90)]), ("new", new, &[(LIKES, 3)])],
    )
    .await
    .unwrap();
    // People who were reached are no gain of a day.
    assert_eq!(world.number("SELECT count(reach) FROM facts_social").await, 0);
    assert_eq!(stored(&world).await, "2 old 40 ; 10 new 3 ");
    // The same day again takes the place of what was there.
    let again = load(&world, "posts", 10, &[("old", old, &[(LIKES, 41)]), ("new", new, &[(LIKES, 5)])]).await;
    assert_eq!(again.unwrap().updated, 2);
    assert_eq!(stored(&world).await, "2 old 41 ; 10 new 5 ");
    // The vendor takes back; a metric that comes later has its beginning where the post has.
    load(&world, "posts", 11, &[("old", old, &[(LIKES, 39), (SAVES, 7)]), ("new", new, &[(LIKES, 6)])])
        .await
        .unwrap();
    assert_eq!(stored(&world).await, "2 old 41 7; 10 new 5 ; 11 new 1 ; 11 old -2 ");
    let version = world.version().await;
    let same =
        load(&world, "posts", 11, &[("old", old, &[(LIKES, 39), (SAVES, 7)]), ("new", new, &[(LIKES, 6)])])
            .await;
    assert_eq!((same.unwrap().changed(), world.version().await), (false, version));
    // A day without a pull belongs to the next one; one that is not told any more stays as it was known.
    load(&world, "posts", 14, &[("new", new, &[(LIKES, 16)])]).await.unwrap();
    assert_eq!(stored(&world).await, "2 old 41 7; 10 new 5 ; 11 new 1 ; 11 old -2 ; 14 new 10 ");
    // An older pull that comes late says nothing.
    load(&world, "posts", 12, &[("new", new, &[(LIKES, 1)])]).await.unwrap();
    assert_eq!(world.text("SELECT format('%s %s', sum(likes), sum(saves)) FROM facts_social").await, "55 7");
    assert_eq!(
        world.text("SELECT totals::text FROM lifetime_snapshots ORDER BY totals::text").await,
        "{\"likes\": 16}; {\"likes\": 39, \"reach\": 90, \"saves\": 7}"
    );
}

#[tokio::test]
async fn idle_posts_take_no_room_but_nothing_is_a_figure() {
    let world = World::new().await;
    let began = Some(day(1));
    let of = |likes: i64| -> [(Metric, i64); 2] { [(LIKES, likes), (SAVES, 0)] };
    load(&world, "posts", 2, &[("a", began, &of(1)), ("b", began, &of(1)), ("c", began, &of(1))])
        .await
        .unwrap();
    load(&world, "posts", 3, &[("a", began, &of(1)), ("b", began, &of(2)), ("c", began, &of(1))])
        .await
        .unwrap();
    assert_eq!(stored(&world).await, "1 a 1 0; 1 b 1 0; 1 c 1 0; 3 b 1 0");
    load(&world, "posts", 4, &[("a", began, &of(1)), ("b", began, &of(2)), ("c", began, &of(1))])
        .await
        .unwrap();
    assert_eq!(stored(&world).await, "1 a 1 0; 1 b 1 0; 1 c 1 0; 3 b 1 0; 4 a 0 0");
    // Later that day, something happens after all.
    load(&world, "posts", 4, &[("a", began, &of(1)), ("b", began, &of(2)), ("c", began, &of(9))])
        .await
        .unwrap();
    assert_eq!(stored(&world).await, "1 a 1 0; 1 b 1 0; 1 c 1 0; 3 b 1 0; 4 c 8 0");
}

#[tokio::test]
async fn a_post_that_goes_to_another_stream_is_not_counted_anew() {
    let world = World::new().await;
    let began = Some(day(1));
    load(&world, "recent", 2, &[("a", began, &[(LIKES, 5)]), ("b", began, &[(LIKES, 1)])]).await.unwrap();
    load(&world, "recent", 3, &[("b", began, &[(LIKES, 2)])]).await.unwrap();
    // Of the same day: those of the other stream stay.
    load(&world, "older", 3, &[("a", began, &[(LIKES, 8)])]).await.unwrap();
    assert_eq!(stored(&world).await, "1 a 5 ; 1 b 1 ; 3 a 3 ; 3 b 1 ");
}

#[tokio::test]
async fn without_a_beginning_only_what_comes_counts() {
    let world = World::new().await;
    load(&world, "flows", 2, &[("a", None, &[(LIKES, 500)])]).await.unwrap();
    assert_eq!(stored(&world).await, "");
    load(&world, "flows", 3, &[("a", None, &[(LIKES, 505)])]).await.unwrap();
    assert_eq!(stored(&world).await, "3 a 5 ");
    let mut tx = world.db.pool().begin().await.unwrap();
    delete_account_data(&mut tx, world.workspace, world.account).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM lifetime_snapshots").await, 0);
}

#[tokio::test]
async fn parts_of_a_thing_are_kept_apart_and_other_streams_alone() {
    let world = World::new().await;
    let scope = LoadScope {
        breakdown: Some("place".to_owned()),
        ..world.stream(Family::Social, EntityKind::Post, "posts")
    };
    for (on, home, away) in [(2, 5, 6), (3, 5, 9)] {
        let mut batch = LifetimeBatch::new();
        for (segment, likes) in [("home", home), ("away", away)] {
            let mut measures = Measures::of(Family::Social);
            measures.set(LIKES, likes).unwrap();
            let row = FactRow {
                remote_id: "a",
                day: day(on),
                segment: Some(segment),
                currency: Currency::EUR,
                measures,
                extra: None,
            };
            batch.push(&row, Some(day(1))).unwrap();
        }
        let mut tx = world.db.pool().begin().await.unwrap();
        merge_lifetimes(&mut tx, &scope, batch).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(
        world
            .text("SELECT format('%s %s %s', day, value, likes) FROM facts_social_by ORDER BY day, value")
            .await,
        "2026-03-01 away 6; 2026-03-01 home 5; 2026-03-03 away 3"
    );
    let comments = LoadScope {
        replace_days: Some(days(1, 9)),
        ..world.stream(Family::Social, EntityKind::Post, "comments")
    };
    load(&world, "posts", 2, &[("a", Some(day(1)), &[(LIKES, 5)])]).await.unwrap();
    let rows = crate::common::figures(Family::Social, &[(2, "a", &[(Metric::Comments, 1)])]);
    world.load(&comments, rows).await.unwrap();
    load(&world, "posts", 2, &[("a", Some(day(1)), &[(LIKES, 6)])]).await.unwrap();
    world.load(&comments, crate::common::figures(Family::Social, &[])).await.unwrap();
    assert_eq!(stored(&world).await, "1 a 6 ");
}

#[tokio::test]
async fn things_tell_what_they_have_come_to_altogether() {
    let world = World::new().await;
    let began = Some(day(2));
    load(
        &world,
        "posts",
        10,
        &[("a", began, &[(LIKES, 40), (Metric::Reach, 90)]), ("b", Some(day(9)), &[(LIKES, 3)])],
    )
    .await
    .unwrap();
    load(&world, "posts", 12, &[("a", began, &[(LIKES, 38), (Metric::Reach, 95)])]).await.unwrap();
    // Totals under the day of the sending have no snapshots.
    let emails =
        [(3, "spring", &[(Metric::Delivered, 60)][..]), (4, "spring", &[(Metric::Delivered, 1)][..])];
    world
        .load(
            &world.stream(Family::Email, EntityKind::Campaign, "reports"),
            crate::common::figures(Family::Email, &emails),
        )
        .await
        .unwrap();
    let warehouse = Warehouse::new(world.db.database(), Clock::frozen(crate::common::now()));
    let member = Member { user: UserId(1), workspace: world.workspace, role: Role::Viewer };
    let told = async |family, kind, entities: Option<Vec<EntityId>>| -> Vec<Thing> {
        let question = ThingsQuestion { family, kind, entities, limit: 10 };
        warehouse.things(&member, &question).await.unwrap()
    };
    let posts = told(Family::Social, EntityKind::Post, None).await;
    let lines: Vec<String> = posts
        .iter()
        .map(|post| format!("{} {:?} {:?} {:?}", post.name, post.began, post.as_of, post.values))
        .collect();
    assert_eq!(
        lines,
        [
            "b Some(2026-03-09) Some(2026-03-10) {Likes: 3}",
            "a Some(2026-03-02) Some(2026-03-12) {Reach: 95, Likes: 38}"
        ]
    );
    let one = told(Family::Social, EntityKind::Post, Some(vec![posts[1].entity])).await;
    assert_eq!(one, posts[1..]);
    let emails = told(Family::Email, EntityKind::Campaign, None).await;
    assert_eq!((emails[0].began, emails[0].as_of), (Some(day(3)), Some(day(4))));
    assert_eq!(emails[0].values.clone().into_iter().collect::<Vec<_>>(), [(Metric::Delivered, 61)]);
    let stranger =
        Member { workspace: crate::common::add_workspace(&world.db, "two", "EUR").await, ..member };
    let question =
        ThingsQuestion { family: Family::Social, kind: EntityKind::Post, entities: None, limit: 10 };
    assert_eq!(warehouse.things(&stranger, &question).await.unwrap(), []);
}
