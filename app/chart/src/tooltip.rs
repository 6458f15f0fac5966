//! The rows of a tooltip. It is drawn by our own component, so that it can be reached by keyboard and pinned.

use crate::data::{Item, LineData};
use crate::spec::ChartSpec;
use crate::theme::{member_color, platform_color};
use metrics::format::{delta_or_reason, percent};
use metrics::frame::descending;
use metrics::value::share;
use metrics::{Delta, Dimension, Figure, Judgement, Value};
use model::sort::sort_by;

/// Rows that are shown; the rest is counted.
const MOST_ROWS: usize = 8;

/// A tooltip, all texts ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tooltip {
    /// `20 Nov 2026`, or the member's name.
    pub title: String,
    /// The comparison's bucket: `23 Oct 2026`.
    pub comparison_title: Option<String>,
    /// Whether the figures may still change.
    pub provisional: bool,
    /// By value, the largest first.
    pub rows: Vec<TooltipRow>,
    /// Rows that are left out.
    pub more: usize,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooltipRow {
    /// Key of the member.
    pub key: String,
    /// For people.
    pub name: String,
    /// Colour of its mark.
    pub color: &'static str,
    /// The figure in full.
    pub current: String,
    /// The comparison's figure in full.
    pub comparison: Option<String>,
    /// The change: `+5.3%`.
    pub delta: Option<String>,
    /// Whether the change is welcome.
    pub judgement: Judgement,
    /// Part of the whole: `38.2%`.
    pub share: Option<String>,
}

/// The tooltip over a bucket of a line chart; `None` for a bucket that does not exist.
pub fn tooltip_rows(spec: &ChartSpec, data: &LineData, bucket: usize) -> Option<Tooltip> {
    let at = data.buckets.get(bucket)?;
    let compared = data.series.iter().any(|s| !s.comparison.is_empty());
    let value = |values: &[Value]| values.get(bucket).copied().unwrap_or_default();
    let total = sum(data.series.iter().map(|s| value(&s.values)));
    let is_platform = data.split == Some(Dimension::Platform);
    let mut rows: Vec<(Value, TooltipRow)> = data
        .series
        .iter()
        .enumerate()
        .map(|(index, series)| {
            let (now, before) = (value(&series.values), value(&series.comparison));
            let color = member_color(&series.key, index, is_platform, spec.theme);
            let share = (data.series.len() > 1).then(|| share(spec.measure, now, total)).flatten();
            (now, row(spec, &series.key, &series.name, color, now, compared.then_some(before), share))
        })
        .filter(|(now, row)| now.figure().is_some() || row.comparison.as_deref().is_some_and(|c| c != "—"))
        .collect();
    sort_by(&mut rows, |a, b| descending(a.0, b.0));
    let more = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    Some(Tooltip {
        title: at.label.clone(),
        comparison_title: at.comparison.clone(),
        provisional: data.provisional_from.is_some_and(|from| bucket >= from),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        more,
    })
}

/// The tooltip over a bar or slice.
pub fn item_tooltip(spec: &ChartSpec, item: &Item, index: usize, compared: bool) -> Tooltip {
    let color = item
        .platform
        .as_deref()
        .map_or_else(|| member_color(&item.key, index, false, spec.theme), |p| platform_color(p, spec.theme));
    let label = spec.measure.label();
    let mut row =
        row(spec, &item.key, label, color, item.value, compared.then_some(item.comparison), item.share);
    label.clone_into(&mut row.name);
    Tooltip { title: item.name.clone(), comparison_title: None, provisional: false, rows: vec![row], more: 0 }
}

fn row(
    spec: &ChartSpec,
    key: &str,
    name: &str,
    color: &'static str,
    now: Value,
    before: Option<Value>,
    share: Option<Figure>,
) -> TooltipRow {
    let change = before.and_then(|before| Delta::between(spec.measure.unit(), now, before));
    TooltipRow {
        key: key.to_owned(),
        name: name.to_owned(),
        color,
        current: spec.full(now),
        comparison: before.map(|before| spec.full(before)),
        delta: before.map(|before| delta_or_reason(change, now, before, spec.locale)),
        judgement: change.map_or(Judgement::Neutral, |c| c.judgement(spec.measure.direction())),
        share: share.map(|s| percent(s, spec.locale)),
    }
}

fn sum(values: impl Iterator<Item = Value>) -> Value {
    let figures = values.filter_map(Value::figure);
    figures
        .map(Some)
        .reduce(|a, b| {
            let (a, b) = (a?, b?);
            let num = a.numerator() * b.denominator() + b.numerator() * a.denominator();
            Figure::new(num, a.denominator() * b.denominator())
        })
        .flatten()
        .map_or(Value::Missing, Value::Known)
}
