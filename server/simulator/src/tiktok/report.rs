//! `report/integrated/get/`: days and hours of campaigns, ad groups and ads, and who saw them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::{Params, Refused, entities, page};
use crate::num;
use crate::state::SimulatorState;
use crate::world::fact::{Fact, MILLION};
use crate::world::paid::Engagement;

/// Days of one request with `stat_time_day`.
const DAYS: i64 = 30;

/// Shares of an audience in hundredths.
type Shares = &'static [(&'static str, i64)];

const AGES: Shares = &[("AGE_18_24", 41), ("AGE_25_34", 34), ("AGE_35_44", 17), ("AGE_45_54", 8)];
const GENDERS: Shares = &[("FEMALE", 57), ("MALE", 43)];
const PLATFORMS: Shares = &[("ANDROID", 58), ("IPHONE", 42)];

/// What identifies rows, in the order in which it is asked for.
type Key = Vec<(String, String)>;

#[derive(Debug, Clone, Default)]
struct Sum {
    /// Names of campaign, ad group and ad.
    names: [String; 3],
    /// Their numbers.
    ids: [i64; 3],
    fact: Fact,
    engagement: Engagement,
}

/// Whose figures they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Campaign,
    Group,
    Ad,
}

/// `GET /report/integrated/get/`.
pub fn run(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let account = entities::asked(params)?;
    let is_audience = match params.needed("report_type")? {
        "BASIC" => false,
        "AUDIENCE" => true,
        _ => return Err(Refused::bad("report_type: Must be one of BASIC, AUDIENCE.")),
    };
    if params.get("service_type").is_some_and(|kind| kind != "AUCTION") {
        return Err(Refused::bad("service_type: Must be AUCTION."));
    }
    let level = match params.needed("data_level")? {
        "AUCTION_CAMPAIGN" => Level::Campaign,
        "AUCTION_ADGROUP" => Level::Group,
        "AUCTION_AD" => Level::Ad,
        _ => return Err(Refused::bad("data_level: Not a valid data level.")),
    };
    let (dimensions, metrics) = (params.list("dimensions")?, params.list("metrics")?);
    let is_cut = |name: &&String| shares(name, "").is_some();
    if dimensions.iter().any(|name| is_cut(&name)) != is_audience {
        return Err(Refused::bad("dimensions: Audience dimensions belong to AUDIENCE reports."));
    }
    if let Some(wrong) = metrics.iter().find(|name| Sum::default().metric(name).is_none()) {
        return Err(Refused::bad(format!("metrics: [{wrong}] is not a valid metric.")));
    }
    let has = |wanted: &str| dimensions.iter().any(|name| name == wanted);
    let (by_day, by_hour) = (has("stat_time_day"), has("stat_time_hour"));
    let most = if by_hour {
        1
    } else if by_day {
        DAYS
    } else {
        365
    };
    let (from, until) = range(params, most)?;
    let today = state.world().accounts[account].today(state.counted_at());
    let first = from.max(state.world().first_day);
    let mut rows: BTreeMap<Key, Sum> = BTreeMap::new();
    for day in first.iter_days().take_while(|day| *day <= until.min(today)) {
        for (ids, sum, hour) in figures(state, account, level, day, by_hour) {
            let time = match hour {
                Some(hour) => format!("{day} {hour:02}:00:00"),
                None => format!("{day} 00:00:00"),
            };
            for (key, part) in cut(state, account, &dimensions, &ids, &time, sum)? {
                let entry = rows.entry(key).or_default();
                entry.names.clone_from(&part.names);
                entry.ids = ids;
                entry.add(part.fact, &part.engagement);
            }
        }
    }
    let rows: Vec<Value> = rows
        .iter()
        .filter(|(_, sum)| sum.fact.impressions > 0)
        .map(|(key, sum)| {
            let dimensions: Map<String, Value> =
                key.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            let figures: Map<String, Value> = metrics
                .iter()
                .filter_map(|name| sum.metric(name).map(|value| (name.clone(), value.into())))
                .collect();
            json!({"dimensions": dimensions, "metrics": figures})
        })
        .collect();
    page(params, &rows)
}

fn range(params: &Params, most: i64) -> Result<(NaiveDate, NaiveDate), Refused> {
    let day = |name: &str| {
        let text = params.needed(name)?;
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| Refused::bad(format!("{name}: Not a valid date.")))
    };
    let (from, until) = (day("start_date")?, day("end_date")?);
    if until < from {
        return Err(Refused::bad("start_date: Must not be after end_date."));
    }
    if (until - from).num_days() >= most {
        return Err(Refused::bad(format!("The max time span is {most} days.")));
    }
    Ok((from, until))
}

/// Ids and figures of one day, and the hour where hours are asked for.
fn figures(
    state: &SimulatorState,
    account: usize,
    level: Level,
    day: NaiveDate,
    by_hour: bool,
) -> Vec<([i64; 3], Sum, Option<usize>)> {
    let (world, at) = (state.world(), state.counted_at());
    let mut list = Vec::new();
    for campaign in entities::made(state, account).filter(|campaign| campaign.runs(day)) {
        let names = |group: &str, ad: &str| [campaign.name.clone(), group.to_owned(), ad.to_owned()];
        if by_hour && level == Level::Campaign {
            let hours = world.campaign_hours(account, campaign, day, at);
            list.extend(hours.into_iter().enumerate().map(|(hour, fact)| {
                let sum = Sum { names: names("", ""), fact, ..Sum::default() };
                ([campaign.id, 0, 0], sum, Some(hour))
            }));
            continue;
        }
        for seen in world.ad_days(account, campaign, day, at) {
            let (group, ad) = (&seen.group, &seen.ad);
            let sum = Sum {
                names: names(&group.name, &ad.name),
                fact: seen.fact,
                engagement: seen.engagement,
                ..Sum::default()
            };
            list.push(([campaign.id, group.id, ad.id], sum, None));
        }
    }
    list
}

