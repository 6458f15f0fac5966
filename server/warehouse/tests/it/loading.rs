//! Merging: what is written, what is left alone, what is deleted.

use crate::common::{World, batch, day, days, now, push, row, spec};
use assert_matches::assert_matches;
use model::entities::EntityKind;
use model::ids::RunId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use warehouse::LoadError;
use warehouse::load::{
    AccountSource, BulkLoad, Cause, Completeness, Duplicates, EntityRecord, FactBatch, LoadCounts, LoadScope,
    delete_account_data, delete_workspace_data, merge, open_account, set_completeness, upsert_entities,
};

fn counts(read: u64, inserted: u64, updated: u64, unchanged: u64, deleted: u64) -> LoadCounts {
    LoadCounts { read, inserted, updated, unchanged, deleted }
}

#[tokio::test]
async fn reading_again_changes_nothing_and_writes_nothing() {
    let world = World::new().await;
    let rows = [(1, "a", 10, 1), (1, "b", 20, 2), (2, "a", 30, 3)];
    let scope = LoadScope { replace_days: Some(days(1, 3)), ..world.scope(EntityKind::Campaign) };
    assert_eq!(world.load(&scope, batch(&rows)).await.unwrap(), counts(3, 3, 0, 0, 0));
    world.assert_rollup().await;
    let place = "SELECT string_agg(ctid::text || xmin::text, ',' ORDER BY ctid) FROM ";
    let before = world.text(&format!("{place} facts_ads")).await
        + &world.text(&format!("{place} rollup_ads_account_day")).await;
    let version = world.version().await;
    for _ in 0..3 {
        assert_eq!(world.load(&scope, batch(&rows)).await.unwrap(), counts(3, 0, 0, 3, 0));
    }
    let after = world.text(&format!("{place} facts_ads")).await
        + &world.text(&format!("{place} rollup_ads_account_day")).await;
    assert_eq!(before, after, "rows were written");
    world.execute("SELECT pg_stat_force_next_flush()").await;
    let dead = world
        .number("SELECT coalesce(sum(n_dead_tup + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_all_tables WHERE relname LIKE 'facts_ads%' OR relname LIKE 'rollup%'")
        .await;
    assert_eq!(dead, 0);
    assert_eq!(world.version().await, version, "nothing to announce");
}

#[tokio::test]
async fn a_slice_replaces_the_days_that_it_read_and_no_others() {
    let world = World::new().await;
    let scope = world.scope(EntityKind::Campaign);
    let rows = [(1, "a", 1, 1), (2, "a", 1, 1), (2, "b", 2, 2), (3, "a", 1, 1), (4, "a", 1, 1)];
    world.load(&scope, batch(&rows)).await.unwrap();
    let slice = LoadScope { replace_days: Some(days(2, 3)), ..scope };
    // Day 4 lies outside of what was read in full: it is updated, and nothing there vanishes.
    let got = world.load(&slice, batch(&[(2, "b", 2, 2), (2, "c", 5, 5), (4, "b", 9, 9)])).await.unwrap();
    assert_eq!(got, counts(3, 2, 0, 1, 2));
    assert_eq!(world.facts().await, "1 a 1 1; 2 b 2 2; 2 c 5 5; 4 a 1 1; 4 b 9 9");
    world.assert_rollup().await;
    // An empty answer for a whole period is an answer too.
    assert_eq!(world.load(&slice, FactBatch::new()).await.unwrap(), counts(0, 0, 0, 0, 2));
    assert_eq!(world.facts().await, "1 a 1 1; 4 a 1 1; 4 b 9 9");
    world.assert_rollup().await;
    // Other accounts and kinds are not touched by it.
    world.load(&world.scope(EntityKind::Ad), batch(&[(2, "x", 1, 1)])).await.unwrap();
    world.load(&slice, FactBatch::new()).await.unwrap();
    assert_eq!(world.facts().await, "1 a 1 1; 2 x 1 1; 4 a 1 1; 4 b 9 9");
}

