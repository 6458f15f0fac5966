//! Access tokens that are always fresh: renewed early, once at a time, and stored before use.

use super::assertion::ServiceAccount;
use super::grant::OAuthClient;
use super::spec::Renewal;
use super::store::{StoreError, TokenSet, TokenStore};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Budget, Session};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;

/// Renew that long before the end.
const EARLY: TimeDelta = TimeDelta::seconds(60);

/// The access token of one connection.
pub struct Tokens {
    client: OAuthClient,
    /// Signs for itself instead of a refresh token.
    service_account: Option<ServiceAccount>,
    store: Arc<dyn TokenStore>,
    current: Mutex<Option<TokenSet>>,
    is_doubtful: AtomicBool,
}

impl Tokens {
    /// Tokens that live in that store.
    pub fn new(client: OAuthClient, store: Arc<dyn TokenStore>) -> Self {
        Self {
            client,
            service_account: None,
            store,
            current: Mutex::new(None),
            is_doubtful: AtomicBool::new(false),
        }
    }

    /// Lets a service account ask for access tokens.
    #[must_use]
    pub fn with_service_account(mut self, account: Option<ServiceAccount>) -> Self {
        self.service_account = account;
        self
    }

    /// The client, for consent and code exchange.
    pub fn client(&self) -> &OAuthClient {
        &self.client
    }

    /// Keeps the tokens of a new consent.
    ///
    /// # Errors
    /// When the store does not work.
    pub async fn adopt(&self, tokens: TokenSet) -> Result<()> {
        let mut current = self.current.lock().await;
        self.store.store(&tokens).await.map_err(storage)?;
        *current = Some(tokens);
        Ok(())
    }

    /// A token that lives at least a minute longer; renewed first if need be.
    ///
    /// # Errors
    /// [`ErrorKind::NeedsReauthorisation`] when the grant is dead, [`ErrorKind::Configuration`] when there is neither
    /// an access token nor a refresh token.
    pub async fn bearer(&self, session: &Session, budget: &Budget) -> Result<SecretString> {
        let mut current = self.current.lock().await;
        let tokens = match current.take() {
            Some(tokens) => tokens,
            None => self.store.load().await.map_err(storage)?,
        };
        let tokens = self.swapped(session, budget, tokens).await?;
        let is_doubtful = self.is_doubtful.swap(false, Ordering::Relaxed) && self.can_renew(&tokens);
        if let Some(token) = usable(&tokens, session.now(), is_doubtful).cloned() {
            *current = Some(tokens);
            return Ok(token);
        }
        match self.refresh(session, budget, &mut current, &tokens, None).await {
            // Nobody refused the old one: the vendor is asked by it.
            Err(error) if is_doubtful && error.kind != ErrorKind::NeedsReauthorisation => {
                let token = usable(&tokens, session.now(), false).cloned().ok_or(error)?;
                *current = Some(tokens);
                Ok(token)
            }
            renewed => renewed,
        }
    }

    /// A new token after the vendor refused one. Where somebody else renewed it meanwhile, that one is used.
    ///
    /// # Errors
    /// `refusal` as [`ErrorKind::NeedsReauthorisation`] when there is no refresh token; otherwise as [`Self::bearer`].
    pub async fn renew(
        &self,
        session: &Session,
        budget: &Budget,
        refused: &SecretString,
        refusal: Error,
    ) -> Result<SecretString> {
        let mut current = self.current.lock().await;
        if let Some(token) = current.as_ref().and_then(|t| t.access_token.as_ref())
            && token.expose_secret() != refused.expose_secret()
        {
            return Ok(token.clone());
        }
        let tokens = match current.take() {
            Some(tokens) => tokens,
            None => self.store.load().await.map_err(storage)?,
        };
        if !self.can_renew(&tokens) {
            *current = Some(tokens);
            return Err(Error { kind: ErrorKind::NeedsReauthorisation, ..refusal });
        }
        self.refresh(session, budget, &mut current, &tokens, Some(refused)).await
    }

    /// What came with the last token and was kept; asks for nothing.
    pub async fn known(&self, name: &str) -> Option<String> {
        let current = self.current.lock().await;
        match current.as_ref() {
            Some(tokens) => tokens.kept.get(name).cloned(),
            None => self.store.load().await.ok()?.kept.get(name).cloned(),
        }
    }

    /// What came with a token and was kept. Where it is not known yet, and a token can be asked for, one is: the answer
    /// says it.
    ///
    /// # Errors
    /// As [`Self::bearer`].
    pub async fn kept(&self, session: &Session, budget: &Budget, name: &str) -> Result<Option<String>> {
        let mut current = self.current.lock().await;
        let tokens = match current.take() {
            Some(tokens) => tokens,
            None => self.store.load().await.map_err(storage)?,
        };
        let is_swap = matches!(self.client.spec.renewal, Renewal::Swap(..));
        if tokens.kept.contains_key(name) || is_swap || !self.can_renew(&tokens) {
            let known = tokens.kept.get(name).cloned();
            *current = Some(tokens);
            return Ok(known);
        }
        self.refresh(session, budget, &mut current, &tokens, tokens.access_token.as_ref()).await?;
        Ok(current.as_ref().and_then(|tokens| tokens.kept.get(name)).cloned())
    }

