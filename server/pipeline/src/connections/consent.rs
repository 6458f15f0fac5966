//! The way to the vendor's consent page and back.

use crate::connections::store::{self, NewConnection};
use crate::error::{PipelineError, Result};
use crate::{Pipeline, jobs, vault};
use chrono::{Months, TimeDelta};
use connectors::http::RetryPolicy;
use connectors::oauth::{MemoryStore, OAuthClient, TokenSet};
use connectors::{Connector, Settings};
use identity::secrets::Place;
use model::access::{Caller, Member};
use model::ids::{ConnectionId, WorkspaceId};
use model::live::Topic;
use model::{AppError, ErrorKind};
use rand::SeedableRng;
use rand::rngs::{SmallRng, StdRng};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A consent that takes longer has to be begun again.
const CONSENT_MINUTES: i64 = 15;
/// History until the person chooses.
const DEFAULT_HISTORY_MONTHS: u32 = 13;

#[derive(Serialize, Deserialize)]
struct Pending {
    verifier: String,
    fields: BTreeMap<String, String>,
}

fn platform(slug: &str) -> Result<&'static dyn Connector> {
    Ok(connectors::find(slug).ok_or_else(|| AppError::not_found("There is no such platform."))?)
}

fn told(error: &connectors::Error) -> AppError {
    let kind = match error.kind {
        connectors::ErrorKind::VendorDown | connectors::ErrorKind::Quota { .. } => ErrorKind::Unavailable,
        _ => ErrorKind::Invalid,
    };
    AppError::new(kind, error.to_string()).with_hint(error.action())
}

/// The error of a connector as people see it.
pub(super) fn app_error(error: &connectors::Error) -> PipelineError {
    PipelineError::Told(told(error))
}

/// Remembers who asked for what, and answers the consent page's address.
pub(super) async fn begin(
    pipeline: &Pipeline,
    member: &Member,
    slug: &str,
    mut fields: BTreeMap<String, String>,
    reconnect: Option<ConnectionId>,
) -> Result<String> {
    let connector = platform(slug)?;
    let mut own_base_url = None;
    if let Some(connection) = reconnect {
        let mut tx = pipeline.database.scoped(member.workspace).await?;
        let row = store::connection(&mut tx, member.workspace, connection).await?;
        tx.commit().await?;
        own_base_url.clone_from(&row.base_url);
        // What was typed for the first consent still holds.
        let known = vault::open(pipeline, connection, &row.secret).map(|s| s.fields).unwrap_or_default();
        for (name, value) in known {
            fields.entry(name).or_insert(value);
        }
    }
    let configured = pipeline.settings.fields(slug);
    for field in connector.info().fields {
        let given = fields.get(&field.name).is_some_and(|v| !v.trim().is_empty());
        if !given && !field.is_optional && !configured.contains_key(&field.name) {
            return Err(AppError::invalid_field(&field.name, format!("{} is missing.", field.label))
                .with_hint(field.help)
                .into());
        }
    }
    let sealed = vault::Sealed { fields, ..vault::Sealed::default() };
    let credentials = vault::credentials(pipeline, slug, &sealed);
    let base_url = pipeline.base_url(slug, own_base_url.as_deref()).map_err(|e| app_error(&e))?;
    let settings = Settings::parse(connector.settings(), &BTreeMap::new()).map_err(|e| app_error(&e))?;
    let consent = Consent { workspace: member.workspace, user: member.user.0, slug, reconnect };
    if connector.opens_by_itself(&settings, &credentials).map_err(|e| app_error(&e))? {
        return consent.without_asking(pipeline, sealed).await;
    }
    let client = OAuthClient::of(connector, &settings, &credentials)
        .map_err(|e| app_error(&e))?
        .ok_or_else(|| AppError::invalid("This platform knows no consent."))?;
    let mut rng = StdRng::from_rng(&mut system_rng());
    let authorization =
        client.authorize(&base_url, &pipeline.settings.redirect_uri, &mut rng).map_err(|e| app_error(&e))?;
    let pending =
        Pending { verifier: authorization.verifier.expose_secret().to_owned(), fields: sealed.fields };
    let hash = hash(&authorization.state);
    let plain = serde_json::to_vec(&pending).map_err(PipelineError::unexpected)?;
    let secret = pipeline.secrets.seal(&plain, Place { table: "consents", row: &hex::encode(hash) });
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.scoped(member.workspace).await?;
    sqlx::query("DELETE FROM consents WHERE workspace_id = $1 AND expires_at < $2")
        .bind(member.workspace.0)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO consents (state_hash, workspace_id, user_id, platform, connection_id, secret, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&hash[..])
    .bind(member.workspace.0)
    .bind(member.user.0)
    .bind(slug)
    .bind(reconnect.map(|c| c.0))
    .bind(secret)
    .bind(now + TimeDelta::minutes(CONSENT_MINUTES))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(authorization.url.to_string())
}

