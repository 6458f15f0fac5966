//! From figures to pictures: data for a chart out of frames, the `ECharts` option that draws it, the rows of its
//! tooltip and its summary for people who do not see it. The same code runs in the browser and in exports.
//!
//! Steps: [`line_data`], [`items`] or [`heatmap_data`] out of frames → [`Chart`] → [`option`]. Sparklines are plain
//! SVG paths ([`sparkline_path`]).
#![warn(missing_docs)]

mod axis;
mod bar;
mod data;
mod donut;
mod heatmap;
mod line;
mod patch;
mod sparkline;
mod spec;
mod summary;
pub mod theme;
mod tooltip;

pub use data::{
    Bucket, Cell, HeatmapData, Item, LineData, LineQuestion, Series, heatmap_data, items, line_data,
};
pub use heatmap::{ColorScale, color_scale};
pub use patch::legend_key;
pub use sparkline::{Sparkline, sparkline_path};
pub use spec::{Chart, ChartSpec, Mark, Size, mark_of, option};
pub use summary::summary;
pub use theme::{Theme, member_color, platform_color};
pub use tooltip::{Tooltip, TooltipRow, item_tooltip, tooltip_rows};

#[cfg(test)]
mod tests;
