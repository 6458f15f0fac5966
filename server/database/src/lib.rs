//! PostgreSQL for Windhover: a private [`cluster`] or an external server, the [`pool`], the list of [`migrate`]d
//! schema changes of all crates, the tenancy [`scope`], and the announcements of [`changes`].
//!
//! The rule of the house: rows of a workspace are read and written in [`Database::scoped`], where row-level security
//! stands behind the query's own filter. The plain [`Database::pool`] is the owner's and sees everything; it is for
//! identity, jobs across workspaces, and migrations.
#![warn(missing_docs)]

pub mod changes;
pub mod cluster;
pub mod error;
pub mod migrate;
pub mod pool;
pub mod scope;
#[cfg(feature = "test-support")]
pub mod testing;

pub use changes::{Change, Changes, bump};
pub use cluster::{Cluster, ClusterConfig, ClusterError};
pub use error::{DatabaseError, is_away};
pub use migrate::migrate;
pub use pool::{Database, PoolOptions};
pub use scope::Tx;
