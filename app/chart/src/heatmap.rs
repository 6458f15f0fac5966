//! Weekday by week or hour.

use crate::axis::{px, tidy};
use crate::data::{Cell, HeatmapData};
use crate::patch::finish;
use crate::spec::{ChartSpec, Size};
use charming::Chart;
use charming::component::{Axis, Grid};
use charming::element::{AxisLabel, AxisLine, AxisTick, AxisType, SplitLine};
use charming::series::Heatmap;
use metrics::Value;
use metrics::format::MISSING;
use serde_json::{Value as Json, json};

/// Series of the cells without a figure.
pub(crate) const MISSING_SERIES: &str = "missing";

/// Cells with a figure, or those without, in the order of the option.
pub(crate) fn cells(data: &HeatmapData, missing: bool) -> impl Iterator<Item = &Cell> {
    data.cells.iter().filter(move |c| c.value.figure().is_none() == missing)
}

pub(crate) fn option(spec: &ChartSpec, data: &HeatmapData) -> Json {
    let ink = spec.theme.ink();
    let axis = |buckets: &[crate::data::Bucket], every: usize| {
        Axis::new()
            .type_(AxisType::Category)
            .axis_line(AxisLine::new().show(false))
            .axis_tick(AxisTick::new().show(false))
            .axis_label(AxisLabel::new().color(ink.subtle).font_size(11).interval(px(every) - 1.0))
            .split_line(SplitLine::new().show(false))
            .data(buckets.iter().map(|b| b.short.clone()).collect())
    };
    let steps = if spec.size == Size::Phone { 4 } else { 10 };
    let chart = Chart::new()
        .grid(Grid::new().left(38).right(8).top(6).bottom(54))
        .x_axis(axis(&data.columns, data.columns.len().div_ceil(steps).max(1)))
        .y_axis(axis(&data.rows, 1).inverse(true))
        .series(Heatmap::new().id("current"))
        .series(Heatmap::new().id(MISSING_SERIES));

    let extreme = |better: fn(Value, Value) -> bool| {
        let known = data.cells.iter().map(|c| c.value).filter(|v| v.figure().is_some());
        known.reduce(|a, b| if better(b, a) { b } else { a }).unwrap_or_default()
    };
    let low = extreme(|a, b| a.figure() < b.figure());
    let high = extreme(|a, b| a.figure() > b.figure());
    // From the lowest to the highest: days of one account differ by parts, not by multiples, and a scale from zero would
    // paint them all alike. Its ends are written below. Where all are equal it starts at zero.
    let until = high.to_f64().unwrap_or(1.0);
    let is_flat = low.to_f64().is_none_or(|low| low >= until);
    let lowest = if is_flat { metrics::Figure::new(0, 1).map_or(Value::Missing, Value::Known) } else { low };
    let from = lowest.to_f64().unwrap_or(0.0);
    let until = if until > from { until } else { from + 1.0 };

    let id = |cell: &Cell| {
        let (column, row) = (&data.columns[cell.column].key, &data.rows[cell.row].key);
        format!("{column}|{row}")
    };
    let known = |cell: &Cell| json!({ "id": id(cell), "value": [cell.column, cell.row, cell.value.to_f64().map(tidy)] });
    let missing = |cell: &Cell| json!({ "id": id(cell), "value": [cell.column, cell.row, 0] });
    let border = json!({ "borderColor": ink.card, "borderWidth": 2, "borderRadius": 4 });
    finish(
        spec,
        &chart,
        json!({
            "series": [
                {
                    "data": cells(data, false).map(known).collect::<Vec<_>>(),
                    "itemStyle": border,
                    "emphasis": { "itemStyle": { "borderColor": ink.text, "borderWidth": 1 } },
                    "cursor": "pointer",
                },
                {
                    "data": cells(data, true).map(missing).collect::<Vec<_>>(),
        "itemStyle": { "color": "rgba(0,0,0,0)", "borderColor": ink.card, "borderWidth": 2 },
                    "label": { "show": true, "formatter": MISSING, "color": ink.subtle, "fontSize": 11 },
                    "emphasis": { "disabled": true },
                },
            ],
            "visualMap": [
                {
                    "type": "continuous", "show": true, "seriesIndex": 0, "dimension": 2, "calculable": false, "min": from,
                    "max": until, "inRange": { "color": spec.theme.sequential() },
                    "orient": "horizontal", "left": "center", "bottom": 0, "itemWidth": 10, "itemHeight": 120,
                    "text": [spec.compact(high), spec.compact(lowest)], "textGap": 8,
                    "textStyle": { "color": ink.subtle, "fontSize": 11 },
                    "hoverLink": false,
                },
                { "type": "continuous", "show": false, "seriesIndex": 1, "dimension": 2, "min": 0, "max": 1,
                  "inRange": { "opacity": 1, "color": ["rgba(0,0,0,0)", "rgba(0,0,0,0)"] } },
            ],
            "legend": { "show": false },
            "grid": [{ "outerBoundsMode": "none" }],
        }),
    )
}
