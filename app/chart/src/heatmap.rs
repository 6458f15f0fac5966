//! Weekday by week or hour.

use crate::axis::{px, tidy};
use crate::data::{Bucket, Cell, HeatmapData};
use crate::patch::finish;
use crate::spec::{ChartSpec, Size};
use metrics::{Figure, Value};
use serde_json::{Value as Json, json};

/// Series of the cells without a figure.
pub(crate) const MISSING_SERIES: &str = "missing";

const FIXED: &str = r#"{
    "grid": [{ "left": 38, "right": 8, "top": 6, "bottom": 26, "outerBoundsMode": "none" }],
    "xAxis": {
        "type": "category", "axisLine": { "show": false }, "axisTick": { "show": false }, "splitLine": { "show": false },
        "axisLabel": { "color": "@subtle", "fontSize": 11 }
    },
    "yAxis": {
        "type": "category", "axisLine": { "show": false }, "axisTick": { "show": false }, "splitLine": { "show": false },
        "axisLabel": { "color": "@subtle", "fontSize": 11, "interval": 0 }, "inverse": true
    },
    "series": [
        {
            "type": "heatmap", "id": "current", "cursor": "pointer",
            "itemStyle": { "borderColor": "@card", "borderWidth": 2, "borderRadius": 4 },
            "emphasis": { "itemStyle": { "borderColor": "@text", "borderWidth": 1 } }
        },
        {
            "type": "heatmap", "id": "missing",
            "itemStyle": { "color": "rgba(0,0,0,0)", "borderColor": "@card", "borderWidth": 2 },
            "label": { "show": true, "formatter": "—", "color": "@subtle", "fontSize": 11 },
            "emphasis": { "disabled": true }
        }
    ],
    "legend": { "show": false }
}"#;

/// Cells with a figure, or those without, in the order of the option.
pub(crate) fn cells(data: &HeatmapData, missing: bool) -> impl Iterator<Item = &Cell> {
    data.cells.iter().filter(move |c| c.value.figure().is_none() == missing)
}

/// What the colours of a heatmap mean: its legend, which the page draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColorScale {
    /// The figure of the first colour: `€0`.
    pub low: String,
    /// The figure of the last colour: `€89.00`.
    pub high: String,
    /// From little to much.
    pub colors: [&'static str; 7],
}

/// What the colours of a heatmap mean.
pub fn color_scale(spec: &ChartSpec, data: &HeatmapData) -> ColorScale {
    let range = Range::of(data);
    ColorScale {
        low: spec.compact(range.low),
        high: spec.compact(range.high),
        colors: spec.theme.sequential(),
    }
}

/// The figures of the first and of the last colour.
struct Range {
    low: Value,
    high: Value,
    from: f64,
    until: f64,
}

impl Range {
    /// From the lowest to the highest: days of one account differ by parts, not by multiples, and a scale from zero would
    /// paint them all alike. Its ends are written below. Where all are equal it starts at zero.
    fn of(data: &HeatmapData) -> Self {
        let extreme = |better: fn(Value, Value) -> bool| {
            let known = data.cells.iter().map(|c| c.value).filter(|v| v.figure().is_some());
            known.reduce(|a, b| if better(b, a) { b } else { a }).unwrap_or_default()
        };
        let low = extreme(|a, b| a.figure() < b.figure());
        let high = extreme(|a, b| a.figure() > b.figure());
        let until = high.to_f64().unwrap_or(1.0);
        let is_flat = low.to_f64().is_none_or(|low| low >= until);
        let low = if is_flat { Figure::new(0, 1).map_or(Value::Missing, Value::Known) } else { low };
        let from = low.to_f64().unwrap_or(0.0);
        let until = if until > from { until } else { from + 1.0 };
        Self { low, high, from, until }
    }

    fn color(&self, colors: [&str; 7], value: f64) -> String {
        between(colors, (value - self.from) / (self.until - self.from))
    }
}

/// The colour at a place from 0 to 1 between the first and the last.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places and channels are in bounds"
)]
fn between(colors: [&str; 7], place: f64) -> String {
    let place = place.clamp(0.0, 1.0) * 6.0;
    let at = (place as usize).min(5);
    let channels = |color: &str| {
        let rgb = u32::from_str_radix(color.trim_start_matches('#'), 16).unwrap_or_default();
        [16, 8, 0].map(|shift| f64::from(rgb >> shift & 0xff))
    };
    let (a, b) = (channels(colors[at]), channels(colors[at + 1]));
    let mix = |channel: usize| (a[channel] + (b[channel] - a[channel]) * (place - px(at))).round() as u32;
    format!("#{:06X}", mix(0) << 16 | mix(1) << 8 | mix(2))
}

pub(crate) fn option(spec: &ChartSpec, data: &HeatmapData) -> Json {
    let short = |buckets: &[Bucket]| buckets.iter().map(|b| b.short.clone()).collect::<Vec<_>>();
    let steps = if spec.size == Size::Phone { 4 } else { 10 };
    let every = data.columns.len().div_ceil(steps).max(1);
    let (range, colors) = (Range::of(data), spec.theme.sequential());

    let id = |cell: &Cell| {
        let (column, row) = (&data.columns[cell.column].key, &data.rows[cell.row].key);
        format!("{column}|{row}")
    };
    let known = |cell: &Cell| {
        let value = cell.value.to_f64();
        json!({
            "id": id(cell), "value": [cell.column, cell.row, value.map(tidy)],
            "itemStyle": { "color": range.color(colors, value.unwrap_or_default()) },
        })
    };
    let missing = |cell: &Cell| json!({ "id": id(cell), "value": [cell.column, cell.row, 0] });
    finish(
        spec,
        FIXED,
        json!({
            "xAxis": { "data": short(&data.columns), "axisLabel": { "interval": every - 1 } },
            "yAxis": { "data": short(&data.rows) },
            "series": [
                { "data": cells(data, false).map(known).collect::<Vec<_>>() },
                { "data": cells(data, true).map(missing).collect::<Vec<_>>() },
            ],
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_run_through_the_ramp() {
        let ramp = crate::Theme::Light.sequential();
        assert_eq!(between(ramp, -1.0), ramp[0]);
        assert_eq!(between(ramp, 0.5), ramp[3]);
        assert_eq!(between(ramp, 2.0), ramp[6]);
        // Half way from #BFDBFE to #93C5FD.
        assert_eq!(between(ramp, 1.0 / 12.0), "#A9D0FE");
    }
}
