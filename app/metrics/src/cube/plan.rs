//! What a query means for this cube: which places and days pass, and which group each falls into.

use super::Cube;
use crate::keys::{bucket_ordinal, from_ordinal, label_of};
use crate::levels::step;
use crate::query::{Dimension, Filter, FilterMode, Member};
use chrono::NaiveDate;
use model::DayRange;
use model::sort::sort_distinct;
use std::borrow::Cow;
use std::collections::HashSet;

/// Where the members of a dimension are found.
enum Source {
    /// By place: member number per path.
    Path(Vec<u32>),
    /// By day: member number per day of the cube.
    Day(Vec<u32>),
}

/// Key of a member. Ids become text only for members that are shown: there are thousands, and each question numbers all.
enum Key<'a> {
    Text(Cow<'a, str>),
    Id(i64),
}

impl Key<'_> {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Id(id) => Cow::Owned(id.to_string()),
        }
    }
}

/// The members of a dimension that occur, numbered in the order of their keys, and how rows map to them.
pub(super) struct Axis<'a> {
    dimension: Dimension,
    source: Source,
    members: Vec<(Key<'a>, Option<&'a str>)>,
}

impl Axis<'_> {
    /// Number of members, at least 1.
    pub(super) fn len(&self) -> usize {
        self.members.len().max(1)
    }

    /// Member number per path, if it is a dimension of places.
    pub(super) fn of_path(&self) -> Option<&[u32]> {
        match &self.source {
            Source::Path(codes) => Some(codes),
            Source::Day(_) => None,
        }
    }

    /// Member number per day, if it is a dimension of time.
    pub(super) fn of_day(&self) -> Option<&[u32]> {
        match &self.source {
            Source::Day(codes) => Some(codes),
            Source::Path(_) => None,
        }
    }

    /// The member with that number.
    pub(super) fn member(&self, number: usize) -> Member {
        let Some((key, label)) = self.members.get(number) else {
            return Member { key: String::new(), label: self.dimension.none_label() };
        };
        let key = key.text();
        let label = label.map_or_else(|| label_of(self.dimension, &key), str::to_owned);
        Member { key: key.into_owned(), label }
    }
}

impl Cube {
    /// Days of the cube, day 0 first.
    pub(super) fn day_count(&self) -> usize {
        // Days ascend within a path.
        let last = |path: usize| self.days.get(self.rows_of(path)).and_then(<[u16]>::last);
        (0..self.paths.len()).filter_map(last).max().map_or(0, |d| usize::from(*d) + 1)
    }

    fn all_days(&self) -> impl Iterator<Item = NaiveDate> {
        let count = u16::try_from(self.day_count()).unwrap_or(u16::MAX);
        (0..count).map(|offset| self.day(offset))
    }

    /// The axis of a dimension.
    pub(super) fn axis(&self, dimension: Dimension) -> Axis<'_> {
        let by_text = |text: fn(&super::Account) -> &str| {
            let mut keys: Vec<&str> = self.accounts.iter().map(text).collect();
            sort_distinct(&mut keys);
            let numbers: Vec<u32> = self.accounts.iter().map(|a| position(&keys, text(a))).collect();
            let codes =
                self.paths.iter().map(|p| numbers.get(p.account as usize).copied().unwrap_or(0)).collect();
            (codes, keys.into_iter().map(|key| (Key::Text(Cow::Borrowed(key)), None)).collect())
        };
        let by_entity = |level: usize, code: fn(&super::PathCodes) -> u32| {
            let none = (Key::Text(Cow::Borrowed("")), None);
            let entities = self.entities[level].iter();
            let members = entities.map(|e| (Key::Id(e.id.0), Some(e.label.as_str())));
            (self.paths.iter().map(code).collect(), std::iter::once(none).chain(members).collect())
        };
        let (codes, members) = match dimension {
            Dimension::Platform => by_text(|a| &a.platform),
            Dimension::Currency => by_text(|a| &a.currency),
            Dimension::Account => {
                let members = self.accounts.iter().map(|a| (Key::Id(a.id.0.into()), Some(a.name.as_str())));
                (self.paths.iter().map(|p| p.account).collect(), members.collect())
            }
            time if time.is_time() => return self.time_axis(dimension),
            entity => match step(self.meta.level, entity) {
                Some(0) => by_entity(0, |p| p.campaign),
                Some(1) => by_entity(1, |p| p.ad_group),
                Some(_) => by_entity(2, |p| p.ad),
                // Rows have no such thing.
                None => (vec![0; self.paths.len()], Vec::new()),
            },
        };
        Axis { dimension, source: Source::Path(codes), members }
    }

    fn time_axis(&self, dimension: Dimension) -> Axis<'_> {
        let week_start = self.meta.week_start;
        let ordinals: Vec<i32> = self.all_days().map(|d| bucket_ordinal(dimension, d, week_start)).collect();
        let mut distinct = ordinals.clone();
        sort_distinct(&mut distinct);
        let codes = ordinals.iter().map(|o| position(&distinct, *o)).collect();
        let key = |ordinal: &i32| {
            let key = from_ordinal(dimension, *ordinal, week_start).unwrap_or_default();
            (Key::Text(Cow::Owned(key)), None)
        };
        Axis { dimension, source: Source::Day(codes), members: distinct.iter().map(key).collect() }
    }

    /// Which paths and which days pass the filters and lie inside the days asked for.
    pub(super) fn masks(&self, days: Option<DayRange>, filters: &[Filter]) -> (Vec<bool>, Vec<bool>) {
        let mut path_mask = vec![true; self.paths.len()];
        let mut day_mask: Vec<bool> =
            self.all_days().map(|d| days.is_none_or(|range| range.contains(d))).collect();
        for filter in filters {
            let axis = self.axis(filter.dimension);
            let wanted: HashSet<&str> =
                filter.members.iter().map(String::as_str).filter(|m| !m.is_empty()).collect();
            // What is no id as we write it is nobody's.
            let id = |text: &&str| text.parse::<i64>().ok().filter(|id| id.to_string() == **text);
            let ids: HashSet<i64> = wanted.iter().filter_map(id).collect();
            let keep_listed = filter.mode == FilterMode::Include;
            let is_listed = |key: &Key<'_>| match key {
                Key::Text(text) => wanted.contains(text.as_ref()),
                Key::Id(id) => ids.contains(id),
            };
            let mut passes: Vec<bool> =
                axis.members.iter().map(|(key, _)| is_listed(key) == keep_listed).collect();
            // No member at all: a row without a value fails an inclusion and passes an exclusion.
            passes.resize(axis.len(), !keep_listed);
            let (mask, codes) = match &axis.source {
                Source::Path(codes) => (&mut path_mask, codes),
                Source::Day(codes) => (&mut day_mask, codes),
            };
            for (pass, code) in mask.iter_mut().zip(codes) {
                *pass &= passes.get(*code as usize).copied().unwrap_or(false);
            }
        }
        (path_mask, day_mask)
    }
}

/// Where `wanted` is in a sorted list that holds it.
fn position<T: Ord>(sorted: &[T], wanted: T) -> u32 {
    let at = sorted.binary_search(&wanted).unwrap_or_else(|at| at);
    u32::try_from(at).unwrap_or(u32::MAX)
}
