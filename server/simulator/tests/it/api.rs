use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use simulator::clock::SimClock;
use simulator::google_ads::usage::Limits;
use simulator::world::config::WorldConfig;
use simulator::{DEMO_DEVELOPER_TOKEN, SimulatorOptions};

use crate::support::{Client, METRICS, NOW, int, utc};

const CLIENTS: &str = "SELECT customer_client.client_customer, customer_client.level, customer_client.manager, \
                       customer_client.descriptive_name, customer_client.currency_code, \
                       customer_client.time_zone, customer_client.id, customer_client.status \
                       FROM customer_client";

const CAMPAIGN_DAILY: &str = "SELECT customer.id, customer.currency_code, customer.time_zone, campaign.id, \
    campaign.name, campaign.status, campaign.advertising_channel_type, segments.date, metrics.impressions, \
    metrics.clicks, metrics.cost_micros, metrics.conversions, metrics.conversions_value, \
    metrics.video_trueview_views FROM campaign WHERE segments.date BETWEEN '2026-11-01' AND '2026-11-07' \
    ORDER BY segments.date";

#[tokio::test]
async fn discovery_finds_the_manager_and_its_tree() {
    let client = Client::demo().await;
    let request = Request::get("/v25/customers:listAccessibleCustomers")
        .header(header::AUTHORIZATION, format!("Bearer {}", client.access))
        .header("developer-token", DEMO_DEVELOPER_TOKEN);
    let list = client.send(request.body(Body::empty()).unwrap()).await;
    let manager = client.state.world().manager;
    assert_eq!(list.json(), json!({"resourceNames": [format!("customers/{manager}")]}));
    assert!(list.headers.contains_key("request-id"));

    let rows = client.rows(manager, CLIENTS).await;
    let enabled: Vec<&Value> = rows
        .iter()
        .map(|row| &row["customerClient"])
        .filter(|c| c["manager"] == false && c["status"] == "ENABLED")
        .collect();
    assert_eq!(enabled.len(), 6);
    let distinct = |key: &str| {
        enabled.iter().map(|c| c[key].as_str().unwrap()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(distinct("currencyCode"), 3);
    assert!(distinct("timeZone") >= 5);
    assert!(enabled.iter().all(|c| c["level"] == "1"));
    let root = &rows[0]["customerClient"];
    assert_eq!((&root["level"], &root["manager"]), (&json!("0"), &json!(true)));
    assert!(rows.iter().any(|row| row["customerClient"]["status"] == "CANCELED"));

    let own = client.rows(client.account(0), CLIENTS).await;
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["customerClient"]["level"], "0");
    assert_eq!(own[0]["customerClient"]["descriptiveName"], "Nordlicht Outdoor DE");
}

#[tokio::test]
async fn rows_look_as_documented() {
    let client = Client::demo().await;
    let answer = client.search(client.account(0), CAMPAIGN_DAILY).await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert!(body.get("nextPageToken").is_none());
    assert!(body["fieldMask"].as_str().unwrap().ends_with("metrics.videoTrueviewViews"));
    assert!(int(&body["queryResourceConsumption"]) > 0);
    let row = &body["results"][0];
    let id = client.account(0);
    assert_eq!(row["customer"]["resourceName"], format!("customers/{id}"));
    assert_eq!(row["customer"]["id"], id.to_string());
    assert_eq!(row["customer"]["currencyCode"], "EUR");
    assert_eq!(row["customer"]["timeZone"], "Europe/Berlin");
    assert_eq!(row["campaign"]["name"], "Brand · Search DE");
    assert_eq!(row["campaign"]["advertisingChannelType"], "SEARCH");
    assert!(row["campaign"]["resourceName"].as_str().unwrap().contains("/campaigns/"));
    assert_eq!(row["segments"], json!({"date": "2026-11-01"}));
    assert!(int(&row["metrics"]["costMicros"]) > 0);
    assert_eq!(row["metrics"]["videoTrueviewViews"], "0");
    assert!(row["metrics"]["conversions"].is_number());
    let dates: Vec<&str> = body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["segments"]["date"].as_str().unwrap())
        .collect();
    assert!(dates.is_sorted());
    assert_eq!(dates.last(), Some(&"2026-11-07"));
}

