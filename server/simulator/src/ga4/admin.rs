//! The Admin API: accounts and their properties.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{VERSION, property_id};
use crate::google::{Refused, signed_in};
use crate::google_ads::not_found;
use crate::state::SimulatorState;
use crate::vendor::json as json_answer;

/// Summaries on a page at most, and when nothing is asked for.
const PAGE: (usize, usize) = (200, 50);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Paging {
    page_size: Option<usize>,
    page_token: Option<String>,
}

/// Number of the Analytics account that a property belongs to: one for each brand.
fn account_id(state: &SimulatorState, account: usize) -> i64 {
    let accounts = &state.world().accounts;
    let brand = accounts[account].template.brand.split(' ').next();
    let first = accounts.iter().position(|of| of.template.brand.split(' ').next() == brand);
    54_516_992 + i64::try_from(first.unwrap_or(account)).unwrap_or(0) * 211
}

/// `GET /v1beta/accountSummaries`.
pub async fn summaries(
    State(state): State<SimulatorState>,
    Path(version): Path<String>,
    Query(paging): Query<Paging>,
    headers: HeaderMap,
) -> Response<Body> {
    if version != VERSION {
        return not_found();
    }
    match signed_in(&state, &headers).and_then(|()| list(&state, &paging)) {
        Ok(answer) => json_answer(StatusCode::OK, &answer),
        Err(error) => error.answer(),
    }
}

fn list(state: &SimulatorState, paging: &Paging) -> Result<Value, Refused> {
    let mut all: Vec<(i64, Value)> = Vec::new();
    for (at, of) in state.world().accounts.iter().enumerate() {
        let id = account_id(state, at);
        let property = json!({
            "property": format!("properties/{}", property_id(at)),
            "displayName": of.name,
            "propertyType": "PROPERTY_TYPE_ORDINARY",
            "parent": format!("accounts/{id}"),
        });
        if let Some((_, known)) = all.iter_mut().find(|(known, _)| *known == id) {
            known["propertySummaries"]
                .as_array_mut()
                .into_iter()
                .for_each(|list| list.push(property.clone()));
            continue;
        }
        all.push((id, summary(id, of.template.brand, Some(json!([property])))));
    }
    // An account that was never set up has no properties, and no list of them either.
    all.push((99_104_220, summary(99_104_220, "Default Account for Firebase", None)));
    let from = match paging.page_token.as_deref().filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => token
            .strip_prefix("as-")
            .and_then(|at| at.parse().ok())
            .ok_or_else(|| Refused::bad("The page token is invalid."))?,
    };
    let size = paging.page_size.filter(|size| *size > 0).unwrap_or(PAGE.1).min(PAGE.0);
    let page: Vec<Value> = all.iter().skip(from).take(size).map(|(_, summary)| summary.clone()).collect();
    let mut answer = json!({"accountSummaries": page});
    if from + size < all.len() {
        answer["nextPageToken"] = format!("as-{}", from + size).into();
    }
    Ok(answer)
}

fn summary(id: i64, name: &str, properties: Option<Value>) -> Value {
    let mut summary = json!({
        "name": format!("accountSummaries/{id}"),
        "account": format!("accounts/{id}"),
        "displayName": name,
    });
    if let Some(properties) = properties {
        summary["propertySummaries"] = properties;
    }
    summary
}

/// A property with its zone and currency.
pub fn property(state: &SimulatorState, account: usize) -> Value {
    let of = &state.world().accounts[account];
    let parent = format!("accounts/{}", account_id(state, account));
    json!({
        "name": format!("properties/{}", property_id(account)),
        "parent": parent,
        "account": parent,
        "createTime": "2022-03-01T09:12:44.921Z",
        "updateTime": "2024-01-15T10:00:00.102Z",
        "displayName": of.name,
        "industryCategory": "SHOPPING",
        "timeZone": of.zone().name(),
        "currencyCode": of.template.currency,
        "serviceLevel": "GOOGLE_ANALYTICS_STANDARD",
        "propertyType": "PROPERTY_TYPE_ORDINARY",
    })
}
