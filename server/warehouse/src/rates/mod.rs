//! Exchange rates: reading the ECB's file, keeping them, and the one definition of a conversion.

mod convert;
mod ecb;
mod store;

pub use convert::{CARRY_DAYS, Conversion, Rate, RateTable};
pub use ecb::{PerEuro, QuotedRate, RatesFileError, parse};
pub use store::store_rates;

pub(crate) use store::table;
