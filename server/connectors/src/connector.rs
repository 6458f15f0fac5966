//! What a platform has to be able to do, and the list of platforms.

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::hook::Hook;
use crate::http::session::{Jitter, SessionParts};
use crate::http::{Access, BaseUrl, Budget, KeySpec, Pace, QuotaSpec, Rate, RetryPolicy, Scheme, Session};
use crate::oauth::{OAuthClient, OAuthSpec, ServiceAccount, TokenStore, Tokens};
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use model::DayRange;
use model::clock::Clock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A platform.
#[async_trait]
pub trait Connector: Send + Sync {
    /// For example `google_ads`.
    fn slug(&self) -> &'static str;

    /// What people read before they connect.
    fn about(&self) -> About;

    /// The ways in, the usual one first; at least one. Each is declared with all that it needs: nothing else is asked for.
    fn ways(&self) -> &'static [Way];

    /// Settings that the vendor's answer to a consent tells (in which data centre the person lives). They count from the
    /// exchange of the code on.
    fn settings_told(&self, answer: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
        let _ = answer;
        Vec::new()
    }

    /// All streams, in the order in which they are read.
    fn streams(&self) -> &'static [StreamSpec];

    /// All settings; `page_size` and `api_version` are always among them.
    fn settings(&self) -> &'static [SettingSpec];

    /// How people consent; none for platforms with keys.
    fn oauth(&self) -> Option<&'static OAuthSpec>;

    /// As [`Self::oauth`], for platforms that a setting opens several doors to.
    fn oauth_with(&self, settings: &Settings) -> Option<&'static OAuthSpec> {
        let _ = settings;
        self.oauth()
    }

    /// As [`Self::oauth_with`], for platforms whose door depends on where an account lives, which a person names among the
    /// credentials.
    fn oauth_for(&self, settings: &Settings, credentials: &Credentials) -> Option<&'static OAuthSpec> {
        let _ = credentials;
        self.oauth_with(settings)
    }

    /// Where access tokens go in requests.
    fn scheme(&self) -> Scheme {
        Scheme::BEARER
    }

    /// The key that lets in where there is no consent; none for platforms without.
    fn key(&self) -> Option<KeySpec> {
        None
    }

    /// Settings of connections that are read again and again, where these differ from those of a single reading. What a
    /// person sets goes before them.
    fn standing_settings(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether the credentials alone open the platform: a key is among them, or the platform knows no consent.
    ///
    /// # Errors
    /// When an address of the consent can't be made.
    fn opens_by_itself(&self, settings: &Settings, credentials: &Credentials) -> Result<bool> {
        let has_key = self.key().is_some_and(|key| key.among(credentials, self.oauth().is_some()).is_some());
        Ok(has_key
            || !OAuthClient::of_platform(self.oauth_for(settings, credentials), settings, credentials)?
                .is_some_and(|client| client.has_consent()))
    }

    /// What the platform pushes, where we count it.
    fn hook(&self) -> Option<&'static dyn Hook> {
        None
    }

    /// Whether the account has that stream: platforms may have accounts of several kinds.
    fn has_stream(&self, account: &RemoteAccount, stream: &StreamSpec) -> bool {
        let _ = (account, stream);
        true
    }

    /// Whether a refusal says that days are older than what the vendor keeps, where streams may have such days
    /// ([`StreamSpec::may_be_older`]).
    fn is_too_old(&self, refusal: &Error) -> bool {
        let _ = refusal;
        false
    }

    /// The most requests per second and account.
    fn rate(&self) -> Rate;

    /// What the vendor counts requests over: the first wait where it throttles and names no delay. Zero where it does
    /// not say.
    fn throttle_window(&self) -> Duration {
        Duration::ZERO
    }

    /// How long the vendor's ordinary limits last. Where it says when one ends, a run sits that out even if it is longer
    /// than other waits may be. Zero where nothing that long is ordinary.
    fn limit_window(&self) -> Duration {
        Duration::ZERO
    }

    /// Quotas that the vendor tells about in its answers. Those that only a body tells are noted by
    /// [`Session::note_quota`].
    fn quotas(&self) -> &'static [QuotaSpec] {
        &[]
    }

    /// Settings that change what figures mean: when one changes, all days are read again.
    fn restating_settings(&self) -> &'static [&'static str] {
        &[]
    }

    /// Within how long after a click or view the platform counts conversions of that account, and on which day: one or two
    /// sentences. None where it counts none, or does not say.
    fn attribution(&self, account: &RemoteAccount, settings: &Settings) -> Option<String> {
        let _ = (account, settings);
        None
    }

    /// Finds the accounts behind a grant.
    ///
    /// # Errors
    /// When nothing can be listed. An account that can't be read is a warning.
    async fn accounts(&self, ctx: &Context) -> Result<AccountsFound>;

    /// Finds out how one account is reached, for callers that only have its id.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] when the id can't be one, or the account holds no figures of its own.
    async fn account(&self, ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)>;

    /// Reads one stream of one account for some days, once. [`crate::read_slice`] is what callers want: it reads again
    /// what was cut off.
    ///
    /// Ends after the first error.
    fn read_once<'a>(&'a self, ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>>;

    /// The stream with that name.
    fn stream(&self, name: &str) -> Option<&'static StreamSpec> {
        self.streams().iter().find(|s| s.name == name)
    }
}

