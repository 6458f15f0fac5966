//! Horizontal bars.

use crate::axis::{Scale, px};
use crate::data::Item;
use crate::patch::finish;
use crate::spec::{ChartSpec, Size};
use crate::theme::{member_color, platform_color};
use charming::Chart;
use charming::component::{Axis, Grid};
use charming::element::{AxisLabel, AxisLine, AxisTick, AxisType, SplitLine};
use charming::series::Bar;
use serde_json::{Value as Json, json};

pub(crate) fn option(spec: &ChartSpec, items: &[Item]) -> Json {
    let ink = spec.theme.ink();
    let scale = Scale::new(spec, items.iter().flat_map(|i| [i.value, i.comparison]), false);
    let room: usize = if spec.size == Size::Phone { 16 } else { 26 };
    let longest = items.iter().map(|i| i.name.chars().count()).max().unwrap_or(0).min(room);
    let width = 12.0 + 6.6 * px(longest);

    let values = Axis::new().type_(AxisType::Value).show(false).min(scale.min).max(scale.max);
    let names = Axis::new()
        .type_(AxisType::Category)
        .inverse(true)
        .axis_line(AxisLine::new().show(false))
        .axis_tick(AxisTick::new().show(false))
        .axis_label(AxisLabel::new().color(ink.text).font_size(12))
        .split_line(SplitLine::new().show(false))
        .data(items.iter().map(|i| i.name.clone()).collect());
    let longest_value = items.iter().map(|i| spec.compact(i.value).chars().count()).max().unwrap_or(4);
    let right = 14.0 + 7.2 * px(longest_value);
    let chart = Chart::new()
        .grid(Grid::new().left(width + 8.0).right(right).top(6).bottom(6))
        .x_axis(values)
        .y_axis(names)
        .series(Bar::new().id("current"));

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
    // The figure stands beyond both the bar and the tick of the comparison, so that neither crosses it out: on a bar of
    // its own that nobody sees.
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
    let mut series = vec![json!({
        "data": items.iter().enumerate().map(bar).collect::<Vec<_>>(),
        "barMaxWidth": 14,
        "barMinHeight": 2,
        "cursor": "pointer",
        "emphasis": { "focus": "self" },
        "blur": { "itemStyle": { "opacity": 0.35 } },
        "z": 3,
    })];
    if compared {
        // A tick where the bar ended before.
        series.push(json!({
            "type": "scatter", "id": "comparison", "name": "before", "silent": true, "symbol": "rect",
            "symbolSize": [2, 16], "itemStyle": { "color": ink.pointer }, "z": 4,
            "data": items.iter().map(before).collect::<Vec<_>>(),
        }));
    }
    series.push(json!({
        "type": "bar", "id": "figures", "silent": true, "barGap": "-100%", "barMaxWidth": 14, "barMinHeight": 2,
        "itemStyle": { "color": "transparent" }, "label": { "color": ink.muted, "fontSize": 12 },
        "emphasis": { "disabled": true }, "z": 2,
        "data": items.iter().map(labelled).collect::<Vec<_>>(),
    }));
    finish(
        spec,
        &chart,
        json!({
            "series": series,
            "legend": { "show": false },
            "grid": [{ "outerBoundsMode": "none" }],
            "yAxis": { "axisLabel": { "width": width, "overflow": "truncate", "interval": 0 } },
        }),
    )
}