#[tokio::test]
async fn a_restated_day_converges_and_is_logged_once_per_date() {
    let world = World::new().await;
    let at = |text: &str| text.parse().unwrap();
    let load = async |spend, time: &str, run| {
        let scope =
            LoadScope { at: at(time), cause: Cause::Run(RunId(run)), ..world.scope(EntityKind::Campaign) };
        world.load(&scope, batch(&[(5, "a", spend, 7), (5, "b", 1, 1)])).await.unwrap()
    };
    load(100, "2026-03-06T08:00:00Z", 1).await;
    assert_eq!(load(110, "2026-03-06T09:00:00Z", 2).await.updated, 1);
    load(120, "2026-03-06T10:00:00Z", 3).await;
    load(130, "2026-03-07T08:00:00Z", 4).await;
    assert_eq!(load(130, "2026-03-07T09:00:00Z", 5).await.updated, 0);
    assert_eq!(world.facts().await, "5 a 130 7; 5 b 1 1");
    assert_eq!(
        world.text("SELECT format('%s %s %s %s→%s %s', changed_on, day, metric, old_value, new_value, run_id) FROM restatements ORDER BY changed_on").await,
        "2026-03-06 2026-03-05 spend 101→121 3; 2026-03-07 2026-03-05 spend 121→131 4"
    );
    world.assert_rollup().await;
}

#[tokio::test]
async fn repeated_rows_are_added_up_or_the_last_counts() {
    let world = World::new().await;
    let rows = [(1, "a", 10, 1), (1, "b", 20, 2), (1, "a", 5, 1)];
    let scope = world.scope(EntityKind::Campaign);
    let sum = LoadScope { duplicates: Duplicates::Sum, ..scope.clone() };
    assert_eq!(world.load(&sum, batch(&rows)).await.unwrap(), counts(3, 2, 0, 0, 0));
    assert_eq!(world.facts().await, "1 a 15 2; 1 b 20 2");
    assert_eq!(world.load(&scope, batch(&rows)).await.unwrap(), counts(3, 0, 1, 1, 0));
    assert_eq!(world.facts().await, "1 a 5 1; 1 b 20 2");
}

#[tokio::test]
async fn a_load_larger_than_memory_is_the_same_load() {
    let world = World::new().await;
    let rows: Vec<(u32, String, i64)> =
        (0..400).map(|i| (1 + i * 7 % 20, format!("c{}", i % 11), i64::from(i))).collect();
    for duplicates in [Duplicates::Sum, Duplicates::LastWins] {
        let scope =
            LoadScope { duplicates, replace_days: Some(days(1, 28)), ..world.scope(EntityKind::Campaign) };
        world
            .load(&world.scope(EntityKind::Campaign), batch(&[(9, "old", 1, 1), (25, "old", 1, 1)]))
            .await
            .unwrap();
        let mut tx = world.db.pool().begin().await.unwrap();
        let mut bulk = BulkLoad::with_limit(scope.clone(), 37);
        // Another load, of another kind, goes on in the same transaction.
        let mut other = BulkLoad::with_limit(LoadScope { kind: EntityKind::Ad, ..scope.clone() }, 10);
        let mut whole = FactBatch::new();
        for (d, id, spend) in &rows {
            bulk.push(&mut tx, &row(*d, id, None, *spend, 1)).await.unwrap();
            other.push(&mut tx, &row(*d, id, None, *spend, 1)).await.unwrap();
            push(&mut whole, *d, id, None, *spend, 1);
        }
        assert_eq!(bulk.len(), 400);
        let got = bulk.finish(&mut tx, &|_| {}).await.unwrap();
        other.finish(&mut tx, &|_| {}).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((got.read, got.deleted), (400, 2));
        world.assert_rollup().await;
        // The same in one piece finds nothing to do.
        let again = world.load(&scope, whole).await.unwrap();
        assert!(!again.changed(), "{again:?}");
        world.execute("DELETE FROM facts_ads; DELETE FROM rollup_ads_account_day").await;
    }
}

