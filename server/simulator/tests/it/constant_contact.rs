use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use simulator::constant_contact::VENDOR;
use simulator::world::mail::MailResult;

use crate::support::{Answer, Client};

async fn get(client: &Client, token: &str, path: &str) -> Answer {
    let request = Request::get(format!("/constant_contact{path}"));
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    client.send(request.body(Body::empty()).unwrap()).await
}

fn token(client: &Client) -> String {
    let access = (VENDOR.access)(&client.state);
    access.credentials.into_iter().find(|(name, _)| *name == "access_token").unwrap().1
}

async fn all(client: &Client, token: &str, path: &str, name: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), path.to_owned());
    loop {
        let page = get(client, token, &next).await.json();
        rows.extend(page[name].as_array().unwrap().clone());
        let Some(href) = page["_links"]["next"]["href"].as_str() else { return rows };
        href.trim_start_matches("https://api.cc.email").clone_into(&mut next);
    }
}

#[tokio::test]
async fn summaries_statistics_events_and_contacts_are_the_worlds() {
    let client = Client::demo().await;
    let token = token(&client);
    let (world, now) = (client.state.world().clone(), client.state.counted_at());
    let value = world.accounts[4].template.order_value;
    let mails = world.newsletters(4, now);
    let mut sum = MailResult::default();
    mails.iter().for_each(|mail| sum += mail.result(value, now));

    let path = "/v3/reports/summary_reports/email_campaign_summaries?limit=20";
    let summaries = all(&client, &token, path, "bulk_email_campaign_summaries").await;
    let count =
        |row: &Value, name: &str| row["unique_counts"][name].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(summaries.len(), mails.len());
    assert_eq!(summaries.iter().map(|row| count(row, "opens")).sum::<i64>(), sum.unique_opens);

    let newest = summaries[0]["campaign_id"].as_str().unwrap();
    let campaign = get(&client, &token, &format!("/v3/emails/{newest}")).await.json();
    let activity = campaign["campaign_activities"][0]["campaign_activity_id"].as_str().unwrap();
    let path = format!("/v3/reports/stats/email_campaigns/{newest}");
    let stats = get(&client, &token, &path).await.json()["results"][0]["stats"].clone();
    assert_eq!(stats["em_opens"].as_i64().unwrap(), count(&summaries[0], "opens"));
    let path = format!("/v3/reports/email_reports/{activity}/tracking/clicks?limit=30");
    let clicks = all(&client, &token, &path, "tracking_activities").await;
    assert_eq!(i64::try_from(clicks.len()).unwrap(), stats["em_clicks_all"].as_i64().unwrap());

    let contacts = all(&client, &token, "/v3/contacts?limit=500&status=all", "contacts").await;
    let day = |row: &Value, name: &str| row["email_address"][name].as_str().map(|at| at[..10].to_owned());
    for (date, of) in world.list_days(4, "2026-11-21".parse().unwrap()).into_iter().step_by(37) {
        let on = |name| contacts.iter().filter(|row| day(row, name) == Some(date.to_string())).count();
        let (joined, left) = (on("opt_in_date"), on("opt_out_date"));
        assert_eq!((joined, left), (of.added.try_into().unwrap(), of.removed.try_into().unwrap()), "{date}");
    }
}

#[tokio::test]
async fn refusals_are_in_constant_contacts_words() {
    let client = Client::demo().await;
    let token = token(&client);
    let wrong = get(&client, "wrong", "/v3/account/summary").await;
    assert_eq!(
        (wrong.status, wrong.json()["error_key"].clone()),
        (StatusCode::UNAUTHORIZED, "unauthorized".into())
    );
    let large = get(&client, &token, "/v3/emails?limit=501").await;
    assert_eq!(large.status, StatusCode::BAD_REQUEST);
    assert!(large.json()[0]["error_message"].as_str().unwrap().contains("limit"));
    // One campaign that has no report fails the call for all of them.
    let emails = get(&client, &token, "/v3/emails").await.json();
    let id = |nth: usize| emails["campaigns"][nth]["campaign_id"].as_str().unwrap().to_owned();
    assert_eq!(emails["campaigns"][0]["current_status"], "Draft");
    let path = format!("/v3/reports/stats/email_campaigns/{},{}", id(1), id(0));
    assert_eq!(get(&client, &token, &path).await.status, StatusCode::NOT_FOUND);
}
