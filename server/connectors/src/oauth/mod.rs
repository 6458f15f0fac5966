//! OAuth 2.0: consent with state and PKCE, code exchange, refresh that survives rotation, and service accounts.

mod assertion;
mod grant;
mod store;
mod tokens;

pub use assertion::ServiceAccount;
pub use grant::{Authorization, ClientAuth, OAuthClient, OAuthSpec};
pub use store::{MemoryStore, StoreError, StoreGuard, TokenSet, TokenStore};
pub use tokens::Tokens;
