//! Lines over time.

use crate::axis::{Scale, px};
use crate::data::LineData;
use crate::patch::{finish, part_with};
use crate::spec::{ChartSpec, Size};
use crate::theme::member_color;
use metrics::{Dimension, Unit, Value};
use serde_json::{Value as Json, json};

/// Lines are told apart by more than colour from the fifth on.
const SHAPES: [&str; 8] = ["circle", "rect", "triangle", "diamond", PLUS, DOWN, CROSS, "roundRect"];
const PLUS: &str = "path://M4 0h2v4h4v2h-4v4h-2v-4h-4v-2h4z";
const DOWN: &str = "path://M0 0h10l-5 9z";
const CROSS: &str = "path://M1 0l4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4-4-4z";
/// Up to this many lines are named at their ends.
const DIRECT_LABELS: usize = 4;

const FIXED: &str = r#"{
    "grid": [{ "bottom": 26, "outerBoundsMode": "none" }],
    "xAxis": {
        "type": "category", "axisTick": { "show": false }, "splitLine": { "show": false },
        "axisLine": { "show": true, "lineStyle": { "color": "@line" } },
        "axisLabel": { "color": "@subtle", "fontSize": 11, "hideOverlap": true },
        "axisPointer": {
            "show": true, "type": "line", "snap": true, "label": { "show": false },
            "lineStyle": { "color": "@pointer", "width": 1, "type": "solid" }
        }
    },
    "yAxis": {
        "type": "value", "axisLine": { "show": false }, "axisTick": { "show": false },
        "axisLabel": { "color": "@subtle", "fontSize": 11 },
        "splitLine": { "show": true, "lineStyle": { "color": "@line" } },
        "nameGap": 8, "nameTextStyle": { "color": "@subtle", "fontSize": 11, "align": "left" }
    },
    "legend": {
        "top": 0, "left": 0, "type": "scroll", "itemWidth": 10, "itemHeight": 10, "itemGap": 14,
        "textStyle": { "color": "@text", "fontSize": 12 },
        "pageTextStyle": { "color": "@muted" }, "pageIconColor": "@muted"
    },
    "axisPointer": { "triggerOn": "mousemove|click" }
}"#;
const COMPARISON: &str = r#"{
    "type": "line", "symbol": "circle", "showSymbol": false, "connectNulls": false, "silent": true, "z": 2,
    "lineStyle": { "width": 1.4, "type": "dashed", "opacity": 0.45 }
}"#;
const CURRENT: &str = r#"{
    "type": "line", "symbol": "circle", "symbolSize": 6, "showSymbol": true, "connectNulls": false, "z": 3,
    "triggerEvent": "line", "cursor": "pointer",
    "lineStyle": { "width": 2 },
    "emphasis": { "lineStyle": { "width": 3 } }
}"#;
/// Hatching over the days that are expected to change: an area without a line, filled by a pattern only.
const HATCH: &str = r#"{
    "type": "line", "id": "hatch", "name": "provisional", "symbol": "circle", "showSymbol": false,
    "connectNulls": false, "silent": true, "z": 1,
    "lineStyle": { "opacity": 0 },
    "areaStyle": { "color": "rgba(0,0,0,0)", "opacity": 1, "origin": "start" },
    "itemStyle": { "decal": {
        "symbol": "rect", "color": "@line", "backgroundColor": "rgba(0,0,0,0)",
        "dashArrayX": [1, 0], "dashArrayY": [1, 6], "rotation": -0.7853981633974483
    } },
    "emphasis": { "disabled": true },
    "markArea": {
        "silent": true,
        "itemStyle": { "color": "rgba(0,0,0,0)" },
        "label": { "show": true, "position": "insideTop", "color": "@muted", "fontSize": 11, "formatter": "provisional" }
    }
}"#;

