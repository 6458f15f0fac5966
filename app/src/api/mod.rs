//! Server functions, one file per resource. A body is: who is calling, one port call, done.

pub mod campaigns;
pub mod connections;
#[cfg(feature = "ssr")]
pub mod context;
pub mod cookie;
pub mod demo;
pub mod details;
mod error;
pub mod figures;
pub mod guide;
pub mod hooks;
pub mod imports;
pub mod rates;
pub mod roles;
pub mod session;
pub mod workspace;

#[cfg(feature = "ssr")]
pub use context::Transport;
pub use error::ApiError;
pub use roles::{Needed, ROLES};

/// Where server functions live; each path is this, a slash, and the function's name.
pub const PREFIX: &str = "/api/f";
