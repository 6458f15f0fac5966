//! From what a thing has come to, to what it gained on which day. Pure.

use crate::columns::{self, Measures};
use chrono::{Datelike, NaiveDate};
use metrics::{Class, Family};

/// What is known of a thing: two snapshots, and where its counting starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// The day of its publication or sending, never after [`Self::first_day`].
    pub(crate) began: Option<NaiveDate>,
    pub(crate) first_day: NaiveDate,
    /// Of the last snapshot.
    pub(crate) day: NaiveDate,
    pub(crate) totals: Measures,
    /// At the last snapshot of an earlier day.
    pub(crate) before: Measures,
    /// When each metric was first told.
    pub(crate) first: Measures,
}

impl Known {
    /// A thing that is seen for the first time.
    pub(crate) fn new(day: NaiveDate, totals: Measures, began: Option<NaiveDate>) -> Self {
        let none = Measures::of(totals.family());
        Self { began: began_by(began, day), first_day: day, day, totals, before: none, first: totals }
    }

    /// After another snapshot. One of an earlier day than the last says nothing: then nothing changes.
    ///
    /// A snapshot of the same day takes the last one's place. A metric that it does not tell stays as it was known, for
    /// missing is not zero; but a level (followers) is known for its own day only.
    pub(crate) fn then(&self, day: NaiveDate, totals: Measures, began: Option<NaiveDate>) -> Self {
        if day < self.day {
            return *self;
        }
        let before = if day > self.day { self.totals } else { self.before };
        let metrics = columns::metrics(totals.family()).iter().enumerate();
        let mut next = Self { day, totals, before, ..*self };
        for (at, metric) in metrics {
            if let (None, Some(known)) = (totals.at(at), self.totals.at(at).or(before.at(at)))
                && metric.class() != Class::Level
            {
                next.totals.set_at(at, known);
            }
            if let (None, Some(now)) = (before.at(at), next.totals.at(at)) {
                next.first.set_at(at, now);
            }
        }
        next.began = self.began.or_else(|| began_by(began, self.first_day));
        next
    }

    /// What counts on that day: what it had come to when it was first seen, on the day that it began; on the day of the last
    /// snapshot, the difference to the one before, and levels as they stood. What it gained on days in between counts there
    /// as well: nobody tells on which. Nothing where neither of the two is the day.
    pub(crate) fn on(&self, day: NaiveDate) -> Measures {
        let family = self.totals.family();
        let mut gained = Measures::of(family);
        for (at, metric) in columns::metrics(family).iter().enumerate() {
            let now = self.totals.at(at).filter(|_| day == self.day);
            let value = match metric.class() {
                Class::Level => now,
                Class::Additive => {
                    let first = self.first.at(at).filter(|_| self.began == Some(day));
                    // Values of the size that a difference can't hold are no counts of anything.
                    let more = now.zip(self.before.at(at)).map(|(now, before)| now.saturating_sub(before));
                    first.or(more)
                }
                // People who were reached by the end of today were not reached today.
                Class::NonAdditive | Class::WeightedBy(_) => None,
            };
            if let Some(value) = value {
                gained.set_at(at, value);
            }
        }
        gained
    }
}

/// A day that can be meant, not after the first snapshot: a post that is seen was published.
fn began_by(began: Option<NaiveDate>, first_day: NaiveDate) -> Option<NaiveDate> {
    began.filter(|day| (1990..=2100).contains(&day.year())).map(|day| day.min(first_day))
}

