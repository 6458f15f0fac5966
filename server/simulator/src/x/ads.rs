//! The Ads API, whose requests are signed by OAuth 1.0a.

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use serde_json::{Map, Value, json};

use super::{Params, limited, sign_in};
use crate::faults::Unknown;
use crate::num;
use crate::quota::Quota;
use crate::state::SimulatorState;
use crate::vendor::{Trouble, json as json_answer, worked_out};
use crate::world::campaign::Campaign;
use crate::world::paid::Network;

/// Calls of a user.
const WINDOW: Quota = Quota { calls: 250, seconds: 900 };

/// Days of one request, and campaigns.
const MOST: (i64, usize) = (7, 20);

/// Hundredths of a campaign that are shown outside X.
const OUTSIDE: i64 = 8;

/// Metrics: of the group `ENGAGEMENT` the first seven, then two of `BILLING`, and those of `VIDEO`.
const NAMES: [&str; 14] = [
    "impressions",
    "clicks",
    "engagements",
    "likes",
    "replies",
    "retweets",
    "follows",
    "billed_charge_local_micro",
    "billed_engagements",
    "video_total_views",
    "video_views_25",
    "video_views_50",
    "video_views_75",
    "video_views_100",
];

/// A call that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER", message)
    }

    /// In the Ads API's words.
    pub fn of(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Throttled(_) | Trouble::Quota(_) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", "Too many requests")
            }
            Trouble::Unauthenticated => Self::new(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED_ACCESS",
                "This request is not properly authenticated",
            ),
            Trouble::PermissionDenied => Self::new(
                StatusCode::FORBIDDEN,
                "UNAUTHORIZED_CLIENT_APPLICATION",
                "The client application making this request does not have access to Twitter Ads API",
            ),
            Trouble::Server(StatusCode::SERVICE_UNAVAILABLE) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVER_CAPACITY", "Service over capacity")
            }
            Trouble::Server(status) => Self::new(status, "INTERNAL_ERROR", "An internal error has occurred"),
        }
    }

    fn answer(&self) -> Response<Body> {
        let error = json!({"code": self.code, "message": self.message});
        json_answer(self.status, &json!({"errors": [error], "request": {"params": {}}}))
    }

    /// The answer with the headers of its window.
    pub fn answer_at(&self, now: i64, trouble: Trouble) -> Response<Body> {
        match trouble {
            Trouble::Throttled(seconds) | Trouble::Quota(seconds) => {
                limited(self.answer(), 0, now + seconds.cast_signed())
            }
            _ => self.answer(),
        }
    }
}

/// Routes of the Ads API.
pub fn routes() -> Router<SimulatorState> {
    Router::new().route("/12/{*path}", get(call))
}

async fn call(
    State(state): State<SimulatorState>,
    Path(path): Path<String>,
    Query(params): Query<Vec<(String, String)>>,
    unknown: Option<Extension<Unknown>>,
    headers: HeaderMap,
) -> Response<Body> {
    let now = state.clock().real_now().timestamp();
    if !is_signed(&state, &headers) {
        return Refused::of(Trouble::Unauthenticated).answer();
    }
    let left = match state.count("x", "ads", WINDOW) {
        Ok(left) => left,
        Err(wait) => {
            let trouble = Trouble::Throttled(wait.0);
            return Refused::of(trouble).answer_at(now, trouble);
        }
    };
    let is_strange = unknown.is_some();
    let answer = worked_out(move || match run(&state, &path, &Params(params)) {
        Ok(mut body) => {
            if is_strange {
                body["simulated_addition"] = 7.into();
            }
            json_answer(StatusCode::OK, &body)
        }
        Err(error) => error.answer(),
    });
    limited(answer.await, left.calls, now + left.seconds)
}

/// Whether a request carries all parts of a signature, and a token that is good. The signature itself is over
/// the address that the client knows, which is not this one.
fn is_signed(state: &SimulatorState, headers: &HeaderMap) -> bool {
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(parts) = text.strip_prefix("OAuth ") else { return false };
    let value = |name: &str| {
        parts
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.trim_matches('"'))
            .unwrap_or_default()
    };
    let names = ["oauth_consumer_key", "oauth_nonce", "oauth_signature", "oauth_timestamp"];
    names.iter().all(|name| !value(name).is_empty())
        && value("oauth_signature_method") == "HMAC-SHA1"
        && state.is_live_in(sign_in::ADS, value("oauth_token"))
}

