//! From an open door to a stored connection: tokens for a code, a key that is tried, other connections that are mended.

use super::consent::{app_error, platform, system_rng, told};
use super::entry::Checked;
use super::grants;
use crate::connections::store::{self, NewConnection};
use crate::error::{PipelineError, Result};
use crate::{Pipeline, vault};
use chrono::Months;
use connectors::oauth::{MemoryStore, TokenSet, TokenStore};
use connectors::way::{self, Way};
use connectors::{AccountsFound, Connector};
use model::AppError;
use model::ids::{ConnectionId, WorkspaceId};
use model::live::Topic;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use secrecy::SecretString;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use url::form_urlencoded::byte_serialize;

/// History until the person chooses.
const DEFAULT_HISTORY_MONTHS: u32 = 13;

/// A key that was typed a moment ago is not an old consent that died.
fn about_key(error: &connectors::Error) -> PipelineError {
    let app = told(error);
    PipelineError::Told(match error.kind {
        connectors::ErrorKind::NeedsReauthorisation => app.with_hint(
            "Check that it was copied whole, belongs to this product, and is still valid at the vendor.",
        ),
        connectors::ErrorKind::Permission(_) => {
            app.with_hint("Give the key, or its user, the permissions above, then try again.")
        }
        _ => app,
    })
}

/// Who connects what, where.
pub(super) struct Consent<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) workspace_slug: &'a str,
    pub(super) user: i32,
    pub(super) slug: &'a str,
    pub(super) reconnect: Option<ConnectionId>,
}

