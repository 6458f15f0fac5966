//! Deals that vanish without a word: found by what is missing among all that there are.

use crate::common::World;
use crate::customers::{at, deal, deals, gone, moved, of_deals, upsert};
use warehouse::load::CrmBatch;
use warehouse::load::crm::{CrmKind, DealState, Roster};

/// All deals, listed from that moment on.
fn listed(ids: &[&str], as_of: &str) -> CrmBatch {
    let deals = ids.iter().map(|id| (*id).to_owned()).collect();
    CrmBatch { rosters: vec![Roster { deals, as_of: at(as_of) }], ..CrmBatch::default() }
}

const ONE: &str = "1 2 created=1 SEK; 1 3 moves=1 SEK; 1 20 value=1000100000 weighted=350035000 open=1 SEK; ";
const OTHERS: &str = "2 2 created=1 SEK; 2 9 won=1 revenue=1000100000 days=7 SEK";

async fn world() -> World {
    let world = World::new().await;
    let batch = CrmBatch {
        deals: vec![deal("1", DealState::Open), deal("2", DealState::Won)],
        moves: vec![moved("1", None, "first", "2026-03-03T10:00:00Z")],
        ..CrmBatch::default()
    };
    upsert(&world, batch).await;
    assert_eq!(deals(&world).await, format!("{ONE}{OTHERS}"));
    world
}

#[tokio::test]
async fn what_is_missing_among_all_leaves_the_figures_until_it_is_served_again() {
    let world = world().await;
    let nothing = upsert(&world, listed(&["1", "2", "3"], "2026-03-20T00:00:00Z")).await;
    assert_eq!((nothing.records, nothing.facts.changed()), (0, false), "all are there");
    let missing = upsert(&world, listed(&["2"], "2026-03-20T00:00:00Z")).await;
    assert_eq!((missing.records, deals(&world).await), (1, OTHERS.into()));
    let again = upsert(&world, listed(&["2"], "2026-03-20T00:00:00Z")).await;
    assert_eq!((again.records, again.facts.changed()), (0, false), "it stays out");
    // It was hidden, or a page went by it: its last change is as old as before.
    upsert(&world, of_deals(&[deal("1", DealState::Open)])).await;
    assert_eq!(deals(&world).await, format!("{ONE}{OTHERS}"));
    let whole = upsert(&world, listed(&["1", "2"], "2026-03-21T00:00:00Z")).await;
    assert_eq!((whole.records, whole.facts.changed()), (0, false));
}

#[tokio::test]
async fn an_empty_list_and_one_that_is_older_than_the_deal_say_nothing() {
    let world = world().await;
    upsert(&world, listed(&[], "2026-03-20T00:00:00Z")).await;
    // Both deals were changed on the tenth.
    upsert(&world, listed(&["2"], "2026-03-09T23:00:00Z")).await;
    assert_eq!(deals(&world).await, format!("{ONE}{OTHERS}"));
}

#[tokio::test]
async fn the_vendors_own_word_stands_above_what_was_concluded() {
    let world = world().await;
    upsert(&world, listed(&["2"], "2026-03-20T00:00:00Z")).await;
    upsert(&world, gone(CrmKind::Deal, "1", "2026-03-15T00:00:00Z")).await;
    upsert(&world, of_deals(&[deal("1", DealState::Open)])).await;
    assert_eq!(deals(&world).await, OTHERS, "an old version of what was deleted");
}