/// A number in the 36 digits that X writes ids with.
fn base36(mut number: i64) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(std::char::from_digit(u32::try_from(number % 36).unwrap_or(0), 36).unwrap_or('0'));
        number /= 36;
    }
    digits.iter().rev().collect()
}

fn account_id(account: usize) -> String {
    base36(44_712_345_678_900_017 + i64::try_from(account).unwrap_or(0))
}

fn business(id: &str) -> Result<usize, Refused> {
    let mut accounts = Network::X.accounts().iter().copied();
    accounts.find(|account| account_id(*account) == id).ok_or_else(|| {
        let message = format!("Account [{id}] was not found");
        Refused::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    })
}

fn run(state: &SimulatorState, path: &str, params: &Params) -> Result<Value, Refused> {
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["accounts"] => {
            let all: Vec<Value> =
                Network::X.accounts().iter().map(|account| account_json(state, *account)).collect();
            page(params, &all)
        }
        ["accounts", id] => business(id).map(|account| json!({"data": account_json(state, account)})),
        ["accounts", id, "campaigns"] => campaigns(state, business(id)?, params),
        ["stats", "accounts", id] => stats(state, business(id)?, params),
        _ => Err(Refused::new(StatusCode::NOT_FOUND, "ROUTE_NOT_FOUND", "No such route")),
    }
}

fn account_json(state: &SimulatorState, account: usize) -> Value {
    let of = &state.world().accounts[account];
    let midnight = of.zone().name();
    json!({
        "id": account_id(account),
        "name": of.name,
        "business_name": of.name,
        "timezone": midnight,
        "currency": of.template.currency,
        "approval_status": "ACCEPTED",
        "created_at": "2019-05-06T18:41:12Z",
        "updated_at": "2024-11-20T09:00:05Z",
        "deleted": false,
    })
}

fn page(params: &Params, all: &[Value]) -> Result<Value, Refused> {
    let size = params.get("count").unwrap_or("200");
    let size: usize = size
        .parse()
        .ok()
        .filter(|size| (1..=1_000).contains(size))
        .ok_or_else(|| Refused::invalid(format!("count must be between 1 and 1000: {size}")))?;
    let from: usize = match params.get("cursor") {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("8x7v00oow")
            .and_then(|at| at.parse().ok())
            .ok_or_else(|| Refused::invalid(format!("cursor is invalid: {cursor}")))?,
    };
    let shown: Vec<&Value> = all.iter().skip(from).take(size).collect();
    let next = (from + size < all.len()).then(|| format!("8x7v00oow{}", from + size));
    Ok(json!({"data": shown, "next_cursor": next, "request": {"params": {}}}))
}

fn made(state: &SimulatorState, account: usize) -> impl Iterator<Item = &Campaign> {
    let world = state.world();
    let (first, today) = (world.first_day, world.accounts[account].today(state.counted_at()));
    world.paid(Network::X, account).iter().filter(move |campaign| campaign.exists(first, today))
}

fn campaigns(state: &SimulatorState, account: usize, params: &Params) -> Result<Value, Refused> {
    let of = &state.world().accounts[account];
    let today = of.today(state.counted_at());
    let all: Vec<Value> = made(state, account)
        .map(|campaign| {
            let status = if campaign.status(today) == "PAUSED" { "PAUSED" } else { "ACTIVE" };
            json!({
                "id": base36(campaign.id),
                "name": campaign.name,
                "entity_status": status,
                "currency": of.template.currency,
                "daily_budget_amount_local_micro": campaign.budget_micros,
                "servable": campaign.runs(today),
                "funding_instrument_id": "lygyi",
                "created_at": format!("{}T08:00:00Z", campaign.start),
                "updated_at": format!("{}T08:00:00Z", campaign.start),
                "deleted": false,
            })
        })
        .collect();
    page(params, &all)
}

