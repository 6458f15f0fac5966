//! A connection's credentials: sealed in the database, opened for one run.

use crate::connections::store;
use crate::{Pipeline, PipelineError};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connectors::Credentials;
use connectors::oauth::{StoreError, StoreGuard, TokenSet, TokenStore};
use identity::secrets::Place;
use model::ids::{ConnectionId, WorkspaceId};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Namespace of the advisory locks that serialise token refreshes.
const REFRESH_LOCK: i32 = 0x7768_0001;

/// What is sealed in `connections.secret`.
#[derive(Default, Serialize, Deserialize)]
pub struct Sealed {
    /// What the person typed: client id and secret, developer token, keys.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// For the API.
    pub access_token: Option<String>,
    /// For new access tokens.
    pub refresh_token: Option<String>,
    /// When the access token ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the consent itself ends.
    #[serde(default)]
    pub grant_ends_at: Option<DateTime<Utc>>,
    /// What came along with the access token: a host, an id.
    #[serde(default)]
    pub kept: BTreeMap<String, String>,
}

impl Sealed {
    /// Takes other tokens.
    pub fn set_tokens(&mut self, tokens: &TokenSet) {
        let text = |secret: &Option<SecretString>| secret.as_ref().map(|s| s.expose_secret().to_owned());
        self.access_token = text(&tokens.access_token);
        self.refresh_token = text(&tokens.refresh_token);
        self.expires_at = tokens.expires_at;
        self.grant_ends_at = tokens.grant_ends_at;
        self.kept.clone_from(&tokens.kept);
    }
}

const TABLE: &str = "connections";

/// Opens a connection's credentials.
///
/// # Errors
/// When the key does not fit, or the row was tampered with.
pub fn open(pipeline: &Pipeline, connection: ConnectionId, secret: &[u8]) -> Result<Sealed, StoreError> {
    let place = Place { table: TABLE, row: &connection.to_string() };
    let plain = pipeline.secrets.open(secret, place).map_err(|e| StoreError(e.to_string()))?;
    serde_json::from_slice(&plain).map_err(|e| StoreError(e.to_string()))
}

/// Seals a connection's credentials.
///
/// # Errors
/// When they can't be written as JSON, or sealing fails.
pub fn seal(pipeline: &Pipeline, connection: ConnectionId, sealed: &Sealed) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(sealed).map_err(|e| StoreError(e.to_string()))?;
    Ok(pipeline.secrets.seal(&plain, Place { table: TABLE, row: &connection.to_string() }))
}

/// Seals a connection's credentials into its row, and notes beside them when the consent ends.
///
/// # Errors
/// As [`seal`], and what the database says.
pub async fn keep(
    pipeline: &Pipeline,
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
    sealed: &Sealed,
) -> Result<(), PipelineError> {
    let bytes = seal(pipeline, connection, sealed).map_err(PipelineError::unexpected)?;
    store::set_secret(tx, workspace, connection, &bytes).await?;
    store::set_grant_end(tx, workspace, connection, sealed.grant_ends_at).await
}

/// The admin's values for the platform, overridden by what the connection brought.
pub fn credentials(pipeline: &Pipeline, platform: &str, sealed: &Sealed) -> Credentials {
    let mut all: BTreeMap<String, SecretString> = pipeline.settings.fields(platform);
    for (name, value) in &sealed.fields {
        all.insert(name.clone(), value.clone().into());
    }
    Credentials::from_pairs(all)
}

/// Tokens in the database. A new refresh token is committed before the access token that came with it is used.
pub struct DatabaseTokens {
    /// The services.
    pub pipeline: Pipeline,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub connection: ConnectionId,
}

impl DatabaseTokens {
    async fn read(&self) -> Result<Sealed, StoreError> {
        let failed = |e: &dyn std::fmt::Display| StoreError(e.to_string());
        let mut tx = self.pipeline.database.scoped(self.workspace).await.map_err(|e| failed(&e))?;
        let row =
            store::connection(&mut tx, self.workspace, self.connection).await.map_err(|e| failed(&e))?;
        tx.commit().await.map_err(|e| failed(&e))?;
        open(&self.pipeline, self.connection, &row.secret)
    }
}

#[async_trait]
impl TokenStore for DatabaseTokens {
    async fn load(&self) -> Result<TokenSet, StoreError> {
        let sealed = self.read().await?;
        Ok(TokenSet {
            access_token: sealed.access_token.map(Into::into),
            refresh_token: sealed.refresh_token.map(Into::into),
            expires_at: sealed.expires_at,
            grant_ends_at: sealed.grant_ends_at,
            kept: sealed.kept,
        })
    }

    async fn store(&self, tokens: &TokenSet) -> Result<(), StoreError> {
        let failed = |e: &dyn std::fmt::Display| StoreError(e.to_string());
        let mut sealed = self.read().await?;
        sealed.set_tokens(tokens);
        let mut tx = self.pipeline.database.scoped(self.workspace).await.map_err(|e| failed(&e))?;
        keep(&self.pipeline, &mut tx, self.workspace, self.connection, &sealed)
            .await
            .map_err(|e| failed(&e))?;
        tx.commit().await.map_err(|e| failed(&e))
    }

    /// One refresh at a time per connection, over all server processes: an advisory lock that ends with its
    /// transaction.
    async fn lock(&self) -> Result<StoreGuard, StoreError> {
        let failed = |e: sqlx::Error| StoreError(e.to_string());
        let mut tx = self.pipeline.database.begin().await.map_err(failed)?;
        sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind(REFRESH_LOCK)
            .bind(self.connection.0)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        Ok(Box::new(tx))
    }
}
