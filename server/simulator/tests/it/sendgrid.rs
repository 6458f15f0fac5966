use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use simulator::sendgrid::VENDOR;
use simulator::world::mail::MailResult;

use crate::support::{Answer, Client};

async fn get(client: &Client, key: &str, path: &str) -> Answer {
    let request =
        Request::get(format!("/sendgrid/v3/{path}")).header(header::AUTHORIZATION, format!("Bearer {key}"));
    client.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn days_pages_and_totals_are_the_worlds() {
    let client = Client::demo().await;
    let key = (VENDOR.access)(&client.state).credentials.remove(0).1;
    let (world, now) = (client.state.world().clone(), client.state.counted_at());
    let value = world.accounts[5].template.order_value;
    let mut all = MailResult::default();
    world.newsletters(5, now).iter().for_each(|mail| all += mail.result(value, now));

    let days = get(&client, &key, "stats?start_date=2025-09-01&aggregated_by=day").await.json();
    let days = days.as_array().unwrap();
    assert_eq!(days[0]["stats"].as_array().unwrap().len(), 0, "nothing before the first day");
    assert_eq!(days.last().unwrap()["date"], "2026-11-22", "and none to come");
    let sum =
        |name: &str| days.iter().filter_map(|day| day["stats"][0]["metrics"][name].as_i64()).sum::<i64>();
    assert_eq!((sum("requests"), sum("opens"), sum("bounces")), (all.sent, all.opens, all.hard_bounces));

    let (mut bounces, mut offset) = (0, 0);
    loop {
        let page = get(&client, &key, &format!("suppression/bounces?limit=200&offset={offset}")).await;
        let rows = page.json().as_array().unwrap().len();
        bounces += i64::try_from(rows).unwrap();
        offset += rows;
        assert_eq!(page.headers.contains_key(header::LINK), bounces < all.hard_bounces);
        if rows < 200 {
            break;
        }
    }
    assert_eq!(bounces, all.hard_bounces);

    let (mut opens, mut next) = (0, "marketing/stats/singlesends?page_size=20".to_owned());
    loop {
        let page = get(&client, &key, &next).await.json();
        let rows = page["results"].as_array().unwrap();
        opens += rows.iter().map(|row| row["stats"]["opens"].as_i64().unwrap()).sum::<i64>();
        let Some(address) = page["_metadata"]["next"].as_str() else { break };
        address.split_once("/v3/").unwrap().1.clone_into(&mut next);
    }
    assert_eq!(opens, all.opens);
}

#[tokio::test]
async fn keys_and_parameters_are_refused_in_sendgrids_words() {
    let client = Client::demo().await;
    let key = (VENDOR.access)(&client.state).credentials.remove(0).1;
    let wrong = get(&client, "SG.wrong.key", "scopes").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let message = "The provided authorization grant is invalid, expired, or revoked";
    assert_eq!(wrong.json()["errors"][0]["message"], message);
    let undated = get(&client, &key, "stats").await;
    assert_eq!(
        (undated.status, undated.json()["errors"][0]["field"].clone()),
        (StatusCode::BAD_REQUEST, "start_date".into())
    );
    assert_eq!(get(&client, &key, "messages").await.status, StatusCode::FORBIDDEN);
    let left = get(&client, &key, "scopes").await;
    assert_eq!(left.headers["x-ratelimit-remaining"], "599");
}
