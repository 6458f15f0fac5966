use axum::http::StatusCode;
use serde_json::{Value, json};
use simulator::SimulatorOptions;
use simulator::clock::SimClock;

use crate::support::{Answer, Client, NOW, utc};

const QUERY: &str = "SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE segments.date \
                     BETWEEN '2026-11-01' AND '2026-11-07'";

async fn plan(client: &Client, faults: Value) {
    let answer = client.post("/_simulator/faults", faults).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

async fn search(client: &Client) -> Answer {
    client.search(client.account(0), QUERY).await
}

async fn stream(client: &Client) -> Answer {
    client.call(client.account(0), "searchStream", json!({"query": QUERY})).await
}

fn is(status: u16, category: &str, code: &str) -> (u16, String, String) {
    (status, category.to_owned(), code.to_owned())
}

#[tokio::test]
async fn throttling_comes_with_its_delay_and_passes() {
    let client = Client::demo().await;
    plan(&client, json!([{"kind": "throttle_short", "retry_delay_s": 3}, {"kind": "quota_daily", "retry_delay_s": 40591}])).await;
    let short = search(&client).await;
    assert_eq!(short.error(), is(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED"));
    assert!(short.text().contains("\"retryDelay\":\"3s\""));
    let long = stream(&client).await;
    assert!(long.json().is_array());
    assert_eq!(long.error(), is(429, "quotaError", "RESOURCE_EXHAUSTED"));
    assert!(
        long.text().contains("\"retryDelay\":\"40591s\"")
            && long.text().contains("\"rateScope\":\"DEVELOPER\"")
    );
    assert_eq!(search(&client).await.status, StatusCode::OK);
}

#[tokio::test]
async fn tokens_expire_and_are_revoked() {
    let mut client = Client::demo().await;
    let refresh = client.state.issue_refresh_token();
    let spared = client.state.issue_refresh_token();
    plan(&client, json!([{"kind": "expire_tokens"}])).await;
    let expired = search(&client).await;
    assert_eq!(expired.error(), is(401, "", "UNAUTHENTICATED"));
    assert!(expired.headers.contains_key("www-authenticate"));
    client.sign_in().await;
    assert_eq!(search(&client).await.status, StatusCode::OK);

    plan(&client, json!([{"kind": "expire_tokens", "path": "googleAds:searchStream"}])).await;
    assert_eq!(search(&client).await.status, StatusCode::OK, "not yet");
    assert_eq!(stream(&client).await.error(), is(401, "", "UNAUTHENTICATED"));
    client.sign_in().await;

    plan(&client, json!([{"kind": "revoke", "token": refresh}])).await;
    assert_eq!(client.refresh(&refresh).await.json()["error"], "invalid_grant");
    assert_eq!(client.refresh(&spared).await.status, StatusCode::OK);
    plan(&client, json!([{"kind": "revoke"}])).await;
    assert_eq!(client.refresh(&spared).await.json()["error"], "invalid_grant");
    assert_eq!(search(&client).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn one_customer_is_denied_until_the_faults_are_deleted() {
    let client = Client::demo().await;
    let customer = client.account(0).to_string();
    plan(&client, json!([{"kind": "permission_denied", "customer": customer, "times": 0}])).await;
    for _ in 0..3 {
        assert_eq!(search(&client).await.error(), is(403, "authorizationError", "USER_PERMISSION_DENIED"));
    }
    assert_eq!(client.search(client.account(1), QUERY).await.status, StatusCode::OK);
    let deleted = axum::http::Request::delete("/_simulator/faults").body(axum::body::Body::empty()).unwrap();
    assert_eq!(client.send(deleted).await.status, StatusCode::NO_CONTENT);
    assert_eq!(search(&client).await.status, StatusCode::OK);
}

#[tokio::test]
async fn servers_break_as_often_as_asked() {
    let client = Client::demo().await;
    plan(&client, json!([{"kind": "http_500", "times": 2}, {"kind": "http_500", "status": 503}, {"kind": "html_error"}])).await;
    assert_eq!(search(&client).await.error(), is(500, "internalError", "INTERNAL_ERROR"));
    assert_eq!(stream(&client).await.error(), is(500, "internalError", "INTERNAL_ERROR"));
    assert_eq!(search(&client).await.error(), is(503, "internalError", "TRANSIENT_ERROR"));
    let html = search(&client).await;
    assert_eq!(html.status, StatusCode::BAD_GATEWAY);
    assert!(html.text().starts_with("<!DOCTYPE html>"));
    assert_eq!(search(&client).await.status, StatusCode::OK);
}

#[tokio::test]
async fn bodies_are_cut_and_truncated() {
    let client = Client::demo().await;
    let whole = stream(&client).await.text();
    plan(&client, json!([{"kind": "cut_body"}, {"kind": "truncated_json"}])).await;
    let cut = stream(&client).await;
    assert_eq!(cut.status, StatusCode::OK);
    assert!(cut.body.unwrap_err().contains("cut by the simulator"));
    let truncated = stream(&client).await;
    assert_eq!(truncated.status, StatusCode::OK);
    let text = truncated.text();
    assert!(text.len() < whole.len() && whole.starts_with(&text[..200]));
    assert!(serde_json::from_str::<Value>(&text).is_err());
}

/// Over a real connection the cut must be seen as an error by the client, not as the end of the body.
#[tokio::test]
async fn a_cut_body_breaks_the_connection() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let client = Client::demo().await;
    plan(&client, json!([{"kind": "cut_body"}])).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server =
        tokio::spawn(simulator::serve(listener, client.state.clone(), async { drop(stopped.await) }));
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = json!({"query": QUERY}).to_string();
    let request = format!(
        "POST /v25/customers/{}/googleAds:search HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         developer-token: t\r\nlogin-customer-id: {}\r\ncontent-length: {}\r\n\r\n{body}",
        client.account(0),
        client.access,
        client.state.world().manager,
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Either the read fails, or it ends without the chunk that ends a body.
    let _ = socket.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(text.contains("transfer-encoding: chunked") && !text.ends_with("0\r\n\r\n"));
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn new_members_appear_without_disturbing_the_old() {
    let client = Client::demo().await;
    let before = search(&client).await.json();
    plan(&client, json!([{"kind": "unknown_field"}])).await;
    let after = search(&client).await.json();
    let row = &after["results"][0];
    assert_eq!(row["metrics"]["simulatedMetric"], "7");
    assert!(row["simulatedAddition"].is_object());
    assert_eq!(row["metrics"]["clicks"], before["results"][0]["metrics"]["clicks"]);
    assert!(!search(&client).await.text().contains("simulated"));
}

#[tokio::test]
async fn slow_answers_take_their_time() {
    let client = Client::demo().await;
    plan(&client, json!([{"kind": "slow", "ms": 300, "path": "/token"}])).await;
    let begin = std::time::Instant::now();
    assert_eq!(client.refresh(&client.state.issue_refresh_token()).await.status, StatusCode::OK);
    assert!(begin.elapsed() >= std::time::Duration::from_millis(300));
}

#[tokio::test]
async fn sign_in_is_hit_only_by_faults_that_name_it() {
    let client = Client::demo().await;
    plan(&client, json!([{"kind": "http_500", "times": 0}])).await;
    assert_eq!(client.refresh(&client.state.issue_refresh_token()).await.status, StatusCode::OK);
    assert_eq!(client.get("/ecb/eurofxref-hist.csv").await.status, StatusCode::OK);
    plan(&client, json!([{"kind": "http_500", "path": "/token"}])).await;
    assert_eq!(client.refresh("x").await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn some_calls_fail_at_random_when_asked() {
    let options = SimulatorOptions { fault_rate: 0.3, ..SimulatorOptions::default() };
    let client = Client::with(options, SimClock::frozen(utc(NOW))).await;
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..200 {
        let answer = client.search(client.account(0), "SELECT customer.id FROM customer").await;
        *seen.entry((answer.status.as_u16(), answer.body.is_ok())).or_insert(0) += 1;
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [(200, false), (200, true), (500, true)]);
    assert!((100..180).contains(&seen[&(200, true)]), "{seen:?}");
}

#[tokio::test]
async fn wrong_faults_are_refused_whole() {
    let client = Client::demo().await;
    for (faults, message) in [
        (json!([{"kind": "slow"}, {"kind": "fire"}]), "fault 2: unknown kind 'fire'"),
        (json!([{"kind": "http_500", "status": 200}]), "status 200 does not fit 'http_500'"),
        (json!([{"kind": "slow", "ms": 999_999_999}]), "ms must be at most"),
        (json!([{"kind": "slow", "minutes": 1}]), "unknown field `minutes`"),
        (json!({"kind": "slow"}), "invalid type"),
    ] {
        let answer = client.post("/_simulator/faults", faults).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(message), "{error}");
    }
    assert_eq!(client.get("/_simulator/faults").await.json(), json!([]));
}