/// The shares by an audience's dimension; `market` is the advertiser's own country.
fn shares(dimension: &str, market: &str) -> Option<Shares> {
    Some(match (dimension, market) {
        ("age", _) => AGES,
        ("gender", _) => GENDERS,
        ("platform", _) => PLATFORMS,
        ("country_code", "US") => &[("US", 92), ("CA", 8)],
        ("country_code", _) => &[("DE", 90), ("AT", 10)],
        _ => return None,
    })
}

/// The parts of some figures by the dimensions.
fn cut(
    state: &SimulatorState,
    account: usize,
    dimensions: &[String],
    ids: &[i64; 3],
    time: &str,
    sum: Sum,
) -> Result<Vec<(Key, Sum)>, Refused> {
    let market = state.world().accounts[account].template.market;
    let mut parts: Vec<(Key, Sum)> = vec![(Vec::new(), sum)];
    for name in dimensions {
        if let Some(shares) = shares(name, market) {
            parts = parts
                .into_iter()
                .flat_map(|(key, sum)| {
                    shares.iter().map(move |(value, share)| {
                        let next = (name.clone(), (*value).to_owned());
                        (key.iter().cloned().chain([next]).collect(), sum.part(*share))
                    })
                })
                .collect();
            continue;
        }
        let value = match name.as_str() {
            "campaign_id" => ids[0].to_string(),
            "adgroup_id" => ids[1].to_string(),
            "ad_id" => ids[2].to_string(),
            "advertiser_id" => "0".to_owned(),
            "stat_time_day" | "stat_time_hour" => time.to_owned(),
            other => return Err(Refused::bad(format!("dimensions: [{other}] is not a valid dimension."))),
        };
        parts.iter_mut().for_each(|(key, _)| key.push((name.clone(), value.clone())));
    }
    Ok(parts)
}

impl Sum {
    fn add(&mut self, fact: Fact, more: &Engagement) {
        self.fact += fact;
        let sum = &mut self.engagement;
        sum.reach += more.reach;
        sum.likes += more.likes;
        sum.comments += more.comments;
        sum.shares += more.shares;
        sum.follows += more.follows;
        sum.video_views += more.video_views;
        for (sum, more) in sum.video_quartiles.iter_mut().zip(more.video_quartiles) {
            *sum += more;
        }
    }

    /// A part of it in hundredths; audiences have no engagement.
    fn part(&self, hundredths: i64) -> Self {
        let cut = |n: i64| n * hundredths / 100;
        let fact = Fact {
            impressions: cut(self.fact.impressions),
            clicks: cut(self.fact.clicks),
            cost_micros: cut(self.fact.cost_micros) / 10_000 * 10_000,
            conversions: cut(self.fact.conversions / MILLION) * MILLION,
            ..Fact::default()
        };
        Self { names: self.names.clone(), fact, ..Self::default() }
    }

    fn metric(&self, name: &str) -> Option<String> {
        let (fact, more) = (&self.fact, &self.engagement);
        let conversions = fact.conversions / MILLION;
        let ratio = |part: f64, whole: i64| {
            if whole == 0 { "0.00".to_owned() } else { format!("{:.2}", part / num::real(whole)) }
        };
        let spend = num::real(fact.cost_micros) / 1e6;
        let text = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        Some(match name {
            "campaign_name" => text(&self.names[0]),
            "adgroup_name" => text(&self.names[1]),
            "ad_name" => text(&self.names[2]),
            // What stands above an ad may be asked for like a figure.
            "campaign_id" => self.ids[0].to_string(),
            "adgroup_id" => self.ids[1].to_string(),
            "spend" => format!("{spend:.2}"),
            "impressions" => fact.impressions.to_string(),
            "clicks" => fact.clicks.to_string(),
            "reach" => more.reach.to_string(),
            "ctr" => ratio(num::real(fact.clicks) * 100.0, fact.impressions),
            "cpc" => ratio(spend, fact.clicks),
            "cpm" => ratio(spend * 1_000.0, fact.impressions),
            "frequency" => ratio(num::real(fact.impressions), more.reach),
            "conversion" => conversions.to_string(),
            "cost_per_conversion" => ratio(spend, conversions),
            // Values exist where something was paid.
            "complete_payment" => conversions.to_string(),
            "total_complete_payment_rate" if conversions == 0 => "-".to_owned(),
            "total_complete_payment_rate" => format!("{:.2}", num::real(fact.value) / 1e6),
            "video_play_actions" => more.video_views.to_string(),
            "video_views_p25" => more.video_quartiles[0].to_string(),
            "video_views_p50" => more.video_quartiles[1].to_string(),
            "video_views_p75" => more.video_quartiles[2].to_string(),
            "video_views_p100" => more.video_quartiles[3].to_string(),
            "video_watched_2s" => (more.video_views * 6 / 10).to_string(),
            "video_watched_6s" => (more.video_views * 3 / 10).to_string(),
            "likes" => more.likes.to_string(),
            "comments" => more.comments.to_string(),
            "shares" => more.shares.to_string(),
            "follows" => more.follows.to_string(),
            "profile_visits" => (more.likes / 2).to_string(),
            _ => return None,
        })
    }
}
