//! Random datasets and questions about them.

use super::{Dataset, Fact};
use crate::catalogue::{Family, Metric};
use crate::cube::{Account, Entity, Path};
use crate::keys::time_key;
use crate::query::{Dimension, Filter, FilterMode, Level, Query};
use chrono::{Days, NaiveDate};
use model::DayRange;
use model::days::WeekStart;
use model::ids::{AccountId, EntityId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Facts of one place: per day after the start of the span one value per metric.
type Cells = BTreeMap<u16, Vec<Option<i64>>>;
/// Ads of an ad group, ad groups of a campaign, campaigns of an account.
type Tree = Vec<Vec<Vec<Cells>>>;

const CURRENCIES: [&str; 3] = ["EUR", "USD", "JPY"];
const PLATFORMS: [&str; 3] = ["google_ads", "facebook", "file"];

fn value() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(0)),
        4 => (0_i64..1_000).prop_map(Some),
        2 => (0_i64..10_000).prop_map(|v| Some(v * 10_000)),
        1 => (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(Some),
    ]
}

fn cells(metrics: usize, span: u16) -> impl Strategy<Value = Cells> {
    prop::collection::btree_map(0..span, prop::collection::vec(value(), metrics), 0..6)
}

fn tree(metrics: usize, span: u16) -> impl Strategy<Value = Tree> {
    let ads = prop::collection::vec(cells(metrics, span), 1..3);
    prop::collection::vec(prop::collection::vec(ads, 1..3), 0..4)
}

/// Which metrics an account reports as a whole, and its campaigns; none where they report all.
type Masks = Option<(Vec<bool>, Vec<bool>)>;

fn masks(metrics: usize) -> impl Strategy<Value = Masks> {
    let mask = || prop::collection::vec(prop::bool::ANY, metrics);
    prop::option::weighted(0.4, (mask(), mask()))
}

fn account(metrics: usize, span: u16) -> impl Strategy<Value = (usize, usize, bool, Masks, Tree)> {
    let is_bare = prop::bool::weighted(0.2);
    (0..PLATFORMS.len(), 0..CURRENCIES.len(), is_bare, masks(metrics), tree(metrics, span))
}

/// A random dataset whose facts carry `metrics`, between 2025 and 2026.
pub fn dataset(metrics: &'static [Metric]) -> impl Strategy<Value = Dataset> {
    let level = prop_oneof![3 => Just(Level::Campaign), 1 => Just(Level::AdGroup), 1 => Just(Level::Ad)];
    let week_start = prop_oneof![Just(WeekStart::Monday), Just(WeekStart::Sunday), Just(WeekStart::Saturday)];
    (level, week_start, 0_u64..500, 1_u16..100).prop_flat_map(move |(level, week_start, start, span)| {
        let accounts = prop::collection::vec(account(metrics.len(), span), 1..5);
        let gaps = prop::collection::btree_set((1..CURRENCIES.len(), 0..span), 0..4);
        (accounts, gaps).prop_map(move |(accounts, gaps)| {
            let first = NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day") + Days::new(start);
            let day = |offset: u16| first + Days::new(u64::from(offset));
            let mut data = Dataset {
                level,
                week_start,
                currency: "EUR".into(),
                metrics: metrics.to_vec(),
                accounts: Vec::new(),
                campaigns: Vec::new(),
                ad_groups: Vec::new(),
                ads: Vec::new(),
                facts: Vec::new(),
                counting: BTreeMap::new(),
                missing_rates: gaps
                    .iter()
                    .map(|(c, offset)| (CURRENCIES[*c].to_owned(), day(*offset)))
                    .collect(),
                span: DayRange::new(first, day(span - 1)).expect("in order"),
            };
            let mut ids = Ids(7);
            for (platform, currency, bare, masks, tree) in accounts {
                let first = data.facts.len();
                plant(&mut data, &mut ids, platform, currency, bare, &tree, &day);
                if let Some(masks) = masks.filter(|_| level == Level::Campaign && !bare) {
                    add_own(&mut data, first, &masks);
                }
            }
            data
        })
    })
}

/// Growing ids whose order as numbers differs from their order as texts.
struct Ids(i64);

impl Ids {
    fn next(&mut self) -> i64 {
        self.0 += 3;
        self.0
    }
}

/// Gives an account figures of its own beside those of its campaigns: where both report a metric, its own count, but for
/// queries that tell campaigns apart.
fn add_own(data: &mut Dataset, first: usize, (own, of_campaigns): &(Vec<bool>, Vec<bool>)) {
    let keep = |fact: &mut Fact, mask: &[bool]| {
        for (value, is_reported) in fact.values.iter_mut().zip(mask) {
            *value = value.filter(|_| *is_reported);
        }
    };
    // Those of the first campaign, so that days are shared and differ.
    let path = data.facts.get(first).map(|fact| fact.path);
    let of_first = data.facts[first..].iter().filter(|fact| Some(fact.path) == path);
    let copies = of_first.map(|fact| Fact { path: Path { campaign: None, ..fact.path }, ..fact.clone() });
    let mut added: Vec<Fact> = copies.collect();
    added.iter_mut().for_each(|fact| keep(fact, own));
    data.facts[first..].iter_mut().for_each(|fact| keep(fact, of_campaigns));
    data.facts.extend(added);
    if let Some(path) = path {
        data.settle(path.account, |own, campaigns, is_split| match (own, campaigns) {
            (true, true) => (!is_split, is_split),
            (own, campaigns) => (own || !campaigns, campaigns),
        });
    }
}

