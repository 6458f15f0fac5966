//! What a call for insights wants to know.

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use serde_json::Value;

use super::Ids;
use crate::asked::Asked;
use crate::meta::error::GraphError;
use crate::state::SimulatorState;
use crate::world::audience;

/// Months that figures reach back.
const MONTHS: u32 = 37;

/// What a call wants to know.
pub(super) struct Query {
    pub ids: Ids,
    /// How many of campaign, ad set and ad tell rows apart.
    pub depth: usize,
    pub spans: Vec<(NaiveDate, NaiveDate)>,
    /// Name and cumulative shares of each breakdown.
    pub breakdowns: Vec<(String, Vec<(String, f64)>)>,
    pub fields: Vec<String>,
    pub windows: Vec<String>,
    /// Ids that rows must have, by level.
    pub only: Vec<(usize, Vec<String>)>,
}

impl Query {
    /// Reads the parameters of a call.
    pub fn read(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Self, GraphError> {
        let depth = match asked.get("level").unwrap_or("account") {
            "account" => 0,
            "campaign" => 1,
            "adset" => 2,
            "ad" => 3,
            other => {
                let message = format!(
                    "level must be one of the following values: ad, adset, campaign, account; not {other}"
                );
                return Err(GraphError::parameter(message));
            }
        };
        let today = state.world().accounts[ids.at].today(state.clock().now());
        let (since, until) = range(asked, today)?;
        let names = asked.get("breakdowns").map(list).unwrap_or_default();
        let breakdowns =
            names.into_iter().map(|name| breakdown(state, ids, name)).collect::<Result<_, _>>()?;
        let fields = list(asked.get("fields").unwrap_or("account_id,impressions,spend"));
        if let Some(odd) = fields.iter().find(|name| !FIELDS.contains(&name.as_str())) {
            let message = format!(
                "{odd} is not valid for fields param. please check \
                 https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ for all valid values"
            );
            return Err(GraphError::parameter(message));
        }
        let windows = asked.get("action_attribution_windows").map(list).unwrap_or_default();
        let only = filters(asked)?;
        let spans = spans(asked, since, until)?;
        Ok(Self { ids, depth, spans, breakdowns, fields, windows, only })
    }
}

/// A list in JSON or with commas.
fn list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| {
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    })
}

fn range(asked: &Asked, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), GraphError> {
    let Some(text) = asked.get("time_range") else {
        let yesterday = today - TimeDelta::days(1);
        let back = |days: i64| (today - TimeDelta::days(days), yesterday);
        return match asked.get("date_preset").unwrap_or("last_30d") {
            "today" => Ok((today, today)),
            "yesterday" => Ok(back(1)),
            "last_7d" => Ok(back(7)),
            "last_14d" => Ok(back(14)),
            "last_28d" => Ok(back(28)),
            "last_30d" => Ok(back(30)),
            "last_90d" => Ok(back(90)),
            "maximum" => Ok((today - Months::new(MONTHS), today)),
            other => Err(GraphError::parameter(format!("date_preset {other} is not valid"))),
        };
    };
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let day = |name: &str| value[name].as_str().and_then(|text| text.parse::<NaiveDate>().ok());
    let (Some(since), Some(until)) = (day("since"), day("until")) else {
        return Err(GraphError::parameter("time_range must hold since and until as YYYY-MM-DD"));
    };
    if since > until {
        return Err(GraphError::parameter("The since date must be before or equal to the until date"));
    }
    if since < today - Months::new(MONTHS) {
        let message =
            "(#3018) The start date of the time range cannot be beyond 37 months from the current date";
        return Err(GraphError::new(axum::http::StatusCode::BAD_REQUEST, 3018, None, message));
    }
    Ok((since, until))
}