/// The vendor sent the browser back.
pub(super) async fn finish(
    pipeline: &Pipeline,
    caller: &Caller,
    query: &BTreeMap<String, String>,
) -> Result<String> {
    let again = "Begin again from the list of sources.";
    let state = query
        .get("state")
        .ok_or_else(|| AppError::invalid("The vendor's answer has no state.").with_hint(again))?;
    let hash = hash(state);
    let now = pipeline.clock.now();
    // Found by the hash alone, before the workspace is known: as the owner. Used once, also when what follows fails.
    let mut tx = pipeline.database.begin().await?;
    let found: Option<(i32, i32, String, Option<i32>, Vec<u8>, bool, String)> = sqlx::query_as(
        "DELETE FROM consents c USING workspaces w
         WHERE c.state_hash = $1 AND w.id = c.workspace_id
         RETURNING c.workspace_id, c.user_id, c.platform, c.connection_id, c.secret, c.expires_at < $2, w.slug",
    )
    .bind(&hash[..])
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    let expired = || {
        AppError::invalid("This consent is no longer valid: it took too long, or was used already.")
            .with_hint(again)
    };
    let Some((workspace, user, slug, reconnect, secret, is_late, workspace_slug)) = found else {
        return Err(expired().into());
    };
    if is_late {
        return Err(expired().into());
    }
    if user != caller.user.0 {
        return Err(AppError::new(ErrorKind::Forbidden, "Another person began this consent.")
            .with_hint(again)
            .into());
    }
    if let Some(error) = query.get("error") {
        let why = query.get("error_description").unwrap_or(error);
        let text = if error == "access_denied" {
            "Access was not granted, so nothing was connected.".to_owned()
        } else {
            format!("The vendor refused the consent: {}.", why.chars().take(200).collect::<String>())
        };
        return Err(AppError::invalid(text).with_hint(again).into());
    }
    // TikTok's marketing consent calls it so.
    let code = query
        .get("code")
        .or_else(|| query.get("auth_code"))
        .ok_or_else(|| AppError::invalid("The vendor's answer has no code.").with_hint(again))?;
    let plain = pipeline
        .secrets
        .open(&secret, Place { table: "consents", row: &hex::encode(hash) })
        .map_err(PipelineError::unexpected)?;
    let pending: Pending = serde_json::from_slice(&plain).map_err(PipelineError::unexpected)?;
    let consent = Consent {
        workspace: WorkspaceId(workspace),
        user,
        slug: &slug,
        reconnect: reconnect.map(ConnectionId),
    };
    let connection = consent.complete(pipeline, code, pending).await?;
    Ok(consent.page(&workspace_slug, connection))
}

struct Consent<'a> {
    workspace: WorkspaceId,
    user: i32,
    slug: &'a str,
    reconnect: Option<ConnectionId>,
}

