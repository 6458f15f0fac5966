//! Things one by one: what is listed, what is told of one, and that nobody sees another workspace's.

use crate::common::{World, add_workspace, day, now};
use chrono::{DateTime, Utc};
use metrics::details::PeopleCount;
use metrics::ports::Details;
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::error::ErrorKind;
use model::ids::{EntityId, RunId, UserId, WorkspaceId};
use serde_json::{Value, json};
use warehouse::Warehouse;
use warehouse::load::crm::{CrmKind, Deal, DealState, Move, Party, Step, Tombstone};
use warehouse::load::{Cause, CrmBatch, CrmScope, EntityRecord, upsert_crm, upsert_entities};

struct Told {
    world: World,
    warehouse: Warehouse,
    member: Member,
}

impl Told {
    async fn new(things: &[EntityRecord], records: CrmBatch) -> Self {
        let world = World::new().await;
        let mut tx = world.db.pool().begin().await.unwrap();
        upsert_entities(&mut tx, world.workspace, world.account, things, now()).await.unwrap();
        let cause = Cause::Run(RunId(1));
        let scope = CrmScope { workspace: world.workspace, account: world.account, cause, at: now() };
        upsert_crm(&mut tx, &scope, records).await.unwrap();
        tx.commit().await.unwrap();
        let warehouse = Warehouse::new(world.db.database(), Clock::frozen(now()));
        let member = viewer(world.workspace);
        Self { world, warehouse, member }
    }

    async fn id(&self, kind: i16, remote: &str) -> EntityId {
        let sql = format!("SELECT id FROM entities WHERE kind = {kind} AND remote_id = '{remote}'");
        EntityId(self.world.number(&sql).await)
    }

    /// Names in the order of the list, and how many fit.
    async fn list(&self, kind: EntityKind, text: &str) -> (Vec<String>, i64) {
        let list = self.warehouse.list(&self.member, self.world.account, kind, text).await.unwrap();
        (list.things.into_iter().map(|thing| thing.name).collect(), list.found)
    }
}

fn viewer(workspace: WorkspaceId) -> Member {
    Member { user: UserId(1), workspace, role: Role::Viewer }
}

