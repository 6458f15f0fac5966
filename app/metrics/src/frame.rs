//! Work on answers: the first n and "Other", two periods side by side.

use crate::catalogue::{Class, Measure, Metric};
use crate::cube::weighted_mean;
use crate::keys::{OTHER_KEY, compare_keys};
use crate::period::Alignment;
use crate::query::{Dimension, Frame, FrameRow, Member};
use crate::value::{Value, evaluate};
use model::days::WeekStart;
use model::sort::sort_by;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Sorts values with figures first, the largest first; then undefined, then missing.
pub fn descending(a: Value, b: Value) -> Ordering {
    let rank = |v: Value| match v {
        Value::Known(_) => 0,
        Value::Undefined => 1,
        Value::Missing => 2,
    };
    match (a, b) {
        (Value::Known(a), Value::Known(b)) => b.cmp(&a),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// The keys of the `n` members of `dimension` with the largest `measure` over all rows, largest first; ties in the
/// order of keys. Members without a figure come last.
pub fn top_members(frame: &Frame, dimension: Dimension, measure: Measure, n: usize) -> Vec<String> {
    let Some(at) = frame.group_by.iter().position(|d| *d == dimension) else {
        return Vec::new();
    };
    let mut by_key: HashMap<&str, Vec<&FrameRow>> = HashMap::new();
    for row in &frame.rows {
        by_key.entry(&row.members[at].key).or_default().push(row);
    }
    let mut ranked: Vec<(&str, Value)> = by_key
        .into_iter()
        .map(|(key, rows)| {
            let values = merge(frame, &rows);
            (key, evaluate(measure, |metric| values.get(frame.column(metric)?).copied().flatten()))
        })
        .collect();
    sort_by(&mut ranked, |a, b| descending(a.1, b.1).then_with(|| compare_keys(dimension, a.0, b.0)));
    ranked.into_iter().take(n).map(|(key, _)| key.to_owned()).collect()
}

/// The frame with all members of `dimension` but `keep` put together as one member "Other" (key
/// [`OTHER_KEY`]), recomputed from sums. Kept members come in the order of `keep`, Other last; within a member the
/// rows keep their order. A frame without the dimension, or with nothing to put together, comes back unchanged but
/// for the order.
///
/// Non-additive metrics are missing in Other; weighted means are recomputed where the frame holds the weight, else
/// missing.
pub fn fold_other(frame: &Frame, dimension: Dimension, keep: &[String]) -> Frame {
    let Some(at) = frame.group_by.iter().position(|d| *d == dimension) else {
        return frame.clone();
    };
    let rank: HashMap<&str, usize> =
        keep.iter().enumerate().map(|(rank, key)| (key.as_str(), rank)).collect();
    let mut kept: Vec<(usize, &FrameRow)> = Vec::new();
    let mut others: BTreeMap<usize, (Vec<Member>, Vec<&FrameRow>)> = BTreeMap::new();
    let mut seen: HashMap<Vec<&str>, usize> = HashMap::new();
    for (number, row) in frame.rows.iter().enumerate() {
        if let Some(rank) = rank.get(row.members[at].key.as_str()) {
            kept.push((*rank, row));
            continue;
        }
        let rest: Vec<&str> =
            row.members.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, m)| m.key.as_str()).collect();
        let first = *seen.entry(rest).or_insert(number);
        let (_, rows) = others.entry(first).or_insert_with(|| {
            let mut members = row.members.clone();
            members[at] = Member { key: OTHER_KEY.into(), label: "Other".into() };
            (members, Vec::new())
        });
        rows.push(row);
    }
    sort_by(&mut kept, |a, b| a.0.cmp(&b.0));
    let mut rows: Vec<FrameRow> = kept.into_iter().map(|(_, row)| row.clone()).collect();
    let mut folded: Vec<FrameRow> = others
        .into_values()
        .map(|(members, rows)| {
            let values = merge(frame, &rows);
            FrameRow { members, values }
        })
        .collect();
    sort_by(&mut folded, |a, b| {
        let pairs = a.members.iter().zip(&b.members).zip(&frame.group_by);
        pairs
            .map(|((a, b), d)| compare_keys(*d, &a.key, &b.key))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    rows.append(&mut folded);
    Frame { rows, ..frame.clone() }
}

/// The `n` members of `dimension` with the largest `measure`, all others as "Other"; see [`fold_other`]. When there
/// is exactly one other, it is shown as itself.
pub fn top_n(frame: &Frame, dimension: Dimension, measure: Measure, n: usize) -> Frame {
    let mut keep = top_members(frame, dimension, measure, n + 1);
    let more = top_members(frame, dimension, measure, n + 2).len() > n + 1;
    if more {
        keep.truncate(n);
    }
    fold_other(frame, dimension, &keep)
}

/// The frame by one of its dimensions only: rows of a member put together, in the order of first appearance. Sums and
/// quotients of sums are exact; a level metric takes the member's last known row (rows are in the order of days);
/// non-additive metrics are kept for members with one row.
pub fn collapse(frame: &Frame, dimension: Dimension) -> Frame {
    let Some(at) = frame.group_by.iter().position(|d| *d == dimension) else {
        return frame.clone();
    };
    let mut order: Vec<&Member> = Vec::new();
    let mut by_key: HashMap<&str, Vec<&FrameRow>> = HashMap::new();
    for row in &frame.rows {
        let rows = by_key.entry(&row.members[at].key).or_default();
        if rows.is_empty() {
            order.push(&row.members[at]);
        }
        rows.push(row);
    }
    let has_time = frame.group_by.iter().any(|d| d.is_time());
    let rows = order.into_iter().map(|member| {
        let rows = by_key.get(member.key.as_str()).map_or(&[][..], Vec::as_slice);
        let mut values = merge(frame, rows);
        for (at, _) in frame.metrics.iter().enumerate().filter(|(_, m)| has_time && m.class() == Class::Level)
        {
            values[at] = rows.iter().rev().find_map(|row| row.values[at]);
        }
        FrameRow { members: vec![member.clone()], values }
    });
    Frame { rows: rows.collect(), group_by: vec![dimension], ..frame.clone() }
}

/// Several rows as one.
fn merge(frame: &Frame, rows: &[&FrameRow]) -> Vec<Option<i64>> {
    let rows: Vec<&[Option<i64>]> = rows.iter().map(|row| row.values.as_slice()).collect();
    put_together(&frame.metrics, &rows)
}

/// The values of several groups as those of one: sums of what can be summed, means by their weights. What can't be added
/// up is kept where there is one group only. A group without values (it has no row) adds nothing.
pub fn put_together(metrics: &[Metric], rows: &[&[Option<i64>]]) -> Vec<Option<i64>> {
    let column = |metric: Metric| metrics.iter().position(|m| *m == metric);
    let at_row = |row: &&[Option<i64>], at: usize| row.get(at).copied().flatten();
    let merged = metrics.iter().enumerate().map(|(at, metric)| {
        let mut values = rows.iter().filter_map(|row| at_row(row, at));
        match metric.class() {
            Class::Additive | Class::Level => {
                values.try_fold(None, |sum: Option<i64>, v| Some(Some(sum.unwrap_or(0).checked_add(v)?)))?
            }
            Class::NonAdditive => (rows.len() == 1).then(|| values.next()).flatten(),
            Class::WeightedBy(_) if rows.len() == 1 => values.next(),
            Class::WeightedBy(weight) => {
                let weight = column(weight)?;
                let pairs = rows.iter().filter_map(|row| Some((at_row(row, at)?, at_row(row, weight)?)));
                let (products, weights) =
                    pairs.fold((0_i128, 0_i64), |(products, weights), (value, weight)| {
                        (products + i128::from(value) * i128::from(weight), weights.saturating_add(weight))
                    });
                weighted_mean(products, weights)
            }
        }
    });
    merged.collect()
}

/// One row of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRow {
    /// As in the current frame; time members are those of the current period.
    pub members: Vec<Member>,
    /// Values of the period; empty when it has no such row.
    pub current: Vec<Option<i64>>,
    /// Values of the comparison; empty when it has no such row.
    pub previous: Vec<Option<i64>>,
}

/// Two periods side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// As in both frames.
    pub metrics: Vec<Metric>,
    /// Rows of the current frame in its order, then those that only the comparison has.
    pub rows: Vec<ComparedRow>,
    /// Totals of the period.
    pub current: Vec<Option<i64>>,
    /// Totals of the comparison.
    pub previous: Vec<Option<i64>>,
}

