use axum::http::StatusCode;
use serde_json::json;

use crate::support::Client;

#[tokio::test]
async fn the_state_tells_what_has_happened() {
    let client = Client::demo().await;
    let query = "SELECT customer.id FROM customer";
    client.search(client.account(0), query).await;
    client.search(client.account(1), query).await;
    client.post("/_simulator/faults", json!([{"kind": "slow", "ms": 5, "times": 4}])).await;
    let state = client.get("/_simulator/state").await.json();
    assert_eq!(state["now"], "2026-11-22T12:00:00Z");
    assert_eq!(state["calls"]["/google_ads/v25/customers/{id}/googleAds:search"], 2);
    assert_eq!(state["calls"]["/google_ads/token"], 1);
    assert_eq!(state["operations"]["limit"], 15_000);
    assert_eq!(state["operations"]["used"], json!({"demo…": 2}), "developer tokens are masked");
    assert_eq!(state["tokens"], json!({"access": 1, "refresh": 1}));
    assert_eq!(state["faults"], json!([{"kind": "slow", "ms": 5, "times": 4}]));
    assert_eq!(state["world"]["accounts"].as_array().unwrap().len(), 6);
    assert_eq!(state["world"]["first_day"], "2025-10-22");
    assert_eq!(state["world"]["anomaly"]["from"], "2026-11-10");
}

#[tokio::test]
async fn the_clock_can_be_set() {
    let client = Client::demo().await;
    let set =
        client.post("/_simulator/clock", json!({"now": "2026-12-01T00:00:00Z", "advance_seconds": 90})).await;
    assert_eq!(set.json()["now"], "2026-12-01T00:01:30Z");
    let faster = client.post("/_simulator/clock", json!({"speed": 60})).await;
    assert_eq!(faster.json()["speed"], 60.0);
    for wrong in [
        json!({"speed": -1}),
        json!({"now": "yesterday"}),
        json!({"hour": 3}),
        json!({"advance_seconds": 9_000_000_000_000_i64}),
    ] {
        let answer = client.post("/_simulator/clock", wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.json()["error"].is_string());
    }
}

#[tokio::test]
async fn rates_cover_the_currencies_of_the_accounts() {
    let client = Client::demo().await;
    let answer = client.get("/ecb/eurofxref-hist.csv").await;
    assert_eq!(answer.headers["x-simulator"], "synthetic rates");
    let text = answer.text();
    let header = text.lines().next().unwrap();
    for account in &client.state.world().accounts {
        let currency = account.template.currency;
        assert!(currency == "EUR" || header.split(',').any(|column| column == currency), "{currency}");
    }
    assert!(text.lines().last().unwrap().starts_with("2025-09-22,"));
}

#[tokio::test]
async fn unknown_paths_get_a_page() {
    let client = Client::demo().await;
    for path in ["/", "/nothing/at/all", "/v25/customers:list"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("404"));
    }
}
