use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use simulator::world::paid::Network;

use crate::support::{Client, NOW, micros, utc};

async fn get(client: &Client, token: &str, version: &str, path: &str) -> (StatusCode, Value) {
    let request = Request::get(format!("/linkedin/rest/{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("linkedin-version", version)
        .header("x-restli-protocol-version", "2.0.0");
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    (answer.status, answer.json())
}

const DAY: &str = "q=analytics&pivot=CAMPAIGN&timeGranularity=DAILY&accounts=List(urn%3Ali%3AsponsoredAccount%3A512350146)\
                   &fields=dateRange,pivotValues,impressions,costInLocalCurrency&dateRange=\
                   (start:(year:2026,month:11,day:18),end:(year:2026,month:11,day:18))";

#[tokio::test]
async fn a_days_campaigns_cost_what_the_world_says() {
    let client = Client::demo().await;
    let token = client.state.issue_access_token_of("linkedin", 100);
    let (status, answer) = get(&client, &token, "202609", &format!("adAnalytics?{DAY}")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let rows = answer["elements"].as_array().unwrap();
    let cost = |row: &Value| micros(row["costInLocalCurrency"].as_str().unwrap());
    let sum: i64 = rows.iter().map(cost).sum();
    let (world, day) = (client.state.world(), "2026-11-18".parse().unwrap());
    let campaigns = world.paid(Network::LinkedIn, 4).iter();
    let spent: i64 = campaigns.map(|of| world.campaign_day(4, of, day, utc(NOW)).cost_micros).sum();
    assert!(spent > 0);
    assert_eq!(sum, spent);
    assert_eq!(rows[0]["dateRange"]["start"]["month"], 11);
}

#[tokio::test]
async fn tokens_versions_and_syntax_are_checked() {
    let client = Client::demo().await;
    let token = client.state.issue_access_token_of("linkedin", 100);
    let (status, answer) = get(&client, "wrong", "202609", "adAccounts?q=search").await;
    assert_eq!((status, &answer["serviceErrorCode"]), (StatusCode::UNAUTHORIZED, &65_600.into()));
    let (status, answer) = get(&client, &token, "202401", "adAccounts?q=search").await;
    assert_eq!((status, &answer["code"]), (StatusCode::UPGRADE_REQUIRED, &"NONEXISTENT_VERSION".into()));
    let raw = DAY.replace("%3A", ":");
    let (status, answer) = get(&client, &token, "202609", &format!("adAnalytics?{raw}")).await;
    assert_eq!(
        (status, &answer["message"]),
        (StatusCode::BAD_REQUEST, &"Parameter 'accounts' is invalid".into())
    );
}
