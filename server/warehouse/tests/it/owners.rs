//! Deals by who they belong to: by name where the vendor tells one, whoever has them now.

use crate::common::{World, days, now, spec};
use crate::customers::{at, deal, of_deals, upsert};
use metrics::ports::Figures;
use metrics::{Dimension, Family, Filter, FilterMode, Frame, Level, Metric, Query, Scope};
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::ids::UserId;
use warehouse::load::crm::{Deal, DealState};
use warehouse::load::{AccountSource, EntityRecord, open_account, upsert_entities};
use warehouse::{Currency, Warehouse};

const OF_DEALS: Level = Level::Only(EntityKind::Deal);

const ASKED: [Metric; 6] = [
    Metric::DealsCreated,
    Metric::DealsWon,
    Metric::DealsLost,
    Metric::Revenue,
    Metric::PipelineValue,
    Metric::OpenDeals,
];

fn member(world: &World) -> Member {
    Member { user: UserId(1), workspace: world.workspace, role: Role::Viewer }
}

fn warehouse(world: &World) -> Warehouse {
    Warehouse::new(world.db.database(), Clock::frozen(now()))
}

/// A deal of 1,000.10 EUR.
fn of(owner: Option<&str>, id: &str, state: DealState) -> Deal {
    Deal { owner: owner.map(Into::into), currency: Currency::EUR, ..deal(id, state) }
}

async fn frame(world: &World, group_by: &[Dimension], filters: &[Filter]) -> Frame {
    let query = Query {
        family: Family::Crm,
        level: OF_DEALS,
        days: days(1, 31),
        group_by: group_by.to_vec(),
        metrics: ASKED.to_vec(),
        filters: filters.to_vec(),
    };
    warehouse(world).frames(&member(world), &[query]).await.unwrap().remove(0)
}

/// `created/won/lost/revenue/pipeline/open`, money in whole units.
fn figures(values: &[Option<i64>]) -> String {
    let is_money = |at: usize| ASKED[at].is_money();
    let texts = values.iter().enumerate().map(|(at, value)| match value {
        Some(value) if is_money(at) => (value / 1_000_000).to_string(),
        Some(value) => value.to_string(),
        None => "-".into(),
    });
    texts.collect::<Vec<_>>().join("/")
}

/// Each owner with their figures.
async fn by_owner(world: &World, filters: &[Filter]) -> String {
    let frame = frame(world, &[Dimension::Owner], filters).await;
    let rows = frame.rows.iter().map(|row| format!("{} {}", row.members[0].label, figures(&row.values)));
    rows.collect::<Vec<_>>().join("; ")
}

async fn name(world: &World, owner: &str, name: &str) {
    let record = EntityRecord {
        kind: EntityKind::Owner,
        remote_id: owner.into(),
        parent: None,
        name: name.into(),
        status: None,
        attributes: serde_json::Value::Null,
    };
    let mut tx = world.db.pool().begin().await.unwrap();
    upsert_entities(&mut tx, world.workspace, world.account, &[record], now()).await.unwrap();
    tx.commit().await.unwrap();
}

fn only(mode: FilterMode, key: &str) -> Filter {
    Filter { dimension: Dimension::Owner, mode, members: vec![key.into()] }
}

#[tokio::test]
async fn deals_count_for_those_who_have_them_now() {
    let world = World::new().await;
    let told = async || warehouse(&world).freshness(&member(&world)).await.unwrap().families[0].clone();
    upsert(&world, of_deals(&[of(None, "5", DealState::Open)])).await;
    assert!(!told().await.tells(Dimension::Owner), "nobody has any");
    let deals = [
        of(Some("ada"), "1", DealState::Open),
        of(Some("ada"), "2", DealState::Won),
        of(Some("bob"), "3", DealState::Lost),
        of(Some("bob"), "4", DealState::Won),
    ];
    upsert(&world, of_deals(&deals)).await;
    assert!(told().await.tells(Dimension::Owner));
    name(&world, "ada", "Ada Lovelace").await;
    let first = "(no owner) 1/-/-/-/1000/1; Ada Lovelace 2/1/-/1000/1000/1; bob 2/1/1/1000/-/-";
    assert_eq!(by_owner(&world, &[]).await, first);
    let all = frame(&world, &[], &[]).await;
    assert_eq!(figures(&all.totals), "5/2/1/2000/2000/2", "and owners add up to that");
    assert_eq!(frame(&world, &[Dimension::Owner], &[]).await.totals, all.totals);

    let ada = world.number("SELECT id FROM entities WHERE kind = 43 AND remote_id = 'ada'").await.to_string();
    let hers = frame(&world, &[Dimension::Pipeline], &[only(FilterMode::Include, &ada)]).await;
    assert_eq!((hers.rows.len(), figures(&hers.totals)), (1, "2/1/-/1000/1000/1".into()));
    let others = by_owner(&world, &[only(FilterMode::Exclude, &ada)]).await;
    assert_eq!(others, "(no owner) 1/-/-/-/1000/1; bob 2/1/1/1000/-/-");

    // A won deal goes to somebody else, with everything that it ever came to; nothing of it changes but that.
    let version = world.version().await;
    upsert(&world, of_deals(&[of(Some("bob"), "2", DealState::Won)])).await;
    assert!(world.version().await > version, "what is shown is asked for again");
    let moved = "(no owner) 1/-/-/-/1000/1; Ada Lovelace 1/-/-/-/1000/1; bob 3/2/1/2000/-/-";
    assert_eq!(by_owner(&world, &[]).await, moved);
    let version = world.version().await;
    upsert(&world, of_deals(&[of(Some("bob"), "2", DealState::Won)])).await;
    assert_eq!(world.version().await, version, "read again");

    // An open one, and later nobody's: its days in the pipeline go along.
    let later = Deal { seen_on: days(25, 25).from(), ..of(Some("cyd"), "1", DealState::Open) };
    upsert(&world, of_deals(&[later])).await;
    let moved = "(no owner) 1/-/-/-/1000/1; bob 3/2/1/2000/-/-; cyd 1/-/-/-/1000/1";
    assert_eq!(by_owner(&world, &[]).await, moved);
    let changed_at = Some(at("2026-03-12T00:00:00Z"));
    upsert(&world, of_deals(&[Deal { changed_at, ..of(None, "1", DealState::Open) }])).await;
    assert_eq!(by_owner(&world, &[]).await, "(no owner) 2/-/-/-/2000/2; bob 3/2/1/2000/-/-");
}

#[tokio::test]
async fn the_same_id_in_two_accounts_is_two_people_and_cubes_do_not_tell() {
    let mut world = World::new().await;
    upsert(&world, of_deals(&[of(Some("7"), "1", DealState::Won)])).await;
    name(&world, "7", "Ada").await;
    let mut tx = world.db.pool().begin().await.unwrap();
    let other = spec("other", AccountSource::Connector);
    world.account = open_account(&mut tx, world.workspace, &other).await.unwrap();
    tx.commit().await.unwrap();
    upsert(&world, of_deals(&[of(Some("7"), "1", DealState::Lost)])).await;
    assert_eq!(by_owner(&world, &[]).await, "Ada 1/1/-/1000/-/-; 7 1/-/1/-/-/-");
    let scope = Scope {
        family: Family::Crm,
        level: OF_DEALS,
        days: days(1, 31),
        compare: None,
        filters: vec![only(FilterMode::Include, "7")],
    };
    let refused = warehouse(&world).cube(&member(&world), &scope).await.unwrap_err();
    assert_eq!(refused.message, "A cube holds no figures by owner.");
}
