//! One file per widget kind, plus the frame around all of them.

pub mod accounts;
pub mod bars;
pub mod data;
pub mod donut;
pub mod drawing;
pub mod explain;
pub mod frame;
pub mod freshness;
pub mod funnel;
pub mod heatmap;
pub mod hours;
pub mod kpi;
pub mod mark_menu;
pub mod picture;
pub mod reading;
pub mod rows;
pub mod table;
pub mod tooltip;
pub mod trend;