#[tokio::test]
async fn breakdowns_stay_out_of_the_totals() {
    let world = World::new().await;
    let plain = world.scope(EntityKind::Campaign);
    world.load(&plain, batch(&[(1, "a", 30, 3)])).await.unwrap();
    let device =
        LoadScope { breakdown: Some("device".into()), replace_days: Some(days(1, 1)), ..plain.clone() };
    let split = |rows: &[(&str, i64)]| {
        let mut batch = FactBatch::new();
        for (value, spend) in rows {
            push(&mut batch, 1, "a", Some(value), *spend, 1);
        }
        batch
    };
    assert_eq!(
        world.load(&device, split(&[("mobile", 10), ("desktop", 20)])).await.unwrap(),
        counts(2, 2, 0, 0, 0)
    );
    let hour = LoadScope { breakdown: Some("hour".into()), ..device.clone() };
    world.load(&hour, split(&[("0", 30)])).await.unwrap();
    assert_eq!(
        world.load(&device, split(&[("desktop", 20), ("mobile", 9), ("tv", 1)])).await.unwrap(),
        counts(3, 1, 1, 1, 0)
    );
    assert_eq!(world.load(&device, split(&[("desktop", 30)])).await.unwrap(), counts(1, 0, 1, 0, 2));
    assert_eq!(
        world.text("SELECT format('%s %s %s', dimension, value, spend) FROM facts_ads_by ORDER BY 1").await,
        "device desktop 30; hour 0 30"
    );
    assert_eq!(world.facts().await, "1 a 30 3");
    world.assert_rollup().await;
    let error = world.load(&device, batch(&[(1, "a", 1, 1)])).await.unwrap_err();
    assert_matches!(error, LoadError::Segment { .. });
    let error = world.load(&plain, split(&[("mobile", 1)])).await.unwrap_err();
    assert_matches!(error, LoadError::Segment { .. });
}

#[tokio::test]
async fn what_rows_report_is_known_as_long_as_there_are_some() {
    let world = World::new().await;
    let reports = "SELECT concat(kind, metrics) FROM reported_metrics ORDER BY kind";
    world.load(&world.scope(EntityKind::Account), batch(&[(1, "acme", 5, 5)])).await.unwrap();
    assert_eq!(world.text(reports).await, "0{clicks,spend}");
    world.load(&world.scope(EntityKind::Ad), batch(&[(1, "ad", 5, 5)])).await.unwrap();
    assert_eq!(world.text(reports).await, "0{clicks,spend}");
    let campaigns = LoadScope { replace_days: Some(days(1, 1)), ..world.scope(EntityKind::Campaign) };
    world.load(&campaigns, batch(&[(1, "a", 5, 5)])).await.unwrap();
    assert_eq!(world.text(reports).await, "0{clicks,spend}; 1{clicks,spend}");
    world.load(&campaigns, FactBatch::new()).await.unwrap();
    assert_eq!(world.text(reports).await, "0{clicks,spend}");
    world.assert_rollup().await;
}

#[tokio::test]
async fn a_load_that_is_cut_off_leaves_nothing() {
    let world = World::new().await;
    let scope = world.scope(EntityKind::Campaign);
    world.load(&scope, batch(&[(1, "a", 1, 1)])).await.unwrap();
    let version = world.version().await;
    let mut tx = world.db.pool().begin().await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *tx).await.unwrap();
    let full = LoadScope { replace_days: Some(days(1, 31)), ..scope };
    let counts = merge(&mut tx, &full, batch(&[(1, "b", 1, 1), (2, "b", 1, 1)])).await.unwrap();
    assert!(counts.changed());
    world.number(&format!("SELECT pg_terminate_backend({pid})::int::bigint")).await;
    assert!(tx.commit().await.is_err());
    assert_eq!(world.facts().await, "1 a 1 1");
    assert_eq!(world.version().await, version);
    assert_eq!(world.text("SELECT remote_id FROM entities").await, "a");
    world.assert_rollup().await;
}

#[tokio::test]
async fn loads_of_one_account_go_one_after_the_other() {
    let world = World::new().await;
    let scope = world.scope(EntityKind::Campaign);
    let mut tx = world.db.pool().begin().await.unwrap();
    merge(&mut tx, &scope, batch(&[(1, "a", 1, 1)])).await.unwrap();
    // The second load, of a month that the first one makes, waits for it; neither fails.
    let second = world.load(&scope, batch(&[(1, "a", 2, 2), (2, "b", 1, 1)]));
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        tx.commit().await.unwrap();
    };
    let (second, ()) = tokio::join!(second, commit);
    assert_eq!(second.unwrap(), counts(2, 1, 1, 0, 0));
    assert_eq!(world.facts().await, "1 a 2 2; 2 b 1 1");
}