#[tokio::test]
async fn every_stream_of_the_sheet_answers() {
    let client = Client::demo().await;
    let days = "WHERE segments.date BETWEEN '2026-11-01' AND '2026-11-03'";
    let queries = [
        format!("SELECT customer.id, segments.date, {METRICS} FROM customer {days}"),
        format!("SELECT ad_group.id, ad_group.name, campaign.id, segments.date, {METRICS} FROM ad_group {days}"),
        format!(
            "SELECT ad_group_ad.ad.id, ad_group_ad.status, ad_group_ad.ad.type, ad_group.id, campaign.id, \
             segments.date, {METRICS} FROM ad_group_ad {days}"
        ),
        format!(
            "SELECT ad_group.id, ad_group_criterion.criterion_id, ad_group_criterion.keyword.text, \
             ad_group_criterion.keyword.match_type, segments.date, {METRICS} FROM keyword_view {days}"
        ),
        format!("SELECT ad_group.id, search_term_view.search_term, segments.date, {METRICS} FROM search_term_view {days}"),
        "SELECT click_view.gclid, ad_group.id, campaign.id, segments.date, metrics.clicks FROM click_view WHERE \
         segments.date = '2026-11-02'"
            .to_owned(),
        format!("SELECT campaign.id, segments.date, segments.hour, {METRICS} FROM campaign {days}"),
        format!("SELECT campaign.id, segments.date, segments.device, {METRICS} FROM campaign {days}"),
    ];
    for query in queries {
        let rows = client.rows(client.account(0), &query).await;
        assert!(rows.len() > 2, "{query}: {}", rows.len());
    }
    let campaigns = client
        .rows(
            client.account(0),
            "SELECT campaign.id, campaign.name, campaign.start_date_time, campaign.end_date_time, \
             campaign_budget.amount_micros FROM campaign",
        )
        .await;
    assert!((8..=14).contains(&campaigns.len()));
    assert!(int(&campaigns[0]["campaignBudget"]["amountMicros"]) > 1_000_000);
    assert!(campaigns[0]["campaign"]["startDateTime"].as_str().unwrap().ends_with("00:00:00"));
    assert!(campaigns.iter().any(|row| row["campaign"]["endDateTime"].is_string()));
    assert!(campaigns[0]["campaign"].get("endDateTime").is_none());
}

#[tokio::test]
async fn nothing_found_leaves_the_results_out() {
    let client = Client::demo().await;
    let query =
        "SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE segments.date = '2019-01-01'";
    let page = client.search(client.account(0), query).await.json();
    assert!(page.get("results").is_none());
    assert_eq!(page["fieldMask"], "campaign.id,segments.date,metrics.clicks");
    let stream = client.call(client.account(0), "searchStream", json!({"query": query})).await.json();
    assert_eq!(stream.as_array().unwrap().len(), 1);
    assert!(stream[0].get("results").is_none());
    assert!(stream[0]["requestId"].is_string());
}

#[tokio::test]
async fn pages_hold_10_000_rows_and_equal_the_stream() {
    // One of the ten campaigns is Performance Max and shows no ads.
    let client = Client::load(WorldConfig::load(1, 10, 3, 3, 6)).await;
    let query = format!(
        "SELECT ad_group_ad.ad.id, segments.date, {METRICS} FROM ad_group_ad WHERE segments.date BETWEEN \
         '2026-05-22' AND '2026-11-21' ORDER BY segments.date"
    );
    let customer = client.account(0);
    let streamed = client.rows(customer, &query).await;
    assert_eq!(streamed.len(), 184 * 9 * 9);
    let mut paged = Vec::new();
    let mut token = Value::Null;
    let mut sizes = Vec::new();
    loop {
        let mut body = json!({"query": query, "searchSettings": {"returnTotalResultsCount": true}});
        if token.is_string() {
            body["pageToken"] = token.clone();
        }
        // Time goes on between pages, and the pages still show one state.
        client.state.clock().advance(3_600);
        let page = client.call(customer, "search", body).await.json();
        assert_eq!(page["totalResultsCount"], streamed.len().to_string());
        let rows = page["results"].as_array().unwrap().clone();
        sizes.push(rows.len());
        paged.extend(rows);
        token = page["nextPageToken"].clone();
        if !token.is_string() {
            break;
        }
        let other = client
            .call(customer, "search", json!({"query": format!("{query} LIMIT 5"), "pageToken": token}))
            .await;
        assert_eq!(other.error().2, "INVALID_PAGE_TOKEN");
    }
    assert_eq!(sizes, [10_000, 4_904]);
    let key = |row: &Value| format!("{} {}", row["adGroupAd"]["ad"]["id"], row["segments"]["date"]);
    assert!(paged.iter().map(key).eq(streamed.iter().map(key)));
    client.state.clock().set_now(utc(NOW) + chrono::TimeDelta::hours(1));
    assert_eq!(paged, client.rows(customer, &query).await);
}

