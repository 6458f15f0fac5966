//! Records of customer relations: deals with each move, contacts with their steps, tombstones, and what they come to.

use crate::common::{World, day, now};
use chrono::{DateTime, Utc};
use model::ids::RunId;
use warehouse::Currency;
use warehouse::load::crm::{CrmKind, Deal, DealState, Link, Move, Party, Step, Tombstone};
use warehouse::load::{Cause, CrmBatch, CrmCounts, CrmScope, upsert_crm};

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn deal(id: &str, state: DealState) -> Deal {
    Deal {
        remote_id: id.into(),
        name: format!("Deal {id}"),
        pipeline: Some("sales".into()),
        stage: None,
        state: Some(state),
        probability: Some("0.35".parse().unwrap()),
        amount: Some(1_000_100_000),
        currency: "SEK".parse().unwrap(),
        owner: None,
        created: Some(day(2)),
        closed: (state != DealState::Open).then(|| day(9)),
        changed_at: Some(at("2026-03-10T00:00:00Z")),
        attributes: serde_json::json!({ "source": "ads" }),
        seen_on: day(20),
    }
}

pub fn moved(id: &str, from: Option<&str>, to: &str, when: &str) -> Move {
    Move { deal: id.into(), from: from.map(Into::into), to: to.into(), at: at(when), seconds_in_from: None }
}

fn party(kind: CrmKind, id: &str, entered: &[(Step, &str)]) -> Party {
    Party {
        kind,
        remote_id: id.into(),
        name: None,
        stage: Some("subscriber".into()),
        entered: entered.iter().map(|(step, when)| (*step, at(when))).collect(),
        owner: None,
        created_at: None,
        changed_at: Some(at("2026-03-10T00:00:00Z")),
        attributes: serde_json::json!({}),
    }
}

pub fn gone(kind: CrmKind, id: &str, when: &str) -> CrmBatch {
    let tombstone = Tombstone { kind, remote_id: id.into(), at: Some(at(when)), merged_into: None };
    CrmBatch { tombstones: vec![tombstone], ..CrmBatch::default() }
}

pub async fn upsert(world: &World, batch: CrmBatch) -> CrmCounts {
    let mut tx = world.db.pool().begin().await.unwrap();
    let scope = CrmScope {
        workspace: world.workspace,
        account: world.account,
        cause: Cause::Run(RunId(1)),
        at: now(),
    };
    let counts = upsert_crm(&mut tx, &scope, batch).await.unwrap();
    tx.commit().await.unwrap();
    world.assert_rollup().await;
    counts
}

/// What each deal counts for: `deal day figure=value …`.
pub async fn deals(world: &World) -> String {
    world
        .text(
            "SELECT concat_ws(' ', remote_id, extract(day FROM day), 'created=' || deals_created, 'won=' || deals_won,
                 'lost=' || deals_lost, 'revenue=' || revenue, 'moves=' || stage_transition,
                 'days=' || sales_cycle_days / 1000000, 'value=' || pipeline_value,
                 'weighted=' || weighted_pipeline_value, 'open=' || open_deals, currency)
             FROM facts_crm f JOIN entities e ON e.id = f.entity_id WHERE f.kind = 42 ORDER BY remote_id, day, stream",
        )
        .await
}

async fn steps(world: &World) -> String {
    world
        .text(
            "SELECT concat_ws(' ', extract(day FROM day), 'leads=' || leads, 'mqls=' || mqls, 'sqls=' || sqls,
                 'converted=' || leads_converted)
             FROM facts_crm f WHERE f.kind = 0 ORDER BY day",
        )
        .await
}

pub fn of_deals(deals: &[Deal]) -> CrmBatch {
    CrmBatch { deals: deals.to_vec(), ..CrmBatch::default() }
}

