use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use simulator::activecampaign::VENDOR;
use simulator::world::leads::Stage;
use simulator::world::mail::MailResult;

use crate::support::{Answer, Client};

async fn get(client: &Client, key: &str, path: &str) -> Answer {
    let request = Request::get(format!("/activecampaign/api/3/{path}")).header("Api-Token", key);
    client.send(request.body(Body::empty()).unwrap()).await
}

fn key(client: &Client) -> String {
    (VENDOR.access)(&client.state).credentials.into_iter().find(|(name, _)| *name == "api_key").unwrap().1
}

async fn all(client: &Client, key: &str, name: &str, more: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let path = format!("{name}?limit=100&offset={}{more}", rows.len());
        let page = get(client, key, &path).await.json();
        let found = page[name].as_array().unwrap().clone();
        assert!(found.len() <= 100);
        rows.extend(found);
        if rows.len() >= page["meta"]["total"].as_str().unwrap().parse().unwrap() {
            return rows;
        }
    }
}

fn number(row: &Value, name: &str) -> i64 {
    row[name].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn campaigns_and_deals_add_up_to_the_worlds() {
    let client = Client::demo().await;
    let key = key(&client);
    assert_eq!(key.len(), 72);
    let (world, now) = (client.state.world().clone(), client.state.counted_at());
    let value = world.accounts[3].template.order_value;
    let mut sum = MailResult::default();
    world.newsletters(3, now).iter().for_each(|mail| sum += mail.result(value, now));
    let campaigns = all(&client, &key, "campaigns", "&orders[sdate]=DESC").await;
    let single = campaigns.iter().filter(|row| row["type"] == "single");
    let opens: i64 = single.clone().map(|row| number(row, "opens")).sum();
    let sent: i64 = single.map(|row| number(row, "send_amt")).sum();
    assert_eq!((opens, sent), (sum.opens, sum.sent));

    let leads = world.leads(3, world.first_day, now);
    let won = |stage: Option<Stage>| stage == Some(Stage::Won);
    let cents: i64 = leads
        .iter()
        .filter(|lead| won(lead.stage()))
        .map(|lead| lead.deal.as_ref().unwrap().amount_cents)
        .sum();
    let deals = all(&client, &key, "deals", "").await;
    assert_eq!(deals.len(), leads.iter().filter(|lead| lead.deal.is_some()).count());
    let found: i64 = deals.iter().filter(|row| row["status"] == "1").map(|row| number(row, "value")).sum();
    assert_eq!(found, cents);
    let ended = all(&client, &key, "dealActivities", "&filters[data_type]=status").await;
    assert_eq!(ended.len(), deals.iter().filter(|row| row["status"] != "0").count());
}

#[tokio::test]
async fn pages_have_twenty_rows_and_wrong_keys_are_forbidden() {
    let client = Client::demo().await;
    let key = key(&client);
    let page = get(&client, &key, "contacts").await.json();
    assert_eq!(page["contacts"].as_array().unwrap().len(), 20);
    let last = page["contacts"][19]["id"].as_str().unwrap();
    let next =
        get(&client, &key, &format!("contacts?id_greater={last}&orders[id]=ASC&limit=500")).await.json();
    assert_eq!(next["contacts"].as_array().unwrap().len(), 100, "a page has at most 100 rows");
    assert!(number(&next["contacts"][0], "id") > last.parse().unwrap());
    assert_eq!(get(&client, &"ab".repeat(36), "users/me").await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&client, &key, "deals/9").await.json()["message"], "No Result found for Deal with id 9");
    assert_eq!(get(&client, &key, "users/me").await.json()["user"]["email"], "maya@demo.example");
}
