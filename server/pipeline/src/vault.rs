//! A connection's credentials: sealed in the database, opened for one run.

use crate::connections::{grants, store};
use crate::{Pipeline, PipelineError};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connectors::oauth::{StoreError, StoreGuard, TokenSet, TokenStore};
use connectors::{Credentials, way};
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
    /// Name of the way in; none for connections that were made before there were several.
    #[serde(default)]
    pub way: Option<String>,
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
    /// Its tokens.
    pub fn tokens(&self) -> TokenSet {
        TokenSet {
            access_token: self.access_token.clone().map(Into::into),
            refresh_token: self.refresh_token.clone().map(Into::into),
            expires_at: self.expires_at,
            grant_ends_at: self.grant_ends_at,
            kept: self.kept.clone(),
        }
    }

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

/// The admin's values for the platform, overridden by what the connection brought. What belongs to another way in, or was
/// chosen as a setting, is left out; an app's id and secret come from one place.
pub fn credentials(pipeline: &Pipeline, platform: &str, sealed: &Sealed) -> Credentials {
    let mut all: BTreeMap<String, SecretString> = pipeline.settings.fields(platform);
    let ways = connectors::find(platform).map(connectors::Connector::ways).unwrap_or_default();
    if let Some(way) = sealed.way.as_deref().and_then(|name| way::of_name(ways, name)) {
        all.retain(|name, _| !way::belongs_elsewhere(ways, way, name) && way.choice(name).is_none());
    }
    if sealed.fields.contains_key("client_id") {
        all.remove("client_secret");
    }
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
        Ok(self.read().await?.tokens())
    }

    /// In all connections that share the grant: a vendor that rotates refresh tokens has killed the copies of the others.
    async fn store(&self, tokens: &TokenSet) -> Result<(), StoreError> {
        let failed = |e: &dyn std::fmt::Display| StoreError(e.to_string());
        let mut tx = self.pipeline.database.scoped(self.workspace).await.map_err(|e| failed(&e))?;
        let sharing =
            grants::sharing(&mut tx, self.workspace, self.connection).await.map_err(|e| failed(&e))?;
        for (connection, secret) in sharing {
            let mut sealed = open(&self.pipeline, connection, &secret)?;
            sealed.set_tokens(tokens);
            keep(&self.pipeline, &mut tx, self.workspace, connection, &sealed)
                .await
                .map_err(|e| failed(&e))?;
        }
        tx.commit().await.map_err(|e| failed(&e))
    }

    /// One refresh at a time per grant, over all server processes: an advisory lock that ends with its
    /// transaction.
    async fn lock(&self) -> Result<StoreGuard, StoreError> {
        let failed = |e: &dyn std::fmt::Display| StoreError(e.to_string());
        let mut tx = self.pipeline.database.begin().await.map_err(|e| failed(&e))?;
        let grant = grants::number(&mut tx, self.workspace, self.connection).await.map_err(|e| failed(&e))?;
        sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind(REFRESH_LOCK)
            .bind(grant)
            .execute(&mut *tx)
            .await
            .map_err(|e| failed(&e))?;
        Ok(Box::new(tx))
    }
}
