//! Advertisers, campaigns, ad groups and ads.

use chrono::{NaiveDate, Offset};
use serde_json::{Value, json};

use super::{Params, Refused, page};
use crate::num;
use crate::state::SimulatorState;
use crate::vendor::Trouble;
use crate::world::campaign::Campaign;
use crate::world::paid::Network;

/// Number of a business's advertiser.
fn id(account: usize) -> i64 {
    7_182_736_450_918_273 + i64::try_from(account).unwrap_or(0) * 100_000_000
}

/// Numbers of all advertisers.
pub fn ids() -> Vec<String> {
    Network::TikTok.accounts().iter().map(|account| id(*account).to_string()).collect()
}

fn business(number: &str) -> Result<usize, Refused> {
    let mut accounts = Network::TikTok.accounts().iter().copied();
    let found = accounts.find(|account| id(*account).to_string() == number);
    found.ok_or_else(|| Refused::of(Trouble::PermissionDenied))
}

/// The business behind the call's advertiser.
pub fn asked(params: &Params) -> Result<usize, Refused> {
    business(params.needed("advertiser_id")?)
}

/// The campaigns that have been made so far.
pub fn made(state: &SimulatorState, account: usize) -> impl Iterator<Item = &Campaign> {
    let world = state.world();
    let (first, today) = (world.first_day, world.accounts[account].today(state.counted_at()));
    world.paid(Network::TikTok, account).iter().filter(move |campaign| campaign.exists(first, today))
}

/// `GET /oauth2/advertiser/get/`.
pub fn advertisers(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    params.needed("app_id")?;
    params.needed("secret")?;
    let list = Network::TikTok.accounts().iter().map(|account| {
        let name = &state.world().accounts[*account].name;
        json!({"advertiser_id": id(*account).to_string(), "advertiser_name": name})
    });
    Ok(json!({"list": list.collect::<Vec<_>>()}))
}

/// `GET /advertiser/info/`.
pub fn info(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let list: Result<Vec<Value>, Refused> = params
        .list("advertiser_ids")?
        .iter()
        .map(|number| {
            let of = &state.world().accounts[business(number)?];
            let hours = state.counted_at().with_timezone(&of.zone()).offset().fix().local_minus_utc() / 3_600;
            Ok(json!({
                "advertiser_id": number,
                "name": of.name,
                "company": of.name,
                "currency": of.template.currency,
                "timezone": format!("Etc/GMT{:+}", -hours),
                "display_timezone": of.zone().name(),
                "status": "STATUS_ENABLE",
                "country": if of.template.market == "US" { "US" } else { "DE" },
                "industry": "291201",
                "role": "ROLE_ADVERTISER",
                "create_time": 1_672_531_200,
            }))
        })
        .collect();
    Ok(json!({"list": list?}))
}

fn moment(day: NaiveDate) -> String {
    format!("{day} 08:00:00")
}

fn status(campaign: &Campaign, today: NaiveDate) -> (&'static str, &'static str) {
    match campaign.serving_status(today) {
        "ENDED" => ("ENABLE", "CAMPAIGN_STATUS_TIME_DONE"),
        "SUSPENDED" => ("DISABLE", "CAMPAIGN_STATUS_DISABLE"),
        _ => ("ENABLE", "CAMPAIGN_STATUS_ENABLE"),
    }
}

/// `GET /campaign/get/`.
pub fn campaigns(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let account = asked(params)?;
    let today = state.world().accounts[account].today(state.counted_at());
    let rows: Vec<Value> = made(state, account)
        .map(|campaign| {
            let (operation, secondary) = status(campaign, today);
            json!({
                "advertiser_id": id(account).to_string(),
                // A number beyond what a double holds, unlike in reports.
                "campaign_id": campaign.id,
                "campaign_name": campaign.name,
                "campaign_type": "REGULAR_CAMPAIGN",
                "objective_type": if campaign.kind.channel() == "VIDEO" { "VIDEO_VIEWS" } else { "WEB_CONVERSIONS" },
                "budget": campaign.budget_micros / 1_000_000,
                "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
                "operation_status": operation,
                "secondary_status": secondary,
                "create_time": moment(campaign.start),
                "modify_time": moment(campaign.start),
            })
        })
        .collect();
    page(params, &rows)
}

/// `GET /adgroup/get/`.
pub fn groups(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let account = asked(params)?;
    let of = &state.world().accounts[account];
    let today = of.today(state.counted_at());
    let mut rows = Vec::new();
    for campaign in made(state, account) {
        let (operation, _) = status(campaign, today);
        for group in &campaign.groups {
            let budget = num::real(campaign.budget_micros / 1_000_000) * group.share;
            rows.push(json!({
                "advertiser_id": id(account).to_string(),
                "campaign_id": campaign.id,
                "campaign_name": campaign.name,
                "adgroup_id": group.id,
                "adgroup_name": group.name,
                "budget": num::whole(budget),
                "budget_mode": "BUDGET_MODE_DAY",
                "operation_status": operation,
                "secondary_status": "ADGROUP_STATUS_DELIVERY_OK",
                "create_time": moment(campaign.start),
                "modify_time": moment(campaign.start),
            }));
        }
    }
    page(params, &rows)
}

/// `GET /ad/get/`.
pub fn ads(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let account = asked(params)?;
    let of = &state.world().accounts[account];
    let today = of.today(state.counted_at());
    let mut rows = Vec::new();
    for campaign in made(state, account) {
        for group in &campaign.groups {
            for ad in &group.ads {
                let is_on = campaign.runs(today) && ad.runs(today);
                rows.push(json!({
                    "advertiser_id": id(account).to_string(),
                    "campaign_id": campaign.id,
                    "campaign_name": campaign.name,
                    "adgroup_id": group.id,
                    "adgroup_name": group.name,
                    "ad_id": ad.id,
                    "ad_name": ad.name,
                    "ad_format": "SINGLE_VIDEO",
                    "landing_page_url": format!(
                        "{}/?utm_source=tiktok&utm_medium=paid_social&utm_campaign={}",
                        of.template.site(), campaign.utm,
                    ),
                    "operation_status": if is_on { "ENABLE" } else { "DISABLE" },
                    "secondary_status": if is_on { "AD_STATUS_DELIVERY_OK" } else { "AD_STATUS_DISABLE" },
                    "create_time": moment(campaign.start),
                    "modify_time": moment(campaign.start),
                }));
            }
        }
    }
    page(params, &rows)
}
