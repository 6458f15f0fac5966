//! Where tokens live between requests.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use std::any::Any;
use std::collections::BTreeMap;
use tokio::sync::Mutex;

/// What a vendor gave us.
#[derive(Debug, Clone, Default)]
pub struct TokenSet {
    /// For requests.
    pub access_token: Option<SecretString>,
    /// For new access tokens.
    pub refresh_token: Option<SecretString>,
    /// When the access token dies, where it is known.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the consent itself ends, so that only a person can go on; none where it lasts or nothing is known.
    pub grant_ends_at: Option<DateTime<Utc>>,
    /// What came along and is kept ([`super::OAuthSpec::keep`]): a host, an id.
    pub kept: BTreeMap<String, String>,
}

impl TokenSet {
    /// What an answer does not say stays as it was.
    pub(super) fn or_else_from(mut self, older: &Self) -> Self {
        if self.refresh_token.is_none() {
            self.refresh_token.clone_from(&older.refresh_token);
            self.grant_ends_at = self.grant_ends_at.or(older.grant_ends_at);
        }
        for (name, text) in &older.kept {
            self.kept.entry(name.clone()).or_insert_with(|| text.clone());
        }
        self
    }
}

/// The store does not work.
#[derive(Debug, thiserror::Error)]
#[error("the tokens can't be kept: {0}")]
pub struct StoreError(pub String);

/// Held while a refresh runs; dropping it lets the next one in.
pub type StoreGuard = Box<dyn Any + Send>;

/// Keeps the tokens of one connection.
///
/// [`TokenStore::store`] is called, and awaited, before a new access token is used: a vendor that rotates refresh tokens
/// has killed the old one by then, and a crash in between must not lose the new one.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The tokens as they stand now; another process may have changed them.
    ///
    /// # Errors
    /// When the store does not work.
    async fn load(&self) -> Result<TokenSet, StoreError>;

    /// Keeps new tokens for good.
    ///
    /// # Errors
    /// When the store does not work; the new access token is not used then.
    async fn store(&self, tokens: &TokenSet) -> Result<(), StoreError>;

    /// Shuts other processes out while a refresh runs, for example with a row lock. Refreshes within a process are
    /// serialised anyway.
    ///
    /// # Errors
    /// When the store does not work.
    async fn lock(&self) -> Result<StoreGuard, StoreError> {
        Ok(Box::new(()))
    }
}

/// Keeps tokens as long as the process lives.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<TokenSet>);

impl MemoryStore {
    /// Starts with these.
    pub fn new(tokens: TokenSet) -> Self {
        Self(Mutex::new(tokens))
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self) -> Result<TokenSet, StoreError> {
        Ok(self.0.lock().await.clone())
    }

    async fn store(&self, tokens: &TokenSet) -> Result<(), StoreError> {
        *self.0.lock().await = tokens.clone();
        Ok(())
    }
}
