use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use simulator::mailchimp::VENDOR;

use crate::support::{Answer, Client};

fn token(client: &Client) -> String {
    let access = (VENDOR.access)(&client.state);
    access.credentials.into_iter().find(|(name, _)| *name == "access_token").unwrap().1
}

async fn get(client: &Client, authorization: &str, path: &str) -> Answer {
    let request = Request::get(format!("/mailchimp{path}")).header(header::AUTHORIZATION, authorization);
    client.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn pages_of_reports_add_up_to_the_worlds_newsletters() {
    let client = Client::demo().await;
    let bearer = format!("Bearer {}", token(&client));
    let mut reports: Vec<Value> = Vec::new();
    loop {
        let path =
            format!("/3.0/reports?count=25&offset={}&sort_field=send_time&sort_dir=ASC", reports.len());
        let page = get(&client, &bearer, &path).await.json();
        let rows = page["reports"].as_array().unwrap().clone();
        assert!(rows.len() <= 25);
        reports.extend(rows);
        if reports.len() as u64 >= page["total_items"].as_u64().unwrap() {
            break;
        }
    }
    let now = client.state.counted_at();
    let world = client.state.world();
    let mails = world.newsletters(0, now);
    assert_eq!(reports.len(), mails.len());
    let value = world.accounts[0].template.order_value;
    let opens: i64 = mails.iter().map(|mail| mail.result(value, now).unique_opens).sum();
    assert_eq!(
        reports.iter().map(|report| report["opens"]["unique_opens"].as_i64().unwrap()).sum::<i64>(),
        opens
    );
    let usual = get(&client, &bearer, "/3.0/reports").await.json();
    assert_eq!(usual["reports"].as_array().unwrap().len(), 10, "a page has ten rows unless asked otherwise");
}

#[tokio::test]
async fn keys_name_their_data_centre_and_refusals_are_problems() {
    let client = Client::demo().await;
    let token = token(&client);
    let key = format!("Bearer {token}-us20");
    assert_eq!(get(&client, &key, "/3.0/").await.json()["account_name"], "Nordlicht Outdoor DE");
    let wrong = get(&client, "Bearer wrong-us20", "/3.0/").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.headers[header::CONTENT_TYPE], "application/problem+json; charset=utf-8");
    assert_eq!(wrong.json()["title"], "API Key Invalid");
    assert_eq!(get(&client, &key, "/3.0/reports/9f3751b89b").await.json()["title"], "Resource Not Found");
    assert_eq!(get(&client, &format!("OAuth {token}"), "/oauth2/metadata").await.json()["dc"], "us20");
    let bad = get(&client, "OAuth wrong", "/oauth2/metadata").await;
    assert_eq!((bad.status, bad.json()["error"].clone()), (StatusCode::OK, "invalid_token".into()));
}