#[tokio::test]
async fn deals_count_by_what_became_of_them_and_reading_again_writes_nothing() {
    let world = World::new().await;
    let batch = CrmBatch {
        deals: vec![
            deal("1", DealState::Open),
            deal("2", DealState::Won),
            deal("3", DealState::Lost),
            Deal { amount: None, created: None, ..deal("4", DealState::Won) },
            Deal { state: None, ..deal("5", DealState::Open) },
        ],
        moves: vec![
            moved("2", None, "first", "2026-03-02T10:00:00Z"),
            moved("2", Some("first"), "won", "2026-03-09T23:59:59Z"),
            moved("unknown", None, "first", "2026-03-05T00:00:00Z"),
        ],
        links: vec![Link {
            from: (CrmKind::Deal, "1".into()),
            to: (CrmKind::Contact, "c".into()),
            role: "3".into(),
        }],
        ..CrmBatch::default()
    };
    let counts = upsert(&world, batch.clone()).await;
    assert_eq!(counts.records, 9);
    let expected = "1 2 created=1 SEK; 1 20 value=1000100000 weighted=350035000 open=1 SEK; 2 2 created=1 moves=1 SEK; \
        2 9 won=1 revenue=1000100000 moves=1 days=7 SEK; 3 2 created=1 SEK; 3 9 lost=1 SEK; 4 9 won=1 SEK; \
        5 2 created=1 SEK; unknown 5 moves=1 EUR";
    assert_eq!(deals(&world).await, expected);
    assert_eq!(
        world.text("SELECT name || ' ' || status FROM entities WHERE kind = 42 AND remote_id = '2'").await,
        "Deal 2 won"
    );
    let tables = [
        "crm_deals",
        "crm_stage_transitions",
        "crm_links",
        "facts_crm",
        "rollup_crm_account_day",
        "entities",
    ];
    let mut before = Vec::new();
    for table in tables {
        let place = format!(
            "SELECT string_agg(ctid::text || xmin::text || xmax::text, ',' ORDER BY ctid) FROM {table}"
        );
        before.push((place.clone(), world.text(&place).await));
    }
    let again = upsert(&world, batch).await;
    assert_eq!((again.records, again.facts.changed()), (0, false));
    for (place, rows) in before {
        // (Row locks leave their mark in accounts only.)
        assert_eq!(world.text(&place).await, rows, "{place}");
    }
}

#[tokio::test]
async fn a_deal_that_changes_leaves_no_trace_on_its_old_days() {
    let world = World::new().await;
    upsert(&world, of_deals(&[deal("1", DealState::Won), deal("2", DealState::Won)])).await;
    let moved = Deal { closed: Some(day(12)), amount: Some(5), ..deal("1", DealState::Won) };
    upsert(&world, of_deals(&[moved])).await;
    assert_eq!(
        deals(&world).await,
        "1 2 created=1 SEK; 1 12 won=1 revenue=5 days=10 SEK; 2 2 created=1 SEK; 2 9 won=1 revenue=1000100000 days=7 SEK"
    );
    assert_eq!(
        world
            .text("SELECT concat_ws(' ', extract(day FROM day), metric, old_value, new_value) FROM restatements WHERE metric = 'deals_won' ORDER BY day")
            .await,
        "9 deals_won 2 1"
    );
    // Typed by hand: the record stays, and counts on no such day.
    upsert(&world, of_deals(&[Deal { closed: "0202-03-09".parse().ok(), ..deal("2", DealState::Won) }]))
        .await;
    assert_eq!(deals(&world).await, "1 2 created=1 SEK; 1 12 won=1 revenue=5 days=10 SEK; 2 2 created=1 SEK");
}

#[tokio::test]
async fn a_deal_that_leaves_the_pipeline_is_worth_nothing_from_then_on() {
    let world = World::new().await;
    upsert(&world, of_deals(&[Deal { created: None, seen_on: day(18), ..deal("1", DealState::Open) }])).await;
    let won = Deal { created: None, closed: Some(day(19)), ..deal("1", DealState::Won) };
    upsert(&world, of_deals(std::slice::from_ref(&won))).await;
    let expected = "1 18 value=1000100000 weighted=350035000 open=1 SEK; 1 19 won=1 revenue=1000100000 SEK; \
        1 20 value=0 weighted=0 open=0 SEK";
    assert_eq!(deals(&world).await, expected);
    upsert(&world, of_deals(&[won])).await;
    assert_eq!(deals(&world).await, expected);
}

