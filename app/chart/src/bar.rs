//! Horizontal bars.

use crate::axis::{Scale, px};
use crate::data::Item;
use crate::patch::{finish, part_with};
use crate::spec::{ChartSpec, Size};
use crate::theme::{member_color, platform_color};
use serde_json::{Value as Json, json};

const FIXED: &str = r#"{
    "grid": [{ "top": 6, "bottom": 6, "outerBoundsMode": "none" }],
    "xAxis": { "type": "value", "show": false },
    "yAxis": {
        "type": "category", "inverse": true,
        "axisLine": { "show": false }, "axisTick": { "show": false }, "splitLine": { "show": false },
        "axisLabel": { "color": "@text", "fontSize": 12, "overflow": "truncate", "interval": 0 }
    },
    "series": [{
        "type": "bar", "id": "current", "barMaxWidth": 14, "barMinHeight": 2, "cursor": "pointer", "z": 3,
        "emphasis": { "focus": "self" },
        "blur": { "itemStyle": { "opacity": 0.35 } }
    }],
    "legend": { "show": false }
}"#;

/// A tick where the bar ended before.
const BEFORE: &str = r#"{
    "type": "scatter", "id": "comparison", "name": "before", "silent": true, "symbol": "rect", "symbolSize": [2, 16],
    "itemStyle": { "color": "@pointer" }, "z": 4
}"#;

/// The figure stands beyond both the bar and the tick of the comparison, so that neither crosses it out: on a bar of its
/// own that nobody sees.
const FIGURES: &str = r#"{
    "type": "bar", "id": "figures", "silent": true, "barGap": "-100%", "barMaxWidth": 14, "barMinHeight": 2,
    "itemStyle": { "color": "transparent" }, "label": { "color": "@muted", "fontSize": 12 },
    "emphasis": { "disabled": true }, "z": 2
}"#;

pub(crate) fn option(spec: &ChartSpec, items: &[Item]) -> Json {
    let scale = Scale::new(spec, items.iter().flat_map(|i| [i.value, i.comparison]), false);
    let room: usize = if spec.size == Size::Phone { 16 } else { 26 };
    let longest = items.iter().map(|i| i.name.chars().count()).max().unwrap_or(0).min(room);
    let width = 12.0 + 6.6 * px(longest);
    let names: Vec<&str> = items.iter().map(|i| i.name.as_str()).collect();
    let longest_value = items.iter().map(|i| spec.compact(i.value).chars().count()).max().unwrap_or(4);
    let right = 14.0 + 7.2 * px(longest_value);

    let compared = items.iter().any(|i| i.comparison.figure().is_some());
    let bar = |(index, item): (usize, &Item)| {
        let color = item.platform.as_deref().map_or_else(
            || member_color(&item.key, index, false, spec.theme),
            |p| platform_color(p, spec.theme),
        );
        let negative = item.value.figure().is_some_and(metrics::Figure::is_negative);
        json!({
            "id": item.key,
            "name": item.name,
            "value": scale.place(item.value),
            "itemStyle": { "color": color, "borderRadius": if negative { [4, 0, 0, 4] } else { [0, 4, 4, 0] } },
        })
    };
    let labelled = |item: &Item| {
        let negative = item.value.figure().is_some_and(metrics::Figure::is_negative);
        let (value, before) = (scale.place(item.value), scale.place(item.comparison));
        let end = match (value, before) {
            (Some(value), Some(before)) if negative => Some(value.min(before)),
            (Some(value), Some(before)) => Some(value.max(before)),
            (value, _) => value,
        };
        json!({
            "name": item.name,
            "value": end,
            "label": {
                "show": true, "position": if negative { "left" } else { "right" },
                "formatter": spec.compact(item.value),
            },
        })
    };
    let before =
        |item: &Item| json!({ "id": item.key, "name": item.name, "value": scale.place(item.comparison) });
    let mut series = vec![json!({ "data": items.iter().enumerate().map(bar).collect::<Vec<_>>() })];
    if compared {
        let ticks: Vec<Json> = items.iter().map(before).collect();
        series.push(part_with(spec, BEFORE, json!({ "data": ticks })));
    }
    let figures: Vec<Json> = items.iter().map(labelled).collect();
    series.push(part_with(spec, FIGURES, json!({ "data": figures })));
    finish(
        spec,
        FIXED,
        json!({
            "grid": [{ "left": width + 8.0, "right": right }],
            "xAxis": { "min": scale.min, "max": scale.max },
            "yAxis": { "data": names, "axisLabel": { "width": width } },
            "series": series,
        }),
    )
}
