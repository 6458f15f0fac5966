//! Accounts, pages, campaigns, ad sets, ads, forms and leads.

use chrono::{Offset, TimeZone};
use serde_json::{Value, json};

use super::Ids;
use crate::asked::Asked;
use crate::meta::BUSINESS;
use crate::meta::error::GraphError;
use crate::meta::fields::select;
use crate::meta::objects::{list, wanted, written};
use crate::num;
use crate::state::SimulatorState;
use crate::world::MANAGER_NAME;
use crate::world::campaign::{Campaign, Kind};
use crate::world::leads::Lead;
use crate::world::paid::Network;

fn ad_account(state: &SimulatorState, ids: Ids) -> Value {
    let of = &state.world().accounts[ids.at];
    let now = state.clock().now();
    let offset = of.zone().offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc();
    json!({
        "id": format!("act_{}", ids.ad_account),
        "account_id": ids.ad_account.to_string(),
        "name": of.name,
        "account_status": 1,
        "disable_reason": 0,
        "currency": of.template.currency,
        "timezone_name": of.template.zone.name(),
        "timezone_offset_hours_utc": f64::from(offset) / 3_600.0,
        "business_name": MANAGER_NAME,
        "business_country_code": crate::world::audience::countries(of.template)[0].0,
        "business": {"id": BUSINESS, "name": MANAGER_NAME},
        "created_time": "2019-03-04T09:12:00-0800",
        "owner": BUSINESS,
        "end_advertiser_name": of.name,
    })
}

/// `GET /me/adaccounts`.
pub(super) fn accounts(state: &SimulatorState, asked: &Asked, of: &[Ids]) -> Result<Value, GraphError> {
    list(asked, "account_id,id", "AdAccount", of.len(), |at| ad_account(state, of[at]))
}

/// `GET /act_{id}`.
pub(super) fn account(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    select(&ad_account(state, ids), &wanted(asked, "account_id,id"), "AdAccount")
}

fn objective(kind: Kind) -> &'static str {
    match kind {
        Kind::Video => "OUTCOME_AWARENESS",
        Kind::Prospecting => "OUTCOME_TRAFFIC",
        _ => "OUTCOME_SALES",
    }
}

/// What a campaign and all below it have in common.
fn common(state: &SimulatorState, ids: Ids, campaign: &Campaign) -> Value {
    let now = state.clock().now();
    let today = state.world().accounts[ids.at].today(now);
    let status = if campaign.status(today) == "ENABLED" { "ACTIVE" } else { "PAUSED" };
    let start = campaign.start.and_hms_opt(6, 0, 0).unwrap_or_default().and_utc();
    let over = campaign.end.filter(|end| *end < today);
    let updated = over.map_or(start, |end| end.and_hms_opt(21, 0, 0).unwrap_or_default().and_utc());
    json!({
        "account_id": ids.ad_account.to_string(),
        "status": status,
        "configured_status": status,
        "effective_status": status,
        "created_time": written(start),
        "start_time": written(start),
        "updated_time": written(updated),
        "stop_time": campaign.end.filter(|_| campaign.ends_by_date).map(|_| written(updated)),
    })
}

fn there(state: &SimulatorState, ids: Ids) -> Vec<&Campaign> {
    let world = state.world();
    let today = world.accounts[ids.at].today(state.clock().now());
    world.paid(Network::Meta, ids.at).iter().filter(|c| c.exists(world.first_day, today)).collect()
}

/// Whether the call wants objects of this status: all but archived and deleted ones unless it says which.
fn fits(asked: &Asked, object: &Value) -> bool {
    let Some(text) = asked.get("effective_status") else { return true };
    let wanted: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    wanted.iter().any(|status| object["effective_status"] == status.as_str())
}

fn selected(asked: &Asked, objects: Vec<Value>, node: &str) -> Result<Value, GraphError> {
    let objects: Vec<_> = objects.into_iter().filter(|object| fits(asked, object)).collect();
    list(asked, "id", node, objects.len(), |at| objects[at].clone())
}