fn plant(
    data: &mut Dataset,
    ids: &mut Ids,
    platform: usize,
    currency: usize,
    bare: bool,
    tree: &Tree,
    day: &impl Fn(u16) -> NaiveDate,
) {
    let number = i32::try_from(ids.next()).expect("small");
    let account = AccountId(number);
    data.accounts.push(Account {
        id: account,
        name: format!("Account {number}"),
        platform: PLATFORMS[platform].into(),
        currency: CURRENCIES[currency].into(),
        time_zone: "Europe/Berlin".into(),
    });
    let fact = |path: Path, cells: &Cells| -> Vec<Fact> {
        cells
            .iter()
            .map(|(offset, values)| Fact { path, day: day(*offset), values: values.clone() })
            .collect()
    };
    let bare_path = Path { account, campaign: None, ad_group: None, ad: None };
    if bare && data.level == Level::Campaign {
        if let Some(cells) = tree.iter().flatten().flatten().next() {
            data.facts.extend(fact(bare_path, cells));
        }
        return;
    }
    let entity = |id, kind: &str, parent| Entity {
        id: EntityId(id),
        label: format!("{kind} {id}"),
        parent,
        status: "ENABLED".into(),
    };
    for ad_groups in tree {
        let campaign = EntityId(ids.next());
        data.campaigns.push(entity(campaign.0, "Campaign", None));
        let path = Path { campaign: Some(campaign), ..bare_path };
        if data.level == Level::Campaign {
            data.facts.extend(ad_groups.iter().flatten().take(1).flat_map(|cells| fact(path, cells)));
        }
        for ads in ad_groups {
            let ad_group = EntityId(ids.next());
            data.ad_groups.push(entity(ad_group.0, "Ad group", Some(campaign)));
            let path = Path { ad_group: Some(ad_group), ..path };
            if data.level == Level::AdGroup {
                data.facts.extend(ads.iter().take(1).flat_map(|cells| fact(path, cells)));
            }
            for cells in ads {
                let ad = EntityId(ids.next());
                data.ads.push(entity(ad.0, "Ad", Some(ad_group)));
                if data.level == Level::Ad {
                    data.facts.extend(fact(Path { ad: Some(ad), ..path }, cells));
                }
            }
        }
    }
}

const GROUPABLE: [Dimension; 12] = [
    Dimension::Day,
    Dimension::Week,
    Dimension::Month,
    Dimension::Quarter,
    Dimension::Year,
    Dimension::Weekday,
    Dimension::Platform,
    Dimension::Account,
    Dimension::Campaign,
    Dimension::AdGroup,
    Dimension::Ad,
    Dimension::Currency,
];

/// Keys of a dimension that occur in the data, and some that do not.
fn keys(data: &Dataset, dimension: Dimension) -> Vec<String> {
    let mut keys: BTreeSet<String> = match dimension {
        Dimension::Platform => data.accounts.iter().map(|a| a.platform.clone()).collect(),
        Dimension::Currency => data.accounts.iter().map(|a| a.currency.clone()).collect(),
        Dimension::Account => data.accounts.iter().map(|a| a.id.to_string()).collect(),
        Dimension::Campaign => data.campaigns.iter().map(|e| e.id.to_string()).collect(),
        Dimension::AdGroup => data.ad_groups.iter().map(|e| e.id.to_string()).collect(),
        Dimension::Ad => data.ads.iter().map(|e| e.id.to_string()).collect(),
        _ => data.facts.iter().filter_map(|f| time_key(dimension, f.day, data.week_start)).collect(),
    };
    keys.extend(["nonsense".to_owned(), "999999".to_owned(), String::new()]);
    keys.into_iter().collect()
}

fn filter(data: &Dataset) -> impl Strategy<Value = Filter> + use<> {
    let choices: Vec<(Dimension, Vec<String>)> = GROUPABLE.iter().map(|d| (*d, keys(data, *d))).collect();
    let mode = prop_oneof![3 => Just(FilterMode::Include), 1 => Just(FilterMode::Exclude)];
    (prop::sample::select(choices), mode).prop_flat_map(|((dimension, keys), mode)| {
        let members = prop::collection::vec(prop::sample::select(keys), 0..5);
        members.prop_map(move |members| Filter { dimension, mode, members })
    })
}

/// A random question about the data, sometimes about days beyond it. The data belongs to no family; the question asks for
/// advertising.
pub fn query(data: &Dataset) -> impl Strategy<Value = Query> + use<> {
    let (level, metrics, span) = (data.level, data.metrics.clone(), data.span);
    let most = metrics.len();
    let group_by = prop::sample::subsequence(GROUPABLE.to_vec(), 0..4).prop_shuffle();
    let metrics = prop::sample::subsequence(metrics, 1..=most).prop_shuffle();
    let length = span.len();
    let days = prop_oneof![
        Just(span),
        (0..length + 5, 0..length + 5).prop_map(move |(a, b)| {
            let day = |offset: u32| span.from() + Days::new(u64::from(offset));
            DayRange::new(day(a.min(b)), day(a.max(b))).expect("in order")
        }),
    ];
    let filters = prop::collection::vec(filter(data), 0..3);
    (group_by, metrics, days, filters).prop_map(move |(group_by, metrics, days, filters)| Query {
        family: Family::Ads,
        level,
        days,
        group_by,
        metrics,
        filters,
    })
}

/// A random dataset and `count` questions about it.
pub fn dataset_with_queries(
    metrics: &'static [Metric],
    count: usize,
) -> impl Strategy<Value = (Dataset, Vec<Query>)> {
    dataset(metrics).prop_flat_map(move |data| {
        let queries = prop::collection::vec(query(&data), count);
        (Just(data), queries)
    })
}
