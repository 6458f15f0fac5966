use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use simulator::campaign_monitor::VENDOR;
use simulator::world::mail::MailResult;

use crate::support::{Answer, Client};

async fn refresh(client: &Client, token: &str) -> Answer {
    let form = format!("grant_type=refresh_token&refresh_token={}", token.replace('/', "%2F"));
    let request = Request::post("/campaign_monitor/oauth/token");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    client.send(request.body(Body::from(form)).unwrap()).await
}

async fn token(client: &Client) -> String {
    let access = (VENDOR.access)(&client.state);
    let token = access.credentials.into_iter().find(|(name, _)| *name == "refresh_token").unwrap().1;
    let answer = refresh(client, &token).await.json();
    assert_eq!(answer["expires_in"], 1_209_600);
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn get(client: &Client, authorization: &str, path: &str) -> Answer {
    let request = Request::get(format!("/campaign_monitor/api/v3.3/{path}"));
    let request = request.header(header::AUTHORIZATION, authorization);
    client.send(request.body(Body::empty()).unwrap()).await
}

async fn all(client: &Client, authorization: &str, path: &str) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    for page in 1.. {
        let path = format!("{path}?page={page}&pagesize=50&orderdirection=asc");
        let body = get(client, authorization, &path).await.json();
        rows.extend(body["Results"].as_array().unwrap().clone());
        if page >= body["NumberOfPages"].as_u64().unwrap() {
            break;
        }
    }
    rows
}

#[tokio::test]
async fn campaigns_events_and_lists_are_the_worlds() {
    let client = Client::demo().await;
    let token = format!("Bearer {}", token(&client).await);
    let (world, now) = (client.state.world().clone(), client.state.counted_at());
    let value = world.accounts[1].template.order_value;
    let mails = world.newsletters(1, now);
    let account =
        get(&client, &token, "clients.json").await.json()[0]["ClientID"].as_str().unwrap().to_owned();

    let campaigns = all(&client, &token, &format!("clients/{account}/campaigns.json")).await;
    assert_eq!(campaigns.len(), mails.len());
    let mut opens = 0;
    for row in &campaigns {
        let path = format!("campaigns/{}/summary.json", row["CampaignID"].as_str().unwrap());
        opens += get(&client, &token, &path).await.json()["TotalOpened"].as_i64().unwrap();
    }
    let mut sum = MailResult::default();
    mails.iter().for_each(|mail| sum += mail.result(value, now));
    assert_eq!(opens, sum.opens);

    let (newest, mail) = (campaigns.last().unwrap(), mails.last().unwrap());
    let path = format!("campaigns/{}/bounces.json", newest["CampaignID"].as_str().unwrap());
    let bounces = all(&client, &token, &path).await;
    let hard = bounces.iter().filter(|row| row["BounceType"] == "Hard").count();
    let of = mail.result(value, now);
    assert_eq!(i64::try_from(hard).unwrap(), of.hard_bounces);
    assert_eq!(i64::try_from(bounces.len()).unwrap(), of.hard_bounces + of.soft_bounces);
    let days: Vec<_> = bounces.iter().map(|row| row["Date"].as_str().unwrap()).collect();
    assert!(days.is_sorted());

    let lists = get(&client, &token, &format!("clients/{account}/lists.json")).await.json();
    let path = format!("lists/{}/stats.json", lists[0]["ListID"].as_str().unwrap());
    let stats = get(&client, &token, &path).await.json();
    let day = world.list_day(1, "2026-11-21".parse().unwrap());
    assert_eq!(stats["NewActiveSubscribersYesterday"], day.added);
    let left = ["Unsubscribes", "Deleted", "Bounces"]
        .map(|name| stats[format!("{name}Yesterday")].as_i64().unwrap());
    assert_eq!(left.iter().sum::<i64>(), day.removed);
}

#[tokio::test]
async fn refusals_have_codes() {
    let client = Client::demo().await;
    let token = token(&client).await;
    let wrong = get(&client, "Bearer wrong", "clients.json").await;
    assert_eq!((wrong.status, wrong.json()["Code"].clone()), (StatusCode::UNAUTHORIZED, 120.into()));
    client.state.let_happen(vec![
        simulator::faults::FaultJson { kind: "revoke".to_owned(), ..Default::default() }.parse().unwrap(),
    ]);
    let ended = get(&client, &format!("Bearer {token}"), "clients.json").await;
    assert_eq!(ended.json()["Message"], "Expired OAuth Token");
    let dead = refresh(&client, "1//sim-none").await;
    assert_eq!(
        (dead.status, dead.json()["error"].clone()),
        (StatusCode::BAD_REQUEST, "invalid_grant".into())
    );
    let basic = get(&client, "Basic d3Jvbmc6eA==", "clients.json").await;
    assert_eq!(basic.json()["Code"], 50);
}

#[tokio::test]
async fn consent_gives_a_token_that_is_renewed_without_the_client() {
    let client = Client::demo().await;
    let asked =
        "type=web_server&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%2Fback&scope=ViewReports&state=s1";
    let page =
        client.send(Request::get(format!("/campaign_monitor/oauth?{asked}")).body(Body::empty()).unwrap());
    assert!(page.await.text().contains("Campaign Monitor"));
    let form = |path: &str, form: String| {
        let request = Request::post(format!("/campaign_monitor{path}"));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        client.send(request.body(Body::from(form)).unwrap())
    };
    let back = form("/oauth", format!("{asked}&decision=allow")).await;
    let address = back.headers[header::LOCATION].to_str().unwrap().to_owned();
    let code = address.split_once("code=").unwrap().1.split('&').next().unwrap();
    let wish = format!(
        "grant_type=authorization_code&client_id=app&client_secret=x&redirect_uri=http%3A%2F%2F127.0.0.1%2Fback&code={code}"
    );
    let tokens = form("/oauth/token", wish).await.json();
    let renewed = refresh(&client, tokens["refresh_token"].as_str().unwrap()).await.json();
    let authorization = format!("Bearer {}", renewed["access_token"].as_str().unwrap());
    assert_eq!(get(&client, &authorization, "clients.json").await.json()[0]["Name"], "Nordlicht Outdoor UK");
}
