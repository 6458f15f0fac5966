//! The engine that all platforms share: one client, retries, pacing, pagination, jobs and careful reading of JSON and
//! CSV.

pub mod array;
pub mod base_url;
pub mod calls;
pub mod client;
pub mod csv;
pub mod node;
pub mod pace;
pub mod paginate;
pub mod refusal;
pub mod retry;
pub mod scheme;
pub mod session;
pub mod status;

mod answer;
mod body;
mod jobs;
mod pages;
mod request;

pub use answer::Answer;
pub use base_url::BaseUrl;
pub use body::BodyStream;
pub use calls::{CallTally, Calls, QuotaSpec, Told};
pub use jobs::Patience;
pub use node::Node;
pub use pace::{Pace, Rate};
pub use pages::Batch;
pub use refusal::{Meaning, Refusal};
pub use request::{Auth, Body, Request, Signer};
pub use retry::{Budget, RetryPolicy, RetryReason, Verdict};
pub use scheme::{KeySpec, Scheme};
pub use session::{Access, Session};
