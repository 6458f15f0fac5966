//! Rows on their way into the warehouse.

use crate::columns::{self, MOST, Measures};
use crate::copy::{day_number, day_of};
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::Duplicates;
use crate::load::hash::row_hash;
use chrono::{Datelike, NaiveDate};
use metrics::Class;
use std::collections::HashMap;

/// No breakdown.
pub(crate) const NO_SEGMENT: u32 = u32::MAX;

/// One figure row as it comes from a source.
#[derive(Debug, Clone)]
pub struct FactRow<'a> {
    /// The vendor's id of the entity (for files: its id or name). Its kind is that of the load.
    pub remote_id: &'a str,
    /// Calendar day in the account's zone.
    pub day: NaiveDate,
    /// Value in the load's breakdown dimension, for example `mobile`; none without breakdown.
    pub segment: Option<&'a str>,
    /// Currency of the money in `measures`.
    pub currency: Currency,
    /// The figures.
    pub measures: Measures,
    /// Vendor fields without a canonical name.
    pub extra: Option<&'a serde_json::Value>,
}

/// Rows of one family and kind of one account, kept small: ids are stored once.
#[derive(Debug, Clone, Default)]
pub struct FactBatch {
    pub(crate) entities: Names,
    pub(crate) segments: Names,
    pub(crate) rows: Vec<Row>,
}

/// A row whose entity and segment are numbers of a [`Names`].
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) entity: u32,
    pub(crate) segment: u32,
    /// As in [`day_number`].
    pub(crate) day: i32,
    pub(crate) currency: Currency,
    pub(crate) measures: Measures,
    pub(crate) extra: Option<Box<str>>,
}

impl FactBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch with room for that many rows.
    pub fn with_capacity(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), ..Self::default() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the id is empty, text holds a NUL character, the day can't be meant, or the row is of another family than
    /// those before.
    pub fn push(&mut self, row: &FactRow<'_>) -> Result<(), LoadError> {
        if !(1990..=2100).contains(&row.day.year()) {
            return Err(LoadError::DayOutOfRange { day: row.day, entity: row.remote_id.to_owned() });
        }
        if let Some(first) =
            self.rows.first().filter(|first| first.measures.family() != row.measures.family())
        {
            let (expected, found) = (first.measures.family(), row.measures.family());
            return Err(LoadError::ForeignFamily { expected, found });
        }
        let entity = self.entities.number(checked(row.remote_id)?);
        let segment = match row.segment {
            None => NO_SEGMENT,
            Some(value) => self.segments.number(checked(value)?),
        };
        let extra = row.extra.map(|value| without_nul(&value.to_string()).into_boxed_str());
        self.rows.push(Row {
            entity,
            segment,
            day: day_number(row.day),
            currency: row.currency,
            measures: row.measures,
            extra,
        });
        Ok(())
    }

    /// Adds rows with the same key up ahead of time, where that is what [`settle`] will do: files name a campaign in the
    /// rows of each of its ads. Keeps the order of rows with the same key.
    pub(crate) fn compact(&mut self, duplicates: Duplicates) {
        if duplicates != Duplicates::Sum {
            return;
        }
        let key = |row: &Row| (row.day, row.entity, row.segment);
        self.rows.sort_by_key(key);
        self.rows.dedup_by(|row, kept| {
            let is_same = key(row) == key(kept) && row.currency == kept.currency;
            if !is_same || row.extra.is_some() || kept.extra.is_some() {
                return false;
            }
            let Some(sum) = sum_of(&kept.measures, &row.measures) else { return false };
            kept.measures = sum;
            true
        });
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn checked(text: &str) -> Result<&str, LoadError> {
    if text.is_empty() {
        return Err(LoadError::Invalid(
            "a row has an empty id or segment: rows without one can't be told apart".into(),
        ));
    }
    if text.contains('\0') {
        return Err(LoadError::Invalid(format!(
            "{text:?} holds a NUL character, which PostgreSQL can't store"
        )));
    }
    Ok(text)
}

/// JSON text without escaped NUL characters, which `jsonb` refuses.
pub(crate) fn without_nul(json: &str) -> String {
    if json.contains("\\u0000") { json.replace("\\u0000", "\\ufffd") } else { json.to_owned() }
}

/// Texts, numbered from 0 in the order of their first appearance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    last: u32,
}