#[tokio::test]
async fn a_summary_row_comes_only_when_asked_for_and_alone() {
    let client = Client::demo().await;
    let body = json!({"query": CAMPAIGN_DAILY, "summaryRowSetting": "SUMMARY_ROW_WITH_RESULTS"});
    let batches = client.call(client.account(0), "searchStream", body).await.json();
    let batches = batches.as_array().unwrap();
    let (last, rest) = batches.split_last().unwrap();
    assert!(last.get("results").is_none());
    let clicks: i64 = rest
        .iter()
        .flat_map(|batch| batch["results"].as_array().unwrap())
        .map(|row| int(&row["metrics"]["clicks"]))
        .sum();
    assert_eq!(int(&last["summaryRow"]["metrics"]["clicks"]), clicks);
}

#[tokio::test]
async fn headers_decide_who_gets_what() {
    let client = Client::demo().await;
    let (manager, account, closed) =
        (client.state.world().manager, client.account(0), client.state.world().closed);
    let body = json!({"query": "SELECT customer.id FROM customer"});
    let send = |customer: String, change: fn(&mut Request<Body>)| {
        let mut request = client.request(&format!("/v25/customers/{customer}/googleAds:search"), &body);
        change(&mut request);
        let client = &client;
        async move {
            let answer = client.send(request).await;
            if answer.status == StatusCode::OK { (200, String::new(), String::new()) } else { answer.error() }
        }
    };
    let is = |status: u16, category: &str, code: &str| (status, category.to_owned(), code.to_owned());
    let fine = is(200, "", "");
    let denied = is(403, "authorizationError", "USER_PERMISSION_DENIED");
    assert_eq!(send(account.to_string(), |_| {}).await, fine);
    let without = |request: &mut Request<Body>| drop(request.headers_mut().remove("login-customer-id"));
    assert_eq!(send(account.to_string(), without).await, denied);
    assert_eq!(send(manager.to_string(), without).await, fine);
    assert_eq!(send("5555555555".to_owned(), |_| {}).await, denied);
    assert_eq!(send(closed.to_string(), |_| {}).await, is(403, "authorizationError", "CUSTOMER_NOT_ENABLED"));
    assert_eq!(send("401-765-4321".to_owned(), |_| {}).await, is(400, "requestError", "INVALID_CUSTOMER_ID"));
    let dashes = |request: &mut Request<Body>| {
        request.headers_mut().insert("login-customer-id", "910-822-4317".parse().unwrap());
    };
    assert_eq!(send(account.to_string(), dashes).await, is(400, "headerError", "INVALID_LOGIN_CUSTOMER_ID"));
    let no_token = |request: &mut Request<Body>| drop(request.headers_mut().remove("developer-token"));
    assert_eq!(
        send(account.to_string(), no_token).await,
        is(401, "authenticationError", "DEVELOPER_TOKEN_INVALID")
    );
    let no_bearer = |request: &mut Request<Body>| drop(request.headers_mut().remove(header::AUTHORIZATION));
    assert_eq!(send(account.to_string(), no_bearer).await, is(401, "", "UNAUTHENTICATED"));
}

