//! Ad accounts with their campaign groups, campaigns and creatives.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::restli::{self, Query};
use super::{Refused, by_token, millis};
use crate::num;
use crate::state::SimulatorState;
use crate::world::campaign::{Campaign, Kind};
use crate::world::paid::Network;

/// An ad account that was closed.
const CANCELED: i64 = 508_000_001;

/// Number of a business's ad account.
pub fn account_id(account: usize) -> i64 {
    512_345_678 + i64::try_from(account).unwrap_or(0) * 1_117
}

/// The business behind an ad account, given by number or URN.
///
/// # Errors
/// 404 for an account that the member can't see.
pub fn business(id: &str) -> Result<usize, Refused> {
    let number = id.strip_prefix("urn:li:sponsoredAccount:").unwrap_or(id);
    let mut accounts = Network::LinkedIn.accounts().iter().copied();
    accounts.find(|account| account_id(*account).to_string() == number).ok_or_else(Refused::no_entity)
}

/// The URN of a business's ad account.
pub fn account_urn(account: usize) -> String {
    format!("urn:li:sponsoredAccount:{}", account_id(account))
}

/// The number of a campaign's group: what runs for a while, and what always runs.
fn group_id(account: usize, is_promotion: bool) -> i64 {
    610_000_000 + i64::try_from(account).unwrap_or(0) * 10 + i64::from(is_promotion)
}

fn stamps(from: NaiveDate) -> Value {
    json!({"created": {"time": millis(from)}, "lastModified": {"time": millis(from)}})
}

fn account_json(state: &SimulatorState, account: usize) -> Value {
    let of = &state.world().accounts[account];
    json!({
        "id": account_id(account),
        "name": of.name,
        "currency": of.template.currency,
        "status": "ACTIVE",
        "type": "BUSINESS",
        "test": false,
        "reference": super::pages::urn(account),
        "servingStatuses": ["RUNNABLE"],
        "changeAuditStamps": stamps(state.world().first_day),
    })
}

/// `GET /rest/adAccounts?q=search`.
pub fn accounts(state: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    let mut all: Vec<Value> =
        Network::LinkedIn.accounts().iter().map(|account| account_json(state, *account)).collect();
    let mut closed = all.first().cloned().unwrap_or_default();
    closed["id"] = CANCELED.into();
    closed["name"] = "Brightwave Labs (closed)".into();
    closed["status"] = "CANCELED".into();
    all.push(closed);
    if let Some(search) = query.get("search") {
        let Some(restli::Value::List(wanted)) = search.at(&["status", "values"]) else {
            return Err(Refused::invalid("search"));
        };
        all.retain(|account| wanted.iter().any(|status| status.text() == account["status"].as_str()));
    }
    by_token(query, &all)
}

/// `GET /rest/adAccounts/{id}`.
pub fn account(state: &SimulatorState, id: &str) -> Result<Value, Refused> {
    business(id).map(|account| account_json(state, account))
}

/// The campaigns that have been made so far.
pub fn made(state: &SimulatorState, account: usize) -> impl Iterator<Item = &Campaign> {
    let world = state.world();
    let today = world.accounts[account].today(state.counted_at());
    let first = world.first_day;
    world.paid(Network::LinkedIn, account).iter().filter(move |campaign| campaign.exists(first, today))
}

/// `GET /rest/adAccounts/{id}/adCampaignGroups?q=search`.
pub fn groups(state: &SimulatorState, id: &str, query: &Query) -> Result<Value, Refused> {
    let account = business(id)?;
    query.finder("search")?;
    let group = |is_promotion: bool, name: &str| {
        json!({
            "id": group_id(account, is_promotion),
            "name": name,
            "account": account_urn(account),
            "status": "ACTIVE",
            "runSchedule": {"start": millis(state.world().first_day)},
            "changeAuditStamps": stamps(state.world().first_day),
        })
    };
    by_token(query, &[group(false, "Always on"), group(true, "Promotions")])
}

/// `GET /rest/adAccounts/{id}/adCampaigns?q=search`.
pub fn campaigns(state: &SimulatorState, id: &str, query: &Query) -> Result<Value, Refused> {
    let account = business(id)?;
    query.finder("search")?;
    let of = &state.world().accounts[account];
    let today = of.today(state.counted_at());
    let all: Vec<Value> = made(state, account)
        .map(|campaign| {
            let group = group_id(account, campaign.kind == Kind::Promotion);
            let mut schedule = json!({"start": millis(campaign.start)});
            if let Some(end) = campaign.end.filter(|_| campaign.ends_by_date) {
                schedule["end"] = millis(end).into();
            }
            let (objective, cost_type) = match campaign.kind {
                Kind::Generic => ("LEAD_GENERATION", "CPC"),
                Kind::Video => ("VIDEO_VIEW", "CPV"),
                _ => ("WEBSITE_VISIT", "CPM"),
            };
            json!({
                "id": campaign.id,
                "name": campaign.name,
                "account": account_urn(account),
                "campaignGroup": format!("urn:li:sponsoredCampaignGroup:{group}"),
                "status": status(campaign, today),
                "type": "SPONSORED_UPDATES",
                "objectiveType": objective,
                "costType": cost_type,
                "dailyBudget": {
                    "amount": num::decimal(campaign.budget_micros),
                    "currencyCode": of.template.currency,
                },
                "runSchedule": schedule,
                "test": false,
                "changeAuditStamps": stamps(campaign.start),
            })
        })
        .collect();
    by_token(query, &all)
}

fn status(campaign: &Campaign, today: NaiveDate) -> &'static str {
    match campaign.serving_status(today) {
        "ENDED" => "COMPLETED",
        "SUSPENDED" => "PAUSED",
        _ => "ACTIVE",
    }
}

/// `GET /rest/adAccounts/{id}/creatives?q=criteria`.
pub fn creatives(state: &SimulatorState, id: &str, query: &Query) -> Result<Value, Refused> {
    let account = business(id)?;
    query.finder("criteria")?;
    let today = state.world().accounts[account].today(state.counted_at());
    let mut all = Vec::new();
    for campaign in made(state, account) {
        for ad in campaign.groups.iter().flat_map(|group| &group.ads) {
            let is_on = ad.runs(today) && campaign.runs(today);
            all.push(json!({
                "id": format!("urn:li:sponsoredCreative:{}", ad.id),
                "name": ad.name,
                "campaign": format!("urn:li:sponsoredCampaign:{}", campaign.id),
                "account": account_urn(account),
                "intendedStatus": if is_on { "ACTIVE" } else { "PAUSED" },
                "isServing": is_on,
                "createdAt": millis(campaign.start),
                "lastModifiedAt": millis(campaign.start),
            }));
        }
    }
    by_token(query, &all)
}
