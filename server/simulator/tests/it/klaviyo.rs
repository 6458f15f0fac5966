use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Answer, Client};

async fn ask(client: &Client, method: &str, path: &str, body: Option<Value>) -> Answer {
    let token = client.state.issue_access_token_of("klaviyo", 3_600);
    let request = Request::builder()
        .method(method)
        .uri(format!("/klaviyo/api/{path}"))
        .header(header::AUTHORIZATION, format!("Klaviyo-API-Key {token}"))
        .header("revision", "2026-04-15");
    client
        .send(request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string()))).unwrap())
        .await
}

#[tokio::test]
async fn windows_that_do_not_overlap_add_up_to_the_worlds_newsletters() {
    let client = Client::demo().await;
    let mut opens = 0;
    for (start, end) in [
        ("2025-10-01T00:00:00", "2026-03-31T23:59:59"),
        ("2026-04-01T00:00:00", "2026-09-30T23:59:59"),
        ("2026-10-01T00:00:00", "2026-11-22T23:59:59"),
    ] {
        let body = json!({"data": {"type": "campaign-values-report", "attributes": {
            "statistics": ["opens_unique", "conversion_value"],
            "timeframe": {"start": start, "end": end},
            "conversion_metric_id": "OrdSh8",
        }}});
        let answer = ask(&client, "POST", "campaign-values-reports", Some(body)).await;
        assert_eq!(answer.headers["ratelimit-limit"], "225, 225;w=86400");
        for row in answer.json()["data"]["attributes"]["results"].as_array().unwrap() {
            opens += row["statistics"]["opens_unique"].as_i64().unwrap();
        }
    }
    let (world, now) = (client.state.world(), client.state.counted_at());
    let value = world.accounts[2].template.order_value;
    let expected: i64 =
        world.newsletters(2, now).iter().map(|mail| mail.result(value, now).unique_opens).sum();
    assert_eq!(opens, expected);
}

#[tokio::test]
async fn pages_lead_to_each_other_and_refusals_point_at_what_is_wrong() {
    let client = Client::demo().await;
    let first = ask(&client, "GET", "metrics?page[size]=4", None).await.json();
    let next = first["links"]["next"].as_str().unwrap().split_once("/api/").unwrap().1;
    let second = ask(&client, "GET", next, None).await.json();
    assert_eq!(
        (first["data"][0]["id"].as_str(), second["data"][0]["id"].as_str()),
        (Some("RcvEm1"), Some("SpmEm5"))
    );

    let all = ask(&client, "GET", "campaigns", None).await;
    assert_eq!(all.status, StatusCode::BAD_REQUEST);
    assert_eq!(all.json()["errors"][0]["source"]["pointer"], "/filter");
    let sms = ask(&client, "GET", "campaigns?filter=equals(messages.channel,'sms')", None).await.json();
    assert_eq!(sms["data"], json!([]));
    let request = Request::get("/klaviyo/api/accounts").header("revision", "2026-04-15").body(Body::empty());
    let nobody = client.send(request.unwrap()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.json()["errors"][0]["code"], "not_authenticated");
}
