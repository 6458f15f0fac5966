//! What ends a run before its end, and what does not.

use crate::odd::{Habit, odd};
use crate::vendor::Vendor;
use model::connections::{ConnectionState, RunOutcome};
use model::ports::Connections;
use pipeline::Platforms;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_run_that_waits_for_the_vendor_stops_when_a_person_says_so() {
    let vendor = Vendor::reading(Platforms(|slug| odd(slug, Habit::Waits("account_daily")))).await;
    let connection = vendor.connect().await;
    vendor.start(connection).await;
    let running = {
        let (pipeline, workspace) = (vendor.world.pipeline.clone(), vendor.world.workspace());
        tokio::spawn(async move {
            pipeline::sync::run::run(&pipeline, workspace, connection, &CancellationToken::new()).await
        })
    };
    let snapshots = "SELECT count(*) FROM stream_snapshots";
    let mut before = 0;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let stored = vendor.world.number(snapshots).await;
        if stored > 0 && stored == before {
            break;
        }
        before = stored;
    }
    assert!(before > 0 && !running.is_finished(), "it has written snapshots and waits for days");
    vendor.world.pipeline.cancel_run(vendor.member(), connection).await.unwrap();
    let since = Instant::now();
    let ending = tokio::time::timeout(Duration::from_secs(20), running).await.unwrap();
    assert!(since.elapsed() < Duration::from_secs(6), "{:?}", since.elapsed());
    assert_eq!(ending.unwrap().unwrap().unwrap().outcome, RunOutcome::Cancelled);

    let summary = vendor.world.pipeline.list(vendor.member()).await.unwrap().remove(0);
    assert_eq!(summary.state, ConnectionState::Ready);
    assert!(summary.last_run.unwrap().error.unwrap().contains("Stopped by a person"));
    assert_eq!(vendor.world.number("SELECT count(*) FROM facts_ads").await, 0);
    assert_eq!(vendor.world.number("SELECT count(*) FROM stream_days").await, 0);
    assert_eq!(vendor.world.number(snapshots).await, before, "what was written stays");
}

#[tokio::test]
async fn an_address_that_is_gone_leaves_out_its_stream_where_others_were_read() {
    let vendor = Vendor::reading(Platforms(|slug| odd(slug, Habit::Gone("ad_daily")))).await;
    let connection = vendor.connect().await;
    vendor.start(connection).await;
    let ending = vendor.run(connection).await;
    let run = vendor.world.pipeline.list(vendor.member()).await.unwrap().remove(0).last_run.unwrap();
    assert_eq!(ending.outcome, RunOutcome::Incomplete, "{run:#?}");
    assert!(run.warnings[0].contains("stream ad_daily: There is no such address."), "{:#?}", run.warnings);
    let read = vendor.world.text("SELECT DISTINCT stream FROM stream_days ORDER BY 1").await;
    let read: Vec<&str> = read.lines().collect();
    assert!(read.contains(&"campaign_daily") && read.contains(&"keyword_daily"), "{read:?}");
    assert!(!read.contains(&"ad_daily"), "{read:?}");
}

#[tokio::test]
async fn a_version_that_serves_nothing_ends_the_run() {
    let vendor = Vendor::reading(Platforms(|slug| odd(slug, Habit::Gone("accounts")))).await;
    let connection = vendor.connect().await;
    vendor.start(connection).await;
    let ending = vendor.run(connection).await;
    assert_eq!(ending.outcome, RunOutcome::Failed);
    assert_eq!(vendor.world.number("SELECT count(*) FROM stream_days").await, 0);
}
