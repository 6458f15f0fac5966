//! What must be written so that the warehouse holds a batch: compares it with what is there. Pure.

use crate::load::batch::{Fact, Key};
use crate::load::scope::LoadCounts;
use std::collections::{BTreeMap, BTreeSet};

/// A stored row, as far as it takes to compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Existing {
    pub(crate) key: Key,
    pub(crate) hash: i64,
    /// The file import that wrote it.
    pub(crate) import: Option<i32>,
}

/// What to do.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Rows to store, sorted by key.
    pub(crate) write: Vec<Fact>,
    /// Stored rows to delete first, changed and vanished ones, on days of which others stay.
    pub(crate) delete: Vec<Key>,
    /// Days of which all stored rows are to be deleted.
    pub(crate) clear_days: Vec<i32>,
    /// Days that held rows before and get other figures.
    pub(crate) dirty_days: BTreeSet<i32>,
    /// Days that held no rows.
    pub(crate) fresh_days: BTreeSet<i32>,
    /// The result.
    pub(crate) counts: LoadCounts,
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.write.is_empty() && self.delete.is_empty() && self.clear_days.is_empty()
    }
}

/// Both lists are sorted by key and hold each key once. `existing` holds the rows of all days of `facts` and of all
/// days for which `is_replaced`. A row with the same values that somebody else wrote is taken over (deleted and written
/// again under our name), so that undoing the other's import does not take it away; it counts as unchanged.
pub(crate) fn diff(
    facts: Vec<Fact>,
    existing: &[Existing],
    is_replaced: impl Fn(i32) -> bool,
    import: Option<i32>,
) -> Plan {
    let mut plan = Plan::default();
    let stored_days: BTreeMap<i32, usize> =
        existing.chunk_by(|a, b| a.key.day == b.key.day).fold(BTreeMap::new(), |mut days, rows| {
            days.insert(rows[0].key.day, rows.len());
            days
        });
    let mut delete = Vec::new();
    let mut old = existing.iter().peekable();
    let mut vanish = |row: &Existing, plan: &mut Plan| {
        if is_replaced(row.key.day) {
            plan.counts.deleted += 1;
            plan.dirty_days.insert(row.key.day);
            delete.push(row.key);
        }
    };
    let mut replaced = Vec::new();
    let mut last_day = None;
    for fact in facts {
        let day = fact.key.day;
        while let Some(row) = old.next_if(|row| row.key < fact.key) {
            vanish(row, &mut plan);
        }
        let Some(row) = old.next_if(|row| row.key == fact.key) else {
            plan.counts.inserted += 1;
            if last_day != Some(day) {
                let is_stored = stored_days.contains_key(&day);
                if is_stored {
                    plan.dirty_days.insert(day)
                } else {
                    plan.fresh_days.insert(day)
                };
                last_day = Some(day);
            }
            plan.write.push(fact);
            continue;
        };
        if row.hash == fact.hash {
            plan.counts.unchanged += 1;
            if row.import == import {
                continue;
            }
        } else {
            plan.counts.updated += 1;
            plan.dirty_days.insert(day);
        }
        replaced.push(row.key);
        plan.write.push(fact);
    }
    for row in old {
        vanish(row, &mut plan);
    }
    delete.extend(replaced);
    delete.sort_unstable();
    for keys in delete.chunk_by(|a, b| a.day == b.day) {
        if stored_days.get(&keys[0].day) == Some(&keys.len()) {
            plan.clear_days.push(keys[0].day);
        } else {
            plan.delete.extend_from_slice(keys);
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Measures;
    use crate::currency::Currency;
    use proptest::prelude::*;

    fn keyed(rows: BTreeMap<(i32, i64), i64>) -> Vec<(Key, i64)> {
        rows.into_iter()
            .map(|((day, entity), hash)| {
                (Key { day, entity, segment: super::super::batch::NO_SEGMENT }, hash)
            })
            .collect()
    }

    fn rows() -> impl Strategy<Value = Vec<(Key, i64)>> {
        proptest::collection::btree_map((0..6, 0..5_i64), 0..3_i64, 0..30).prop_map(keyed)
    }

    proptest! {
        #[test]
        fn carrying_out_the_plan_gives_the_batch_on_replaced_days_and_the_union_elsewhere(
            before in rows(), batch in rows(), from in 0..6, until in 0..6,
        ) {
            let is_replaced = |day| from <= day && day <= until;
            let existing: Vec<_> =
                before.iter().map(|(key, hash)| Existing { key: *key, hash: *hash, import: None }).collect();
            let facts = batch
                .iter()
                .map(|(key, hash)| Fact {
                    key: *key, hash: *hash, currency: Currency::EUR, measures: Measures::of(metrics::Family::Ads), extra: None,
                })
                .collect();
            let plan = diff(facts, &existing, is_replaced, None);

            let mut stored: BTreeMap<Key, i64> = before.iter().copied().collect();
            stored.retain(|key, _| !plan.clear_days.contains(&key.day));
            for key in &plan.delete {
                prop_assert!(stored.remove(key).is_some());
            }
            for fact in &plan.write {
                prop_assert!(stored.insert(fact.key, fact.hash).is_none(), "a row is written over another");
            }
            let mut expected: BTreeMap<Key, i64> =
                before.iter().copied().filter(|(key, _)| !is_replaced(key.day)).collect();
            expected.extend(batch.iter().copied());
            prop_assert_eq!(&stored, &expected);

            let old: BTreeMap<Key, i64> = before.iter().copied().collect();
            let count = |f: &dyn Fn(Option<&i64>, i64) -> bool| {
                batch.iter().filter(|(key, hash)| f(old.get(key), *hash)).count() as u64
            };
            prop_assert_eq!(plan.counts.inserted, count(&|o, _| o.is_none()));
            prop_assert_eq!(plan.counts.updated, count(&|o, h| o.is_some_and(|o| *o != h)));
            prop_assert_eq!(plan.counts.unchanged, count(&|o, h| o == Some(&h)));
            prop_assert_eq!(plan.is_empty(), stored == old);
            let changed: BTreeSet<i32> = old
                .iter().filter(|(k, h)| stored.get(k) != Some(h)).map(|(k, _)| k.day)
                .chain(stored.iter().filter(|(k, h)| old.get(k) != Some(h)).map(|(k, _)| k.day))
                .collect();
            let touched: BTreeSet<i32> = plan.dirty_days.union(&plan.fresh_days).copied().collect();
            prop_assert_eq!(touched, changed);
        }
    }
}
