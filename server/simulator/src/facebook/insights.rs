//! `GET /act_{id}/insights`: figures by level, day and breakdown.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::page;
use super::query::Query;
use crate::asked::Asked;
use crate::meta::error::GraphError;
use crate::num;
use crate::state::SimulatorState;
use crate::world::campaign::Kind;
use crate::world::fact::{Fact, MILLION};
use crate::world::paid::{Engagement, Network};

/// Rows on a page, unless the call says otherwise.
const USUAL: usize = 25;

/// One ad on one day.
struct AdRow {
    day: NaiveDate,
    /// Positions of campaign, ad set and ad.
    at: [usize; 3],
    fact: Fact,
    engagement: Engagement,
}

/// All days of an account as of the last count, oldest first.
fn history(state: &SimulatorState, at: usize) -> Arc<Vec<AdRow>> {
    let now = state.counted_at();
    state.memo(("facebook ads", at, now.timestamp()), |world| {
        let today = world.accounts[at].today(now);
        let mut rows = Vec::new();
        for day in world.first_day.iter_days().take_while(|day| *day <= today) {
            for (c, campaign) in world.paid(Network::Meta, at).iter().enumerate() {
                for of in world.ad_days(at, campaign, day, now) {
                    let group = campaign.groups.iter().position(|group| group.id == of.group.id);
                    let ad = of.group.ads.iter().position(|ad| ad.id == of.ad.id);
                    let at = [c, group.unwrap_or(0), ad.unwrap_or(0)];
                    rows.push(AdRow { day, at, fact: of.fact, engagement: of.engagement });
                }
            }
        }
        rows
    })
}

#[derive(Default)]
struct Sum {
    fact: Fact,
    engagement: Engagement,
    ads: usize,
}

impl Sum {
    /// Adds the part of an ad's day between two cumulative shares.
    fn add(&mut self, fact: Fact, of: &Engagement, (from, to): (f64, f64)) {
        let part = |n: i64| num::floor(num::real(n) * to) - num::floor(num::real(n) * from);
        self.fact += fact;
        let sum = &mut self.engagement;
        sum.reach += part(of.reach).min(fact.impressions);
        sum.likes += part(of.likes);
        sum.comments += part(of.comments);
        sum.shares += part(of.shares);
        sum.saves += part(of.saves);
        sum.follows += part(of.follows);
        sum.video_views += part(of.video_views);
        for (sum, quartile) in sum.video_quartiles.iter_mut().zip(of.video_quartiles) {
            *sum += part(quartile);
        }
        self.ads += 1;
    }
}

type Key = (usize, [usize; 3], Vec<usize>);

/// `data` and `paging` of a query.
pub(super) fn rows(state: &SimulatorState, asked: &Asked, query: &Query) -> Result<Value, GraphError> {
    let campaigns = state.world().paid(Network::Meta, query.ids.at);
    let cells = cells(&query.breakdowns);
    let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
    for row in history(state, query.ids.at).iter() {
        let Some(span) = query.spans.iter().position(|(since, until)| (*since..=*until).contains(&row.day))
        else {
            continue;
        };
        let campaign = &campaigns[row.at[0]];
        let group = &campaign.groups[row.at[1]];
        let ids = [campaign.id, group.id, group.ads[row.at[2]].id].map(|id| id.to_string());
        if query.only.iter().any(|(level, wanted)| !wanted.contains(&ids[*level])) {
            continue;
        }
        let mut at = row.at;
        at[query.depth..].fill(0);
        let mut done = 0.0;
        let mut before = Fact::default();
        for (cell, end) in &cells {
            let upto = row.fact.part(*end, 0.5, campaign.kind.billing());
            let fact = upto - before;
            if fact.impressions > 0 {
                let sum = sums.entry((span, at, cell.clone())).or_default();
                sum.add(fact, &row.engagement, (done, *end));
            }
            (before, done) = (upto, *end);
        }
    }
    let sums: Vec<_> = sums.into_iter().collect();
    page(asked, USUAL, sums.len(), |at| Ok(row(state, query, &sums[at].0, &sums[at].1)))
}

/// All combinations of the breakdowns' values, with cumulative shares that end at 1.
fn cells(breakdowns: &[(String, Vec<(String, f64)>)]) -> Vec<(Vec<usize>, f64)> {
    let mut cells = vec![(Vec::new(), 1.0)];
    for (_, values) in breakdowns {
        let longer = cells.iter().flat_map(|(cell, share)| {
            values.iter().enumerate().map(move |(at, (_, part))| {
                let cell: Vec<usize> = cell.iter().copied().chain([at]).collect();
                (cell, share * part)
            })
        });
        cells = longer.collect();
    }
    let mut end = 0.0;
    for (_, share) in &mut cells {
        end += *share;
        *share = end;
    }
    if let Some((_, last)) = cells.last_mut() {
        *last = 1.0;
    }
    cells
}

