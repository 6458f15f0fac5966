//! Who may come in, to which workspace, as what; and the secrets that the installation keeps.
//!
//! [`Identity`] implements [`model::ports::Identity`]. Its other methods are for the server itself: the code of the
//! first run, the demo workspace, workspaces for jobs and for the command line.
#![warn(missing_docs)]

pub mod audit;
mod currency;
mod demo;
mod device;
mod email;
mod entropy;
mod error;
mod limiter;
mod login;
mod password;
pub mod secrets;
mod service;
mod sessions;
mod settings;
mod setup;
mod store;
mod token;
mod workspaces;

pub use entropy::Entropy;
pub use error::IdentityError;
pub use service::Identity;