impl Compared {
    /// A measure of both sides of a row.
    pub fn values(&self, row: &ComparedRow, measure: Measure) -> (Value, Value) {
        (self.measure(&row.current, measure), self.measure(&row.previous, measure))
    }

    /// A measure of both totals.
    pub fn totals(&self, measure: Measure) -> (Value, Value) {
        (self.measure(&self.current, measure), self.measure(&self.previous, measure))
    }

    fn measure(&self, values: &[Option<i64>], measure: Measure) -> Value {
        evaluate(measure, |metric| {
            let at = self.metrics.iter().position(|m| *m == metric)?;
            values.get(at).copied().flatten()
        })
    }
}

/// Puts two frames of the same question side by side: rows belong together when their members are equal, time
/// members by `alignment`. A row of the comparison without a counterpart in the period's time is left out of the
/// rows (not of the totals).
///
/// Both frames must have the same `group_by` and `metrics`; the comparison's values are matched by metric.
pub fn compare(current: &Frame, previous: &Frame, alignment: Alignment, week_start: WeekStart) -> Compared {
    let columns: Vec<Option<usize>> = current.metrics.iter().map(|m| previous.column(*m)).collect();
    let project = |values: &[Option<i64>]| -> Vec<Option<i64>> {
        columns.iter().map(|at| at.and_then(|at| values.get(at)).copied().flatten()).collect()
    };
    let mut aligned: Vec<(Vec<Member>, Vec<Option<i64>>)> = Vec::with_capacity(previous.rows.len());
    for row in &previous.rows {
        let members: Option<Vec<Member>> = row
            .members
            .iter()
            .zip(&previous.group_by)
            .map(|(member, dimension)| align_member(member, *dimension, alignment, week_start))
            .collect();
        if let Some(members) = members {
            aligned.push((members, project(&row.values)));
        }
    }
    let keys = |members: &[Member]| -> Vec<String> { members.iter().map(|m| m.key.clone()).collect() };
    let by_key: HashMap<Vec<String>, usize> =
        aligned.iter().enumerate().map(|(at, (members, _))| (keys(members), at)).collect();
    let mut used: HashSet<usize> = HashSet::new();
    let mut rows: Vec<ComparedRow> = current
        .rows
        .iter()
        .map(|row| {
            let found = by_key.get(&keys(&row.members)).copied();
            used.extend(found);
            let previous = found.map_or_else(Vec::new, |at| aligned[at].1.clone());
            ComparedRow { members: row.members.clone(), current: row.values.clone(), previous }
        })
        .collect();
    let only_before = aligned.into_iter().enumerate().filter(|(at, _)| !used.contains(at));
    rows.extend(only_before.map(|(_, (members, previous))| ComparedRow {
        members,
        current: Vec::new(),
        previous,
    }));
    Compared {
        metrics: current.metrics.clone(),
        rows,
        current: current.totals.clone(),
        previous: project(&previous.totals),
    }
}

fn align_member(
    member: &Member,
    dimension: Dimension,
    alignment: Alignment,
    week_start: WeekStart,
) -> Option<Member> {
    if !dimension.is_time() || dimension == Dimension::Weekday {
        return Some(member.clone());
    }
    let key = alignment.key(dimension, &member.key, week_start)?;
    let label = crate::keys::label_of(dimension, &key);
    Some(Member { key, label })
}

#[cfg(test)]
mod tests;
