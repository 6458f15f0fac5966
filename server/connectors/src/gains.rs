//! What was gained since the last pull, for things of which a vendor only says what they have come to so far: posts,
//! videos, e-mails of flows.
//!
//! Pure: what was known goes in and comes out with the caller, who keeps it with the rows in one transaction.

use crate::record::FactRecord;
use chrono::NaiveDate;
use metrics::{Class, Metric};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the things of one stream of one account had come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gains(BTreeMap<String, Known>);

/// Two pulls of one thing: a day that is pulled again counts from the same start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// The last pull of an earlier day than [`Self::last`].
    before: Option<Pull>,
    last: Option<Pull>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pull {
    day: NaiveDate,
    values: BTreeMap<Metric, Decimal>,
}

impl Gains {
    /// Takes what a thing has come to on the day of the pull, and gives what it gained since the last pull of an earlier
    /// day; none at the first pull, and where nothing can be added.
    ///
    /// Pulling a day again gives the gain of that day anew, so that it replaces the one before. Gains may be negative,
    /// because likes are taken back. A metric that was absent at one of the two pulls has no gain, and levels (followers)
    /// never have one: their day is what was pulled.
    pub fn take(&mut self, fact: &FactRecord) -> Option<FactRecord> {
        let known = self.0.entry(key(fact)).or_default();
        if known.last.as_ref().is_some_and(|last| last.day > fact.date) {
            // An older pull that comes late says nothing about today.
            return None;
        }
        if known.last.as_ref().is_some_and(|last| last.day < fact.date) {
            known.before = known.last.take();
        }
        let pulled = known.last.get_or_insert_with(|| Pull { day: fact.date, values: BTreeMap::new() });
        pulled.values.extend(countable(fact));
        let before = known.before.as_ref()?;
        let gained =
            countable(fact).filter_map(|(metric, now)| Some((metric, now - before.values.get(&metric)?)));
        let values: Vec<_> = gained.collect();
        (!values.is_empty()).then(|| FactRecord { values, ..fact.clone() })
    }
}

fn countable(fact: &FactRecord) -> impl Iterator<Item = (Metric, Decimal)> {
    fact.values.iter().copied().filter(|(metric, _)| metric.class() == Class::Additive)
}

fn key(fact: &FactRecord) -> String {
    let mut key = format!("{}/{}", fact.kind.name(), fact.entity);
    for (name, value) in &fact.breakdown {
        key.push_str(&format!("/{name}={value}"));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::entities::EntityKind;

    fn post(day: &str, values: &[(Metric, i64)]) -> FactRecord {
        FactRecord {
            stream: "posts",
            account: "1".into(),
            kind: EntityKind::Post,
            entity: "9007199254740993".into(),
            date: day.parse().unwrap(),
            began: None,
            hour: None,
            breakdown: BTreeMap::new(),
            currency: None,
            values: values.iter().map(|(m, v)| (*m, Decimal::from(*v))).collect(),
            extra: serde_json::Map::new(),
        }
    }

    fn gain(gains: &mut Gains, day: &str, values: &[(Metric, i64)]) -> Option<Vec<(Metric, i64)>> {
        let fact = gains.take(&post(day, values))?;
        assert_eq!(fact.date.to_string(), day);
        Some(fact.values.iter().map(|(m, v)| (*m, v.to_string().parse().unwrap())).collect())
    }

    #[test]
    fn a_gain_is_the_difference_to_the_last_pull_of_an_earlier_day() {
        let mut gains = Gains::default();
        assert_eq!(gain(&mut gains, "2026-09-01", &[(Metric::Likes, 10)]), None);
        assert_eq!(gain(&mut gains, "2026-09-01", &[(Metric::Likes, 11)]), None);
        assert_eq!(gain(&mut gains, "2026-09-02", &[(Metric::Likes, 15)]), Some(vec![(Metric::Likes, 4)]));
        // Pulled again: the gain of the whole day, not of the last hours.
        assert_eq!(gain(&mut gains, "2026-09-02", &[(Metric::Likes, 16)]), Some(vec![(Metric::Likes, 5)]));
        // Days without a pull belong to the day of the next one, and likes are taken back.
        assert_eq!(gain(&mut gains, "2026-09-05", &[(Metric::Likes, 14)]), Some(vec![(Metric::Likes, -2)]));
        assert_eq!(gain(&mut gains, "2026-09-04", &[(Metric::Likes, 14)]), None);
    }

    #[test]
    fn what_was_absent_and_what_is_a_level_has_no_gain() {
        let mut gains = Gains::default();
        gain(&mut gains, "2026-09-01", &[(Metric::Likes, 1), (Metric::Followers, 5), (Metric::Reach, 5)]);
        let values = [(Metric::Likes, 1), (Metric::Shares, 3), (Metric::Followers, 9), (Metric::Reach, 9)];
        assert_eq!(gain(&mut gains, "2026-09-02", &values), Some(vec![(Metric::Likes, 0)]));
        assert_eq!(gain(&mut gains, "2026-09-03", &[(Metric::Followers, 9)]), None);
    }

    #[test]
    fn what_is_known_survives_as_text() {
        let mut gains = Gains::default();
        gain(&mut gains, "2026-09-01", &[(Metric::Likes, 10)]);
        let text = serde_json::to_string(&gains).unwrap();
        let mut again: Gains = serde_json::from_str(&text).unwrap();
        assert_eq!(again, gains);
        assert_eq!(gain(&mut again, "2026-09-02", &[(Metric::Likes, 12)]), Some(vec![(Metric::Likes, 2)]));
    }
}
