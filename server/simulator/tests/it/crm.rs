//! The CRMs page through exactly what the world knows, and refuse in their own words.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use simulator::world::leads::{Lead, Stage};

use crate::support::{Answer, Client, encode};

async fn get(client: &Client, realm: &'static str, path: &str) -> Answer {
    let token = client.state.issue_access_token_of(realm, 600);
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    client.send(request.body(Body::empty()).unwrap()).await
}

async fn with_wrong_token(client: &Client, path: &str) -> (u16, Value) {
    let request = Request::get(path).header("authorization", "Bearer nonsense").body(Body::empty());
    let answer = client.send(request.unwrap()).await;
    (answer.status.as_u16(), answer.json())
}

/// Number and worth of the deals that were won.
fn won<'a>(leads: impl Iterator<Item = &'a Lead>) -> (usize, i64) {
    let deals: Vec<_> = leads
        .filter(|lead| lead.stage() == Some(Stage::Won))
        .map(|lead| lead.deal.as_ref().unwrap().amount_cents)
        .collect();
    (deals.len(), deals.iter().sum())
}

/// Hundredths from a number or a text with at most two decimal places.
fn cents(amount: &Value) -> i64 {
    let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{fraction:0<2}").parse().unwrap()
}

fn distinct(rows: &[Value], id: &str) -> usize {
    rows.iter().map(|row| row[id].to_string()).collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn hubspot_searches_all_contacts_and_deals() {
    let client = Client::demo().await;
    let token = client.state.issue_access_token_of("hubspot", 600);
    let search = async |kind: &str, body: Value| {
        let mut rows = Vec::new();
        let mut body = body;
        loop {
            let request = Request::post(format!("/hubspot/crm/v3/objects/{kind}/search"))
                .header("authorization", format!("Bearer {token}"))
                .body(Body::from(body.to_string()));
            let page = client.send(request.unwrap()).await.json();
            rows.extend(page["results"].as_array().unwrap().clone());
            let Some(after) = page["paging"]["next"]["after"].as_str() else {
                assert_eq!(page["total"], rows.len());
                return rows;
            };
            body["after"] = after.into();
        }
    };
    let leads = client.state.leads(5);
    let contacts =
        search("contacts", json!({"limit": 200, "sorts": [{"propertyName": "hs_object_id"}]})).await;
    assert_eq!((contacts.len(), distinct(&contacts, "id")), (leads.len(), leads.len()));
    let filter = json!({"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"});
    let body = json!({"limit": 7, "properties": ["amount"], "filterGroups": [{"filters": [filter]}]});
    let deals = search("deals", body).await;
    let sum: i64 = deals.iter().map(|deal| cents(&deal["properties"]["amount"])).sum();
    assert_eq!((deals.len(), sum), won(leads.iter().filter(|lead| lead.is_self_service())));

    let (status, body) = with_wrong_token(&client, "/hubspot/crm/v3/owners").await;
    assert_eq!((status, &body["category"]), (401, &json!("INVALID_AUTHENTICATION")));
}

#[tokio::test]
async fn the_days_of_a_hubspot_email_add_up_to_its_total() {
    let client = Client::demo().await;
    let emails =
        get(&client, "hubspot", "/hubspot/marketing/v3/emails?limit=100&includeStats=true").await.json();
    let email = &emails["results"][3];
    let path = format!(
        "/hubspot/marketing/v3/emails/statistics/histogram?emailIds={}&interval=DAY\
         &startTimestamp=2025-01-01T00:00:00Z&endTimestamp=2026-11-23T00:00:00Z",
        email["id"].as_str().unwrap()
    );
    let days = get(&client, "hubspot", &path).await.json();
    for counter in ["sent", "open", "click", "bounce", "unsubscribed"] {
        let rows = days["results"].as_array().unwrap().iter();
        let sum: i64 = rows.map(|row| row["aggregations"]["counters"][counter].as_i64().unwrap()).sum();
        assert_eq!(email["stats"]["counters"][counter], sum, "{counter}");
    }
}

#[tokio::test]
async fn salesforce_queries_all_opportunities() {
    let client = Client::demo().await;
    let token = client.state.issue_access_token_of("salesforce", 600);
    let call = async |path: String| {
        let request = Request::get(format!("/salesforce{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("sforce-query-options", "batchSize=200");
        client.send(request.body(Body::empty()).unwrap()).await.json()
    };
    let ask = |soql: &str| format!("/services/data/v60.0/query?q={}", encode(soql));
    let mut page = call(ask("SELECT Id, IsWon, Amount FROM Opportunity ORDER BY SystemModstamp, Id")).await;
    let mut rows = page["records"].as_array().unwrap().clone();
    while page["done"] == false {
        page = call(page["nextRecordsUrl"].as_str().unwrap().to_owned()).await;
        rows.extend(page["records"].as_array().unwrap().clone());
    }
    assert_eq!(page["totalSize"], rows.len());
    assert_eq!(distinct(&rows, "Id"), rows.len());
    let of_won: Vec<_> =
        rows.iter().filter(|row| row["IsWon"] == true).map(|row| cents(&row["Amount"])).collect();
    let leads = client.state.leads(5);
    let expected = won(leads.iter().filter(|lead| !lead.is_self_service()));
    assert_eq!((of_won.len(), of_won.iter().sum::<i64>()), expected);

    assert_eq!(call(ask("SELECT Foo FROM Lead")).await[0]["errorCode"], "INVALID_FIELD");
    let (status, body) = with_wrong_token(&client, "/salesforce/services/data/v60.0/limits").await;
    assert_eq!((status, &body[0]["errorCode"]), (401, &json!("INVALID_SESSION_ID")));
}

#[tokio::test]
async fn pipedrive_lists_all_deals() {
    let client = Client::demo().await;
    let mut rows = Vec::new();
    for list in ["deals", "deals/archived"] {
        let mut cursor = String::new();
        loop {
            let path = format!("/pipedrive/api/v2/{list}?limit=15&sort_by=update_time&cursor={cursor}");
            let page = get(&client, "pipedrive", &path).await.json();
            rows.extend(page["data"].as_array().unwrap().clone());
            let Some(next) = page["additional_data"]["next_cursor"].as_str() else { break };
            next.clone_into(&mut cursor);
        }
    }
    let leads = client.state.leads(4);
    assert_eq!(rows.len(), leads.iter().filter(|lead| lead.deal.is_some()).count());
    assert_eq!(distinct(&rows, "id"), rows.len());
    let of_won: Vec<_> =
        rows.iter().filter(|row| row["status"] == "won").map(|row| cents(&row["value"])).collect();
    assert_eq!((of_won.len(), of_won.iter().sum::<i64>()), won(leads.iter()));

    let (status, body) = with_wrong_token(&client, "/pipedrive/api/v1/users/me").await;
    assert_eq!((status, &body["error"]), (401, &json!("unauthorized access")));
}

#[tokio::test]
async fn zoho_crm_lists_all_deals_and_their_visits() {
    let client = Client::demo().await;
    let mut rows = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("/zoho_crm/crm/v7/Deals?fields=id,Stage,Amount&per_page=15{token}");
        let page = get(&client, "zoho_crm", &path).await.json();
        rows.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["info"]["next_page_token"].as_str() else { break };
        token = format!("&page_token={next}");
    }
    let leads = client.state.leads(3);
    assert_eq!(rows.len(), leads.iter().filter(|lead| lead.deal.is_some()).count());
    let of_won: Vec<_> =
        rows.iter().filter(|row| row["Stage"] == "Closed Won").map(|row| cents(&row["Amount"])).collect();
    assert_eq!((of_won.len(), of_won.iter().sum::<i64>()), won(leads.iter()));
    for deal in rows.iter().take(20) {
        let id = deal["id"].as_str().unwrap();
        let path = format!("/zoho_crm/crm/v7/Deals/{id}/Stage_History?fields=Stage,Moved_To__s");
        let visits = get(&client, "zoho_crm", &path).await.json();
        assert_eq!(
            (&visits["data"][0]["Stage"], &visits["data"][0]["Moved_To__s"]),
            (&deal["Stage"], &Value::Null)
        );
    }

    let far = get(&client, "zoho_crm", "/zoho_crm/crm/v7/Deals?fields=id&page=11").await;
    assert_eq!(far.json()["code"], "DISCRETE_PAGINATION_LIMIT_EXCEEDED");
    let (status, body) = with_wrong_token(&client, "/zoho_crm/crm/v7/org").await;
    assert_eq!((status, &body["code"]), (401, &json!("INVALID_TOKEN")));
}