impl Consent<'_> {
    /// Where the person goes on.
    fn page(&self, workspace: &str, connection: ConnectionId) -> String {
        match self.reconnect {
            Some(_) => format!("/w/{workspace}/data/connections/{connection}"),
            None => format!("/w/{workspace}/data/connections/{connection}/accounts"),
        }
    }

    /// Where a key opens the platform: tried at once, so that a wrong one is told before anything is stored.
    async fn without_asking(&self, pipeline: &Pipeline, sealed: vault::Sealed) -> Result<String> {
        let connector = platform(self.slug)?;
        let ctx = self.context(pipeline, connector, &sealed).await?;
        connector.accounts(&ctx).await.map_err(|e| app_error(&e))?;
        let connection = self.store(pipeline, connector, &sealed).await?;
        let mut tx = pipeline.database.scoped(self.workspace).await?;
        let workspace: String = sqlx::query_scalar("SELECT slug FROM workspaces WHERE id = $1")
            .bind(self.workspace.0)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(self.page(&workspace, connection))
    }

    /// A connector with what is known so far, and without tokens.
    async fn context(
        &self,
        pipeline: &Pipeline,
        connector: &'static dyn Connector,
        sealed: &vault::Sealed,
    ) -> Result<connectors::Context> {
        let mut own_base_url = None;
        if let Some(connection) = self.reconnect {
            let mut tx = pipeline.database.scoped(self.workspace).await?;
            own_base_url = store::connection(&mut tx, self.workspace, connection).await?.base_url;
            tx.commit().await?;
        }
        let base_url = pipeline.base_url(self.slug, own_base_url.as_deref()).map_err(|e| app_error(&e))?;
        let setup = connectors::Setup {
            credentials: vault::credentials(pipeline, self.slug, sealed),
            settings: BTreeMap::new(),
            base_url,
            tokens: Arc::new(MemoryStore::new(TokenSet::default())),
            clock: pipeline.clock.clone(),
            jitter: Box::new(SmallRng::from_rng(&mut system_rng())),
            pace: pipeline.pace.clone(),
            policy: RetryPolicy::default(),
        };
        connectors::Context::new(connector, setup).map_err(|e| app_error(&e))
    }

    /// Trades the code for tokens and stores them, in a new connection or the one that needs them.
    async fn complete(&self, pipeline: &Pipeline, code: &str, pending: Pending) -> Result<ConnectionId> {
        let connector = platform(self.slug)?;
        let mut sealed = vault::Sealed { fields: pending.fields, ..vault::Sealed::default() };
        let ctx = self.context(pipeline, connector, &sealed).await?;
        let verifier = SecretString::from(pending.verifier);
        let client = ctx.tokens().map_err(|e| app_error(&e))?.client();
        let tokens = client
            .exchange(&ctx.session, code, &verifier, &pipeline.settings.redirect_uri)
            .await
            .map_err(|e| app_error(&e))?;
        if client.needs_refresh_token() && tokens.refresh_token.is_none() {
            return Err(AppError::invalid("The vendor gave no lasting access (no refresh token).")
                .with_hint(
                    "Remove Windhover from the list of connected apps at the vendor, then connect again.",
                )
                .into());
        }
        sealed.set_tokens(&tokens);
        self.store(pipeline, connector, &sealed).await
    }

    async fn store(
        &self,
        pipeline: &Pipeline,
        connector: &dyn Connector,
        sealed: &vault::Sealed,
    ) -> Result<ConnectionId> {
        let now = pipeline.clock.now();
        let today = now.date_naive();
        let mut tx = pipeline.database.begin().await?;
        let connection = match self.reconnect {
            Some(connection) => connection,
            None => {
                let info = connector.info();
                let new = NewConnection {
                    platform: self.slug,
                    name: &info.name,
                    history_from: today
                        .checked_sub_months(Months::new(DEFAULT_HISTORY_MONTHS))
                        .unwrap_or(today),
                    base_url: None,
                    created_by: Some(self.user),
                    now,
                };
                store::insert(&mut tx, self.workspace, &new).await?
            }
        };
        vault::keep(pipeline, &mut tx, self.workspace, connection, sealed).await?;
        sqlx::query(
            "UPDATE connections SET grant_number = grant_number + 1 WHERE workspace_id = $1 AND id = $2",
        )
        .bind(self.workspace.0)
        .bind(connection.0)
        .execute(&mut *tx)
        .await?;
        if self.reconnect.is_some() {
            let row = store::connection(&mut tx, self.workspace, connection).await?;
            if row.state != "choosing_accounts" {
                store::set_state(&mut tx, self.workspace, connection, "ready", None, None, Some(now)).await?;
                jobs::enqueue(&mut tx, self.workspace, connection, now).await?;
            }
        }
        database::changes::bump(&mut tx, self.workspace, Topic::Connections).await?;
        tx.commit().await?;
        Ok(connection)
    }
}

fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}

#[expect(clippy::disallowed_methods, reason = "state and verifier of a consent must be unguessable")]
fn system_rng() -> rand::rngs::ThreadRng {
    rand::rng()
}
