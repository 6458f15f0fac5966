//! Counts events per thing and day, each event once however often it was served. What tells events apart (addresses of
//! people, too) is forgotten with the counter.

use crate::connector::Slice;
use crate::mapping;
use crate::record::{FactRecord, Record};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashSet};

/// What an event counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counted {
    /// A metric, where no other figure of the vendor holds the same.
    Metric(Metric),
    /// A field of [`FactRecord::extra`], where the vendor's own totals hold the metric already.
    Extra(&'static str),
}

/// The events so far.
#[derive(Debug, Clone, Default)]
pub struct Events {
    known: HashSet<(String, NaiveDate, Counted, Vec<String>)>,
    counts: BTreeMap<(String, NaiveDate), BTreeMap<Counted, u64>>,
}

impl Events {
    /// Takes an event of a thing. `key` tells it from others of that thing, day and sort.
    pub fn add(&mut self, entity: &str, day: NaiveDate, counted: Counted, key: Vec<String>) {
        if self.known.insert((entity.to_owned(), day, counted, key)) {
            *self.counts.entry((entity.to_owned(), day)).or_default().entry(counted).or_default() += 1;
        }
    }

    /// A row per thing and day that has events.
    pub fn records(self, slice: &Slice<'_>, kind: EntityKind) -> Vec<Record> {
        let row = |((entity, day), counts): ((String, NaiveDate), BTreeMap<Counted, u64>)| {
            let mut fact: FactRecord = mapping::fact(slice, kind, entity, day);
            for (counted, count) in counts {
                match counted {
                    Counted::Metric(metric) => fact.values.push((metric, Decimal::from(count))),
                    Counted::Extra(name) => {
                        fact.extra.insert(name.to_owned(), count.into());
                    }
                }
            }
            Record::Fact(fact)
        };
        self.counts.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Budget;
    use crate::record::RemoteAccount;
    use crate::stream::StreamSpec;

    const SPEC: StreamSpec = StreamSpec { name: "clicks", ..StreamSpec::DAY };

    #[test]
    fn an_event_counts_once_on_its_day() {
        let account = RemoteAccount::bare("7");
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = model::DayRange::single(day("2026-09-01"));
        let slice =
            Slice { account: &account, stream: &SPEC, days, budget: Budget::new(std::time::Duration::ZERO) };
        let mut events = Events::default();
        let clicks = Counted::Metric(Metric::Clicks);
        for (entity, date, who) in
            [("a", "2026-09-01", "x"), ("a", "2026-09-01", "x"), ("a", "2026-09-01", "y")]
        {
            events.add(entity, day(date), clicks, vec![who.to_owned()]);
        }
        events.add("a", day("2026-09-02"), clicks, vec!["x".to_owned()]);
        events.add("b", day("2026-09-01"), Counted::Extra("open_events"), vec!["x".to_owned()]);
        let rows: Vec<_> = events
            .records(&slice, EntityKind::Campaign)
            .into_iter()
            .map(|record| match record {
                Record::Fact(f) => {
                    (f.entity, f.date.to_string(), f.values.first().map(|v| v.1), f.extra.len())
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let row = |entity: &str, date: &str, count: Option<u32>, extra| {
            (entity.to_owned(), date.to_owned(), count.map(Decimal::from), extra)
        };
        assert_eq!(
            rows,
            [
                row("a", "2026-09-01", Some(2), 0),
                row("a", "2026-09-02", Some(1), 0),
                row("b", "2026-09-01", None, 1)
            ]
        );
    }
}
