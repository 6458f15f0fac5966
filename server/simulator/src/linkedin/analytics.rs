//! `adAnalytics`: no pages, and never more than 15 000 rows.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde_json::{Map, Value, json};

use super::restli::{self, Query};
use super::{Refused, ads, leads};
use crate::num;
use crate::state::SimulatorState;
use crate::world::fact::{Fact, MILLION};
use crate::world::paid::Engagement;

/// Rows of an answer.
const ROWS: usize = 15_000;

/// Metrics of a request.
const METRICS: usize = 20;

/// Members by country, in hundredths; LinkedIn leaves out who is too few.
const COUNTRIES: [(&str, i64); 4] = [
    ("urn:li:geo:103644278", 55),
    ("urn:li:geo:101165590", 22),
    ("urn:li:geo:101174742", 12),
    ("urn:li:geo:101282230", 6),
];
/// The same by industry.
const INDUSTRIES: [(&str, i64); 4] = [
    ("urn:li:industry:4", 34),
    ("urn:li:industry:96", 21),
    ("urn:li:industry:43", 15),
    ("urn:li:industry:27", 9),
];
/// The same by title.
const TITLES: [(&str, i64); 4] =
    [("urn:li:title:39", 17), ("urn:li:title:9", 14), ("urn:li:title:25165", 11), ("urn:li:title:266", 7)];

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    fact: Fact,
    engagement: Engagement,
    leads: i64,
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

    /// A part of it in hundredths; counts are approximate in cuts by members.
    fn part(&self, hundredths: i64) -> Self {
        let cut = |n: i64| n * hundredths / 100;
        let (fact, more) = (self.fact, self.engagement);
        let fact = Fact {
            impressions: cut(fact.impressions),
            clicks: cut(fact.clicks),
            cost_micros: cut(fact.cost_micros),
            conversions: cut(fact.conversions / MILLION) * MILLION,
            value: cut(fact.value),
            ..Fact::default()
        };
        let engagement = Engagement {
            reach: cut(more.reach),
            likes: cut(more.likes),
            comments: cut(more.comments),
            shares: cut(more.shares),
            follows: cut(more.follows),
            video_views: cut(more.video_views),
            ..Engagement::default()
        };
        Self { fact, engagement, leads: cut(self.leads) }
    }

    fn metric(&self, name: &str, dollars: f64) -> Option<Value> {
        let (fact, more) = (&self.fact, &self.engagement);
        Some(match name {
            "impressions" => fact.impressions.into(),
            "clicks" => (fact.clicks + more.likes / 2).into(),
            "landingPageClicks" => fact.clicks.into(),
            "costInLocalCurrency" => num::decimal(fact.cost_micros).into(),
            "costInUsd" => num::decimal(num::whole(num::real(fact.cost_micros) * dollars)).into(),
            "externalWebsiteConversions" => (fact.conversions / MILLION).into(),
            "conversionValueInLocalCurrency" => num::decimal(fact.value).into(),
            "oneClickLeads" => self.leads.into(),
            "oneClickLeadFormOpens" => (self.leads * 4).into(),
            "reactions" | "likes" => more.likes.into(),
            "comments" => more.comments.into(),
            "shares" => more.shares.into(),
            "follows" => more.follows.into(),
            "totalEngagements" => {
                (fact.clicks + more.likes + more.comments + more.shares + more.follows).into()
            }
            "videoViews" | "videoStarts" => more.video_views.into(),
            "videoFirstQuartileCompletions" => more.video_quartiles[0].into(),
            "videoMidpointCompletions" => more.video_quartiles[1].into(),
            "videoThirdQuartileCompletions" => more.video_quartiles[2].into(),
            "videoCompletions" => more.video_quartiles[3].into(),
            "approximateMemberReach" | "approximateUniqueImpressions" => more.reach.into(),
            _ => return None,
        })
    }
}

