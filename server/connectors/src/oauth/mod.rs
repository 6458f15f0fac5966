//! OAuth 2.0: consent with state and PKCE, code exchange, refresh that survives rotation, and service accounts.

mod assertion;
mod grant;
mod spec;
mod store;
mod tokens;

pub use assertion::ServiceAccount;
pub use grant::{Authorization, GRANTED, OAuthClient};
pub use spec::{ClientAuth, Encoding, OAuthSpec, Renewal, Swap, Wire, fill, trusted_origin};
pub use store::{MemoryStore, StoreError, StoreGuard, TokenSet, TokenStore};
pub use tokens::Tokens;
