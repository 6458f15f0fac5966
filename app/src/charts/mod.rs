//! The one place that touches the ECharts object in the browser.