fn stats(state: &SimulatorState, account: usize, params: &Params) -> Result<Value, Refused> {
    let ids = params.list("entity_ids");
    if params.get("entity") != Some("CAMPAIGN") {
        return Err(Refused::invalid("entity must be CAMPAIGN"));
    }
    if ids.is_empty() || ids.len() > MOST.1 {
        return Err(Refused::invalid(format!("entity_ids must hold between 1 and {} ids", MOST.1)));
    }
    if params.get("granularity") != Some("DAY") {
        return Err(Refused::invalid("granularity must be DAY"));
    }
    let is_outside = match params.get("placement") {
        Some("ALL_ON_TWITTER") => false,
        Some("PUBLISHER_NETWORK") => true,
        _ => return Err(Refused::invalid("placement must be ALL_ON_TWITTER or PUBLISHER_NETWORK")),
    };
    let (from, until) = range(state, account, params)?;
    let days: Vec<NaiveDate> = from.iter_days().take_while(|day| *day < until).collect();
    let groups = params.list("metric_groups");
    let data: Result<Vec<Value>, Refused> = ids
        .iter()
        .map(|id| {
            let campaign = made(state, account).find(|campaign| base36(campaign.id) == *id);
            let campaign =
                campaign.ok_or_else(|| Refused::invalid(format!("entity_ids: {id} was not found")))?;
            let metrics = metrics(state, account, campaign, &days, is_outside, &groups);
            Ok(json!({"id": id, "id_data": [{"segment": null, "metrics": metrics}]}))
        })
        .collect();
    let asked: Map<String, Value> =
        params.0.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    Ok(json!({
        "data_type": "stats",
        "time_series_length": days.len(),
        "data": data?,
        "request": {"params": asked},
    }))
}

/// First day and the day behind the last one, in the account's zone.
fn range(state: &SimulatorState, account: usize, params: &Params) -> Result<(NaiveDate, NaiveDate), Refused> {
    let zone = state.world().accounts[account].zone();
    let edge = |name: &str| {
        let text = params.get(name).unwrap_or_default();
        let at = DateTime::parse_from_rfc3339(text)
            .map_err(|_| Refused::invalid(format!("{name} is no time: {text}")))?;
        let local = at.with_timezone(&Utc).with_timezone(&zone);
        // Where the clocks go forward at midnight a day begins at one.
        if local.time() != NaiveTime::MIN && local.hour() != 1 {
            let message = format!("{name} must be at midnight of the account's zone: {text}");
            return Err(Refused::invalid(message));
        }
        Ok(local.date_naive())
    };
    let (from, until) = (edge("start_time")?, edge("end_time")?);
    if until <= from || (until - from).num_days() > MOST.0 {
        return Err(Refused::invalid(format!("the range must be between 1 and {} days", MOST.0)));
    }
    Ok((from, until))
}

fn metrics(
    state: &SimulatorState,
    account: usize,
    campaign: &Campaign,
    days: &[NaiveDate],
    is_outside: bool,
    groups: &[&str],
) -> Value {
    let mut chosen = Vec::new();
    for group in groups {
        chosen.extend(match *group {
            "ENGAGEMENT" => 0..7,
            "BILLING" => 7..9,
            "VIDEO" => 9..14,
            _ => 0..0,
        });
    }
    let at = state.counted_at();
    let mut slots: Vec<Vec<Option<i64>>> = vec![Vec::new(); chosen.len()];
    for day in days {
        let mut sums = [0; 14];
        for seen in state.world().ad_days(account, campaign, *day, at) {
            let (fact, more) = (seen.fact, seen.engagement);
            let engagements = fact.clicks + more.likes + more.comments + more.shares + more.follows;
            let [p25, p50, p75, p100] = more.video_quartiles;
            let values = [
                fact.impressions,
                fact.clicks,
                engagements,
                more.likes,
                more.comments,
                more.shares,
                more.follows,
                fact.cost_micros,
                engagements,
                more.video_views,
                p25,
                p50,
                p75,
                p100,
            ];
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        for (at, slot) in chosen.iter().copied().zip(&mut slots) {
            let outside = num::mul_div(sums[at], OUTSIDE, 100);
            let value = if is_outside { outside } else { sums[at] - outside };
            // A day on which it was not shown has no value.
            slot.push((sums[0] > 0).then_some(value));
        }
    }
    let mut metrics = Map::new();
    for (at, slot) in chosen.into_iter().zip(slots) {
        let is_empty = slot.iter().all(Option::is_none);
        metrics.insert(NAMES[at].to_owned(), if is_empty { Value::Null } else { json!(slot) });
    }
    metrics.into()
}
