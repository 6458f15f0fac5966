//! Filter, group, sum.

use super::selection::{Groups, Run, Selection};
use super::{Column, Cube};
use crate::catalogue::{Class, Metric};
use crate::query::{Dimension, Frame, FrameRow, MissingRate, Query};
use std::collections::BTreeMap;

/// Up to this many groups, possible ones included, sums are kept in one flat list; beyond, groups that occur are
/// numbered first.
const DENSE_GROUPS: usize = 1 << 22;

impl Cube {
    /// Whether the cube can answer the query by itself: same family and level, no dimension that its rows do not have, all days
    /// inside of [`super::CubeMeta::periods`]. Where it can't, ask the server for the frame.
    pub fn answers(&self, query: &Query) -> bool {
        let known = |dimension: &Dimension| dimension.is_in_cubes();
        let covered = |days: model::DayRange| {
            let periods = &self.meta.periods;
            periods.iter().any(|p| p.intersection(days) == Some(days))
                || days.days().all(|day| periods.iter().any(|p| p.contains(day)))
        };
        query.family == self.meta.family
            && query.level == self.meta.level
            && query.group_by.iter().all(known)
            && query.filters.iter().map(|f| &f.dimension).all(known)
            && covered(query.days)
    }

    /// Answers a query.
    ///
    /// - Facts count for the metrics that their place gives (see [`super::CubeBuilder::counts_for`]); those that count for
    ///   none of the query's metrics do not take part.
    /// - A row of the answer exists for each combination of members that at least one fact has, whether or not it
    ///   reports the metrics; without dimensions there is exactly one row.
    /// - *Additive*: sum of the facts that report it; missing when none does.
    /// - *Weighted*: sum of value × weight over sum of weights, over facts that report both, rounded half away from
    ///   zero at the metric's scale; missing when none does or the weights sum up to zero.
    /// - *Non-additive*: the fact's own value where a group has exactly one fact (one day of one place in the tree)
    ///   that counts, whatever it reports; missing elsewhere.
    /// - *Level*: for each place in the tree (account, campaign, ad group, ad) its value on the latest day of the
    ///   group that reports it, summed over places; missing when none does. Groups of time look at their own days
    ///   only; nothing is carried into a later group.
    /// - `totals` follow the same rules with all facts as one group.
    /// - `missing_rates`: when a metric asked for is money, one entry for each currency with facts that pass the
    ///   filters on days without a rate: the first and last such day.
    /// - Dimensions that rows do not have (hour, device, what lies on another level) count as "no value".
    pub fn query(&self, query: &Query) -> Frame {
        self.query_with(query, DENSE_GROUPS)
    }

    /// [`Cube::query`] with at most `dense_groups` groups in a flat list.
    pub(super) fn query_with(&self, query: &Query, dense_groups: usize) -> Frame {
        let (mut path_mask, day_mask) = self.masks(Some(query.days), &query.filters);
        let mut dimensions =
            query.group_by.iter().chain(query.filters.iter().map(|filter| &filter.dimension));
        let is_split = dimensions.any(|dimension| dimension.is_place());
        if !self.counting.is_empty() {
            for (path, passes) in path_mask.iter_mut().enumerate() {
                *passes &= query.metrics.iter().any(|metric| self.counts(path, *metric, is_split));
            }
        }
        let grouping = Grouping::new(self, &query.group_by);
        let (selection, keys) = self.select(&grouping, &path_mask, &day_mask, dense_groups.min(DENSE_GROUPS));

        let counts = selection.counts(keys.len());
        let by_metric: Vec<Vec<Option<i64>>> =
            query.metrics.iter().map(|m| self.aggregate(*m, is_split, &selection, &counts)).collect();

        let everything = selection.as_one_group();
        let all = [u32::try_from(selection.len()).unwrap_or(u32::MAX)];
        let totals = query
            .metrics
            .iter()
            .zip(&by_metric)
            .map(|(metric, groups)| match metric.class() {
                Class::Additive => groups.iter().copied().flatten().reduce(|a, b| a + b),
                _ => self.aggregate(*metric, is_split, &everything, &all).first().copied().flatten(),
            })
            .collect();

        let mut order: Vec<(u128, usize)> = keys
            .iter()
            .enumerate()
            .filter(|(group, _)| counts[*group] > 0)
            .map(|(group, key)| (grouping.sort_key(*key), group))
            .collect();
        order.sort_unstable();
        let mut rows: Vec<FrameRow> = order
            .iter()
            .map(|(sort_key, group)| FrameRow {
                members: grouping.members(*sort_key),
                values: by_metric.iter().map(|values| values[*group]).collect(),
            })
            .collect();
        if query.group_by.is_empty() && rows.is_empty() {
            rows.push(FrameRow { members: Vec::new(), values: vec![None; query.metrics.len()] });
        }
        let missing_rates = if query.metrics.iter().any(|m| m.is_money()) {
            self.missing_rates(&path_mask, &day_mask)
        } else {
            Vec::new()
        };
        Frame {
            group_by: query.group_by.clone(),
            metrics: query.metrics.clone(),
            rows,
            totals,
            missing_rates,
        }
    }