impl Names {
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        // Sources send the rows of one entity one after the other.
        if self.texts.get(self.last as usize).is_some_and(|last| **last == *text) {
            return self.last;
        }
        if let Some(number) = self.numbers.get(text) {
            self.last = *number;
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(NO_SEGMENT - 1);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        self.last = number;
        number
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }

    pub(crate) fn texts(&self) -> &[Box<str>] {
        &self.texts
    }
}

/// A row with everything that is stored.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) key: Key,
    pub(crate) currency: Currency,
    pub(crate) measures: Measures,
    pub(crate) extra: Option<Box<str>>,
    pub(crate) hash: i64,
}

/// What makes a row one, within a load; ordered like the table's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) day: i32,
    pub(crate) entity: i64,
    /// Number of the segment, or [`NO_SEGMENT`].
    pub(crate) segment: u32,
}

/// Sorted facts with one row per key. `ids` holds the entity id of each number of `batch.entities`.
pub(crate) fn settle(
    rows: Vec<Row>,
    entities: &Names,
    ids: &[i64],
    duplicates: Duplicates,
) -> Result<Vec<Fact>, LoadError> {
    let mut order: Vec<(Key, u32)> = rows
        .iter()
        .zip(0_u32..)
        .map(|(row, at)| (Key { day: row.day, entity: ids[row.entity as usize], segment: row.segment }, at))
        .collect();
    order.sort_unstable();
    let mut facts: Vec<Fact> = Vec::with_capacity(order.len());
    let mut rows = rows;
    // Metrics that can't be added up and were given twice for the last key: they stay unknown, also after a third.
    let mut unknown = [false; MOST];
    for (key, at) in order {
        let row = &mut rows[at as usize];
        let extra = row.extra.take();
        match facts.last_mut().filter(|fact| fact.key == key) {
            None => {
                unknown = [false; MOST];
                facts.push(Fact { key, currency: row.currency, measures: row.measures, extra, hash: 0 });
            }
            Some(fact) => match duplicates {
                Duplicates::LastWins => {
                    *fact = Fact { key, currency: row.currency, measures: row.measures, extra, hash: 0 };
                }
                Duplicates::Sum => {
                    let entity = entities.get(row.entity);
                    add(fact, &row.measures, entity, &mut unknown)?;
                    fact.extra = extra.or(fact.extra.take());
                }
            },
        }
    }
    for fact in &mut facts {
        fact.hash = row_hash(fact.currency, &fact.measures, fact.extra.as_deref());
    }
    Ok(facts)
}

/// The sum, if all of it can be added up and stays in range.
fn sum_of(kept: &Measures, more: &Measures) -> Option<Measures> {
    let mut sum = *kept;
    for (at, metric) in columns::metrics(kept.family()).iter().enumerate() {
        match (kept.at(at), more.at(at)) {
            (None | Some(_), None) => {}
            (_, Some(_)) if metric.class() != Class::Additive => return None,
            (None, Some(new)) => sum.set_at(at, new),
            (Some(old), Some(new)) => sum.set_at(at, old.checked_add(new)?),
        }
    }
    Some(sum)
}