pub(crate) fn option(spec: &ChartSpec, data: &LineData) -> Json {
    let all = data.series.iter().flat_map(|s| s.values.iter().chain(&s.comparison)).copied();
    let scale = Scale::new(spec, all, true);
    let direct = spec.size == Size::Desktop && data.series.len() <= DIRECT_LABELS && data.split.is_some();
    let legend = !direct && data.series.len() > 1;
    let count = data.buckets.len();
    let steps = if spec.size == Size::Phone { 4 } else { 9 };
    let every = count.div_ceil(steps).max(1);

    let longest = data.series.iter().map(|s| s.name.chars().count().min(18)).max().unwrap_or(0);
    let right = if direct { 14.0 + 7.0 * px(longest) } else { 26.0 };
    let top = if legend { 36 } else { 14 } + if scale.is_broken() { 18 } else { 0 };
    let mut drawn = Vec::new();
    let mut legend_entries = Vec::new();

    let marked = data.series.len() > DIRECT_LABELS;
    for (index, series) in data.series.iter().enumerate() {
        let color = member_color(&series.key, index, data.split == Some(Dimension::Platform), spec.theme);
        // Twice eight lines can't be told apart: with many, the comparison is in the tooltip only.
        if !marked && !series.comparison.is_empty() {
            drawn.push(part_with(
                spec,
                COMPARISON,
                json!({
                    "id": format!("comparison:{}", series.key), "name": format!("{} before", series.name),
                    "data": places(&scale, &series.comparison),
                    "lineStyle": { "color": color }, "itemStyle": { "color": color },
                }),
            ));
        }
        let split = data.unsettled_from.filter(|from| *from < count);
        let (settled, provisional) = parts(&series.values, split);
        let end = end_label(direct, &series.name, color);
        let current = |kind: &str, data: Vec<Json>, style: &str, end: Option<&Json>| {
            let more = json!({
                "id": format!("{kind}:{}", series.key), "name": series.name, "data": data,
                "lineStyle": { "color": color, "type": style }, "itemStyle": { "color": color }, "endLabel": end,
            });
            part_with(spec, CURRENT, more)
        };
        let symbol = SHAPES[index.min(7)];
        let settled = points(&scale, &settled, marked.then_some(index));
        let mut line = current("current", settled, "solid", provisional.is_none().then_some(&end));
        line["symbol"] = json!(symbol);
        drawn.push(line);
        let icon = if marked { symbol } else { "roundRect" };
        legend_entries.push(json!({ "name": series.name, "icon": icon, "itemStyle": { "color": color } }));
        if let Some(provisional) = provisional {
            drawn.push(current("provisional", points(&scale, &provisional, None), "dotted", Some(&end)));
        }
    }
    if let Some(from) = data.unsettled_from.filter(|from| *from < count) {
        drawn.push(hatch(spec, &scale, from.saturating_sub(1), count));
    }
    let broken = scale.is_broken().then(|| format!("axis starts at {}", scale.from));
    let names: Vec<&str> = data.buckets.iter().map(|b| b.short.as_str()).collect();
    let is_inverse = spec.measure.unit() == Unit::Position;
    finish(
        spec,
        FIXED,
        json!({
            "grid": [{ "left": scale.label_width() + 12.0, "right": right, "top": top }],
            "xAxis": {
                "boundaryGap": count == 1, "data": names, "axisLabel": { "customValues": ticks(count, every) },
            },
            "yAxis": {
                "min": scale.min, "max": scale.max, "interval": scale.step, "inverse": is_inverse,
                "axisLabel": { "formatter": scale.label },
                "name": broken, "nameLocation": if is_inverse { "start" } else { "end" },
            },
            "series": drawn,
            "legend": { "show": legend, "data": legend_entries },
        }),
    )
}

/// Places of the labels, so that the last bucket has one.
fn ticks(count: usize, every: usize) -> Vec<usize> {
    let mut ticks: Vec<usize> = (0..count).rev().step_by(every).collect();
    ticks.reverse();
    ticks
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

/// The hatching, from one bucket to the last.
fn hatch(spec: &ChartSpec, scale: &Scale, from: usize, count: usize) -> Json {
    let top = |at: usize| if at >= from { json!(scale.max) } else { Json::Null };
    let heights: Vec<Json> = (0..count).map(top).collect();
    let area = json!([[{ "xAxis": from }, { "xAxis": count.saturating_sub(1) }]]);
    part_with(spec, HATCH, json!({ "data": heights, "markArea": { "data": area } }))
}