    /// The rows that pass and the group of each; and for each group, its place × day combination.
    fn select(
        &self,
        grouping: &Grouping<'_>,
        path_mask: &[bool],
        day_mask: &[bool],
        dense_groups: usize,
    ) -> (Selection, Vec<u64>) {
        let (first, last) = day_bounds(day_mask);
        let day_groups = grouping.day_keys.len() as u64;
        let dense = grouping.path_keys.len() * grouping.day_keys.len();
        let mut runs = Vec::new();
        // Numbers of groups among all that are possible, per run and (where days matter) per row.
        let mut of_run: Vec<u64> = Vec::new();
        let mut of_row: Vec<u64> = Vec::new();
        for (path, _) in path_mask.iter().enumerate().filter(|(_, passes)| **passes) {
            let rows = self.rows_of(path);
            let days = &self.days[rows.clone()];
            let from = days.partition_point(|d| *d < first);
            let until = days.partition_point(|d| *d <= last).max(from);
            let base = u64::from(grouping.path_group[path]) * day_groups;
            let mut at = from;
            for run in
                days[from..until].chunk_by(|a, b| day_mask[usize::from(*a)] == day_mask[usize::from(*b)])
            {
                let start = rows.start + at;
                at += run.len();
                if !run.first().is_some_and(|d| day_mask[usize::from(*d)]) {
                    continue;
                }
                runs.push(Run { path, rows: start..start + run.len(), group: 0 });
                of_run.push(base);
                if day_groups > 1 {
                    of_row.extend(run.iter().map(|d| base + u64::from(grouping.day_group[usize::from(*d)])));
                }
            }
        }
        let by_day = day_groups > 1;
        let used = if by_day { of_row } else { of_run };
        let keys: Vec<u64> = if dense <= dense_groups {
            (0..dense as u64).collect()
        } else {
            let mut keys = used.clone();
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let number = |group: &u64| {
            let at =
                if dense <= dense_groups { *group } else { keys.binary_search(group).unwrap_or(0) as u64 };
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        let numbers: Vec<u32> = used.iter().map(number).collect();
        if by_day {
            return (Selection { runs, groups: Some(numbers) }, keys);
        }
        for (run, group) in runs.iter_mut().zip(numbers) {
            run.group = group;
        }
        (Selection { runs, groups: None }, keys)
    }

    fn aggregate(
        &self,
        metric: Metric,
        is_split: bool,
        selection: &Selection,
        counts: &[u32],
    ) -> Vec<Option<i64>> {
        let Some(column) = self.column(metric) else {
            return vec![None; counts.len()];
        };
        let counts_here = |path: usize| self.counts(path, metric, is_split);
        if !selection.runs.iter().all(|run| counts_here(run.path)) {
            let counting = selection.of_paths(counts_here);
            let counts = counting.counts(counts.len());
            return self.aggregate(metric, is_split, &counting, &counts);
        }
        match metric.class() {
            Class::Additive => additive(column, selection, counts),
            Class::NonAdditive => non_additive(column, selection, counts),
            Class::Level => level(column, selection, counts.len()),
            Class::WeightedBy(weight) => match self.column(weight) {
                Some(weight) => weighted(column, weight, selection, counts.len()),
                None => vec![None; counts.len()],
            },
        }
    }

    fn missing_rates(&self, path_mask: &[bool], day_mask: &[bool]) -> Vec<MissingRate> {
        if self.meta.missing_rates.is_empty() {
            return Vec::new();
        }
        let mut found: BTreeMap<&str, (u16, u16)> = BTreeMap::new();
        let lacking = |currency: &str| -> Vec<bool> {
            let gaps: Vec<_> = self.meta.missing_rates.iter().filter(|r| r.currency == currency).collect();
            let offsets = 0..u16::try_from(day_mask.len()).unwrap_or(u16::MAX);
            let gap = |day| gaps.iter().any(|r| r.from <= day && day <= r.until);
            offsets.map(|offset| day_mask[usize::from(offset)] && gap(self.day(offset))).collect()
        };
        let by_account: Vec<Vec<bool>> = self.accounts.iter().map(|a| lacking(&a.currency)).collect();
        for (path, codes) in self.paths.iter().enumerate().filter(|(path, _)| path_mask[*path]) {
            let account = codes.account as usize;
            let days = self.days[self.rows_of(path)].iter().copied();
            for day in days.filter(|d| by_account[account][usize::from(*d)]) {
                let span = found.entry(&self.accounts[account].currency).or_insert((day, day));
                *span = (span.0.min(day), span.1.max(day));
            }
        }
        let rate = |(currency, (from, until)): (&str, (u16, u16))| MissingRate {
            currency: currency.to_owned(),
            from: self.day(from),
            until: self.day(until),
        };
        found.into_iter().map(rate).collect()
    }
}

/// First and last day that pass, so that whole stretches can be skipped.
fn day_bounds(mask: &[bool]) -> (u16, u16) {
    let first = mask.iter().position(|pass| *pass).unwrap_or(usize::from(u16::MAX));
    let last = mask.iter().rposition(|pass| *pass).unwrap_or(0);
    (u16::try_from(first).unwrap_or(u16::MAX), u16::try_from(last).unwrap_or(u16::MAX))
}

fn additive(column: &Column, selection: &Selection, counts: &[u32]) -> Vec<Option<i64>> {
    let mut sums = vec![0_i64; counts.len()];
    selection.each_run(|run, groups| {
        let values = &column.values[run.rows.clone()];
        match groups {
            Groups::One(group) => sums[group] += values.iter().sum::<i64>(),
            Groups::Each(groups) => {
                for (value, group) in values.iter().zip(groups) {
                    sums[*group as usize] += value;
                }
            }
        }
    });
    if column.presence == super::Presence::All {
        return sums.into_iter().zip(counts).map(|(sum, count)| (*count > 0).then_some(sum)).collect();
    }
    let mut present = vec![false; counts.len()];
    selection.each_row(|_, row, group| present[group] |= column.presence.has(row));
    sums.into_iter().zip(present).map(|(sum, present)| present.then_some(sum)).collect()
}

fn non_additive(column: &Column, selection: &Selection, counts: &[u32]) -> Vec<Option<i64>> {
    let mut values = vec![None; counts.len()];
    selection.each_row(|_, row, group| {
        if counts[group] == 1 && column.presence.has(row) {
            values[group] = Some(column.values[row]);
        }
    });
    values
}

fn level(column: &Column, selection: &Selection, count: usize) -> Vec<Option<i64>> {
    let mut sums: Vec<Option<i64>> = vec![None; count];
    // Per group: the last value that the current path has put into the sum, to be replaced by a later day's.
    let mut last = vec![(usize::MAX, 0_i64); count];
    selection.each_row(|path, row, group| {
        if !column.presence.has(row) {
            return;
        }
        let value = column.values[row];
        let (seen, before) = last[group];
        let replaced = if seen == path { before } else { 0 };
        // Wrapping in between is harmless: the final sum fits.
        sums[group] = Some(sums[group].unwrap_or(0).wrapping_sub(replaced).wrapping_add(value));
        last[group] = (path, value);
    });
    sums
}

fn weighted(column: &Column, weight: &Column, selection: &Selection, count: usize) -> Vec<Option<i64>> {
    let mut sums = vec![(0_i128, 0_i64); count];
    selection.each_row(|_, row, group| {
        if column.presence.has(row) && weight.presence.has(row) {
            let (products, weights) = &mut sums[group];
            *products += i128::from(column.values[row]) * i128::from(weight.values[row]);
            *weights += weight.values[row];
        }
    });
    sums.into_iter().map(|(products, weights)| weighted_mean(products, weights)).collect()
}

/// `products / weights`, rounded half away from zero; none when the weights sum up to zero.
pub(crate) fn weighted_mean(products: i128, weights: i64) -> Option<i64> {
    let mean = crate::value::divide_rounded(products, i128::from(weights))?;
    i64::try_from(mean).ok()
}

/// How places and days map to groups.
struct Grouping<'a> {
    axes: Vec<super::plan::Axis<'a>>,
    /// Group of each path; and for each such group its part of the sort key.
    path_group: Vec<u32>,
    path_keys: Vec<u128>,
    day_group: Vec<u32>,
    day_keys: Vec<u128>,
}

impl<'a> Grouping<'a> {
    fn new(cube: &'a Cube, group_by: &[Dimension]) -> Self {
        let axes: Vec<_> = group_by.iter().map(|d| cube.axis(*d)).collect();
        // A mixed-radix number with one digit per dimension, the first most significant, orders rows by their keys.
        let mut strides = vec![1_u128; axes.len()];
        for at in (1..axes.len()).rev() {
            strides[at - 1] = strides[at].saturating_mul(axes[at].len() as u128);
        }
        let keys =
            |count: usize, codes: for<'b> fn(&'b super::plan::Axis<'a>) -> Option<&'b [u32]>| -> Vec<u128> {
                let mut keys = vec![0_u128; count];
                for (axis, stride) in axes.iter().zip(&strides) {
                    for (key, code) in keys.iter_mut().zip(codes(axis).unwrap_or_default()) {
                        *key += u128::from(*code) * stride;
                    }
                }
                keys
            };
        let (path_group, path_keys) = rank(keys(cube.paths.len(), super::plan::Axis::of_path));
        let (day_group, day_keys) = rank(keys(cube.day_count(), super::plan::Axis::of_day));
        Self { axes, path_group, path_keys, day_group, day_keys }
    }

    /// Orders groups by their members' keys.
    fn sort_key(&self, group: u64) -> u128 {
        let days = self.day_keys.len().max(1) as u64;
        let part = |keys: &[u128], at: u64| {
            usize::try_from(at).ok().and_then(|at| keys.get(at)).copied().unwrap_or(0)
        };
        part(&self.path_keys, group / days) + part(&self.day_keys, group % days)
    }

    fn members(&self, mut sort_key: u128) -> Vec<crate::query::Member> {
        let mut members: Vec<_> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let digit = sort_key % axis.len() as u128;
                sort_key /= axis.len() as u128;
                axis.member(usize::try_from(digit).unwrap_or(usize::MAX))
            })
            .collect();
        members.reverse();
        members
    }
}

/// The distinct keys in order, and the number of each key among them.
fn rank(keys: Vec<u128>) -> (Vec<u32>, Vec<u128>) {
    let mut distinct = keys.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let number = |key: &u128| u32::try_from(distinct.binary_search(key).unwrap_or(0)).unwrap_or(0);
    (keys.iter().map(number).collect(), distinct)
}
