//! The engine that all platforms share: one client, retries, pacing, pagination and careful reading of JSON.

pub mod array;
pub mod base_url;
pub mod client;
pub mod node;
pub mod pace;
pub mod paginate;
pub mod retry;
pub mod session;
pub mod status;

mod answer;
mod pages;
mod request;

pub use answer::Answer;
pub use base_url::BaseUrl;
pub use node::Node;
pub use pace::{Pace, Rate};
pub use pages::Batch;
pub use request::{Auth, Body, Request};
pub use retry::{Budget, RetryPolicy, RetryReason, Verdict};
pub use session::{BodyStream, Session};
