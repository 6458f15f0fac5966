//! Shares of a whole.

use crate::data::Item;
use crate::patch::{finish, merge, part};
use crate::spec::{ChartSpec, Size};
use crate::theme::{member_color, platform_color};
use metrics::Locale;
use metrics::format::percent;
use serde_json::{Value as Json, json};

const FIXED: &str = r#"{
    "series": [{
        "type": "pie", "id": "current", "startAngle": 90, "clockwise": true, "minAngle": 2, "cursor": "pointer",
        "label": { "show": false },
        "labelLine": { "show": false },
        "itemStyle": { "borderColor": "@card", "borderWidth": 2 },
        "emphasis": { "focus": "self", "scale": true, "scaleSize": 3 },
        "blur": { "itemStyle": { "opacity": 0.35 } }
    }],
    "legend": {
        "show": true, "icon": "circle", "itemWidth": 8, "itemHeight": 8, "itemGap": 10, "padding": 0,
        "textStyle": { "color": "@text", "fontSize": 12, "width": 140, "overflow": "truncate" }
    }
}"#;
const WIDE: &str = r#"{
    "series": [{ "center": ["32%", "50%"], "radius": ["50%", "78%"] }],
    "legend": { "orient": "vertical", "left": "62%", "top": "middle" }
}"#;
const NARROW: &str = r#"{
    "series": [{ "center": ["50%", "36%"], "radius": ["38%", "60%"] }],
    "legend": { "orient": "horizontal", "left": "center", "bottom": 0 }
}"#;

/// Items that can be drawn as a share: above zero.
pub(crate) fn slices(items: &[Item]) -> Vec<&Item> {
    items.iter().filter(|i| i.share.is_some_and(|s| !s.is_zero() && !s.is_negative())).collect()
}

/// What the legend shows of an item: its share, then its name, so that cutting off long names keeps the share.
pub(crate) fn slice_name(item: &Item, locale: Locale) -> String {
    let share = item.share.map_or_else(String::new, |s| percent(s, locale));
    format!("{share}  {}", item.name)
}

pub(crate) fn option(spec: &ChartSpec, items: &[Item]) -> Json {
    let slices = slices(items);
    let slice = |(index, item): (usize, &&Item)| {
        let same = |p: &str| slices.iter().filter(|i| i.platform.as_deref() == Some(p)).count() == 1;
        let color = match item.platform.as_deref() {
            Some(platform) if same(platform) => platform_color(platform, spec.theme),
            _ => member_color(&item.key, index, false, spec.theme),
        };
        json!({
            "id": item.key, "name": slice_name(item, spec.locale), "value": item.value.to_f64().map(crate::axis::tidy),
            "itemStyle": { "color": color },
        })
    };
    let data: Vec<Json> = slices.iter().enumerate().map(slice).collect();
    let mut option = finish(spec, FIXED, json!({ "series": [{ "data": data }] }));
    let layout = match spec.size {
        Size::Desktop => WIDE,
        Size::Phone => NARROW,
    };
    merge(&mut option, part(spec, layout));
    option
}