    /// Whether another access token can be had than the one that is known.
    fn can_renew(&self, tokens: &TokenSet) -> bool {
        let can = match self.client.spec.renewal {
            Renewal::RefreshToken => tokens.refresh_token.is_some(),
            Renewal::ClientCredentials => true,
            Renewal::RefreshTokenOrClientCredentials => {
                tokens.refresh_token.is_some()
                    || (self.client.client_id.is_some() && self.client.client_secret.is_some())
            }
            // A token that was refused is dead.
            Renewal::Swap(..) | Renewal::Never => false,
        };
        can || self.service_account.is_some()
    }

    /// Exchanges a token that ends soon for one that lives longer. Where that fails, the old one is used to its end.
    async fn swapped(&self, session: &Session, budget: &Budget, tokens: TokenSet) -> Result<TokenSet> {
        let Renewal::Swap(swap, early_days) = self.client.spec.renewal else {
            return Ok(tokens);
        };
        let (Some(token), Some(end)) = (&tokens.access_token, tokens.expires_at) else {
            return Ok(tokens);
        };
        let now = session.now();
        if now + TimeDelta::days(early_days) < end || end <= now {
            return Ok(tokens);
        }
        let _guard = self.store.lock().await.map_err(storage)?;
        let asked =
            Box::pin(self.client.swap(session, budget, (swap, &self.client.swap_urls[1]), token)).await;
        match asked {
            Ok(fresh) => {
                let fresh = fresh.or_else_from(&tokens);
                self.store.store(&fresh).await.map_err(storage)?;
                Ok(fresh)
            }
            Err(error) => {
                tracing::warn!("a token that ends at {end} can't be exchanged yet: {error}");
                Ok(tokens)
            }
        }
    }

    /// After a long wait a token of unknown life is not trusted any more.
    pub(crate) fn doubt(&self) {
        self.is_doubtful.store(true, Ordering::Relaxed);
    }

    async fn refresh(
        &self,
        session: &Session,
        budget: &Budget,
        current: &mut Option<TokenSet>,
        known: &TokenSet,
        refused: Option<&SecretString>,
    ) -> Result<SecretString> {
        let _guard = self.store.lock().await.map_err(storage)?;
        // Another process may have been first: its token is good, and the refresh token that we know may be dead.
        let latest = self.store.load().await.map_err(storage)?;
        let known_token = known.access_token.as_ref().map(ExposeSecret::expose_secret);
        if let Some(token) = usable(&latest, session.now(), false)
            && Some(token.expose_secret()) != known_token
            && Some(token.expose_secret()) != refused.map(ExposeSecret::expose_secret)
        {
            let token = token.clone();
            *current = Some(latest);
            return Ok(token);
        }
        // Boxed, because a refresh is itself a request of the session.
        let fresh = match (&self.service_account, self.client.spec.renewal, &latest.refresh_token) {
            (Some(account), ..) => Box::pin(account.ask(&self.client, session, budget)).await?,
            (None, Renewal::RefreshToken | Renewal::RefreshTokenOrClientCredentials, Some(token)) => {
                Box::pin(self.client.refresh(session, budget, token)).await?
            }
            (None, Renewal::ClientCredentials | Renewal::RefreshTokenOrClientCredentials, _) => {
                Box::pin(self.client.client_credentials(session, budget)).await?
            }
            (None, ..) => return Err(no_way_in(self.client.spec.renewal, &latest)),
        };
        let fresh = fresh.or_else_from(&latest);
        self.store.store(&fresh).await.map_err(storage)?;
        let token = fresh.access_token.clone();
        *current = Some(fresh);
        token.ok_or_else(|| Error::drift("token.access_token", "it is missing"))
    }
}

fn usable(tokens: &TokenSet, now: DateTime<Utc>, is_doubtful: bool) -> Option<&SecretString> {
    let token = tokens.access_token.as_ref()?;
    let is_alive = match tokens.expires_at {
        Some(end) => now + EARLY < end,
        None => !is_doubtful,
    };
    is_alive.then_some(token)
}

fn no_way_in(renewal: Renewal, tokens: &TokenSet) -> Error {
    if tokens.access_token.is_some() && matches!(renewal, Renewal::Swap(..) | Renewal::Never) {
        return Error::new(ErrorKind::NeedsReauthorisation, "The access token has ended.");
    }
    let (what, hint) = match renewal {
        Renewal::Swap(..) | Renewal::Never => ("no access token", "access_token"),
        _ => ("neither a living access token nor a refresh token", "refresh_token"),
    };
    Error::configuration(format!("The credentials hold {what}."))
        .with_hint(format!("Connect again, or add {hint} to the credentials."))
}

fn storage(error: StoreError) -> Error {
    Error::vendor_down(format!("The connection's tokens can't be read or kept: {}.", error.0))
        .with_hint("This is on our side: check the database, then start again.")
}