/// Drops rows of a day that say only that nothing was gained, but for those without which a metric would be missing on that
/// day: "nothing" is a figure, and one row is enough to tell it.
pub(crate) fn without_idle<T>(
    family: Family,
    rows: &mut Vec<T>,
    measures: impl Fn(&T) -> &Measures,
    is_kept: impl Fn(&T) -> bool,
) {
    let places = 0..columns::metrics(family).len();
    let is_idle = |row: &T| {
        !is_kept(row) && places.clone().all(|at| measures(row).at(at).is_none_or(|value| value == 0))
    };
    let mut told = rows.iter().filter(|row| !is_idle(row)).fold(0, |all, row| all | measures(row).present());
    rows.retain(|row| {
        let present = measures(row).present();
        let tells = !is_idle(row) || present & !told != 0;
        told |= present;
        tells
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::Metric;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, d).unwrap()
    }

    fn totals(values: &[(Metric, i64)]) -> Measures {
        let mut measures = Measures::of(Family::Social);
        for (metric, value) in values {
            measures.set(*metric, *value).unwrap();
        }
        measures
    }

    fn likes(count: i64) -> Measures {
        totals(&[(Metric::Likes, count)])
    }

    #[test]
    fn the_first_snapshot_counts_on_the_day_of_the_publication() {
        let post = Known::new(day(10), likes(40), Some(day(3)));
        assert_eq!((post.on(day(3)), post.on(day(10))), (likes(40), likes(40).without_all()));
        // Later that day: still the first.
        let post = post.then(day(10), likes(42), Some(day(3)));
        assert_eq!((post.on(day(3)), post.on(day(10)).is_empty()), (likes(42), true));
        let post = post.then(day(12), likes(41), Some(day(3)));
        assert_eq!((post.on(day(3)), post.on(day(12))), (likes(42), likes(-1)));
        let post = post.then(day(12), likes(45), Some(day(4)));
        assert_eq!((post.on(day(3)), post.on(day(12))), (likes(42), likes(3)));
        assert_eq!(post.then(day(11), likes(1), None), post, "an older one that comes late");
    }

    #[test]
    fn without_a_day_of_publication_the_first_snapshot_is_where_counting_starts() {
        let flow = Known::new(day(10), likes(40), None).then(day(11), likes(44), None);
        assert_eq!((flow.on(day(10)).is_empty(), flow.on(day(11))), (true, likes(4)));
        // Told later, the start counts, too.
        let flow = flow.then(day(11), likes(44), Some(day(20)));
        assert_eq!((flow.began, flow.on(day(10)), flow.on(day(11))), (Some(day(10)), likes(40), likes(4)));
        assert_eq!(Known::new(day(10), likes(1), "1970-01-01".parse().ok()).began, None);
    }

    #[test]
    fn missing_is_not_zero_and_levels_are_no_gains() {
        let post = Known::new(day(1), totals(&[(Metric::Likes, 5), (Metric::Reach, 9)]), Some(day(1)));
        let post = post.then(day(2), totals(&[(Metric::Shares, 3), (Metric::Followers, 8)]), None);
        assert_eq!(post.on(day(1)), totals(&[(Metric::Likes, 5), (Metric::Shares, 3)]));
        assert_eq!(post.on(day(2)), totals(&[(Metric::Likes, 0), (Metric::Followers, 8)]));
        assert_eq!(post.totals.get(Metric::Reach), Some(9));
        let post = post.then(day(3), totals(&[(Metric::Likes, 7)]), None);
        assert_eq!(post.on(day(3)), totals(&[(Metric::Likes, 2), (Metric::Shares, 0)]));
    }

    #[test]
    fn rows_without_a_gain_are_dropped_as_long_as_others_tell() {
        let mut rows = vec![likes(0), likes(0), totals(&[(Metric::Likes, 0), (Metric::Saves, 0)])];
        without_idle(Family::Social, &mut rows, |row| row, |_| false);
        assert_eq!(rows, [likes(0), totals(&[(Metric::Likes, 0), (Metric::Saves, 0)])]);
        let mut rows = vec![likes(0), likes(-1), likes(0)];
        without_idle(Family::Social, &mut rows, |row| row, |_| false);
        assert_eq!(rows, [likes(-1)]);
    }

    impl Measures {
        fn without_all(&self) -> Self {
            Self::of(self.family())
        }
    }

    proptest! {
        /// Whatever comes in which order: the days add up to the last total, or to what came after the start.
        #[test]
        fn days_add_up_to_the_last_total(
            pulls in prop::collection::vec((1..20_u32, prop::option::of(-5..50_i64), 0..9_i64), 1..30),
            began in prop::option::of(1..25_u32),
        ) {
            let mut known: Option<Known> = None;
            let mut stored: BTreeMap<NaiveDate, Measures> = BTreeMap::new();
            let mut first: BTreeMap<&str, (NaiveDate, i64)> = BTreeMap::new();
            let mut last: BTreeMap<&str, i64> = BTreeMap::new();
            for (d, saves, likes) in pulls {
                let mut now = likes_of(likes);
                if let Some(saves) = saves {
                    now.set(Metric::Saves, saves).unwrap();
                }
                let began = began.map(day);
                let next = known.map_or_else(|| Known::new(day(d), now, began), |k| k.then(day(d), now, began));
                if known.is_none_or(|known| day(d) >= known.day) {
                    for (name, value) in [("likes", Some(likes)), ("saves", saves)] {
                        let Some(value) = value else { continue };
                        last.insert(name, value);
                        let start = first.entry(name).or_insert((day(d), value));
                        if start.0 == day(d) {
                            start.1 = value;
                        }
                    }
                }
                stored.insert(next.day, next.on(next.day));
                if let Some(began) = next.began {
                    stored.insert(began, next.on(began));
                }
                known = Some(next);
            }
            for (name, metric) in [("likes", Metric::Likes), ("saves", Metric::Saves)] {
                let sum: i64 = stored.values().filter_map(|row| row.get(metric)).sum();
                let start = if began.is_some() { 0 } else { first.get(name).map_or(0, |(_, value)| *value) };
                prop_assert_eq!(sum, last.get(name).map_or(0, |value| value - start), "{}", name);
            }
        }
    }

    fn likes_of(count: i64) -> Measures {
        likes(count)
    }
}