/// `GET /rest/adAnalytics`.
pub fn run(state: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    let pivots: Vec<&str> = match query.text("q") {
        Some("analytics") => vec![query.needed("pivot")?.text().unwrap_or_default()],
        Some("statistics") => match query.needed("pivots")? {
            restli::Value::List(list) => list.iter().filter_map(restli::Value::text).collect(),
            _ => return Err(Refused::invalid("pivots")),
        },
        _ => return Err(Refused::invalid("q")),
    };
    let restli::Value::List(accounts) = query.needed("accounts")? else {
        return Err(Refused::invalid("accounts"));
    };
    let is_daily = match query.needed("timeGranularity")?.text() {
        Some("DAILY") => true,
        Some("ALL") => false,
        _ => return Err(Refused::invalid("timeGranularity")),
    };
    let (from, until) = range(query)?;
    let fields: Vec<&str> = query.text("fields").unwrap_or("impressions,clicks").split(',').collect();
    let metrics: Vec<&str> =
        fields.iter().copied().filter(|name| !matches!(*name, "dateRange" | "pivotValues")).collect();
    let unknown = metrics.iter().any(|name| Sum::default().metric(name, 1.0).is_none());
    if unknown || metrics.len() > METRICS {
        return Err(Refused::invalid("fields"));
    }
    let mut elements = Vec::new();
    for urn in accounts {
        let account = ads::business(urn.text().unwrap_or_default())?;
        let dollars = match state.world().accounts[account].template.currency {
            "GBP" => 1.31,
            "EUR" => 1.12,
            _ => 1.0,
        };
        for ((day, values), sum) in rows(state, account, &pivots, (from, until), is_daily)? {
            let (start, end) = if is_daily { (day, day) } else { (from, until) };
            let mut row = Map::new();
            if fields.contains(&"dateRange") {
                row.insert("dateRange".to_owned(), json!({"start": date(start), "end": date(end)}));
            }
            if fields.contains(&"pivotValues") {
                row.insert("pivotValues".to_owned(), json!(values));
            }
            for name in &metrics {
                row.extend(sum.metric(name, dollars).map(|value| ((*name).to_owned(), value)));
            }
            elements.push(row);
        }
    }
    elements.truncate(ROWS);
    Ok(json!({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements}))
}

fn date(day: NaiveDate) -> Value {
    json!({"year": day.year(), "month": day.month(), "day": day.day()})
}

fn range(query: &Query) -> Result<(NaiveDate, NaiveDate), Refused> {
    let range = query.needed("dateRange")?;
    let day = |end: &str| {
        let part = |name: &str| range.number(&[end, name]);
        let year = i32::try_from(part("year")?).ok()?;
        let (month, day) = (u32::try_from(part("month")?).ok()?, u32::try_from(part("day")?).ok()?);
        NaiveDate::from_ymd_opt(year, month, day)
    };
    let from = day("start").ok_or_else(|| Refused::invalid("dateRange"))?;
    // Without an end the range is open.
    let until = if range.at(&["end"]).is_some() { day("end") } else { Some(NaiveDate::MAX) };
    until
        .filter(|until| *until >= from)
        .map(|until| (from, until))
        .ok_or_else(|| Refused::invalid("dateRange"))
}

type Rows = BTreeMap<(NaiveDate, Vec<String>), Sum>;

fn rows(
    state: &SimulatorState,
    account: usize,
    pivots: &[&str],
    (from, until): (NaiveDate, NaiveDate),
    is_daily: bool,
) -> Result<Rows, Refused> {
    let (world, at) = (state.world(), state.counted_at());
    let leads = leads::by_campaign_and_day(state, account);
    let last = until.min(world.accounts[account].today(at));
    let first = from.max(world.first_day);
    let mut rows = Rows::new();
    for day in first.iter_days().take_while(|day| *day <= last) {
        for campaign in ads::made(state, account).filter(|campaign| campaign.runs(day)) {
            let mut count = leads.get(&(campaign.id, day)).copied().unwrap_or(0);
            for seen in world.ad_days(account, campaign, day, at) {
                let mut sum = Sum { leads: std::mem::take(&mut count), ..Sum::default() };
                sum.add(seen.fact, &seen.engagement);
                for (values, part) in cut(account, pivots, campaign.id, seen.ad.id, sum)? {
                    let entry = rows.entry((if is_daily { day } else { first }, values)).or_default();
                    entry.add(part.fact, &part.engagement);
                    entry.leads += part.leads;
                }
            }
        }
    }
    Ok(rows)
}

/// The parts of an ad's figures by pivots.
fn cut(
    account: usize,
    pivots: &[&str],
    campaign: i64,
    ad: i64,
    sum: Sum,
) -> Result<Vec<(Vec<String>, Sum)>, Refused> {
    let mut parts = vec![(Vec::new(), sum)];
    for pivot in pivots {
        let members: &[(&str, i64)] = match *pivot {
            "MEMBER_COUNTRY_V2" => &COUNTRIES,
            "MEMBER_INDUSTRY" => &INDUSTRIES,
            "MEMBER_JOB_TITLE" => &TITLES,
            _ => &[],
        };
        let urn = match *pivot {
            "ACCOUNT" => ads::account_urn(account),
            "CAMPAIGN" => format!("urn:li:sponsoredCampaign:{campaign}"),
            "CREATIVE" => format!("urn:li:sponsoredCreative:{ad}"),
            _ if members.is_empty() => return Err(Refused::invalid("pivot")),
            _ => String::new(),
        };
        if members.is_empty() {
            parts.iter_mut().for_each(|(values, _)| values.push(urn.clone()));
            continue;
        }
        parts = parts
            .into_iter()
            .flat_map(|(values, sum)| {
                members.iter().map(move |(urn, share)| {
                    let values = values.iter().cloned().chain([(*urn).to_owned()]).collect();
                    (values, sum.part(*share))
                })
            })
            .collect();
    }
    Ok(parts)
}
