use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Client, NOW, millionths, utc};

const SITE: &str = "sc-domain%3Anordlicht-outdoor-de.example";

async fn query(client: &Client, site: &str, body: Value) -> (StatusCode, Value) {
    let path = format!("/search_console/webmasters/v3/sites/{site}/searchAnalytics/query");
    let answer = client.send(client.request(&path, &body)).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_sites_clicks_are_the_worlds_and_named_queries_are_fewer() {
    let client = Client::demo().await;
    let ask = |dimensions: Value, start: usize| {
        json!({
            "startDate": "2026-11-10", "endDate": "2026-11-10", "dimensions": dimensions, "rowLimit": 5,
            "startRow": start,
        })
    };
    let (_, whole) = query(&client, SITE, ask(json!(["date"]), 0)).await;
    let day = "2026-11-10".parse().unwrap();
    let world: i64 = client.state.world().queries(0, day, utc(NOW)).iter().map(|row| row.clicks).sum();
    assert_eq!(millionths(&whole["rows"][0]["clicks"]), world * 1_000_000);
    let (mut clicks, mut start) = (0, 0);
    loop {
        let (_, page) = query(&client, SITE, ask(json!(["date", "query"]), start)).await;
        let Some(rows) = page["rows"].as_array() else { break };
        clicks += rows.iter().map(|row| millionths(&row["clicks"]) / 1_000_000).sum::<i64>();
        start += 5;
    }
    assert!(start > 5 && clicks > 0 && clicks <= world, "{clicks} of {world}");
    // The last days are not final yet.
    let fresh = json!({"startDate": "2026-11-22", "endDate": "2026-11-22", "dimensions": ["date"]});
    assert!(query(&client, SITE, fresh).await.1.get("rows").is_none());
}

#[tokio::test]
async fn refusals_name_a_reason() {
    let client = Client::demo().await;
    let body = json!({"startDate": "2026-11-10", "endDate": "2026-11-10", "dimensions": ["date"]});
    let (status, answer) = query(&client, "https%3A%2F%2Fother.example%2F", body).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(answer["error"]["errors"][0]["reason"], "forbidden");
    let mixed = json!({"startDate": "2026-11-10", "endDate": "2026-11-10", "dimensions": ["date", "searchAppearance"]});
    assert_eq!(query(&client, SITE, mixed).await.0, StatusCode::BAD_REQUEST);
}
