use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use simulator::marketo::VENDOR;
use simulator::world::nurture::{Deed, deeds};

use crate::support::{Answer, Client};

async fn identity(client: &Client, secret: &str) -> Answer {
    let secret = secret.replace('/', "%2F");
    let query = format!("grant_type=client_credentials&client_id=demo&client_secret={secret}");
    let request = Request::get(format!("/marketo/identity/oauth/token?{query}"));
    client.send(request.body(Body::empty()).unwrap()).await
}

fn secret(client: &Client) -> String {
    (VENDOR.access)(&client.state)
        .credentials
        .into_iter()
        .find(|(name, _)| *name == "client_secret")
        .unwrap()
        .1
}

async fn token(client: &Client) -> String {
    identity(client, &secret(client)).await.json()["access_token"].as_str().unwrap().to_owned()
}

async fn call(client: &Client, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(format!("/marketo{path}"));
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    client.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn the_log_is_the_worlds_although_pages_are_empty_or_overlap() {
    let client = Client::demo().await;
    let token = token(&client).await;
    let get = async |path: String| call(&client, &token, "GET", &path, &Value::Null).await.json();
    let path = "/rest/v1/activities/pagingtoken.json?sinceDatetime=2025-01-01T00:00:00Z";
    let mut next = get(path.to_owned()).await["nextPageToken"].as_str().unwrap().to_owned();
    let (mut found, mut lines, mut calls) = (BTreeMap::new(), 0, 0);
    loop {
        let path = format!("/rest/v1/activities.json?activityTypeIds=6,10,12&nextPageToken={next}");
        let page = get(path).await;
        calls += 1;
        let rows = page["result"].as_array().cloned().unwrap_or_default();
        assert_eq!(rows.is_empty(), calls == 1, "the first page is empty");
        lines += rows.len();
        for row in rows {
            let guid = row["marketoGUID"].as_str().unwrap().to_owned();
            found.insert(guid, row["activityTypeId"].as_i64().unwrap());
        }
        if page["moreResult"] == false {
            break;
        }
        page["nextPageToken"].as_str().unwrap().clone_into(&mut next);
    }
    assert!(lines > found.len(), "some lines come twice");
    let (world, now) = (client.state.world().clone(), client.state.counted_at());
    let leads = world.leads(2, world.first_day, now);
    let count = |kind: i64| found.values().filter(|of| **of == kind).count();
    let done = |deed: Deed| {
        let all = leads.iter().flat_map(|lead| deeds(lead, world.config.seed, now));
        all.filter(|(_, of, _)| *of == deed).count()
    };
    assert_eq!((count(12), count(6), count(10)), (leads.len(), done(Deed::Sent), done(Deed::Opened)));
}

#[tokio::test]
async fn exports_are_made_while_one_waits() {
    let client = Client::demo().await;
    let token = token(&client).await;
    let wish = json!({
        "fields": ["id", "createdAt", "leadScore"],
        "format": "CSV",
        "filter": {"createdAt": {"startAt": "2026-10-01T00:00:00Z", "endAt": "2026-10-31T23:59:59Z"}},
    });
    let base = "/bulk/v1/leads/export";
    let made = call(&client, &token, "POST", &format!("{base}/create.json"), &wish).await.json();
    let id = made["result"][0]["exportId"].as_str().unwrap();
    call(&client, &token, "POST", &format!("{base}/{id}/enqueue.json"), &Value::Null).await;
    let look = async || {
        let path = format!("{base}/{id}/status.json");
        call(&client, &token, "GET", &path, &Value::Null).await.json()["result"][0].clone()
    };
    assert_eq!(look().await["status"], "Processing");
    let ready = look().await;
    assert_eq!(ready["status"], "Completed");
    let text = call(&client, &token, "GET", &format!("{base}/{id}/file.json"), &Value::Null).await.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "id,createdAt,leadScore");
    assert!(lines[1].contains("2026-10-") && lines[1].ends_with(",null"), "{}", lines[1]);
    assert_eq!(u64::try_from(lines.len() - 1).unwrap(), ready["numberOfRecords"].as_u64().unwrap());
}

#[tokio::test]
async fn what_is_wrong_is_said_with_status_200() {
    let client = Client::demo().await;
    let wrong = identity(&client, "wrong").await;
    assert_eq!(
        (wrong.status, wrong.json()["error_description"].clone()),
        (StatusCode::UNAUTHORIZED, "Bad client credentials".into())
    );
    let first = token(&client).await;
    assert_eq!(token(&client).await, first, "everybody is given the same token");
    let bad = call(&client, "wrong", "GET", "/rest/v1/stats/usage.json", &Value::Null).await;
    assert_eq!(bad.status, StatusCode::OK);
    assert_eq!(
        (bad.json()["success"].clone(), bad.json()["errors"][0]["code"].clone()),
        (false.into(), "601".into())
    );
    let many = "/rest/v1/activities.json?nextPageToken=x&activityTypeIds=1,2,3,4,5,6,7,8,9,10,11";
    let many = call(&client, &first, "GET", many, &Value::Null).await.json();
    assert_eq!(many["errors"][0]["code"], "1003");
}
