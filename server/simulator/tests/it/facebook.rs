use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use simulator::facebook::VENDOR;
use simulator::world::paid::Network;

use crate::support::{Answer, Client, encode, utc};

const DAYS: &str = r#"{"since":"2026-11-01","until":"2026-11-21"}"#;

fn token(client: &Client) -> String {
    let access = (VENDOR.access)(&client.state);
    access.credentials.into_iter().find(|(name, _)| *name == "access_token").unwrap().1
}

async fn get(client: &Client, token: &str, path: &str) -> Answer {
    let request = Request::get(format!("/facebook/v25.0/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty());
    client.send(request.unwrap()).await
}

/// All rows, page after page.
async fn rows(client: &Client, token: &str, path: &str) -> Vec<Value> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let answer = get(client, token, &format!("{path}{after}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let body = answer.json();
        rows.extend(body["data"].as_array().unwrap().clone());
        if body["paging"]["next"].is_null() {
            return rows;
        }
        after = format!("&after={}", body["paging"]["cursors"]["after"].as_str().unwrap());
    }
}

fn cents(row: &Value) -> i64 {
    let text = row["spend"].as_str().unwrap();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<2}").parse().unwrap()
}

#[tokio::test]
async fn all_levels_breakdowns_and_pages_add_up_to_the_worlds_own_figures() {
    let client = Client::demo().await;
    let token = token(&client);
    let accounts =
        get(&client, &token, "me/adaccounts?fields=id,name,currency,timezone_name&limit=100").await.json();
    let account = accounts["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 4);

    let world = client.state.world().clone();
    let (mut spent, mut clicks) = (0, 0);
    let days = utc("2026-11-01T00:00:00Z").date_naive().iter_days().take(21);
    for day in days {
        for campaign in world.paid(Network::Meta, 0) {
            let fact = world.campaign_day(0, campaign, day, client.state.counted_at());
            spent += fact.cost_micros / 10_000;
            clicks += fact.clicks;
        }
    }
    assert!(spent > 0 && clicks > 0);
    for (level, breakdowns, step) in [
        ("campaign", "", "1"),
        ("adset", "", "7"),
        ("ad", "age,gender", "1"),
        ("account", "country", "all_days"),
    ] {
        let path = format!(
            "{account}/insights?level={level}&breakdowns={breakdowns}&time_increment={step}&limit=100&time_range={}\
             &fields=spend,impressions,inline_link_clicks,reach,actions",
            encode(DAYS)
        );
        let rows = rows(&client, &token, &path).await;
        assert!(!rows.is_empty());
        let links: i64 =
            rows.iter().map(|row| row["inline_link_clicks"].as_str().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!(links, clicks, "{level} by {breakdowns}");
        if breakdowns.is_empty() {
            assert_eq!(rows.iter().map(cents).sum::<i64>(), spent, "{level}");
        }
    }
}

#[tokio::test]
async fn refusals_are_worded_as_meta_does() {
    let client = Client::demo().await;
    let token = token(&client);
    let code = |answer: Answer| {
        let error = &answer.json()["error"];
        (answer.status.as_u16(), error["code"].as_i64().unwrap(), error["error_subcode"].as_i64())
    };
    assert_eq!(code(get(&client, "wrong", "me/adaccounts").await), (400, 190, Some(463)));
    assert_eq!(code(get(&client, &token, "act_1/insights").await), (400, 100, Some(33)));
    let old = client.get(&format!("/facebook/v24.0/me/adaccounts?access_token={token}")).await;
    assert_eq!(code(old), (400, 2635, None));
    let accounts = get(&client, &token, "me/adaccounts?fields=id").await.json();
    let account = accounts["data"][0]["id"].as_str().unwrap();
    let range = encode(r#"{"since":"2020-01-01","until":"2020-01-02"}"#);
    let early = get(&client, &token, &format!("{account}/insights?time_range={range}")).await;
    assert_eq!(code(early), (400, 3018, None));
    let nothing = encode(r#"{"since":"2026-11-24","until":"2026-11-25"}"#);
    let empty = get(&client, &token, &format!("{account}/insights?time_range={nothing}")).await;
    assert_eq!(empty.text(), r#"{"data":[]}"#, "days to come have no rows, and an empty list no paging");
}
