//! The reference: every rule as plainly as it can be written, without any care for speed.

use super::{Dataset, Fact};
use crate::catalogue::{Class, Metric};
use crate::cube::Entity;
use crate::keys::{compare_keys, label_of, time_key};
use crate::levels::step;
use crate::query::{Dimension, Filter, FilterMode, Frame, FrameRow, Member, MissingRate, Query};
use model::ids::EntityId;
use std::collections::BTreeMap;

/// Answers a query from all facts, by the rules of [`crate::Cube::query`].
pub fn naive_query(data: &Dataset, query: &Query) -> Frame {
    let mut dimensions = query.group_by.iter().copied().chain(query.filters.iter().map(|f| f.dimension));
    let is_split = dimensions.any(|d| matches!(d, Dimension::Campaign | Dimension::AdGroup | Dimension::Ad));
    let passing: Vec<&Fact> = data
        .facts
        .iter()
        .filter(|fact| query.days.contains(fact.day))
        .filter(|fact| query.filters.iter().all(|filter| passes(data, fact, filter)))
        .filter(|fact| query.metrics.iter().any(|metric| data.counts(fact, *metric, is_split)))
        .collect();

    let mut groups: Vec<(Vec<Member>, Vec<&Fact>)> = Vec::new();
    for fact in &passing {
        let members: Vec<Member> = query.group_by.iter().map(|d| member(data, fact, *d)).collect();
        match groups.iter_mut().find(|(known, _)| *known == members) {
            Some((_, facts)) => facts.push(fact),
            None => groups.push((members, vec![fact])),
        }
    }
    if query.group_by.is_empty() && groups.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    groups.sort_by(|(a, _), (b, _)| {
        let pairs = a.iter().zip(b).zip(&query.group_by);
        pairs.fold(std::cmp::Ordering::Equal, |order, ((a, b), d)| {
            order.then_with(|| compare_keys(*d, &a.key, &b.key))
        })
    });
    let one = |facts: &[&Fact], metric: Metric| {
        let counting = facts.iter().copied().filter(|fact| data.counts(fact, metric, is_split));
        aggregate(data, &counting.collect::<Vec<_>>(), metric)
    };
    let all = |facts: &[&Fact]| query.metrics.iter().map(|m| one(facts, *m)).collect();
    Frame {
        group_by: query.group_by.clone(),
        metrics: query.metrics.clone(),
        rows: groups.into_iter().map(|(members, facts)| FrameRow { members, values: all(&facts) }).collect(),
        totals: all(&passing),
        missing_rates: missing_rates(data, query, &passing),
    }
}

fn member(data: &Dataset, fact: &Fact, dimension: Dimension) -> Member {
    let named = |entities: &[Entity], id: Option<EntityId>| {
        let entity = entities.iter().find(|e| Some(e.id) == id);
        let none = || Member { key: String::new(), label: dimension.none_label() };
        entity.map_or_else(none, |e| Member { key: e.id.to_string(), label: e.label.clone() })
    };
    let account = data.account(fact);
    let plain = |key: String| Member { label: label_of(dimension, &key), key };
    match dimension {
        Dimension::Platform => plain(account.platform.clone()),
        Dimension::Currency => plain(account.currency.clone()),
        Dimension::Account => Member { key: account.id.to_string(), label: account.name.clone() },
        _ => match step(data.level, dimension) {
            Some(0) => named(&data.campaigns, fact.path.campaign),
            Some(1) => named(&data.ad_groups, fact.path.ad_group),
            Some(_) => named(&data.ads, fact.path.ad),
            None if dimension.is_time() => {
                plain(time_key(dimension, fact.day, data.week_start).unwrap_or_default())
            }
            None => plain(String::new()),
        },
    }
}

fn passes(data: &Dataset, fact: &Fact, filter: &Filter) -> bool {
    let key = member(data, fact, filter.dimension).key;
    let listed = !key.is_empty() && filter.members.contains(&key);
    match filter.mode {
        FilterMode::Include => listed,
        FilterMode::Exclude => !listed,
    }
}

fn aggregate(data: &Dataset, facts: &[&Fact], metric: Metric) -> Option<i64> {
    let value = |fact: &Fact, metric: Metric| {
        let at = data.metrics.iter().position(|m| *m == metric)?;
        data.converted(fact)[at]
    };
    match metric.class() {
        Class::Additive => facts.iter().filter_map(|f| value(f, metric)).reduce(|a, b| a + b),
        Class::NonAdditive => match facts {
            [only] => value(only, metric),
            _ => None,
        },
        Class::Level => {
            let mut last = BTreeMap::new();
            for fact in facts {
                if let Some(value) = value(fact, metric) {
                    let latest = last.entry(fact.path).or_insert((fact.day, value));
                    if fact.day > latest.0 {
                        *latest = (fact.day, value);
                    }
                }
            }
            last.values().map(|(_, value)| *value).reduce(|a, b| a + b)
        }
        Class::WeightedBy(weight) => {
            let pairs = facts
                .iter()
                .filter_map(|f| Some((i128::from(value(f, metric)?), i128::from(value(f, weight)?))));
            let (products, weights) =
                pairs.fold((0, 0), |(p, w), (value, weight)| (p + value * weight, w + weight));
            if weights == 0 {
                return None;
            }
            let (size, by) =
                (products.unsigned_abs() * 2 + weights.unsigned_abs(), weights.unsigned_abs() * 2);
            let mean = i128::try_from(size / by).expect("in range");
            i64::try_from(if (products < 0) == (weights < 0) { mean } else { -mean }).ok()
        }
    }
}

fn missing_rates(data: &Dataset, query: &Query, passing: &[&Fact]) -> Vec<MissingRate> {
    if !query.metrics.iter().any(|m| m.is_money()) {
        return Vec::new();
    }
    let mut days: BTreeMap<String, Vec<chrono::NaiveDate>> = BTreeMap::new();
    for fact in passing {
        let currency = &data.account(fact).currency;
        if data.missing_rates.contains(&(currency.clone(), fact.day)) {
            days.entry(currency.clone()).or_default().push(fact.day);
        }
    }
    let span = |(currency, days): (String, Vec<chrono::NaiveDate>)| {
        Some(MissingRate { currency, from: days.iter().min().copied()?, until: days.iter().max().copied()? })
    };
    days.into_iter().filter_map(span).collect()
}