/// Millionths as Meta writes them: up to two decimals, none that say nothing.
fn money(millionths: i64) -> String {
    let cents = num::whole(num::real(millionths) / 10_000.0);
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// One row: only what was asked for, and only what happened.
fn row(state: &SimulatorState, query: &Query, (span, at, cell): &Key, sum: &Sum) -> Value {
    let of = &state.world().accounts[query.ids.at];
    let campaign = &state.world().paid(Network::Meta, query.ids.at)[at[0]];
    let group = &campaign.groups[at[1]];
    let ad = &group.ads[at[2]];
    let (fact, did) = (&sum.fact, &sum.engagement);
    // People who saw several ads count once.
    let reach = if sum.ads > 1 { (did.reach * 4 / 5).max(1) } else { did.reach.max(1) };
    // Clicks on anything, not only on the link.
    let clicks = fact.clicks + did.likes + did.comments + did.shares;
    let part = |n: i64, of: i64| if of > 0 { num::real(n) / num::real(of) } else { 0.0 };
    let list = |values: &[(&str, String)]| actions(&query.windows, values);
    let count = |n: i64| if n > 0 { n.to_string() } else { String::new() };
    let orders = if fact.conversions > 0 { money(fact.conversions) } else { String::new() };
    let worth = if fact.value > 0 { money(fact.value) } else { String::new() };
    let seen = |n: i64| list(&[("video_view", count(n))]);
    let mut row = Map::new();
    for field in &query.fields {
        let value = match field.as_str() {
            "account_id" => query.ids.ad_account.to_string().into(),
            "account_name" => of.name.clone().into(),
            "account_currency" => of.template.currency.into(),
            "campaign_id" if query.depth >= 1 => campaign.id.to_string().into(),
            "campaign_name" if query.depth >= 1 => campaign.name.clone().into(),
            "adset_id" if query.depth >= 2 => group.id.to_string().into(),
            "adset_name" if query.depth >= 2 => group.name.clone().into(),
            "ad_id" if query.depth >= 3 => ad.id.to_string().into(),
            "ad_name" if query.depth >= 3 => ad.name.clone().into(),
            "objective" if query.depth >= 1 => {
                if campaign.kind == Kind::Video { "OUTCOME_AWARENESS" } else { "OUTCOME_SALES" }.into()
            }
            "attribution_setting" if query.depth >= 1 => "7d_click_1d_view".into(),
            "impressions" => fact.impressions.to_string().into(),
            "reach" => reach.to_string().into(),
            "frequency" => format!("{:.6}", part(fact.impressions, reach)).into(),
            "clicks" => clicks.to_string().into(),
            "unique_clicks" => (clicks * 9 / 10).to_string().into(),
            "inline_link_clicks" => fact.clicks.to_string().into(),
            "outbound_clicks" => actions(&[], &[("outbound_click", count(fact.clicks))]),
            "inline_post_engagement" => (clicks + did.saves).to_string().into(),
            "spend" => money(fact.cost_micros).into(),
            "cpc" if clicks > 0 => format!("{:.6}", part(fact.cost_micros, clicks * MILLION)).into(),
            "cpm" => format!("{:.6}", part(fact.cost_micros, fact.impressions * MILLION) * 1_000.0).into(),
            "ctr" => format!("{:.6}", part(clicks, fact.impressions) * 100.0).into(),
            "purchase_roas" if fact.value > 0 && fact.cost_micros > 0 => {
                actions(&[], &[("omni_purchase", format!("{:.6}", part(fact.value, fact.cost_micros)))])
            }
            "actions" => list(&[
                ("link_click", count(fact.clicks)),
                ("landing_page_view", count(fact.clicks * 92 / 100)),
                ("post_reaction", count(did.likes)),
                ("comment", count(did.comments)),
                ("post", count(did.shares)),
                ("onsite_conversion.post_save", count(did.saves)),
                ("like", count(did.follows)),
                ("video_view", count(did.video_views)),
                ("omni_purchase", orders.clone()),
                ("purchase", orders.clone()),
                ("offsite_conversion.fb_pixel_purchase", orders.clone()),
                ("web_in_store_purchase", orders.clone()),
            ]),
            "action_values" => list(&[
                ("omni_purchase", worth.clone()),
                ("purchase", worth.clone()),
                ("offsite_conversion.fb_pixel_purchase", worth.clone()),
            ]),
            "video_play_actions" => seen(did.video_views),
            "video_thruplay_watched_actions" | "video_p100_watched_actions" => seen(did.video_quartiles[3]),
            "video_p25_watched_actions" => seen(did.video_quartiles[0]),
            "video_p50_watched_actions" => seen(did.video_quartiles[1]),
            "video_p75_watched_actions" => seen(did.video_quartiles[2]),
            _ => Value::Null,
        };
        if !value.is_null() {
            row.insert(field.clone(), value);
        }
    }
    row.insert("date_start".to_owned(), query.spans[*span].0.to_string().into());
    row.insert("date_stop".to_owned(), query.spans[*span].1.to_string().into());
    for ((name, values), at) in query.breakdowns.iter().zip(cell) {
        row.insert(name.clone(), values[*at].0.clone().into());
    }
    Value::Object(row)
}

/// A list of actions; those that did not happen are left out, and an empty list is none at all.
fn actions(windows: &[String], values: &[(&str, String)]) -> Value {
    let list: Vec<_> = values
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let mut action = json!({"action_type": name, "value": value});
            for window in windows.iter().filter(|window| matches!(window.as_str(), "1d_click" | "7d_click")) {
                action[window.as_str()] = value.as_str().into();
            }
            action
        })
        .collect();
    if list.is_empty() { Value::Null } else { list.into() }
}