/// `GET /act_{id}/campaigns`.
pub(super) fn campaigns(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let objects = there(state, ids).into_iter().map(|campaign| {
        let mut object = common(state, ids, campaign);
        object["id"] = campaign.id.to_string().into();
        object["name"] = campaign.name.clone().into();
        object["objective"] = objective(campaign.kind).into();
        object["buying_type"] = "AUCTION".into();
        object["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP".into();
        object["special_ad_categories"] = json!([]);
        // Budgets are in the currency's smallest unit.
        object["daily_budget"] = (campaign.budget_micros / 10_000).to_string().into();
        object["lifetime_budget"] = Value::Null;
        object["budget_remaining"] = "0".into();
        object
    });
    selected(asked, objects.collect(), "Campaign")
}

/// `GET /act_{id}/adsets`.
pub(super) fn ad_sets(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let mut objects = Vec::new();
    for campaign in there(state, ids) {
        for group in &campaign.groups {
            let mut object = common(state, ids, campaign);
            object["id"] = group.id.to_string().into();
            object["name"] = group.name.clone().into();
            object["campaign_id"] = campaign.id.to_string().into();
            object["campaign"] = json!({"id": campaign.id.to_string(), "name": campaign.name});
            object["optimization_goal"] = "OFFSITE_CONVERSIONS".into();
            object["billing_event"] = "IMPRESSIONS".into();
            object["daily_budget"] = Value::Null;
            object["lifetime_budget"] = Value::Null;
            object["end_time"] = object["stop_time"].clone();
            objects.push(object);
        }
    }
    selected(asked, objects, "AdSet")
}

/// `GET /act_{id}/ads`.
pub(super) fn ads(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let site = state.world().accounts[ids.at].template.site();
    let (source, medium) = Network::Meta.utm();
    let mut objects = Vec::new();
    for campaign in there(state, ids) {
        for (group, ad) in campaign.groups.iter().flat_map(|g| g.ads.iter().map(move |ad| (g, ad))) {
            let mut object = common(state, ids, campaign);
            let tags = format!("utm_source={source}&utm_medium={medium}&utm_campaign={}", campaign.utm);
            let picture = format!("{site}/media/ad-{}.jpg", ad.id);
            object["id"] = ad.id.to_string().into();
            object["name"] = ad.name.clone().into();
            object["adset_id"] = group.id.to_string().into();
            object["campaign_id"] = campaign.id.to_string().into();
            object["adset"] = json!({"id": group.id.to_string(), "name": group.name});
            object["campaign"] = json!({"id": campaign.id.to_string(), "name": campaign.name});
            object["preview_shareable_link"] = format!("https://fb.me/{}", ad.id).into();
            object["creative"] = json!({
                "id": (ad.id + 500_000_000).to_string(),
                "name": ad.name,
                "title": ad.name,
                "body": group.name,
                "call_to_action_type": "SHOP_NOW",
                "object_type": if campaign.kind == Kind::Video { "VIDEO" } else { "SHARE" },
                "image_url": picture,
                "thumbnail_url": picture,
                "link_url": format!("{site}/"),
                "url_tags": tags,
            });
            objects.push(object);
        }
    }
    selected(asked, objects, "Ad")
}

/// People who came from an ad and left their address.
fn of_form(state: &SimulatorState, ids: Ids) -> Vec<Lead> {
    let (source, _) = Network::Meta.utm();
    let mut list: Vec<_> = state.leads(ids.at).iter().filter(|lead| lead.utm.0 == source).cloned().collect();
    list.reverse();
    list
}

/// `GET /{page}/leadgen_forms`.
pub(super) fn forms(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let object = json!({
        "id": ids.form.to_string(),
        "name": format!("{} · contact", state.world().accounts[ids.at].name),
        "status": "ACTIVE",
        "locale": "en_US",
        "leads_count": num::key(of_form(state, ids).len()),
        "created_time": "2024-02-05T10:00:00+0000",
        "page_id": ids.page.to_string(),
    });
    list(asked, "id,locale,name,status", "LeadGenData", 1, |_| object.clone())
}

/// `GET /{form}/leads`, newest first.
pub(super) fn leads(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let mut leads = of_form(state, ids);
    let filters: Vec<Value> =
        asked.get("filtering").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    for filter in filters.iter().filter(|filter| filter["field"] == "time_created") {
        let bound = filter["value"].as_i64().or_else(|| filter["value"].as_str()?.parse().ok());
        let bound = bound.ok_or_else(|| GraphError::parameter("Filter value must be a Unix timestamp"))?;
        match filter["operator"].as_str() {
            Some("GREATER_THAN") => leads.retain(|lead| lead.created_at.timestamp() > bound),
            Some("GREATER_THAN_OR_EQUAL") => leads.retain(|lead| lead.created_at.timestamp() >= bound),
            Some("LESS_THAN") => leads.retain(|lead| lead.created_at.timestamp() < bound),
            _ => return Err(GraphError::parameter("Invalid filter operator")),
        }
    }
    let campaigns = state.world().paid(Network::Meta, ids.at);
    list(asked, "created_time,id,field_data", "UserLeadGenInfo", leads.len(), |at| {
        let lead = &leads[at];
        let campaign = campaigns.iter().find(|campaign| campaign.utm == lead.utm.2);
        let group = campaign.and_then(|campaign| campaign.groups.first());
        let ad = group.and_then(|group| group.ads.first());
        json!({
            "id": (700_000_000_000_000 + lead.number).to_string(),
            "created_time": written(lead.created_at),
            "form_id": ids.form.to_string(),
            "is_organic": campaign.is_none(),
            "platform": "fb",
            "campaign_id": campaign.map(|campaign| campaign.id.to_string()),
            "campaign_name": campaign.map(|campaign| campaign.name.clone()),
            "adset_id": group.map(|group| group.id.to_string()),
            "adset_name": group.map(|group| group.name.clone()),
            "ad_id": ad.map(|ad| ad.id.to_string()),
            "ad_name": ad.map(|ad| ad.name.clone()),
            "field_data": [
                {"name": "full_name", "values": [format!("{} {}", lead.first_name, lead.last_name)]},
                {"name": "email", "values": [lead.email]},
                {"name": "company_name", "values": [lead.company]},
            ],
        })
    })
}