impl Consent<'_> {
    /// Where the person goes on.
    pub(super) fn page(&self, connection: ConnectionId) -> String {
        let workspace = self.workspace_slug;
        match self.reconnect {
            Some(_) => format!("/w/{workspace}/data/connections/{connection}"),
            None => format!("/w/{workspace}/data/connections/{connection}/accounts"),
        }
    }

    /// Where the person can begin again.
    pub(super) fn page_of_failure(&self, way: Option<&str>, error: &AppError) -> String {
        let mut text = error.message.clone();
        if let Some(hint) = &error.hint {
            text = format!("{text} {hint}");
        }
        let (workspace, slug) = (self.workspace_slug, self.slug);
        let error: String = byte_serialize(text.as_bytes()).collect();
        match (self.reconnect, way) {
            (Some(connection), _) => format!("/w/{workspace}/data/connections/{connection}?error={error}"),
            (None, Some(way)) => format!("/w/{workspace}/data/connect/{slug}?way={way}&error={error}"),
            (None, None) => format!("/w/{workspace}/data/connect/{slug}?error={error}"),
        }
    }

    /// Where a key opens the platform: tried at once, so that a wrong one is told before anything is stored.
    pub(super) async fn without_asking(
        &self,
        pipeline: &Pipeline,
        connector: &'static dyn Connector,
        checked: Checked,
    ) -> Result<String> {
        let mut new = Grant { way: checked.way, sealed: checked.sealed, settings: checked.settings };
        let found = self.look(pipeline, connector, &mut new).await.map_err(|error| match error {
            Look::Vendor(error) => about_key(&error),
            Look::Ours(error) => error,
        })?;
        let connection = self.store(pipeline, connector, new, Some(found)).await?;
        Ok(self.page(connection))
    }

    /// A connector with what is known so far, and tokens that nobody else sees.
    async fn context(
        &self,
        pipeline: &Pipeline,
        connector: &'static dyn Connector,
        grant: &Grant,
        tokens: Arc<MemoryStore>,
    ) -> Result<connectors::Context, Look> {
        let mut own_base_url = None;
        if let Some(connection) = self.reconnect {
            let mut tx = pipeline.database.scoped(self.workspace).await.map_err(PipelineError::from)?;
            own_base_url = store::connection(&mut tx, self.workspace, connection).await?.base_url;
            tx.commit().await.map_err(PipelineError::from)?;
        }
        let setup = connectors::Setup {
            credentials: vault::credentials(pipeline, self.slug, &grant.sealed),
            settings: grant.settings.clone(),
            base_url: pipeline.base_url(self.slug, own_base_url.as_deref())?,
            tokens,
            clock: pipeline.clock.clone(),
            jitter: Box::new(SmallRng::from_rng(&mut system_rng())),
            pace: pipeline.pace(own_base_url.as_deref()),
            policy: Pipeline::short_policy(own_base_url.as_deref()),
        };
        Ok(connectors::Context::new(connector, setup)?)
    }

    /// What the grant sees. Tokens that were renewed meanwhile are kept.
    async fn look(
        &self,
        pipeline: &Pipeline,
        connector: &'static dyn Connector,
        grant: &mut Grant,
    ) -> Result<AccountsFound, Look> {
        let tokens = Arc::new(MemoryStore::new(grant.sealed.tokens()));
        let ctx = self.context(pipeline, connector, grant, tokens.clone()).await?;
        let found = connector.accounts(&ctx).await;
        if let Ok(latest) = tokens.load().await {
            grant.sealed.set_tokens(&latest);
        }
        Ok(found?)
    }

    /// Trades the code for tokens and stores them, in a new connection or the one that needs them.
    pub(super) async fn complete(
        &self,
        pipeline: &Pipeline,
        code: &str,
        answer: &BTreeMap<String, String>,
        mut new: Grant,
        verifier: &SecretString,
    ) -> Result<ConnectionId> {
        let connector = platform(self.slug)?;
        let told = connector.settings_told(answer).into_iter();
        new.settings.extend(told.map(|(name, value)| (name.to_owned(), value)));
        let none = Arc::new(MemoryStore::new(TokenSet::default()));
        let ctx = self.context(pipeline, connector, &new, none).await.map_err(Look::told)?;
        let client = ctx.tokens().map_err(|e| app_error(&e))?.client();
        let tokens = client
            .exchange(&ctx.session, code, verifier, &pipeline.settings.redirect_uri)
            .await
            .map_err(|e| app_error(&e))?;
        if client.needs_refresh_token() && tokens.refresh_token.is_none() {
            return Err(AppError::invalid("The vendor gave no lasting access (no refresh token).")
                .with_hint(
                    "Remove Windhover from the list of connected apps at the vendor, then connect again.",
                )
                .into());
        }
        let asked = client.spec.scopes;
        let granted = tokens.kept.get(connectors::oauth::GRANTED).map(String::as_str);
        let missing = way::missing_permissions(asked, granted);
        if !asked.is_empty() && missing.len() == asked.len() {
            let message = format!("Nothing that is needed was granted: {}.", missing.join(", "));
            return Err(AppError::invalid(message)
                .with_hint("Begin again, and tick what the vendor's page asks for.")
                .into());
        }
        new.sealed.set_tokens(&tokens);
        self.store(pipeline, connector, new, None).await
    }

    /// The dead connections that this grant opens as well: those whose accounts it sees.
    async fn mended(
        &self,
        pipeline: &Pipeline,
        connector: &'static dyn Connector,
        new: &mut Grant,
        found: Option<AccountsFound>,
    ) -> Result<Vec<ConnectionId>> {
        let Some(connection) = self.reconnect else { return Ok(Vec::new()) };
        let mut tx = pipeline.database.scoped(self.workspace).await?;
        let row = store::connection(&mut tx, self.workspace, connection).await?;
        tx.commit().await?;
        let dead = grants::dead_alike(pipeline, &row, new.way, &new.settings).await?;
        if dead.is_empty() {
            return Ok(Vec::new());
        }
        let found = match found {
            Some(found) => found,
            None => match self.look(pipeline, connector, new).await {
                Ok(found) => found,
                Err(error) => {
                    let cause = Look::told(error);
                    tracing::warn!(connection = %row.id, %cause, "other connections were not looked after");
                    return Ok(Vec::new());
                }
            },
        };
        let seen: BTreeSet<String> = found.accounts.into_iter().map(|account| account.id).collect();
        let is_seen = |accounts: &BTreeSet<String>| !accounts.is_empty() && accounts.is_subset(&seen);
        Ok(dead.into_iter().filter(|(_, accounts)| is_seen(accounts)).map(|(id, _)| id).collect())
    }

    async fn store(
        &self,
        pipeline: &Pipeline,
        connector: &'static dyn Connector,
        mut new: Grant,
        found: Option<AccountsFound>,
    ) -> Result<ConnectionId> {
        let mended = self.mended(pipeline, connector, &mut new, found).await?;
        let now = pipeline.clock.now();
        let today = now.date_naive();
        let mut tx = pipeline.database.begin().await?;
        let connection = match self.reconnect {
            Some(connection) => connection,
            None => {
                let row = NewConnection {
                    platform: self.slug,
                    name: connector.about().name,
                    history_from: today
                        .checked_sub_months(Months::new(DEFAULT_HISTORY_MONTHS))
                        .unwrap_or(today),
                    base_url: None,
                    created_by: Some(self.user),
                    now,
                };
                store::insert(&mut tx, self.workspace, &row).await?
            }
        };
        sqlx::query("UPDATE connections SET settings = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(self.workspace.0)
            .bind(connection.0)
            .bind(Json(&new.settings))
            .execute(&mut *tx)
            .await?;
        grants::renew(pipeline, &mut tx, self.workspace, connection, &mended, &new.sealed, now).await?;
        database::changes::bump(&mut tx, self.workspace, Topic::Connections).await?;
        tx.commit().await?;
        Ok(connection)
    }
}

/// What a connection is opened with.
pub(super) struct Grant {
    pub(super) way: &'static Way,
    pub(super) sealed: vault::Sealed,
    pub(super) settings: BTreeMap<String, String>,
}

/// Why nothing is seen.
enum Look {
    /// The vendor, or what was typed.
    Vendor(Box<connectors::Error>),
    /// Our side.
    Ours(PipelineError),
}

impl Look {
    fn told(self) -> PipelineError {
        match self {
            Self::Vendor(error) => app_error(&error),
            Self::Ours(error) => error,
        }
    }
}

impl From<connectors::Error> for Look {
    fn from(error: connectors::Error) -> Self {
        Self::Vendor(Box::new(error))
    }
}

impl From<PipelineError> for Look {
    fn from(error: PipelineError) -> Self {
        Self::Ours(error)
    }
}
