use std::time::Instant;

use serde_json::json;
use simulator::world::config::WorldConfig;

use crate::support::{Client, METRICS};

/// Reading 13 months of all accounts at ad level must take seconds even in a debug build (two in release).
#[tokio::test]
async fn thirteen_months_of_ads_are_quick() {
    let client = Client::load(WorldConfig::default()).await;
    let query = format!(
        "SELECT customer.id, customer.currency_code, campaign.id, campaign.name, ad_group.id, ad_group.name, \
         ad_group_ad.ad.id, segments.date, {METRICS} FROM ad_group_ad WHERE segments.date BETWEEN '2025-10-22' \
         AND '2026-11-22' ORDER BY segments.date"
    );
    let begin = Instant::now();
    let (mut rows, mut bytes) = (0, 0);
    for index in 0..6 {
        let answer = client.call(client.account(index), "searchStream", json!({"query": query})).await.text();
        rows += answer.matches("\"adGroupAd\":").count();
        bytes += answer.len();
    }
    let took = begin.elapsed();
    println!("{rows} rows, {bytes} bytes in {took:?}");
    assert!(rows > 100_000, "{rows}");
    assert!(took.as_secs() < 60, "{took:?}");
}
