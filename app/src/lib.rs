//! Everything a person sees: pages, widgets, parts, and the server functions behind them.
//! Compiled twice: natively (feature `ssr`) and for the browser (feature `hydrate`).

pub mod api;
pub mod charts;
pub mod document;
pub mod pages;
pub mod state;
pub mod ui;
pub mod widgets;

pub use document::{Assets, shell};
pub use pages::App;