/// What people read before they connect.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// For example "Google Ads".
    pub name: &'static str,
    /// One line: what is read.
    pub summary: &'static str,
    /// What is read and why, one sentence each.
    pub reads: &'static [&'static str],
    /// What Windhover never does there, for example "It never changes a campaign".
    pub never: &'static [&'static str],
}

/// What [`Connector::read_once`] is asked for.
#[derive(Clone)]
pub struct Slice<'a> {
    /// The account.
    pub account: &'a RemoteAccount,
    /// The stream.
    pub stream: &'static StreamSpec,
    /// The days, both ends included. Without meaning for snapshots.
    pub days: DayRange,
    /// Time that may be spent waiting.
    pub budget: Budget,
}

/// What discovery found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountsFound {
    /// Accounts that can be read.
    pub accounts: Vec<RemoteAccount>,
    /// What could not be looked into, with the reason.
    pub warnings: Vec<Warning>,
    /// What is worth knowing before choosing: that an account is closed, or that one that is not listed is a manager. All
    /// of them name the account.
    pub remarks: Vec<Warning>,
}

/// What a connection brings along.
pub struct Setup {
    /// Keys and app credentials.
    pub credentials: Credentials,
    /// Settings by name; unknown names are refused.
    pub settings: BTreeMap<String, String>,
    /// Where requests really go.
    pub base_url: BaseUrl,
    /// Where the tokens live.
    pub tokens: Arc<dyn TokenStore>,
    /// Time.
    pub clock: Clock,
    /// Randomness for back-offs.
    pub jitter: Jitter,
    /// The limiters of the process.
    pub pace: Pace,
    /// How patient it is.
    pub policy: RetryPolicy,
}

/// One connection, ready to be read.
pub struct Context {
    /// Sends requests.
    pub session: Session,
    /// Checked settings.
    pub settings: Settings,
    /// Keys and app credentials.
    pub credentials: Credentials,
    /// What was learned on the way.
    pub memory: Memory,
}

impl Context {
    /// Checks the settings and puts the connection together. Sends nothing.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Configuration`] with the setting that is wrong.
    pub fn new(connector: &dyn Connector, setup: Setup) -> Result<Self> {
        let settings = Settings::of(connector, &setup.settings)?;
        let service_account = ServiceAccount::among(&setup.credentials)?;
        let knows_consent = connector.oauth_for(&settings, &setup.credentials).is_some();
        let spec = connector.key();
        let key = spec.and_then(|spec| Some((spec.among(&setup.credentials, knows_consent)?, spec.scheme)));
        if let (None, Some(spec), false) = (&key, spec, knows_consent) {
            setup.credentials.need(spec.names.first().copied().unwrap_or("api_key"))?;
        }
        let access = match key {
            Some((key, scheme)) => Access::Key(key, scheme),
            None => match OAuthClient::of(connector, &settings, &setup.credentials)? {
                None => Access::None,
                Some(client) => {
                    let tokens = Tokens::new(client, setup.tokens).with_service_account(service_account);
                    Access::Tokens(Box::new(tokens), connector.scheme())
                }
            },
        };
        let session = Session::new(SessionParts {
            base_url: setup.base_url,
            platform: connector.slug(),
            rate: connector.rate(),
            pace: setup.pace,
            policy: RetryPolicy { throttle_window: connector.throttle_window(), ..setup.policy }
                .outlasting(connector.limit_window()),
            clock: setup.clock,
            jitter: setup.jitter,
            access,
            quotas: connector.quotas(),
        })?;
        Ok(Self { session, settings, credentials: setup.credentials, memory: Memory::default() })
    }

    /// The connection's OAuth tokens.
    ///
    /// # Errors
    /// When the platform has none.
    pub fn tokens(&self) -> Result<&Tokens> {
        self.session.tokens().ok_or_else(|| Error::configuration("This platform is connected with a key."))
    }

    /// A host or id that came with the access token ([`OAuthSpec::keep`]), or else a credential of one of those names. A
    /// token is asked for where neither is known.
    ///
    /// # Errors
    /// As the first request would have.
    pub async fn kept(&self, name: &str, credentials: &[&str], budget: &Budget) -> Result<Option<String>> {
        let given = credentials.iter().find_map(|name| self.credentials.text(name)).map(str::to_owned);
        let Some(tokens) = self.session.tokens() else {
            return Ok(given);
        };
        match (tokens.known(name).await, given) {
            (Some(known), _) => Ok(Some(known)),
            (None, Some(given)) => Ok(Some(given)),
            (None, None) => tokens.kept(&self.session, budget, name).await,
        }
    }

    /// An address with credentials or settings in its places (`https://{munchkin_id}.mktorest.com`).
    ///
    /// # Errors
    /// As [`crate::oauth::fill`].
    pub fn address(&self, template: &str) -> Result<String> {
        crate::oauth::fill(template, &self.settings, &self.credentials)
    }
}

/// Small things learned while reading (a field that the vendor dropped, a slice size that works), so that they are
/// learned once per run.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, String>>);

impl Memory {
    /// Keeps a value.
    pub fn keep(&self, key: impl Into<String>, value: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.into(), value.into());
    }

    /// A value that was kept.
    pub fn recall(&self, key: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// What follows the prefix in the keys that start with it.
    pub fn recall_names(&self, prefix: &str) -> Vec<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.keys().filter_map(|k| k.strip_prefix(prefix)).map(str::to_owned).collect()
    }
}