#[tokio::test]
async fn entities_are_renamed_in_place_with_history() {
    let world = World::new().await;
    let record = |kind, id: &str, parent: Option<(EntityKind, &str)>, name: &str| EntityRecord {
        kind,
        remote_id: id.into(),
        parent: parent.map(|(kind, id)| (kind, id.to_owned())),
        name: name.into(),
        status: Some("ENABLED".into()),
        attributes: serde_json::json!({ "channel": "SEARCH" }),
    };
    let upsert = async |records: &[EntityRecord]| {
        let mut tx = world.db.pool().begin().await.unwrap();
        let counts = upsert_entities(&mut tx, world.workspace, world.account, records, now()).await.unwrap();
        tx.commit().await.unwrap();
        (counts.inserted, counts.updated, counts.unchanged)
    };
    // Facts first: the ad gets its id for a name; then the tree from the bottom up.
    world.load(&world.scope(EntityKind::Ad), batch(&[(1, "ad-1", 1, 1)])).await.unwrap();
    let ad = record(EntityKind::Ad, "ad-1", Some((EntityKind::AdGroup, "g-1")), "Red shoes");
    assert_eq!(upsert(std::slice::from_ref(&ad)).await, (0, 1, 0));
    let group = record(EntityKind::AdGroup, "g-1", Some((EntityKind::Campaign, "c-1")), "Shoes");
    let campaign = record(EntityKind::Campaign, "c-1", Some((EntityKind::Account, "acme")), "Spring");
    assert_eq!(upsert(&[group.clone(), campaign.clone()]).await, (1, 1, 0));
    let tree =
        "SELECT format('%s<%s<%s %s', e.name, g.name, c.name, e.attributes->>'channel') FROM entities e
        JOIN entities g ON g.id = e.ad_group_id JOIN entities c ON c.id = e.campaign_id WHERE e.kind = 3";
    assert_eq!(world.text(tree).await, "Red shoes<Shoes<Spring SEARCH");
    assert_eq!(world.number("SELECT count(*) FROM entity_names").await, 0, "an id is no name to remember");
    let version = world.version().await;
    assert_eq!(upsert(&[campaign.clone(), group, ad]).await, (0, 0, 3));
    assert_eq!(world.version().await, version);
    let renamed = EntityRecord {
        name: "Summer".into(),
        status: None,
        parent: None,
        attributes: serde_json::Value::Null,
        ..campaign
    };
    assert_eq!(upsert(&[renamed]).await, (0, 1, 0));
    assert_eq!(world.text(tree).await, "Red shoes<Shoes<Summer SEARCH");
    assert_eq!(world.text("SELECT name FROM entity_names").await, "Spring");
    assert_eq!(world.text("SELECT status FROM entities WHERE kind = 1").await, "ENABLED");
    assert_eq!(world.version().await, version + 1);
}

