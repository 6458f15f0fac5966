//! The metric catalogue, formulas, periods and the cube engine. The same code runs in the browser, on the server,
//! in alerts and in exports, so a figure has one definition everywhere.
#![warn(missing_docs)]

pub mod catalogue;
pub mod query;

#[cfg(feature = "ports")]
pub mod ports;

pub use catalogue::{Class, Direction, Family, Measure, Metric, Ratio, Unit};
pub use query::{Dimension, Filter, FilterMode, Frame, Level, Query, Scope};
