//! Lines over time.

use crate::axis::{Scale, px};
use crate::data::LineData;
use crate::patch::finish;
use crate::spec::{ChartSpec, Size};
use crate::theme::member_color;
use charming::Chart;
use charming::component::{Axis, Grid};
use charming::element::{
    AxisLabel, AxisLine, AxisTick, AxisType, LineStyle, LineStyleType, SplitLine, Symbol,
};
use charming::series::Line;
use metrics::{Dimension, Unit, Value};
use serde_json::{Value as Json, json};

/// Lines are told apart by more than colour from the fifth on.
const SHAPES: [&str; 8] = ["circle", "rect", "triangle", "diamond", PLUS, DOWN, CROSS, "roundRect"];
const PLUS: &str = "path://M4 0h2v4h4v2h-4v4h-2v-4h-4v-2h4z";
const DOWN: &str = "path://M0 0h10l-5 9z";
const CROSS: &str = "path://M1 0l4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4-4-4z";
/// Up to this many lines are named at their ends.
const DIRECT_LABELS: usize = 4;

pub(crate) fn option(spec: &ChartSpec, data: &LineData) -> Json {
    let ink = spec.theme.ink();
    let all = data.series.iter().flat_map(|s| s.values.iter().chain(&s.comparison)).copied();
    let scale = Scale::new(spec, all, true);
    let direct = spec.size == Size::Desktop && data.series.len() <= DIRECT_LABELS && data.split.is_some();
    let legend = !direct && data.series.len() > 1;
    let count = data.buckets.len();
    let steps = if spec.size == Size::Phone { 4 } else { 9 };
    let every = count.div_ceil(steps).max(1);

    let label = || AxisLabel::new().color(ink.subtle).font_size(11);
    let mut x = Axis::new()
        .type_(AxisType::Category)
        .boundary_gap(count == 1)
        .axis_line(AxisLine::new().show(true))
        .axis_tick(AxisTick::new().show(false))
        .axis_label(label())
        .split_line(SplitLine::new().show(false));
    x = x.data(data.buckets.iter().map(|b| b.short.clone()).collect());
    let y = Axis::new()
        .type_(AxisType::Value)
        .min(scale.min)
        .max(scale.max)
        .interval(scale.step)
        .inverse(spec.measure.unit() == Unit::Position)
        .axis_line(AxisLine::new().show(false))
        .axis_tick(AxisTick::new().show(false))
        .axis_label(label().formatter(scale.label.as_str()))
        .split_line(SplitLine::new().show(true).line_style(LineStyle::new().color(ink.line)));

    let longest = data.series.iter().map(|s| s.name.chars().count().min(18)).max().unwrap_or(0);
    let right = if direct { 14.0 + 7.0 * px(longest) } else { 26.0 };
    let top = if legend { 36 } else { 14 } + if scale.is_broken() { 18 } else { 0 };
    let grid = Grid::new().left(scale.label_width() + 12.0).right(right).top(top).bottom(26);
    let mut chart = Chart::new().grid(grid).x_axis(x).y_axis(y);
    let mut patches = Vec::new();
    let mut legend_entries = Vec::new();

    let marked = data.series.len() > DIRECT_LABELS;
    for (index, series) in data.series.iter().enumerate() {
        let color = member_color(&series.key, index, data.split == Some(Dimension::Platform), spec.theme);
        // Twice eight lines can't be told apart: with many, the comparison is in the tooltip only.
        if !marked && !series.comparison.is_empty() {
            let style = LineStyle::new().color(color).width(1.4).type_(LineStyleType::Dashed).opacity(0.45);
            let line = plain(format!("comparison:{}", series.key), &format!("{} before", series.name), style);
            chart = chart.series(line.data(places(&scale, &series.comparison)));
            patches.push(json!({ "silent": true, "itemStyle": { "color": color }, "z": 2 }));
        }
        let solid = LineStyle::new().color(color).width(2.0).type_(LineStyleType::Solid);
        let split = data.unsettled_from.filter(|from| *from < count);
        let (settled, provisional) = parts(&series.values, split);
        let end = end_label(direct, &series.name, color);
        let line = plain(format!("current:{}", series.key), &series.name, solid.clone());
        chart = chart.series(line.data(places(&scale, &settled)));
        patches.push(json!({
            "data": points(&scale, &settled, marked.then_some(index)),
            "symbol": SHAPES[index.min(7)],
            "symbolSize": 6,
            "showSymbol": true,
            "triggerEvent": "line",
            "cursor": "pointer",
            "itemStyle": { "color": color },
            "emphasis": { "lineStyle": { "width": 3 } },
            "endLabel": if provisional.is_none() { end.clone() } else { Json::Null },
            "z": 3,
        }));
        let icon = if marked { SHAPES[index.min(7)] } else { "roundRect" };
        legend_entries.push(json!({ "name": series.name, "icon": icon, "itemStyle": { "color": color } }));
        if let Some(provisional) = provisional {
            let line = plain(
                format!("provisional:{}", series.key),
                &series.name,
                solid.type_(LineStyleType::Dotted),
            );
            chart = chart.series(line.data(places(&scale, &provisional)));
            patches.push(json!({
                "data": points(&scale, &provisional, None),
                "symbolSize": 6,
                "showSymbol": true,
                "triggerEvent": "line",
                "cursor": "pointer",
                "itemStyle": { "color": color },
                "emphasis": { "lineStyle": { "width": 3 } },
                "endLabel": end,
                "z": 3,
            }));
        }
    }
    if let Some(from) = data.unsettled_from.filter(|from| *from < count) {
        chart = chart.series(plain("hatch".into(), "provisional", LineStyle::new().opacity(0.0)));
        patches.push(hatch(spec, &scale, from.saturating_sub(1), count, data));
    }
    let broken = scale.is_broken().then(|| format!("axis starts at {}", scale.from));
    finish(
        spec,
        &chart,
        json!({
            "series": patches,
            "legend": {
                "show": legend, "data": legend_entries, "top": 0, "left": 0, "type": "scroll",
                "itemWidth": 10, "itemHeight": 10, "itemGap": 14, "textStyle": { "color": ink.text, "fontSize": 12 },
                "pageTextStyle": { "color": ink.muted }, "pageIconColor": ink.muted,
            },
            "grid": [{ "outerBoundsMode": "none" }],
            "xAxis": {
                "axisLine": { "lineStyle": { "color": ink.line } }, "axisLabel": { "hideOverlap": true, "customValues": ticks(count, every) }, "axisPointer": pointer(ink.pointer) },
            "yAxis": {
                "name": broken, "nameLocation": if spec.measure.unit() == Unit::Position { "start" } else { "end" },
                "nameGap": 8,
                "nameTextStyle": { "color": ink.subtle, "fontSize": 11, "align": "left" },
            },
            "axisPointer": { "triggerOn": "mousemove|click" },
        }),
    )
}