#[tokio::test]
async fn what_was_deleted_counts_nowhere_until_it_lives_again() {
    let world = World::new().await;
    let whole = CrmBatch {
        deals: vec![deal("1", DealState::Open), deal("2", DealState::Won)],
        moves: vec![moved("1", None, "first", "2026-03-03T10:00:00Z")],
        ..CrmBatch::default()
    };
    upsert(&world, whole.clone()).await;
    let others = "2 2 created=1 SEK; 2 9 won=1 revenue=1000100000 days=7 SEK";
    assert_eq!(upsert(&world, gone(CrmKind::Deal, "1", "2026-03-15T00:00:00Z")).await.records, 1);
    assert_eq!(deals(&world).await, others);
    assert_eq!(upsert(&world, gone(CrmKind::Deal, "1", "2026-03-15T00:00:00Z")).await.records, 0);
    // The search's index lags: the record as it was before it was deleted comes once more.
    upsert(&world, whole.clone()).await;
    assert_eq!(deals(&world).await, others);
    assert_eq!(world.number("SELECT count(*) FROM crm_deals WHERE deleted_at IS NOT NULL").await, 1);
    let restored = Deal { changed_at: Some(at("2026-03-16T00:00:00Z")), ..deal("1", DealState::Open) };
    upsert(&world, of_deals(&[restored])).await;
    assert_eq!(
        deals(&world).await,
        format!(
            "1 2 created=1 SEK; 1 3 moves=1 SEK; 1 20 value=1000100000 weighted=350035000 open=1 SEK; {others}"
        )
    );
    // A tombstone may come before anything else, and in one batch it goes before the record.
    upsert(&world, gone(CrmKind::Deal, "9", "2026-03-15T00:00:00Z")).await;
    let both = CrmBatch {
        deals: vec![deal("8", DealState::Won)],
        moves: vec![moved("9", None, "first", "2026-03-03T10:00:00Z")],
        ..gone(CrmKind::Deal, "8", "2026-03-15T00:00:00Z")
    };
    upsert(&world, both).await;
    assert!(!deals(&world).await.contains("; 8") && !deals(&world).await.contains("; 9"));
}

#[tokio::test]
async fn steps_of_contacts_are_counted_by_account_and_stay_when_they_are_taken_back() {
    let world = World::new().await;
    let (monday, friday) = ("2026-03-02T23:59:59Z", "2026-03-06T00:00:00Z");
    let of_parties = |parties: Vec<Party>| CrmBatch { parties, ..CrmBatch::default() };
    let first = of_parties(vec![
        party(CrmKind::Contact, "1", &[(Step::Lead, monday), (Step::Mql, friday)]),
        party(CrmKind::Contact, "2", &[(Step::Lead, monday), (Step::Customer, friday)]),
        party(CrmKind::Lead, "1", &[(Step::Converted, friday)]),
        party(CrmKind::Company, "9", &[(Step::Lead, monday)]),
    ]);
    upsert(&world, first.clone()).await;
    assert_eq!(steps(&world).await, "2 leads=2; 6 mqls=1 converted=1");
    let again = upsert(&world, first).await;
    assert_eq!((again.records, again.facts.changed()), (0, false));
    // Taken back at the vendor's: it was taken all the same. Taken again on another day: it counts there.
    upsert(&world, of_parties(vec![party(CrmKind::Contact, "1", &[(Step::Lead, friday)])])).await;
    assert_eq!(steps(&world).await, "2 leads=1; 6 leads=1 mqls=1 converted=1");
    upsert(&world, gone(CrmKind::Contact, "1", "2026-03-15T00:00:00Z")).await;
    assert_eq!(steps(&world).await, "2 leads=1; 6 converted=1");
    assert_eq!(world.number("SELECT count(*) FROM crm_stage_transitions WHERE record = 'contact'").await, 4);
}

#[tokio::test]
async fn totals_are_those_of_deals_and_of_the_account_together() {
    let world = World::new().await;
    let batch = CrmBatch {
        deals: vec![deal("1", DealState::Won), Deal { currency: Currency::EUR, ..deal("2", DealState::Won) }],
        parties: vec![party(CrmKind::Contact, "1", &[(Step::Lead, "2026-03-09T00:00:00Z")])],
        ..CrmBatch::default()
    };
    upsert(&world, batch).await;
    assert_eq!(
        world.text("SELECT concat(kind, metrics) FROM reported_metrics ORDER BY kind").await,
        "0{leads}; 42{revenue,deals_created,deals_won,sales_cycle_days}"
    );
    assert_eq!(
        world
            .text("SELECT concat_ws(' ', kind, currency, facts, leads, deals_won, revenue) FROM rollup_crm_account_day WHERE day = '2026-03-09' ORDER BY kind, currency")
            .await,
        "0 EUR 1 1; 42 EUR 1 1 1000100000; 42 SEK 1 1 1000100000"
    );
}

