//! What a chart shows, in words: for screen readers.

use crate::data::{HeatmapData, Item, LineData, Series};
use crate::spec::{Chart, ChartSpec};
use metrics::format::{day_range, delta, percent};
use metrics::{Delta, Value};
use std::fmt::Write;

/// Members that are described one by one.
const MOST: usize = 5;

/// A few sentences: what is measured, over which time, the largest members with their change, highest and lowest points.
pub fn summary(spec: &ChartSpec, chart: &Chart) -> String {
    match chart {
        Chart::Line(data) => line(spec, data),
        Chart::Bar(list) => items(spec, list, "bar chart"),
        Chart::Donut(list) => items(spec, list, "donut chart"),
        Chart::Heatmap(data) => heatmap(spec, data),
    }
}

fn line(spec: &ChartSpec, data: &LineData) -> String {
    let by = data.split.map_or_else(String::new, |d| format!(" by {}", d.label().to_lowercase()));
    let label = spec.measure.label();
    let mut text = format!("{label}{by}, {}, {}.", data.granularity.adverb(), day_range(data.days));
    if data.series.is_empty() {
        text.push_str(" No figures.");
    }
    for series in data.series.iter().take(MOST) {
        // Writing into a String can't fail.
        let _ = write!(text, " {}: {}", series.name, spec.full(series.total));
        if let Some(change) = Delta::between(spec.measure.unit(), series.total, series.comparison_total) {
            let _ = write!(text, " ({} against the comparison)", delta(change, spec.locale));
        }
        text.push_str(&extremes(spec, data, series));
        text.push('.');
    }
    rest(&mut text, data.series.len(), "line");
    if let Some(bucket) = data.provisional_from.and_then(|at| data.buckets.get(at)) {
        let _ = write!(text, " From {} on, figures may still change.", bucket.label);
    }
    text
}

fn extremes(spec: &ChartSpec, data: &LineData, series: &Series) -> String {
    let known = || series.values.iter().zip(&data.buckets).filter_map(|(v, b)| Some((v.figure()?, b)));
    let high = known().reduce(|a, b| if b.0 > a.0 { b } else { a });
    let low = known().reduce(|a, b| if b.0 < a.0 { b } else { a });
    match (high, low) {
        (Some(high), Some(low)) if high.0 != low.0 => format!(
            ", highest {} ({}), lowest {} ({})",
            spec.full(Value::Known(high.0)),
            high.1.short,
            spec.full(Value::Known(low.0)),
            low.1.short
        ),
        _ => String::new(),
    }
}

fn items(spec: &ChartSpec, items: &[Item], kind: &str) -> String {
    let mut text = format!("{}, {kind} of {}.", spec.measure.label(), plural(items.len(), "member"));
    for item in items.iter().take(MOST) {
        let _ = write!(text, " {}: {}", item.name, spec.full(item.value));
        if let Some(share) = item.share {
            let _ = write!(text, ", {} of the total", percent(share, spec.locale));
        }
        if let Some(change) = Delta::between(spec.measure.unit(), item.value, item.comparison) {
            let _ = write!(text, " ({} against the comparison)", delta(change, spec.locale));
        }
        text.push('.');
    }
    rest(&mut text, items.len(), "member");
    text
}

fn heatmap(spec: &ChartSpec, data: &HeatmapData) -> String {
    let mut text =
        format!("{} by weekday, heat map with {}.", spec.measure.label(), plural(data.cells.len(), "cell"));
    let known = || data.cells.iter().filter_map(|c| Some((c.value.figure()?, c)));
    let at = |cell: &crate::data::Cell| {
        format!("{}, {}", data.rows[cell.row].label, data.columns[cell.column].label)
    };
    let high = known().reduce(|a, b| if b.0 > a.0 { b } else { a });
    let low = known().reduce(|a, b| if b.0 < a.0 { b } else { a });
    match high.zip(low) {
        None => text.push_str(" No figures."),
        Some((high, low)) => {
            let (most, least) = (spec.full(Value::Known(high.0)), spec.full(Value::Known(low.0)));
            let _ = write!(text, " Highest {most} ({}), lowest {least} ({}).", at(high.1), at(low.1));
        }
    }
    let missing = data.cells.len() - known().count();
    if missing > 0 {
        let _ = write!(text, " {} without figures.", plural(missing, "cell"));
    }
    text
}

fn rest(text: &mut String, all: usize, what: &str) {
    if all > MOST {
        let _ = write!(text, " And {}.", plural(all - MOST, what).replacen(' ', " more ", 1));
    }
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
