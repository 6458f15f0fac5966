//! The SQL of this crate.

pub(crate) mod sessions;
pub(crate) mod setup;
pub(crate) mod users;
pub(crate) mod workspaces;
