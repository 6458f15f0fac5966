//! The columns of an answer by the names in its headers, never by the order in which they were asked for.

use crate::error::Result;
use crate::http::Node;
use crate::http::node::snake_case;
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Canonical metrics, the preferred name first where an answer has several.
const METRICS: &[(&str, Metric)] = &[
    ("sessions", Metric::Sessions),
    ("totalUsers", Metric::Users),
    ("activeUsers", Metric::ActiveUsers),
    ("newUsers", Metric::NewUsers),
    ("screenPageViews", Metric::Pageviews),
    ("engagedSessions", Metric::EngagedSessions),
    ("eventCount", Metric::Events),
    ("keyEvents", Metric::Conversions),
    // The name of key events until 2024.
    ("conversions", Metric::Conversions),
    ("totalRevenue", Metric::ConversionValue),
    ("purchaseRevenue", Metric::ConversionValue),
    ("advertiserAdCost", Metric::Spend),
    ("advertiserAdClicks", Metric::Clicks),
    ("advertiserAdImpressions", Metric::Impressions),
    ("userEngagementDuration", Metric::EngagementSeconds),
];

/// Derived by Google from other figures: recomputed by us, never stored.
const DERIVED: &[&str] = &[
    "engagementRate",
    "bounceRate",
    "averageSessionDuration",
    "sessionsPerUser",
    "eventsPerSession",
    "eventCountPerUser",
    "screenPageViewsPerSession",
    "screenPageViewsPerUser",
    "sessionKeyEventRate",
    "userKeyEventRate",
    "advertiserAdCostPerClick",
    "advertiserAdCostPerKeyEvent",
    "returnOnAdSpend",
];

/// Columns that name the campaign; its id counts where only that was asked for.
const CAMPAIGN_NAMES: &[&str] = &["sessionCampaignName", "sessionGoogleAdsCampaignName"];
const CAMPAIGN_IDS: &[&str] = &["sessionCampaignId", "sessionGoogleAdsCampaignId"];

/// Columns whose name is another with us.
const SPLITS: &[(&str, &str)] = &[
    ("sessionSource", "source"),
    ("sessionMedium", "medium"),
    ("sessionDefaultChannelGroup", "channel_group"),
    ("deviceCategory", "device"),
    ("userAgeBracket", "age"),
    ("userGender", "gender"),
    ("funnelStepName", "funnel_step"),
];

/// Literals of Google where the day is not known: cardinality was exceeded, or the data does not exist.
const NO_DAY: &[&str] = &["(other)", "(not set)", "(data not available)"];

/// What Google writes where a value has no name.
const NOT_SET: &str = "(not set)";

/// What the rows of an answer belong to: indices of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Property,
    Campaign(usize),
    Event(usize),
    /// Host and path.
    Page(Option<usize>, Option<usize>),
}

/// The columns of one answer.
#[derive(Debug)]
pub(super) struct Table {
    dimensions: Vec<String>,
    owner: Owner,
    day: Option<usize>,
    /// Column and our name for it.
    splits: Vec<(usize, String)>,
    /// Name, and whether it is a whole number.
    figures: Vec<(String, bool)>,
}

/// Where a row belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// None where Google itself does not know the day.
    pub(super) day: Option<NaiveDate>,
    pub(super) kind: EntityKind,
    /// None for the property itself.
    pub(super) entity: Option<String>,
    /// What describes the entity.
    pub(super) attributes: Map<String, Value>,
    pub(super) splits: BTreeMap<String, String>,
    /// All dimensions as they came, which tell the row from all others.
    pub(super) raw: Vec<String>,
}

/// What a row says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) values: Vec<(Metric, Decimal)>,
    pub(super) extra: Map<String, Value>,
}

impl Table {
    /// Reads the headers. A table with a day has rows of days, one without (funnels) has not.
    pub(super) fn read(answer: &Node<'_>) -> Result<Self> {
        let dimensions = headers(&answer.at("dimensionHeaders"))?;
        let metrics = answer.at("metricHeaders");
        let is_whole = |index| Ok(metrics.nth(index).at("type").text()?.as_deref() == Some("TYPE_INTEGER"));
        let figures: Result<Vec<_>> =
            headers(&metrics)?.into_iter().enumerate().map(|(i, name)| Ok((name, is_whole(i)?))).collect();
        let find = |names: &[&str]| dimensions.iter().position(|d| names.contains(&d.as_str()));
        let owner = match (find(CAMPAIGN_NAMES).or_else(|| find(CAMPAIGN_IDS)), find(&["eventName"])) {
            (Some(campaign), _) => Owner::Campaign(campaign),
            (None, Some(event)) => Owner::Event(event),
            (None, None) => match (find(&["hostName"]), find(&["pagePath"])) {
                (None, None) => Owner::Property,
                (host, path) => Owner::Page(host, path),
            },
        };
        let day = find(&["date"]);
        // `dateRange` only tells ranges apart, and there is one.
        let is_split = |index: usize| {
            let is_owner = match owner {
                Owner::Property => false,
                Owner::Campaign(at) | Owner::Event(at) => at == index,
                Owner::Page(host, path) => host == Some(index) || path == Some(index),
            };
            !is_owner && day != Some(index) && dimensions[index] != "dateRange"
        };
        let named = |index: usize| {
            let ours = SPLITS.iter().find(|(theirs, _)| dimensions[index] == *theirs);
            (index, ours.map_or_else(|| snake_case(&dimensions[index]), |(_, ours)| (*ours).to_owned()))
        };
        let splits = (0..dimensions.len()).filter(|&i| is_split(i)).map(named).collect();
        Ok(Self { owner, day, splits, figures: figures?, dimensions })
    }