/// How far the people of each day got: `day leads/MQLs/SQLs/customers`.
async fn cohorts(world: &World) -> String {
    world
        .text(
            "SELECT concat_ws(' ', extract(day FROM day),
                 concat_ws('/', cohort_leads, cohort_mqls, cohort_sqls, cohort_customers))
             FROM facts_crm f WHERE f.kind = 0 AND cohort_leads IS NOT NULL ORDER BY day",
        )
        .await
}

#[tokio::test]
async fn the_sales_cycle_is_the_mean_over_deals_of_which_both_days_are_known() {
    let world = World::new().await;
    let won = |id: &str, from: u32| Deal { created: Some(day(from)), ..deal(id, DealState::Won) };
    let unknown = Deal { created: None, ..deal("3", DealState::Won) };
    // Typed by hand: made after it was closed.
    upsert(&world, of_deals(&[won("1", 2), won("2", 4), unknown, won("4", 12)])).await;
    let of_day = "SELECT concat_ws(' ', deals_won, sales_cycle_days_sum, sales_cycle_days_weight)
                  FROM rollup_crm_account_day WHERE day = '2026-03-09'";
    assert_eq!(world.text(of_day).await, "4 12000000 2");
    upsert(&world, of_deals(&[won("1", 9)])).await;
    assert_eq!(world.text(of_day).await, "4 5000000 2");
}

#[tokio::test]
async fn cohorts_are_of_the_day_on_which_people_came_to_be_known_however_late_they_get_on() {
    let world = World::new().await;
    let of = |parties: Vec<Party>| CrmBatch { parties, ..CrmBatch::default() };
    let (monday, friday) = ("2026-03-02T08:00:00Z", "2026-03-06T08:00:00Z");
    let known = |id: &str, when: &str, entered: &[(Step, &str)]| Party {
        created_at: Some(at(when)),
        ..party(CrmKind::Contact, id, entered)
    };
    // Nobody got beyond a lead yet, so there is nothing to compare: a form has leads, too.
    let leads = of(vec![
        known("1", monday, &[(Step::Lead, friday)]),
        known("2", monday, &[(Step::Lead, monday)]),
        known("3", friday, &[(Step::Lead, friday)]),
        known("nobody", monday, &[]),
        party(CrmKind::Company, "9", &[(Step::Lead, monday)]),
    ]);
    upsert(&world, leads).await;
    assert_eq!(cohorts(&world).await, "");
    // The first MQL: from now on nobody is a number, on the other days as well.
    let mql = |id: &str| known(id, monday, &[(Step::Lead, friday), (Step::Mql, "2026-03-20T08:00:00Z")]);
    upsert(&world, of(vec![mql("1")])).await;
    assert_eq!(cohorts(&world).await, "2 2/1; 6 1/0");
    let again = upsert(&world, of(vec![mql("1")])).await;
    assert_eq!((again.records, again.facts.changed()), (0, false));
    // Steps that were skipped are taken all the same.
    upsert(&world, of(vec![known("3", friday, &[(Step::Opportunity, "2026-03-21T08:00:00Z")])])).await;
    assert_eq!(cohorts(&world).await, "2 2/1/0; 6 1/1/1");
    // A deal that is won makes a customer of whom it is linked with, in whatever order they come.
    let link = Link {
        from: (CrmKind::Deal, "d".into()),
        to: (CrmKind::Contact, "2".into()),
        role: "primary".into(),
    };
    upsert(&world, CrmBatch { links: vec![link], ..CrmBatch::default() }).await;
    assert_eq!(cohorts(&world).await, "2 2/1/0; 6 1/1/1");
    upsert(&world, of_deals(&[deal("d", DealState::Won)])).await;
    assert_eq!(cohorts(&world).await, "2 2/2/1/1; 6 1/1/1/0");
    let reopened = Deal { changed_at: Some(at("2026-03-22T00:00:00Z")), ..deal("d", DealState::Open) };
    upsert(&world, of_deals(&[reopened])).await;
    assert_eq!(cohorts(&world).await, "2 2/1/0/0; 6 1/1/1/0");
    upsert(&world, gone(CrmKind::Contact, "1", "2026-03-25T00:00:00Z")).await;
    assert_eq!(cohorts(&world).await, "2 1/0/0/0; 6 1/1/1/0");
    // Known since another day: it leaves no trace on the old one.
    upsert(&world, of(vec![known("2", friday, &[(Step::Lead, monday)])])).await;
    assert_eq!(cohorts(&world).await, "6 2/1/1/0");
}