#[tokio::test]
async fn accounts_are_opened_once_and_can_be_removed() {
    let world = World::new().await;
    let mut tx = world.db.pool().begin().await.unwrap();
    let same = open_account(&mut tx, world.workspace, &spec("acme", AccountSource::Connector)).await.unwrap();
    let file = open_account(&mut tx, world.workspace, &spec("acme", AccountSource::File)).await.unwrap();
    assert_eq!(same, world.account);
    assert_ne!(file, world.account);
    let nonsense =
        warehouse::load::AccountSpec { platform: "Some Where".into(), ..spec("x", AccountSource::File) };
    assert_matches!(open_account(&mut tx, world.workspace, &nonsense).await, Err(LoadError::Invalid(_)));
    tx.commit().await.unwrap();

    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 1, 1)])).await.unwrap();
    let mut tx = world.db.pool().begin().await.unwrap();
    let dollars = warehouse::load::AccountSpec {
        currency: "USD".parse().unwrap(),
        ..spec("acme", AccountSource::Connector)
    };
    assert_matches!(
        open_account(&mut tx, world.workspace, &dollars).await,
        Err(LoadError::CurrencyChanged { .. })
    );
    let mut foreign = FactBatch::new();
    let mut wrong = row(1, "a", None, 1, 1);
    wrong.currency = "USD".parse().unwrap();
    foreign.push(&wrong).unwrap();
    let error = merge(&mut tx, &world.scope(EntityKind::Campaign), foreign).await.unwrap_err();
    assert_matches!(error, LoadError::ForeignCurrency { .. });
    let completeness = Completeness { complete_until: Some(day(1)), provisional_from: None, as_of: now() };
    set_completeness(&mut tx, world.workspace, world.account, completeness).await.unwrap();
    delete_account_data(&mut tx, world.workspace, world.account).await.unwrap();
    let gone = set_completeness(&mut tx, world.workspace, world.account, completeness).await;
    assert_matches!(gone, Err(LoadError::NoSuchAccount { .. }));
    tx.commit().await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM accounts").await, 1);

    world.load(&LoadScope { account: file, ..world.import(1) }, batch(&[(1, "a", 1, 1)])).await.unwrap();
    let mut tx = world.db.pool().begin().await.unwrap();
    delete_workspace_data(&mut tx, world.workspace).await.unwrap();
    tx.commit().await.unwrap();
    for table in ["facts_ads", "accounts", "entities", "rollup_ads_account_day", "fact_imports"] {
        assert_eq!(world.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

/// A slice: rows as (day, entity, spend), and the days that were read in full.
type Slice = (Vec<(u32, u8, i64)>, Option<(u32, u32)>);

#[test]
fn any_sequence_of_slices_ends_as_a_plain_map_does() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let row = (1_u32..9, 0_u8..5, 0_i64..4);
    let slice = (proptest::collection::vec(row, 0..25), proptest::option::of((1_u32..9, 1_u32..9)));
    let slices = proptest::collection::vec(slice, 1..6);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&slices, |slices: Vec<Slice>| {
            runtime.block_on(async {
                world
                    .execute(
                        "DELETE FROM facts_ads; DELETE FROM rollup_ads_account_day; DELETE FROM entities",
                    )
                    .await;
                let mut expected: BTreeMap<(u32, String), i64> = BTreeMap::new();
                for (rows, replaced) in slices {
                    let range = replaced.map(|(a, b)| (a.min(b), a.max(b)));
                    let scope = LoadScope {
                        replace_days: range.map(|(from, until)| days(from, until)),
                        ..world.scope(EntityKind::Campaign)
                    };
                    let mut batch = FactBatch::new();
                    expected.retain(|(d, _), _| range.is_none_or(|(from, until)| *d < from || *d > until));
                    for (d, entity, spend) in rows {
                        push(&mut batch, d, &entity.to_string(), None, spend, 0);
                        expected.insert((d, entity.to_string()), spend);
                    }
                    world.load(&scope, batch).await.unwrap();
                    let text: Vec<_> = expected
                        .iter()
                        .map(|((d, entity), spend)| format!("{d} {entity} {spend} 0"))
                        .collect();
                    prop_assert_eq!(world.facts().await, text.join("; "));
                    world.assert_rollup().await;
                }
                Ok(())
            })
        })
        .unwrap();
}

/// Where each new row is compared with each other, this takes longer than a statement may (a minute).
#[tokio::test]
async fn tens_of_thousands_of_new_ads_are_linked_to_their_campaigns_in_time() {
    let world = World::new().await;
    let entity = |kind, remote_id: String, parent| EntityRecord {
        kind,
        name: remote_id.clone(),
        remote_id,
        parent,
        status: None,
        attributes: serde_json::Value::Null,
    };
    let campaign = |number: usize| format!("campaign {}", number % 300);
    let campaigns = (0..300).map(|n| entity(EntityKind::Campaign, campaign(n), None));
    let ads = (0..30_000)
        .map(|n| entity(EntityKind::Ad, format!("ad {n}"), Some((EntityKind::Campaign, campaign(n)))));
    let records: Vec<EntityRecord> = campaigns.chain(ads).collect();
    let mut tx = world.db.pool().begin().await.unwrap();
    let counts = upsert_entities(&mut tx, world.workspace, world.account, &records, now()).await.unwrap();
    assert_eq!(counts.inserted, 30_300);
    let mut batch = FactBatch::new();
    for number in 0..30_000 {
        push(&mut batch, 1, &format!("ad {number}"), None, 1, 1);
    }
    merge(&mut tx, &world.scope(EntityKind::Ad), batch).await.unwrap();
    tx.commit().await.unwrap();
    let linked = "SELECT count(*) FROM entities WHERE kind = 3 AND campaign_id = parent_id";
    assert_eq!(world.number(linked).await, 30_000);
}

#[tokio::test]
async fn many_loads_that_need_the_same_new_months_at_once_all_get_them() {
    let world = World::new().await;
    let database = world.db.database();
    for year in 2031..2036 {
        let months: std::collections::BTreeSet<chrono::NaiveDate> =
            (1..=12).filter_map(|month| chrono::NaiveDate::from_ymd_opt(year, month, 1)).collect();
        let loads =
            (0..8).map(|_| warehouse::load::ensure_months(&database, [metrics::Family::Email], &months));
        for made in futures_util::future::join_all(loads).await {
            made.unwrap();
        }
    }
}