    pub(super) fn has_day(&self) -> bool {
        self.day.is_some()
    }

    /// The names of all columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.dimensions.iter().chain(self.figures.iter().map(|(name, _)| name)).map(String::as_str)
    }

    /// Where a row belongs.
    pub(super) fn key(&self, row: &Node<'_>) -> Result<Key> {
        let cells = row.at("dimensionValues");
        if cells.array()?.len() < self.dimensions.len() {
            return Err(cells.drift("there are fewer values than columns, so the row belongs nowhere"));
        }
        let raw: Result<Vec<String>> = (0..self.dimensions.len())
            .map(|i| Ok(cells.nth(i).at("value").text()?.unwrap_or_default()))
            .collect();
        let raw = raw?;
        let day = match self.day {
            Some(at) if !NO_DAY.contains(&raw[at].as_str()) => {
                let cell = cells.nth(at);
                let value = cell.at("value");
                let day = value.compact_day()?;
                Some(day.ok_or_else(|| value.drift("the day is missing, so the row belongs nowhere"))?)
            }
            _ => None,
        };
        let (kind, entity, attributes) = self.entity(&raw);
        let splits = self.splits.iter().map(|(at, name)| (name.clone(), raw[*at].clone())).collect();
        Ok(Key { day, kind, entity, attributes, splits, raw })
    }

    fn entity(&self, raw: &[String]) -> (EntityKind, Option<String>, Map<String, Value>) {
        let mut attributes = Map::new();
        let named = |text: &str| Some(if text.is_empty() { NOT_SET } else { text }.to_owned());
        match self.owner {
            Owner::Property => (EntityKind::Account, None, attributes),
            Owner::Campaign(at) => {
                // The name is what links said; "(direct)" and "(not set)" are Google's own words.
                if !raw[at].is_empty() && !raw[at].starts_with('(') {
                    attributes.insert("utm_campaign".to_owned(), Value::String(raw[at].clone()));
                }
                (EntityKind::Campaign, named(&raw[at]), attributes)
            }
            Owner::Event(at) => (EntityKind::Event, named(&raw[at]), attributes),
            Owner::Page(host, path) => {
                let mut id = String::new();
                for (name, at) in [("host", host), ("path", path)] {
                    let Some(at) = at else { continue };
                    id.push_str(&raw[at]);
                    attributes.insert(name.to_owned(), Value::String(raw[at].clone()));
                }
                (EntityKind::Page, named(&id), attributes)
            }
        }
    }

    /// What a row says. `hidden` metrics have no value: Google writes something else in their place.
    pub(super) fn figures(&self, row: &Node<'_>, hidden: &[String]) -> Result<Figures> {
        let cells = row.at("metricValues");
        let mut figures = Figures::default();
        let mut is_used = vec![false; self.figures.len()];
        for &(name, metric) in METRICS {
            let Some(at) = self.figures.iter().position(|(known, _)| known == name) else { continue };
            let is_known = figures.values.iter().any(|(known, _)| *known == metric);
            if is_known || hidden.iter().any(|h| h == name) {
                continue;
            }
            is_used[at] = true;
            let cell = cells.nth(at);
            let value = cell.at("value");
            let value =
                if self.figures[at].1 { value.integer()?.map(Decimal::from) } else { value.decimal()? };
            figures.values.extend(value.map(|value| (metric, value)));
        }
        for (at, (name, _)) in self.figures.iter().enumerate() {
            if is_used[at] || DERIVED.contains(&name.as_str()) || hidden.contains(name) {
                continue;
            }
            let cell = cells.nth(at);
            if let Some(text) = cell.at("value").text()?.filter(|t| !t.trim().is_empty()) {
                figures.extra.insert(snake_case(name), Value::String(text));
            }
        }
        Ok(figures)
    }
}

fn headers(node: &Node<'_>) -> Result<Vec<String>> {
    (0..node.array()?.len()).map(|index| node.nth(index).at("name").need_text()).collect()
}
