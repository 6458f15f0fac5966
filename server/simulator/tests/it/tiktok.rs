use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use simulator::world::paid::Network;

use crate::support::{Client, NOW, encode, micros, utc};

async fn get(client: &Client, token: &str, path: &str) -> Value {
    let request = Request::get(format!("/tiktok/open_api/v1.3/{path}")).header("access-token", token);
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "TikTok refuses in the body");
    answer.json()
}

#[tokio::test]
async fn pages_of_a_report_add_up_to_the_worlds_spend() {
    let client = Client::demo().await;
    let token = client.state.issue_access_token_of("tiktok_ads", 100);
    let (dimensions, metrics) = (encode("[\"ad_id\",\"stat_time_day\"]"), encode("[\"spend\"]"));
    let (mut sum, mut page, mut pages) = (0, 1, 1);
    while page <= pages {
        let path = format!(
            "report/integrated/get/?advertiser_id=7182736450918273&report_type=BASIC&data_level=AUCTION_AD&dimensions=\
             {dimensions}&metrics={metrics}&start_date=2026-11-17&end_date=2026-11-18&page_size=3&page={page}"
        );
        let answer = get(&client, &token, &path).await;
        assert_eq!(answer["code"], 0, "{answer}");
        pages = answer["data"]["page_info"]["total_page"].as_u64().unwrap();
        let rows = answer["data"]["list"].as_array().unwrap();
        sum += rows.iter().map(|row| micros(row["metrics"]["spend"].as_str().unwrap())).sum::<i64>();
        page += 1;
    }
    let (world, at) = (client.state.world(), utc(NOW));
    let days = ["2026-11-17", "2026-11-18"].map(|day| day.parse().unwrap());
    let spent: i64 = world
        .paid(Network::TikTok, 0)
        .iter()
        .flat_map(|of| days.map(|day| world.campaign_day(0, of, day, at).cost_micros))
        .sum();
    assert!(pages > 1);
    assert_eq!(sum, spent);
}

#[tokio::test]
async fn each_consent_opens_its_own_door_and_refusals_stand_in_the_body() {
    let client = Client::demo().await;
    let token = client.state.issue_access_token_of("tiktok_account", 100);
    let answer = get(&client, &token, "campaign/get/?advertiser_id=7182736450918273").await;
    assert_eq!(answer["code"], 40_105);
    let body = json!({
        "client_id": "c", "client_secret": "s", "grant_type": "refresh_token", "refresh_token": "wrong",
    });
    let dead = client.post("/tiktok/open_api/v1.3/tt_user/oauth2/refresh_token/", body).await;
    assert_eq!((dead.status, &dead.json()["code"]), (StatusCode::OK, &40_107.into()));
}