/// The stretches of days that each have rows of their own.
fn spans(
    asked: &Asked,
    since: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<(NaiveDate, NaiveDate)>, GraphError> {
    let step = match asked.get("time_increment").unwrap_or("all_days") {
        "all_days" => return Ok(vec![(since, until)]),
        "monthly" => {
            let first = |month: u32| since.with_day(1).unwrap_or(since) + Months::new(month);
            let months =
                (0..).map_while(|month| (first(month) <= until).then(|| (first(month), first(month + 1))));
            return Ok(months
                .map(|(from, next)| (from.max(since), (next - TimeDelta::days(1)).min(until)))
                .collect());
        }
        days => days.parse::<i64>().ok().filter(|days| (1..=90).contains(days)),
    };
    let step =
        step.ok_or_else(|| GraphError::parameter("time_increment must be 1 to 90, monthly or all_days"))?;
    let starts = (0..).map(|nth| since + TimeDelta::days(nth * step)).take_while(|day| *day <= until);
    Ok(starts.map(|from| (from, (from + TimeDelta::days(step - 1)).min(until))).collect())
}

fn breakdown(
    state: &SimulatorState,
    ids: Ids,
    name: String,
) -> Result<(String, Vec<(String, f64)>), GraphError> {
    let template = state.world().accounts[ids.at].template;
    let products = template.topics.iter().enumerate();
    let products =
        products.map(|(at, topic)| (format!("{}{at}, {}", ids.ad_account % 100_000, topic.name), 0.2));
    let shares: Vec<(String, f64)> = match name.as_str() {
        "publisher_platform" => {
            owned(&[("facebook", 0.57), ("instagram", 0.37), ("audience_network", 0.04), ("messenger", 0.02)])
        }
        "device_platform" => owned(&[("mobile_app", 0.79), ("mobile_web", 0.09), ("desktop", 0.12)]),
        "impression_device" => {
            owned(&[("iphone", 0.42), ("android_smartphone", 0.4), ("desktop", 0.12), ("ipad", 0.06)])
        }
        "age" => owned(audience::AGES),
        "gender" => owned(audience::GENDERS),
        "country" => owned(audience::countries(template)),
        "region" => owned(audience::regions(template)),
        "product_id" => products.collect(),
        other => {
            let message = format!(
                "breakdowns[0] must be one of the following values: age, country, device_platform, gender, \
                 impression_device, product_id, publisher_platform, region; not {other}"
            );
            return Err(GraphError::parameter(message));
        }
    };
    Ok((name, shares))
}

fn owned(shares: audience::Shares) -> Vec<(String, f64)> {
    shares.iter().map(|(value, share)| ((*value).to_owned(), *share)).collect()
}

fn filters(asked: &Asked) -> Result<Vec<(usize, Vec<String>)>, GraphError> {
    let Some(text) = asked.get("filtering") else { return Ok(Vec::new()) };
    let filters: Vec<Value> =
        serde_json::from_str(text).map_err(|_| GraphError::parameter("filtering must be a JSON array"))?;
    let mut only = Vec::new();
    for filter in filters {
        let level = match filter["field"].as_str() {
            Some("campaign.id") => 0,
            Some("adset.id") => 1,
            Some("ad.id") => 2,
            // Nothing here is archived or deleted, so a list of statuses with these in it leaves nothing out.
            Some(field) if field.ends_with("effective_status") => continue,
            _ => return Err(GraphError::parameter("Filtering field is not supported")),
        };
        let ids = match &filter["value"] {
            Value::Array(ids) => ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
            Value::String(id) => vec![id.clone()],
            _ => return Err(GraphError::parameter("Filtering value is not valid")),
        };
        only.push((level, ids));
    }
    Ok(only)
}

/// All fields that a call may ask for.
const FIELDS: [&str; 36] = [
    "account_currency",
    "account_id",
    "account_name",
    "action_values",
    "actions",
    "ad_id",
    "ad_name",
    "adset_id",
    "adset_name",
    "attribution_setting",
    "campaign_id",
    "campaign_name",
    "clicks",
    "conversion_values",
    "conversions",
    "cpc",
    "cpm",
    "ctr",
    "date_start",
    "date_stop",
    "frequency",
    "impressions",
    "inline_link_clicks",
    "inline_post_engagement",
    "objective",
    "outbound_clicks",
    "purchase_roas",
    "reach",
    "spend",
    "unique_clicks",
    "video_p100_watched_actions",
    "video_p25_watched_actions",
    "video_p50_watched_actions",
    "video_p75_watched_actions",
    "video_play_actions",
    "video_thruplay_watched_actions",
];
