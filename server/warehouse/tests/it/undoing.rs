//! Taking file imports back.

use crate::common::{World, batch, now, push, spec};
use assert_matches::assert_matches;
use model::entities::EntityKind;
use model::ids::ImportId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use warehouse::LoadError;
use warehouse::load::{AccountSource, FactBatch, LoadScope, UndoCounts, open_account, undo_import};

async fn undo(world: &World, import: i32) -> Result<UndoCounts, LoadError> {
    let mut tx = world.db.pool().begin().await.unwrap();
    let counts = undo_import(&mut tx, world.workspace, ImportId(import), now()).await?;
    tx.commit().await.unwrap();
    world.assert_rollup().await;
    Ok(counts)
}

#[tokio::test]
async fn what_it_added_goes_and_what_it_replaced_returns() {
    let world = World::new().await;
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 1, 1), (2, "a", 2, 2)])).await.unwrap();
    let before = world.facts().await;
    world.load(&world.import(1), batch(&[(2, "a", 9, 9), (2, "b", 9, 9), (3, "a", 9, 9)])).await.unwrap();
    assert_eq!(world.facts().await, "1 a 1 1; 2 a 9 9; 2 b 9 9; 3 a 9 9");
    // A later sync of another day, and a later import of another row.
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 5, 5)])).await.unwrap();
    world.load(&world.import(2), batch(&[(4, "c", 4, 4)])).await.unwrap();
    assert_eq!(undo(&world, 1).await.unwrap(), UndoCounts { removed: 3, restored: 1 });
    assert_eq!(world.facts().await, "1 a 5 5; 2 a 2 2; 4 c 4 4");
    undo(&world, 2).await.unwrap();
    assert_eq!(world.facts().await, before.replace("1 a 1 1", "1 a 5 5"));
    assert_matches!(undo(&world, 2).await, Err(LoadError::NothingToUndo(ImportId(2))));
    assert_eq!(world.number("SELECT count(*) FROM fact_undo").await, 0);
}

#[tokio::test]
async fn a_sync_that_came_later_has_the_last_word() {
    let world = World::new().await;
    world.load(&world.import(1), batch(&[(1, "a", 9, 9), (1, "b", 9, 9)])).await.unwrap();
    // The same values, but now from the vendor: they are no longer the import's to take away.
    world.load(&world.scope(EntityKind::Campaign), batch(&[(1, "a", 9, 9)])).await.unwrap();
    assert_eq!(undo(&world, 1).await.unwrap(), UndoCounts { removed: 1, restored: 0 });
    assert_eq!(world.facts().await, "1 a 9 9");
}

#[tokio::test]
async fn an_import_that_repeats_another_keeps_its_rows() {
    let world = World::new().await;
    world.load(&world.import(1), batch(&[(1, "a", 9, 9)])).await.unwrap();
    let again = world.load(&world.import(2), batch(&[(1, "a", 9, 9)])).await.unwrap();
    assert_eq!((again.unchanged, again.changed()), (1, false));
    undo(&world, 1).await.unwrap();
    assert_eq!(world.facts().await, "1 a 9 9");
    undo(&world, 2).await.unwrap();
    assert_eq!(world.facts().await, "");
}

#[tokio::test]
async fn accounts_and_entities_of_files_go_with_their_last_figures() {
    let world = World::new().await;
    let mut tx = world.db.pool().begin().await.unwrap();
    let file = open_account(&mut tx, world.workspace, &spec("sheet", AccountSource::File)).await.unwrap();
    tx.commit().await.unwrap();
    let scope = |import| LoadScope { account: file, ..world.import(import) };
    world.load(&scope(1), batch(&[(1, "a", 1, 1)])).await.unwrap();
    world.load(&scope(2), batch(&[(2, "b", 1, 1)])).await.unwrap();
    let mut split = FactBatch::new();
    push(&mut split, 1, "a", Some("mobile"), 1, 1);
    world.load(&LoadScope { breakdown: Some("device".into()), ..scope(1) }, split).await.unwrap();
    undo(&world, 1).await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM facts_ads_by").await, 0);
    assert_eq!(world.text("SELECT remote_id FROM entities").await, "b");
    undo(&world, 2).await.unwrap();
    assert_eq!(world.text("SELECT remote_id FROM entities").await, "");
    assert_eq!(world.text("SELECT source FROM accounts").await, "connector");
}

#[tokio::test]
async fn an_import_can_t_delete() {
    let world = World::new().await;
    let scope = LoadScope { replace_days: Some(crate::common::days(1, 2)), ..world.import(1) };
    assert_matches!(world.load(&scope, FactBatch::new()).await, Err(LoadError::Invalid(_)));
}

/// What happens: an import of rows (day, entity, spend), or the undoing of the n-th import still in force.
#[derive(Debug, Clone)]
enum Step {
    Import(Vec<(u32, u8, i64)>),
    Undo(proptest::sample::Index),
}

/// Spend by day and entity.
type Rows = BTreeMap<(u32, u8), i64>;

#[test]
fn imports_undone_in_any_order_leave_what_the_others_make() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let rows = proptest::collection::vec((1_u32..5, 0_u8..4, 0_i64..3), 1..10);
    let step = prop_oneof![
        3 => rows.prop_map(Step::Import),
        2 => any::<proptest::sample::Index>().prop_map(Step::Undo),
    ];
    let mut runner = TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() });
    runner
        .run(&proptest::collection::vec(step, 1..9), |steps: Vec<Step>| {
            runtime.block_on(async {
                world
                    .execute("DELETE FROM facts_ads; DELETE FROM rollup_ads_account_day; DELETE FROM fact_undo; DELETE FROM fact_imports")
                    .await;
                let mut in_force: Vec<(i32, Rows)> = Vec::new();
                for (number, step) in (1..).zip(steps) {
                    match step {
                        Step::Import(rows) => {
                            let mut batch = FactBatch::new();
                            let mut sums = BTreeMap::new();
                            for (d, entity, spend) in rows {
                                push(&mut batch, d, &entity.to_string(), None, spend, 0);
                                *sums.entry((d, entity)).or_insert(0) += spend;
                            }
                            world.load(&world.import(number), batch).await.unwrap();
                            in_force.push((number, sums));
                        }
                        Step::Undo(index) if !in_force.is_empty() => {
                            let (import, _) = in_force.remove(index.index(in_force.len()));
                            undo(&world, import).await.unwrap();
                        }
                        Step::Undo(_) => {}
                    }
                    let mut expected = BTreeMap::new();
                    for (_, rows) in &in_force {
                        expected.extend(rows.clone());
                    }
                    let text: Vec<_> =
                        expected.iter().map(|((d, entity), spend)| format!("{d} {entity} {spend} 0")).collect();
                    prop_assert_eq!(world.facts().await, text.join("; "));
                }
                Ok(())
            })
        })
        .unwrap();
}