fn add(fact: &mut Fact, more: &Measures, entity: &str, unknown: &mut [bool; MOST]) -> Result<(), LoadError> {
    let day = day_of(fact.key.day);
    for (at, metric) in columns::metrics(fact.measures.family()).iter().enumerate() {
        let sum = match (fact.measures.at(at), more.at(at)) {
            _ if unknown[at] => None,
            (old, None) => old,
            (None, new) => new,
            (Some(old), Some(new)) => match metric.class() {
                Class::Additive => Some(old.checked_add(new).ok_or_else(|| LoadError::Overflow {
                    metric: metric.name(),
                    entity: entity.to_owned(),
                    day,
                })?),
                Class::Level => Some(new),
                Class::NonAdditive | Class::WeightedBy(_) => {
                    unknown[at] = true;
                    None
                }
            },
        };
        match sum {
            Some(value) => fact.measures.set_at(at, value),
            None => fact.measures.clear_at(at),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::{Family, Metric};

    fn batch(rows: &[(&str, u32, i64, Option<i64>)]) -> FactBatch {
        let mut batch = FactBatch::new();
        for (id, day, clicks, reach) in rows {
            let mut measures = Measures::of(Family::Ads);
            measures.set(Metric::Clicks, *clicks).unwrap();
            if let Some(reach) = reach {
                measures.set(Metric::Reach, *reach).unwrap();
            }
            let day = NaiveDate::from_ymd_opt(2026, 3, *day).unwrap();
            let row =
                FactRow { remote_id: id, day, segment: None, currency: Currency::EUR, measures, extra: None };
            batch.push(&row).unwrap();
        }
        batch
    }

    fn settled(batch: FactBatch, duplicates: Duplicates) -> Vec<(i64, Option<i64>, Option<i64>)> {
        let facts = settle(batch.rows, &batch.entities, &[7, 8], duplicates).unwrap();
        facts
            .iter()
            .map(|f| (f.key.entity, f.measures.get(Metric::Clicks), f.measures.get(Metric::Reach)))
            .collect()
    }

    #[test]
    fn repeated_rows_are_added_up_or_the_last_counts() {
        let rows = [("a", 1, 5, Some(3)), ("b", 1, 1, None), ("a", 1, 6, Some(4)), ("b", 2, 1, Some(9))];
        assert_eq!(
            settled(batch(&rows), Duplicates::Sum),
            [(7, Some(11), None), (8, Some(1), None), (8, Some(1), Some(9))]
        );
        assert_eq!(
            settled(batch(&rows), Duplicates::LastWins),
            [(7, Some(6), Some(4)), (8, Some(1), None), (8, Some(1), Some(9))]
        );
    }

    #[test]
    fn reach_that_is_given_three_times_stays_unknown() {
        let rows = [("a", 1, 5, Some(3)), ("a", 1, 6, Some(4)), ("a", 1, 7, Some(5))];
        assert_eq!(settled(batch(&rows), Duplicates::Sum), [(7, Some(18), None)]);
    }

    #[test]
    fn adding_up_ahead_of_time_changes_nothing() {
        let rows = [
            ("b", 2, 1, None),
            ("a", 1, 5, None),
            ("b", 1, 1, Some(9)),
            ("a", 1, 6, None),
            ("b", 1, 2, None),
            ("b", 1, 4, Some(9)),
            ("a", 1, i64::MAX - 20, None),
        ];
        let mut compact = batch(&rows);
        compact.compact(Duplicates::Sum);
        assert_eq!(compact.len(), 4, "{:?}", compact.rows);
        assert_eq!(settled(compact, Duplicates::Sum), settled(batch(&rows), Duplicates::Sum));
        let mut last = batch(&rows);
        last.compact(Duplicates::LastWins);
        assert_eq!(last.len(), rows.len());
    }

    #[test]
    fn what_can_t_be_stored_is_refused_with_the_reason() {
        let mut batch = FactBatch::new();
        let row = |remote_id, year| FactRow {
            remote_id,
            day: NaiveDate::from_ymd_opt(year, 1, 1).unwrap(),
            segment: None,
            currency: Currency::EUR,
            measures: Measures::of(Family::Ads),
            extra: None,
        };
        assert!(matches!(batch.push(&row("a", 26)), Err(LoadError::DayOutOfRange { .. })));
        assert!(matches!(batch.push(&row("", 2026)), Err(LoadError::Invalid(_))));
        assert!(matches!(batch.push(&row("a\0", 2026)), Err(LoadError::Invalid(_))));
    }

    #[test]
    fn sums_beyond_the_range_are_refused() {
        let two = batch(&[("a", 1, i64::MAX, None), ("a", 1, 1, None)]);
        let error = settle(two.rows, &two.entities, &[7], Duplicates::Sum).unwrap_err();
        assert!(matches!(error, LoadError::Overflow { metric: "clicks", .. }));
    }
}
