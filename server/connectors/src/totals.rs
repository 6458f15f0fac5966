//! Sums of rows that split a total: messages of a campaign, variations of an e-mail, placements of a day.

use crate::record::{FactRecord, Record};
use chrono::NaiveDate;
use metrics::{Class, Metric};
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::Map;
use std::collections::BTreeMap;

/// The rows that make up each total, by what tells them apart: a row that is served twice counts once, as it came last.
#[derive(Debug, Clone, Default)]
pub struct Totals(BTreeMap<(NaiveDate, EntityKind, String), BTreeMap<Vec<String>, FactRecord>>);

impl Totals {
    /// Takes a row. `part` tells it from the other rows of the same thing and day: its message, its placement.
    pub fn add(&mut self, part: Vec<String>, fact: FactRecord) {
        let key = (fact.date, fact.kind, fact.entity.clone());
        self.0.entry(key).or_default().insert(part, fact);
    }

    /// The totals, without breakdown and hour.
    pub fn facts(self) -> impl Iterator<Item = FactRecord> {
        self.0.into_values().filter_map(|parts| total(parts.into_values().collect()))
    }

    /// The totals as records.
    pub fn records(self) -> Vec<Record> {
        self.facts().map(Record::Fact).collect()
    }
}

/// The sum of what can be added; null and absent add nothing. People and ranks can't be added: they count only where a
/// single row makes up the total. Nor can money in several currencies.
fn total(mut parts: Vec<FactRecord>) -> Option<FactRecord> {
    let mut first = parts.pop()?;
    first.breakdown = BTreeMap::new();
    first.hour = None;
    if parts.is_empty() {
        return Some(first);
    }
    let is_mixed = parts.iter().any(|part| part.currency != first.currency);
    let is_kept = |metric: Metric| metric.class() == Class::Additive && !(is_mixed && metric.is_money());
    let mut sums: Vec<(Metric, Decimal)> = Vec::new();
    parts.push(first.clone());
    for (metric, value) in parts.iter().flat_map(|part| &part.values).filter(|(metric, _)| is_kept(*metric)) {
        match sums.iter_mut().find(|(known, _)| known == metric) {
            Some((_, sum)) => *sum += value,
            None => sums.push((*metric, *value)),
        }
    }
    Some(FactRecord { values: sums, extra: Map::new(), ..first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(currency: &str, values: &[(Metric, i64)]) -> FactRecord {
        FactRecord {
            stream: "campaigns",
            account: "1".into(),
            kind: EntityKind::Campaign,
            entity: "c".into(),
            date: "2026-09-01".parse().unwrap(),
            began: None,
            hour: None,
            breakdown: BTreeMap::from([("message".into(), "m".into())]),
            currency: Some(currency.into()),
            values: values.iter().map(|(m, v)| (*m, Decimal::from(*v))).collect(),
            extra: Map::new(),
        }
    }

    fn summed(parts: Vec<(&str, FactRecord)>) -> Vec<String> {
        let mut totals = Totals::default();
        for (part, fact) in parts {
            totals.add(vec![part.into()], fact);
        }
        let facts: Vec<_> = totals.facts().collect();
        assert!(facts.len() <= 1 && facts.iter().all(|f| f.breakdown.is_empty()));
        facts.iter().flat_map(|f| &f.values).map(|(m, v)| format!("{} {v}", m.name())).collect()
    }

    #[test]
    fn parts_are_added_once_and_people_are_not() {
        let one = fact("EUR", &[(Metric::Clicks, 1), (Metric::Reach, 5), (Metric::Spend, 2)]);
        let other = fact("EUR", &[(Metric::Clicks, 3), (Metric::Reach, 7)]);
        assert_eq!(summed(vec![("a", one.clone()), ("a", one.clone())]), ["clicks 1", "reach 5", "spend 2"]);
        let both = summed(vec![("a", one.clone()), ("b", other), ("a", one.clone())]);
        assert_eq!(both, ["clicks 4", "spend 2"]);
        let dollars = fact("USD", &[(Metric::Clicks, 1), (Metric::Spend, 2)]);
        assert_eq!(summed(vec![("a", one), ("b", dollars)]), ["clicks 2"]);
        assert!(summed(Vec::new()).is_empty());
    }
}