#[tokio::test]
async fn access_tokens_expire_in_real_time() {
    let at = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(utc(NOW).timestamp()));
    let source = at.clone();
    let clock = SimClock::real_time(move || {
        chrono::DateTime::from_timestamp(source.load(std::sync::atomic::Ordering::SeqCst), 0).unwrap()
    });
    let client = Client::with(SimulatorOptions::default(), clock).await;
    let query = "SELECT customer.id FROM customer";
    client.state.clock().advance(86_400);
    assert_eq!(client.search(client.account(0), query).await.status, StatusCode::OK);
    at.fetch_add(3_599, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(client.search(client.account(0), query).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn versions_come_and_go() {
    let client = Client::demo().await;
    let body = json!({"query": "SELECT customer.id FROM customer"});
    for version in 22..=26 {
        let path = format!("/v{version}/customers/{}/googleAds:search", client.account(0));
        assert_eq!(client.send(client.request(&path, &body)).await.status, StatusCode::OK, "{version}");
    }
    for version in [19, 21, 27] {
        let path = format!("/v{version}/customers/{}/googleAds:searchStream", client.account(0));
        let answer = client.send(client.request(&path, &body)).await;
        assert!(answer.json().is_array());
        assert_eq!(answer.error(), (400, "requestError".to_owned(), "UNSUPPORTED_VERSION".to_owned()));
    }
    let strange = client.send(client.request("/version1/customers/1/googleAds:search", &body)).await;
    assert_eq!(strange.status, StatusCode::NOT_FOUND);
    assert!(strange.text().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn wrong_queries_are_named() {
    let client = Client::demo().await;
    let error = |customer: i64, body: Value| {
        let client = &client;
        async move { client.call(customer, "search", body).await.error().2 }
    };
    let (account, manager) = (client.account(0), client.state.world().manager);
    let query = |text: &str| json!({"query": text});
    assert_eq!(error(account, query("SELECT metrics.video_views FROM campaign")).await, "UNRECOGNIZED_FIELD");
    assert_eq!(error(account, query("SELECT campaign.start_date FROM campaign")).await, "UNRECOGNIZED_FIELD");
    assert_eq!(
        error(account, query("SELECT segments.date, metrics.clicks FROM campaign")).await,
        "EXPECTED_FILTERS_ON_DATE_RANGE"
    );
    assert_eq!(
        error(manager, query("SELECT metrics.clicks FROM customer")).await,
        "REQUESTED_METRICS_FOR_MANAGER"
    );
    assert_eq!(error(account, query("SELECT label.id FROM label")).await, "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE");
    let sized = json!({"query": "SELECT customer.id FROM customer", "pageSize": 1000});
    assert_eq!(error(account, sized).await, "PAGE_SIZE_NOT_SUPPORTED");
    assert_eq!(error(account, json!({"text": "x"})).await, "INVALID_ARGUMENT");
    let stream = client.call(account, "searchStream", query("SELECT nonsense FROM campaign")).await;
    assert_eq!(stream.json().as_array().map(Vec::len), Some(1));
    assert_eq!(stream.error().2, "UNRECOGNIZED_FIELD");
}

#[tokio::test]
async fn the_day_has_15_000_operations_and_pages_are_free() {
    let limits = Limits { daily_operations: 3, queries_per_second: None };
    let options = SimulatorOptions { limits, ..SimulatorOptions::default() };
    let client = Client::with(options, SimClock::frozen(utc(NOW))).await;
    let query = "SELECT customer.id FROM customer";
    for _ in 0..3 {
        assert_eq!(client.search(client.account(0), query).await.status, StatusCode::OK);
    }
    let answer = client.search(client.account(0), query).await;
    assert_eq!(answer.error(), (429, "quotaError".to_owned(), "RESOURCE_EXHAUSTED".to_owned()));
    let details = &answer.json()["error"]["details"][0]["errors"][0]["details"]["quotaErrorDetails"];
    assert_eq!(details["rateScope"], "DEVELOPER");
    assert_eq!(details["retryDelay"], "43200s");
    assert_eq!(SimulatorOptions::default().limits.daily_operations, 15_000);
    // Where the vendors' quotas are allowed several times, so is this one.
    let options = SimulatorOptions { limits, generosity: 2, ..SimulatorOptions::default() };
    let client = Client::with(options, SimClock::frozen(utc(NOW))).await;
    for expected in [200, 200, 200, 200, 200, 200, 429] {
        assert_eq!(client.search(client.account(0), query).await.status.as_u16(), expected);
    }
}

#[tokio::test]
async fn filters_order_and_limit_work_on_any_field() {
    let client = Client::demo().await;
    let rows = client
        .rows(
            client.account(0),
            "SELECT campaign.id, campaign.name, metrics.cost_micros FROM campaign WHERE \
             segments.date DURING LAST_30_DAYS AND campaign.advertising_channel_type IN ('SEARCH', 'SHOPPING') \
             AND campaign.name LIKE '%DE%' AND metrics.cost_micros > 0 ORDER BY metrics.cost_micros DESC LIMIT 3",
        )
        .await;
    assert_eq!(rows.len(), 3);
    let costs: Vec<i64> = rows.iter().map(|row| int(&row["metrics"]["costMicros"])).collect();
    assert!(costs.is_sorted_by(|a, b| a >= b));
    assert!(rows.iter().all(|row| row["campaign"]["name"].as_str().unwrap().contains("DE")));
}
