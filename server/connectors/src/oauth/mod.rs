//! OAuth 2.0: consent with state and PKCE, code exchange, and refresh that survives rotation.

mod grant;
mod store;
mod tokens;

pub use grant::{Authorization, ClientAuth, OAuthClient, OAuthSpec};
pub use store::{MemoryStore, StoreError, StoreGuard, TokenSet, TokenStore};
pub use tokens::Tokens;
