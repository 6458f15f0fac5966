//! Options out of parts: what is always the same is written as ECharts' manual writes it, in JSON; what depends on the
//! figures is merged into it.

use crate::spec::{Chart, ChartSpec};
use crate::theme::Ink;
use serde_json::{Value as Json, json};

/// What all charts share.
const COMMON: &str = r#"{
    "animationDuration": 150, "animationDurationUpdate": 150, "animationEasing": "cubicOut",
    "stateAnimation": { "duration": 0 },
    "backgroundColor": "transparent",
    "textStyle": { "fontFamily": "Inter, system-ui, sans-serif", "color": "@muted" }
}"#;

/// An option out of its fixed part and the rest, with the settings that all charts share.
pub(crate) fn finish(spec: &ChartSpec, fixed: &'static str, more: Json) -> Json {
    let mut option = part(spec, COMMON);
    merge(&mut option, json!({ "animation": spec.animate }));
    merge(&mut option, part(spec, fixed));
    merge(&mut option, more);
    option
}

/// A fixed part of an option. `"@line"` is the theme's colour of lines, and so on for every [`Ink`].
pub(crate) fn part(spec: &ChartSpec, fixed: &'static str) -> Json {
    let mut part = serde_json::from_str(fixed).unwrap_or_default();
    debug_assert_ne!(part, Json::Null, "a part of an option is JSON");
    color(&mut part, spec.theme.ink());
    part
}

/// A fixed part with something merged into it.
pub(crate) fn part_with(spec: &ChartSpec, fixed: &'static str, more: Json) -> Json {
    let mut part = part(spec, fixed);
    merge(&mut part, more);
    part
}

fn color(part: &mut Json, ink: &Ink) {
    match part {
        Json::Object(entries) => entries.values_mut().for_each(|value| color(value, ink)),
        Json::Array(entries) => entries.iter_mut().for_each(|value| color(value, ink)),
        Json::String(text) => {
            let found = match text.as_str() {
                "@card" => ink.card,
                "@text" => ink.text,
                "@muted" => ink.muted,
                "@subtle" => ink.subtle,
                "@line" => ink.line,
                "@pointer" => ink.pointer,
                _ => return,
            };
            found.clone_into(text);
        }
        _ => {}
    }
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
