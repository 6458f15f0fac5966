//! CSV and TSV files, and workbooks: from bytes to facts.
//!
//! [`workbook`] writes workbooks out as CSV; [`text`] and [`records`] read any encoding and quoting in bounded memory; [`analyse`] finds header and formats;
//! [`lexicon`] and [`mapping`] guess what columns mean; [`rows`] understands each line; [`scan`] passes over the whole
//! file and [`summaries`] finds totals rows that no word marks; [`preview`] shows what would be loaded; [`load`] loads it in one transaction.

pub mod analyse;
pub mod currencies;
pub mod dates;
pub mod durations;
pub mod families;
pub mod lexicon;
pub mod load;
mod loading;
pub mod mapping;
pub mod notes;
pub mod numbers;
pub mod preview;
pub mod records;
mod refusals;
pub mod rows;
pub mod scan;
mod service;
pub mod spread;
mod store;
pub mod summaries;
pub mod text;
pub mod workbook;

pub use service::asks;
