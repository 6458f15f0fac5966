//! Dimensions and metrics, and the cells from which reports are added up.

use std::ops::AddAssign;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::num;
use crate::state::SimulatorState;
use crate::world::paid::Network;

/// What a row of a report can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Where sessions came from.
    Sessions,
    /// Pages.
    Pages,
    /// Events.
    Events,
    /// Campaigns of the linked Google Ads account.
    Ads,
}

use Scope::{Ads, Events, Pages, Sessions};

/// Dimensions with what they can be asked about.
const DIMENSIONS: &[(&str, &str, &[Scope])] = &[
    ("date", "Date", &[Sessions, Pages, Events, Ads]),
    ("sessionSource", "Session source", &[Sessions]),
    ("sessionMedium", "Session medium", &[Sessions]),
    ("sessionSourceMedium", "Session source / medium", &[Sessions]),
    ("sessionCampaignName", "Session campaign", &[Sessions]),
    ("sessionDefaultChannelGroup", "Session default channel group", &[Sessions]),
    ("hostName", "Hostname", &[Pages]),
    ("pagePath", "Page path", &[Pages]),
    ("eventName", "Event name", &[Events]),
    ("sessionGoogleAdsCampaignId", "Session Google Ads campaign ID", &[Ads]),
    ("sessionGoogleAdsCampaignName", "Session Google Ads campaign", &[Ads]),
];

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Name in requests.
    pub name: &'static str,
    /// Name that it had before.
    former: Option<&'static str>,
    /// Type in answers.
    pub kind: &'static str,
    scopes: &'static [Scope],
    /// Its text in a row.
    pub value: fn(&Sums) -> String,
}

const fn metric(
    name: &'static str,
    kind: &'static str,
    scopes: &'static [Scope],
    value: fn(&Sums) -> String,
) -> Metric {
    Metric { name, former: None, kind, scopes, value }
}

const INTEGER: &str = "TYPE_INTEGER";
const FLOAT: &str = "TYPE_FLOAT";
const CURRENCY: &str = "TYPE_CURRENCY";
const SECONDS: &str = "TYPE_SECONDS";

const METRICS: &[Metric] = &[
    metric("sessions", INTEGER, &[Sessions], |s| s.sessions.to_string()),
    metric("totalUsers", INTEGER, &[Sessions, Pages, Events], |s| s.users().to_string()),
    metric("activeUsers", INTEGER, &[Sessions, Pages, Events], |s| (s.users() * 97 / 100).to_string()),
    metric("newUsers", INTEGER, &[Sessions], |s| s.new_users.to_string()),
    metric("screenPageViews", INTEGER, &[Sessions, Pages], |s| s.views.to_string()),
    metric("engagedSessions", INTEGER, &[Sessions], |s| s.engaged.to_string()),
    metric("engagementRate", FLOAT, &[Sessions], |s| ratio(s.engaged, s.sessions)),
    metric("bounceRate", FLOAT, &[Sessions], |s| ratio(s.sessions - s.engaged, s.sessions)),
    metric("userEngagementDuration", SECONDS, &[Sessions, Pages], |s| s.seconds.to_string()),
    metric("averageSessionDuration", SECONDS, &[Sessions], |s| ratio(s.seconds, s.sessions)),
    Metric {
        former: Some("conversions"),
        ..metric("keyEvents", FLOAT, &[Sessions, Events], |s| s.key_events.to_string())
    },
    metric("ecommercePurchases", INTEGER, &[Sessions], |s| s.purchases.to_string()),
    metric("transactions", INTEGER, &[Sessions], |s| s.purchases.to_string()),
    metric("totalRevenue", CURRENCY, &[Sessions], |s| num::decimal(s.revenue)),
    metric("purchaseRevenue", CURRENCY, &[Sessions], |s| num::decimal(s.revenue)),
    metric("eventCount", INTEGER, &[Sessions, Events], |s| s.events.to_string()),
    metric("eventValue", FLOAT, &[Sessions, Events], |s| num::decimal(s.revenue)),
    metric("advertiserAdCost", CURRENCY, &[Ads], |s| num::decimal(s.ad_cost)),
    metric("advertiserAdClicks", INTEGER, &[Ads], |s| s.ad_clicks.to_string()),
    metric("advertiserAdImpressions", INTEGER, &[Ads], |s| s.ad_impressions.to_string()),
];

