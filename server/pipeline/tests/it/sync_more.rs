//! Streams on request: read where the connection's settings say so, and only there.

use crate::common::day;
use crate::vendor::Vendor;
use model::connections::{ConnectionChange, RunOutcome};
use model::ids::ConnectionId;
use model::ports::Connections;
use model::upkeep::SettingRule;
use std::collections::BTreeMap;

async fn switch(vendor: &Vendor, connection: ConnectionId, value: &str) -> model::ports::Result<()> {
    let settings = BTreeMap::from([("more_streams".to_owned(), value.to_owned())]);
    let change = ConnectionChange { settings: Some(settings), ..ConnectionChange::default() };
    vendor.world.pipeline.change(vendor.member(), connection, change).await
}

/// Days of clicks that were read, and rows of clicks that are there.
async fn clicks(vendor: &Vendor) -> (i64, i64) {
    let days = "SELECT count(*) FROM stream_days WHERE stream = 'clicks'";
    let rows = "SELECT count(*) FROM facts_ads_by WHERE dimension = 'gclid'";
    (vendor.world.number(days).await, vendor.world.number(rows).await)
}

#[tokio::test]
async fn what_is_switched_on_is_read_until_it_is_switched_off() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.run(connection).await;
    assert_eq!(clicks(&vendor).await, (0, 0));
    let refused = switch(&vendor, connection, "clicks,klicks").await.unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("settings.more_streams"));
    assert!(refused.message.contains("klicks"), "{refused:?}");

    switch(&vendor, connection, "clicks").await.unwrap();
    let detail = vendor.world.pipeline.detail(vendor.member(), connection).await.unwrap();
    assert_eq!(detail.settings["more_streams"], "clicks");
    let offered = detail.known_settings.iter().find(|setting| setting.name == "more_streams").unwrap();
    assert!(
        matches!(&offered.rule, SettingRule::Streams { streams } if streams.iter().any(|s| s.name == "clicks"))
    );
    let of_day = vendor.world.pipeline.day(vendor.member(), connection, day("2026-11-20")).await.unwrap();
    assert!(of_day.accounts.iter().all(|account| account.streams.iter().any(|s| s.stream == "clicks")));

    let ending = vendor.run(connection).await;
    let warnings = vendor.world.text("SELECT warnings::text FROM sync_runs ORDER BY id DESC LIMIT 1").await;
    assert_eq!(ending.outcome, RunOutcome::Succeeded, "{warnings}");
    let (days, rows) = clicks(&vendor).await;
    assert!(days > 30 && rows > 0, "{days} days with {rows} rows");
    vendor.assert_equal().await;

    switch(&vendor, connection, "").await.unwrap();
    vendor.run(connection).await;
    assert_eq!(clicks(&vendor).await, (days, rows), "what was read stays");
    let of_day = vendor.world.pipeline.day(vendor.member(), connection, day("2026-11-20")).await.unwrap();
    assert!(of_day.accounts.iter().all(|account| account.streams.iter().all(|s| s.stream != "clicks")));
}
