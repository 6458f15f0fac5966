//! The one place that goes beyond charming's types: settings that they lack are merged into the serialised option.

use crate::spec::{Chart, ChartSpec};
use charming::Chart as Charming;
use serde_json::{Map, Value as Json, json};

/// The option of a charming chart with the settings that all charts share.
pub(crate) fn finish(spec: &ChartSpec, chart: &Charming, more: Json) -> Json {
    let mut option = serde_json::to_value(chart).unwrap_or_else(|_| Json::Object(Map::new()));
    merge(
        &mut option,
        json!({
            "animation": spec.animate,
            "animationDuration": 150,
            "animationDurationUpdate": 150,
            "animationEasing": "cubicOut",
            "backgroundColor": "transparent",
            "textStyle": { "fontFamily": "Inter, system-ui, sans-serif", "color": spec.theme.ink().muted },
            "stateAnimation": { "duration": 0 },
        }),
    );
    merge(&mut option, more);
    option
}

/// Merges objects by key and arrays by position; everything else is replaced.
pub(crate) fn merge(target: &mut Json, patch: Json) {
    match (target, patch) {
        (Json::Object(target), Json::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Json::Null), value);
            }
        }
        (Json::Array(target), Json::Array(patch)) => {
            for (at, value) in patch.into_iter().enumerate() {
                if at < target.len() {
                    merge(&mut target[at], value);
                } else {
                    target.push(value);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}

/// The key of the member behind a legend entry, from the event's `name`.
pub fn legend_key<'a>(spec: &ChartSpec, chart: &'a Chart, name: &str) -> Option<&'a str> {
    match chart {
        Chart::Line(data) => data.series.iter().find(|s| s.name == name).map(|s| s.key.as_str()),
        Chart::Donut(items) => {
            items.iter().find(|i| crate::donut::slice_name(i, spec.locale) == name).map(|i| i.key.as_str())
        }
        Chart::Bar(_) | Chart::Heatmap(_) => None,
    }
}