fn ratio(part: i64, whole: i64) -> String {
    if whole == 0 { "0".to_owned() } else { (num::real(part) / num::real(whole)).to_string() }
}

/// What cells add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    cells: i64,
    sessions: i64,
    engaged: i64,
    users: i64,
    new_users: i64,
    views: i64,
    seconds: i64,
    key_events: i64,
    purchases: i64,
    revenue: i64,
    events: i64,
    ad_cost: i64,
    ad_clicks: i64,
    ad_impressions: i64,
}

impl Sums {
    /// People, each once: some come from more than one source.
    fn users(&self) -> i64 {
        if self.cells > 1 { self.users * 94 / 100 } else { self.users }
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.cells += other.cells;
        self.sessions += other.sessions;
        self.engaged += other.engaged;
        self.users += other.users;
        self.new_users += other.new_users;
        self.views += other.views;
        self.seconds += other.seconds;
        self.key_events += other.key_events;
        self.purchases += other.purchases;
        self.revenue += other.revenue;
        self.events += other.events;
        self.ad_cost += other.ad_cost;
        self.ad_clicks += other.ad_clicks;
        self.ad_impressions += other.ad_impressions;
    }
}

/// The smallest thing that is counted.
#[derive(Debug)]
pub struct Cell {
    day: NaiveDate,
    /// Source, medium, campaign and group; host and path; the event; or number and name of a Google Ads campaign.
    labels: [String; 4],
    /// Its figures.
    pub sums: Sums,
}

impl Cell {
    /// Its value of a dimension.
    pub fn value(&self, dimension: &str) -> String {
        let [first, second, third, fourth] = &self.labels;
        match dimension {
            "date" => self.day.format("%Y%m%d").to_string(),
            "sessionSourceMedium" => format!("{first} / {second}"),
            "sessionMedium" | "pagePath" | "sessionGoogleAdsCampaignName" => second.clone(),
            "sessionCampaignName" => third.clone(),
            "sessionDefaultChannelGroup" => fourth.clone(),
            _ => first.clone(),
        }
    }
}

/// The metric of that name, or that had it before.
pub fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name || metric.former == Some(name))
}

/// True when there is a dimension of that name.
pub fn is_dimension(name: &str) -> bool {
    DIMENSIONS.iter().any(|(known, ..)| *known == name)
}

/// What a report is about: the first scope that has all of its dimensions and metrics.
pub fn scope<'a>(dimensions: impl Iterator<Item = &'a str> + Clone, metrics: &[&Metric]) -> Option<Scope> {
    [Sessions, Pages, Events, Ads].into_iter().find(|scope| {
        metrics.iter().all(|metric| metric.scopes.contains(scope))
            && dimensions.clone().all(|name| {
                DIMENSIONS.iter().any(|(known, _, scopes)| *known == name && scopes.contains(scope))
            })
    })
}

/// The cells of some days, as far as there are any.
pub fn cells(
    state: &SimulatorState,
    account: usize,
    scope: Scope,
    days: (NaiveDate, NaiveDate),
) -> Vec<Cell> {
    let world = state.world();
    let at = state.counted_at();
    let last = days.1.min(world.accounts[account].today(at));
    let days = days.0.max(world.first_day).iter_days().take_while(|day| *day <= last);
    days.flat_map(|day| match scope {
        Sessions => sessions(state, account, day),
        Pages => pages(state, account, day),
        Events => events(state, account, day),
        Ads => ads(state, account, day),
    })
    .collect()
}

