use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Answer, Client, utc};

async fn report(client: &Client, body: Value) -> Answer {
    client.send(client.request("/ga4/v1beta/properties/312004711:runReport", &body)).await
}

#[tokio::test]
async fn pages_of_a_report_add_up_to_the_worlds_sessions() {
    let client = Client::demo().await;
    let (mut sum, mut offset, mut rows) = (0, 0, 1);
    while offset < rows {
        let answer = report(
            &client,
            json!({
                "dateRanges": [{"startDate": "2026-11-16", "endDate": "2026-11-18"}],
                "dimensions": [{"name": "date"}, {"name": "sessionSource"}, {"name": "sessionCampaignName"}],
                "metrics": [{"name": "sessions"}],
                "limit": "7",
                "offset": offset,
                "orderBys": [{"dimension": {"dimensionName": "date"}}],
            }),
        )
        .await;
        let body = answer.json();
        assert_eq!(answer.status, StatusCode::OK, "{body}");
        rows = body["rowCount"].as_u64().unwrap();
        let page = body["rows"].as_array().unwrap();
        assert!(page.len() <= 7);
        offset += page.len() as u64;
        sum += page.iter().map(|row| crate::support::int(&row["metricValues"][0]["value"])).sum::<i64>();
    }
    let (world, at) = (client.state.world(), utc(crate::support::NOW));
    let days = ["2026-11-16", "2026-11-17", "2026-11-18"];
    let visits = days.iter().flat_map(|day| world.traffic(0, day.parse().unwrap(), at));
    assert_eq!(sum, visits.map(|visit| visit.sessions).sum::<i64>());
    assert!(rows > 7);
}

#[tokio::test]
async fn refusals_are_worded_as_google_does() {
    let client = Client::demo().await;
    let ranges = json!([{"startDate": "2026-11-16", "endDate": "yesterday"}]);
    let mixed = json!({"dateRanges": ranges, "dimensions": [{"name": "eventName"}], "metrics": [{"name": "sessions"}]});
    let answer = report(&client, mixed).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["error"]["status"], "INVALID_ARGUMENT");
    let future = json!({
        "dateRanges": [{"startDate": "2026-12-01", "endDate": "2026-12-02"}],
        "dimensions": [{"name": "date"}],
        "metrics": [{"name": "sessions"}],
    });
    let empty = report(&client, future).await.json();
    assert!(empty.get("rows").is_none() && empty.get("rowCount").is_none(), "{empty}");
    let request = Request::get("/ga4/v1beta/accountSummaries").header(header::AUTHORIZATION, "Bearer wrong");
    let denied = client.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(denied.status, StatusCode::UNAUTHORIZED);
    assert_eq!(denied.json()["error"]["status"], "UNAUTHENTICATED");
}