fn thing(kind: EntityKind, id: &str, name: &str, attributes: Value) -> EntityRecord {
    let status = Some("LIVE".to_owned());
    EntityRecord { kind, remote_id: id.into(), parent: None, name: name.into(), status, attributes }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn deal() -> Deal {
    Deal {
        remote_id: "d1".into(),
        name: "Big one".into(),
        pipeline: Some("sales".into()),
        stage: Some("2".into()),
        state: Some(DealState::Won),
        probability: None,
        amount: None,
        currency: "EUR".parse().unwrap(),
        owner: Some("77".into()),
        created: Some(day(2)),
        closed: Some(day(9)),
        changed_at: None,
        attributes: json!({"source": "ads", "owner_name": "Ada Lovelace"}),
        seen_on: day(20),
    }
}

fn moved(from: Option<&str>, to: &str, when: &str, seconds_in_from: Option<i64>) -> Move {
    Move { deal: "d1".into(), from: from.map(Into::into), to: to.into(), at: at(when), seconds_in_from }
}

fn person(id: &str, stage: Option<&str>, steps: &[Step], score: Value) -> Party {
    Party {
        kind: CrmKind::Contact,
        remote_id: id.into(),
        name: None,
        stage: stage.map(Into::into),
        entered: steps.iter().map(|step| (*step, at("2026-03-05T10:00:00Z"))).collect(),
        owner: None,
        created_at: None,
        changed_at: None,
        attributes: json!({ "score": score }),
    }
}

#[tokio::test]
async fn things_are_listed_by_account_and_kind_and_searched() {
    let posts = [
        thing(EntityKind::Post, "p1", "Spring sale", json!({"created_at": "2026-03-02T08:00:00Z"})),
        thing(EntityKind::Post, "p2", "50% off_all", json!({"permalink": "https://a.example/p2"})),
        thing(EntityKind::Owner, "o1", "Ada Lovelace", json!({})),
    ];
    let told = Told::new(&posts, CrmBatch::default()).await;
    let accounts = told.warehouse.accounts(&told.member).await.unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].kinds, [(EntityKind::Post, 2)], "people who own deals are no things");
    assert_eq!(told.list(EntityKind::Owner, "").await, (Vec::new(), 0));
    let both = vec!["50% off_all".to_owned(), "Spring sale".to_owned()];
    assert_eq!(told.list(EntityKind::Post, " ").await, (both.clone(), 2));
    assert_eq!(told.list(EntityKind::Post, "SPRING").await, (vec!["Spring sale".to_owned()], 1));
    assert_eq!(told.list(EntityKind::Post, "p2").await.1, 1, "by its id");
    assert_eq!(told.list(EntityKind::Post, "live").await.1, 2, "by its status");
    assert_eq!(told.list(EntityKind::Post, "%").await.1, 1, "a sign is a sign");
    let list = told.warehouse.list(&told.member, told.world.account, EntityKind::Post, "").await.unwrap();
    assert_eq!(list.things[0].link.as_deref(), Some("https://a.example/p2"));
    assert_eq!((list.things[1].began, list.things[1].link.as_deref()), (Some(day(2)), None));
    let owner = told.warehouse.thing(&told.member, told.id(43, "o1").await).await;
    assert_eq!(owner.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn no_more_than_five_hundred_are_listed_and_the_rest_is_counted() {
    let many: Vec<EntityRecord> =
        (0..503).map(|n| thing(EntityKind::Post, &n.to_string(), &format!("Post {n}"), json!({}))).collect();
    let told = Told::new(&many, CrmBatch::default()).await;
    let (names, found) = told.list(EntityKind::Post, "").await;
    assert_eq!((names.len(), found), (500, 503));
}

#[tokio::test]
async fn a_deal_tells_its_way_by_the_names_of_stages() {
    let stages = [
        thing(EntityKind::Stage, "1", "Qualified", json!({})),
        thing(EntityKind::Stage, "2", "Won", json!({})),
    ];
    let records = CrmBatch {
        deals: vec![deal()],
        moves: vec![
            moved(None, "1", "2026-03-02T10:00:00Z", None),
            moved(Some("1"), "old", "2026-03-04T10:00:00Z", None),
            moved(Some("old"), "2", "2026-03-09T10:00:00Z", Some(99)),
        ],
        ..CrmBatch::default()
    };
    let told = Told::new(&stages, records).await;
    let found = told.warehouse.thing(&told.member, told.id(42, "d1").await).await.unwrap();
    assert_eq!((found.kind, found.remote_id.as_str()), (EntityKind::Deal, "d1"));
    assert_eq!((found.thing.began, found.thing.ended), (Some(day(2)), Some(day(9))));
    assert_eq!(found.attributes.get("source"), Some(&json!("ads")));
    assert!(!serde_json::to_string(&found).unwrap().contains("Lovelace"), "{found:?}");
    let moves: Vec<_> =
        found.moves.iter().map(|one| (one.from.as_deref(), one.to.as_str(), one.stood)).collect();
    let expected = [
        (None, "Qualified", None),
        (Some("Qualified"), "old", Some(2 * 86_400)),
        (Some("old"), "Won", Some(99)),
    ];
    assert_eq!(moves, expected);
}

#[tokio::test]
async fn people_are_counted_by_stage_step_and_score() {
    let gone = Tombstone { kind: CrmKind::Contact, remote_id: "5".into(), at: None, merged_into: None };
    let records = CrmBatch {
        parties: vec![
            person("1", Some("customer"), &[Step::Lead, Step::Opportunity, Step::Customer], json!(250)),
            person("2", Some("opportunity"), &[Step::Lead, Step::Opportunity], json!("60.5")),
            person("3", Some("opportunity"), &[Step::Lead], json!("n/a")),
            person("4", None, &[], json!(0)),
            person("5", Some("customer"), &[Step::Customer], json!(70)),
            Party { kind: CrmKind::Company, ..person("6", Some("customer"), &[], json!(70)) },
        ],
        tombstones: vec![gone],
        ..CrmBatch::default()
    };
    let told = Told::new(&[], records).await;
    let people = told.warehouse.people(&told.member, told.world.account).await.unwrap();
    let words = |rows: &[PeopleCount]| -> Vec<String> {
        let line = |row: &PeopleCount| format!("{} {}", row.word.as_deref().unwrap_or("-"), row.people);
        rows.iter().map(line).collect()
    };
    assert_eq!(words(&people.stages), ["opportunity 2", "customer 1", "- 1"]);
    assert_eq!(words(&people.reached), ["lead 3", "opportunity 2", "customer 1"]);
    assert_eq!(words(&people.scores), ["0 or less 1", "50 to 99 1", "200 or more 1"]);
}

#[tokio::test]
async fn another_workspace_sees_nothing() {
    let records = CrmBatch {
        deals: vec![deal()],
        parties: vec![person("1", Some("lead"), &[Step::Lead], json!(1))],
        ..CrmBatch::default()
    };
    let told = Told::new(&[thing(EntityKind::Post, "p1", "Ours", json!({}))], records).await;
    let other = viewer(add_workspace(&told.world.db, "two", "EUR").await);
    let (house, account) = (&told.warehouse, told.world.account);
    assert!(house.accounts(&other).await.unwrap().is_empty());
    let list = house.list(&other, account, EntityKind::Post, "").await.unwrap();
    assert_eq!((list.things.len(), list.found), (0, 0));
    for id in [told.id(10, "p1").await, told.id(42, "d1").await] {
        assert!(house.thing(&told.member, id).await.is_ok());
        assert_eq!(house.thing(&other, id).await.unwrap_err().kind, ErrorKind::NotFound);
    }
    assert_eq!(house.people(&other, account).await.unwrap(), metrics::details::People::default());
}