fn sessions(state: &SimulatorState, account: usize, day: NaiveDate) -> Vec<Cell> {
    let cell = |of: &crate::world::traffic::Traffic| Cell {
        day,
        labels: [of.source.to_owned(), of.medium.to_owned(), of.campaign.clone(), of.group.to_owned()],
        sums: Sums {
            cells: 1,
            sessions: of.sessions,
            engaged: of.engaged,
            users: of.users,
            new_users: of.new_users,
            views: of.pageviews,
            seconds: of.seconds,
            key_events: of.key_events,
            purchases: of.purchases,
            revenue: of.revenue_micros,
            events: of.pageviews + of.sessions + of.new_users + engagements(of.engaged) + of.key_events,
            ..Sums::default()
        },
    };
    state.traffic(account, day).iter().map(cell).collect()
}

/// Events of engagement in so many engaged sessions.
fn engagements(engaged: i64) -> i64 {
    engaged * 13 / 10
}

fn pages(state: &SimulatorState, account: usize, day: NaiveDate) -> Vec<Cell> {
    let world = state.world();
    let site = world.accounts[account].template.site();
    let host = site.trim_start_matches("https://");
    let pages = world.page_views(account, day, &state.traffic(account, day)).into_iter();
    pages
        .map(|page| Cell {
            day,
            labels: [host.to_owned(), page.path, String::new(), String::new()],
            sums: Sums {
                cells: 1,
                views: page.views,
                users: page.users,
                seconds: page.seconds,
                ..Sums::default()
            },
        })
        .collect()
}

fn events(state: &SimulatorState, account: usize, day: NaiveDate) -> Vec<Cell> {
    let mut all = Sums::default();
    for cell in sessions(state, account, day) {
        all += cell.sums;
    }
    // Count, key events and value of each.
    let list = [
        ("page_view", all.views, 0, 0),
        ("session_start", all.sessions, 0, 0),
        ("first_visit", all.new_users, 0, 0),
        ("user_engagement", all.events - all.views - all.sessions - all.new_users - all.key_events, 0, 0),
        ("sign_up", all.key_events - all.purchases, all.key_events - all.purchases, 0),
        ("purchase", all.purchases, all.purchases, all.revenue),
    ];
    list.into_iter()
        .filter(|(_, count, ..)| *count > 0)
        .map(|(name, count, key_events, revenue)| Cell {
            day,
            labels: [name.to_owned(), String::new(), String::new(), String::new()],
            sums: Sums {
                cells: 1,
                events: count,
                users: count.min(all.users()),
                key_events,
                revenue,
                ..Sums::default()
            },
        })
        .collect()
}

fn ads(state: &SimulatorState, account: usize, day: NaiveDate) -> Vec<Cell> {
    let (world, at) = (state.world(), state.counted_at());
    let running = world.paid(Network::Google, account).iter().filter(|campaign| campaign.runs(day));
    running
        .map(|campaign| {
            let fact = world.campaign_day(account, campaign, day, at);
            Cell {
                day,
                labels: [campaign.id.to_string(), campaign.name.clone(), String::new(), String::new()],
                sums: Sums {
                    cells: 1,
                    ad_cost: fact.cost_micros,
                    ad_clicks: fact.clicks,
                    ad_impressions: fact.impressions,
                    ..Sums::default()
                },
            }
        })
        .collect()
}

/// `GET /v1beta/properties/{id}/metadata`.
pub fn metadata(property: &str) -> Value {
    let dimensions = DIMENSIONS.iter().map(|(name, shown, _)| json!({"apiName": name, "uiName": shown}));
    let metrics = METRICS.iter().map(|metric| {
        let mut about = json!({"apiName": metric.name, "uiName": metric.name, "type": metric.kind});
        if let Some(former) = metric.former {
            about["deprecatedApiNames"] = json!([former]);
        }
        about
    });
    json!({
        "name": format!("properties/{property}/metadata"),
        "dimensions": dimensions.collect::<Vec<_>>(),
        "metrics": metrics.collect::<Vec<_>>(),
    })
}
