//! The one place that touches the ECharts object in the browser.

mod chart_box;
#[cfg(feature = "hydrate")]
mod echarts;
mod events;

pub use chart_box::ChartBox;
pub use events::{ChartEvent, Hit, Keys, Place, Point, Spot, step};