/// Places of the labels, so that the last bucket has one.
fn ticks(count: usize, every: usize) -> Vec<usize> {
    let mut ticks: Vec<usize> = (0..count).rev().step_by(every).collect();
    ticks.reverse();
    ticks
}

/// A line without marks.
fn plain(id: String, name: &str, style: LineStyle) -> Line {
    Line::new()
        .id(id)
        .name(name)
        .symbol(Symbol::Circle)
        .show_symbol(false)
        .connect_nulls(false)
        .line_style(style)
}

fn pointer(color: &str) -> Json {
    json!({
        "show": true, "type": "line", "snap": true, "label": { "show": false },
        "lineStyle": { "color": color, "width": 1, "type": "solid" },
    })
}

fn places(scale: &Scale, values: &[Value]) -> Vec<Option<f64>> {
    values.iter().map(|v| scale.place(*v)).collect()
}

/// The part that is settled, and the part that is not with the segment that leads to it.
fn parts(values: &[Value], unsettled_from: Option<usize>) -> (Vec<Value>, Option<Vec<Value>>) {
    let Some(from) = unsettled_from else {
        return (values.to_vec(), None);
    };
    let keep = |inside: &dyn Fn(usize) -> bool| -> Vec<Value> {
        values.iter().enumerate().map(|(at, v)| if inside(at) { *v } else { Value::Missing }).collect()
    };
    (keep(&|at| at < from), Some(keep(&|at| at + 1 >= from)))
}

/// Data with a mark on each value that no line leads to or from, and (with many lines) on every some points as a
/// second cue beside the colour.
fn points(scale: &Scale, values: &[Value], marked: Option<usize>) -> Vec<Json> {
    let known = |at: usize| values.get(at).is_some_and(|v| v.figure().is_some());
    let every = values.len().div_ceil(5).max(2);
    let point = |(at, value): (usize, &Value)| {
        let Some(place) = scale.place(*value) else {
            return Json::Null;
        };
        let alone = (at == 0 || !known(at - 1)) && !known(at + 1);
        let cue = marked.is_some_and(|index| at % every == index % every);
        if alone || cue { json!(place) } else { json!({ "value": place, "symbolSize": 0 }) }
    };
    values.iter().enumerate().map(point).collect()
}

fn end_label(show: bool, name: &str, color: &str) -> Json {
    if !show {
        return json!({ "show": false });
    }
    let short: String = if name.chars().count() > 18 {
        name.chars().take(17).chain(['…']).collect()
    } else {
        name.to_owned()
    };
    // Braces would start a template variable.
    let short = short.replace(['{', '}'], "");
    json!({ "show": true, "formatter": short, "color": color, "fontSize": 12, "distance": 6 })
}

/// Hatching over the days that are expected to change: an area without a line, filled by a pattern only.
fn hatch(spec: &ChartSpec, scale: &Scale, from: usize, count: usize, data: &LineData) -> Json {
    let ink = spec.theme.ink();
    let top = |at: usize| if at >= from { json!(scale.max) } else { Json::Null };
    let last = data.buckets.len().saturating_sub(1);
    json!({
        "data": (0..count).map(top).collect::<Vec<_>>(),
        "silent": true,
        "z": 1,
        "areaStyle": { "color": "rgba(0,0,0,0)", "opacity": 1, "origin": "start" },
        "itemStyle": { "decal": {
            "symbol": "rect", "color": ink.line, "backgroundColor": "rgba(0,0,0,0)",
            "dashArrayX": [1, 0], "dashArrayY": [1, 6], "rotation": -std::f64::consts::FRAC_PI_4,
        } },
        "emphasis": { "disabled": true },
        "markArea": {
            "silent": true,
            "itemStyle": { "color": "rgba(0,0,0,0)" },
            "label": { "show": true, "position": "insideTop", "color": ink.muted, "fontSize": 11, "formatter": "provisional" },
            "data": [[{ "xAxis": from }, { "xAxis": last }]],
        },
    })
}
