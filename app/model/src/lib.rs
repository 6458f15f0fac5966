//! What browser and server both speak: ids, calendar days, documents and errors; and, natively, the
//! [`ports`]: the use cases that server functions call, which each domain crate implements.
#![warn(missing_docs)]

pub mod access;
pub mod connect;
pub mod connections;
pub mod days;
pub mod entities;
pub mod error;
pub mod health;
pub mod hooks;
pub mod ids;
pub mod imports;
pub mod live;
pub mod mapping;
pub mod sort;
pub mod upkeep;
pub mod workspace;

#[cfg(feature = "ports")]
pub mod clock;
#[cfg(feature = "ports")]
pub mod ports;

pub use days::DayRange;
pub use error::{AppError, ErrorKind};
