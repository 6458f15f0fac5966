//! The metric catalogue, formulas, periods and the cube engine. The same code runs in the browser, on the server,
//! in alerts and in exports, so a figure has one definition everywhere.
#![warn(missing_docs)]

pub mod campaigns;
pub mod catalogue;
pub mod cube;
pub mod details;
pub mod explain;
mod family;
pub mod format;
pub mod frame;
pub mod keys;
pub mod levels;
pub mod period;
pub mod platform;
pub mod query;
pub mod value;

#[cfg(feature = "ports")]
pub mod ports;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use catalogue::{Class, Direction, Family, Measure, Metric, Ratio, Unit};
pub use cube::{Cube, CubeBuilder};
pub use format::Locale;
pub use period::{Comparison, ComparisonKind, Granularity, Period};
pub use query::{Dimension, Filter, FilterMode, Frame, Level, Query, Scope};
pub use value::{Delta, Figure, Judgement, Value};
