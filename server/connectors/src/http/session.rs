//! Sends requests: base URL, token, pace, and the mechanism of retries.

use super::body::{BodyStream, chain, cut_off};
use super::calls::{Calls, QuotaSpec};
use super::retry::{Tries, backoff, next_wait};
use super::{
    Answer, Auth, BaseUrl, Body, Budget, Pace, Rate, Request, RetryPolicy, RetryReason, Scheme, Verdict,
};
use crate::error::{Error, ErrorKind, Result};
use crate::oauth::Tokens;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode};
use model::clock::Clock;
use rand::Rng;
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A wait from which on a token of unknown life is renewed before the next request.
const LONG_WAIT: Duration = Duration::from_mins(1);

/// Jitter comes from here.
pub type Jitter = Box<dyn Rng + Send>;

/// One connection's way to one platform.
pub struct Session {
    client: reqwest::Client,
    base_url: BaseUrl,
    platform: &'static str,
    rate: Rate,
    pace: Pace,
    policy: RetryPolicy,
    clock: Clock,
    jitter: Mutex<Jitter>,
    access: Access,
    quotas: &'static [QuotaSpec],
    calls: Calls,
    /// Nothing is asked before, because the vendor said so in an answer that was good.
    rests_until: Mutex<Option<DateTime<Utc>>>,
}

/// What a session is made of.
pub struct SessionParts {
    /// Where requests really go.
    pub base_url: BaseUrl,
    /// Slug of the platform.
    pub platform: &'static str,
    /// Its rate.
    pub rate: Rate,
    /// The limiters of the process.
    pub pace: Pace,
    /// How patient it is.
    pub policy: RetryPolicy,
    /// Time.
    pub clock: Clock,
    /// Randomness for back-offs.
    pub jitter: Jitter,
    /// What lets it in.
    pub access: Access,
    /// Quotas that the vendor tells about.
    pub quotas: &'static [QuotaSpec],
}

/// What lets a connection in.
pub enum Access {
    /// Nothing is known.
    None,
    /// Tokens of a consent, and where they go.
    Tokens(Box<Tokens>, Scheme),
    /// A key, and where it goes.
    Key(SecretString, Scheme),
}

struct Reply {
    answer: Answer,
    stream: Option<reqwest::Response>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Whole,
    Streamed,
}

impl Session {
    /// Makes a session.
    ///
    /// # Errors
    /// When no HTTP client can be made on this machine.
    pub fn new(parts: SessionParts) -> Result<Self> {
        Ok(Self {
            client: super::client::client(&parts.base_url)?,
            base_url: parts.base_url,
            platform: parts.platform,
            rate: parts.rate,
            pace: parts.pace,
            policy: parts.policy,
            clock: parts.clock,
            jitter: Mutex::new(parts.jitter),
            access: parts.access,
            quotas: parts.quotas,
            calls: Calls::default(),
            rests_until: Mutex::default(),
        })
    }

    /// Time, as this session sees it.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The calls of this session so far, those for tokens among them.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Notes how much of a quota is used, where only the body of an answer tells.
    pub fn note_quota(&self, name: &str, used: u64, limit: u64) {
        self.calls.quota(name, used, limit, self.now());
    }

    /// Where requests really go.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// The access tokens; none for platforms with keys.
    pub fn tokens(&self) -> Option<&Tokens> {
        match &self.access {
            Access::Tokens(tokens, _) => Some(tokens),
            Access::Key(..) | Access::None => None,
        }
    }

    /// The connection's token or key, for requests that are signed with it.
    ///
    /// # Errors
    /// As the first request would have.
    pub async fn secret(&self, budget: &Budget) -> Result<SecretString> {
        match &self.access {
            Access::Tokens(tokens, _) => tokens.bearer(self, budget).await,
            Access::Key(key, _) => Ok(key.clone()),
            Access::None => Err(Error::configuration(
                "The connection has no access token and no key, and no way to get one.",
            )),
        }
    }

    /// Random text, for example for a nonce: 32 characters of 0-9 and a-f.
    pub fn nonce(&self) -> String {
        let mut rng = self.jitter();
        format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64())
    }

    /// Fresh patience for one slice or one discovery.
    pub fn budget(&self) -> Budget {
        Budget::new(self.policy.budget)
    }

    /// Sends until the judge is content, and reads the answer whole.
    ///
    /// # Errors
    /// What the judge gave up with, or what a retry became.
    pub async fn call(
        &self,
        request: &Request,
        budget: &Budget,
        judge: &(dyn Fn(&Answer) -> Verdict + Sync),
    ) -> Result<Answer> {
        let accept = |reply: Reply| match judge(&reply.answer) {
            Verdict::Done => Ok(reply.answer),
            other => Err(other),
        };
        self.repeat(request, budget, Reading::Whole, &accept).await
    }

    /// Like [`Self::call`], and reads the answer as JSON; one that breaks off is asked for again.
    ///
    /// # Errors
    /// As [`Self::call`]; [`ErrorKind::Drift`] when something else than JSON keeps coming.
    pub async fn call_json(
        &self,
        request: &Request,
        budget: &Budget,
        judge: &(dyn Fn(&Answer) -> Verdict + Sync),
    ) -> Result<(Answer, Value)> {
        let accept = |reply: Reply| match judge(&reply.answer) {
            Verdict::Done => match reply.answer.json() {
                Ok(value) => Ok((reply.answer, value)),
                Err(error) => Err(broken(error)),
            },
            other => Err(other),
        };
        self.repeat(request, budget, Reading::Whole, &accept).await
    }

    /// Sends until the vendor starts a good answer, which is then streamed. The judge sees status and headers of a good
    /// answer, and the whole of a bad one.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn open(
        &self,
        request: &Request,
        budget: &Budget,
        judge: &(dyn Fn(&Answer) -> Verdict + Sync),
    ) -> Result<BodyStream> {
        let accept = |reply: Reply| match judge(&reply.answer) {
            Verdict::Done => Ok(BodyStream::new(reply.stream, reply.answer.at, self.calls.clone())),
            other => Err(other),
        };
        self.repeat(request, budget, Reading::Streamed, &accept).await
    }

    /// Waits before the next request, because the vendor says that little is left of a quota. Where a run does not sit that
    /// out, the next request ends as a refusal would; what is here already is kept. Goes on at once where the budget does not
    /// allow the wait: then the vendor's own refusal decides.
    pub async fn slow_down(&self, wait: Duration, budget: &Budget) {
        if wait > self.policy.longest_wait {
            if self.policy.heeds_warnings {
                let until = self.now() + TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1));
                *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
            }
            return;
        }
        if budget.take_own(wait) {
            tracing::debug!(platform = self.platform, ?wait, "little is left of a quota");
            self.clock.sleep(wait).await;
        }
    }

    /// Fails as long as the vendor wants to be left alone.
    fn check_rest(&self) -> Result<()> {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        match until.filter(|until| self.now() < *until) {
            Some(until) => Err(Error::new(
                ErrorKind::Quota { until },
                "The vendor's quota is almost used up, and it asks for a longer wait before the next request.",
            )),
            None => Ok(()),
        }
    }

    /// Waits for something that takes its time.
    pub(super) async fn sleep(&self, wait: Duration) {
        self.clock.sleep(wait).await;
    }

    /// Waits before a slice is read again.
    pub(crate) async fn pause(&self, failures: u32) {
        let wait = backoff(&self.policy, failures, &mut *self.jitter());
        self.clock.sleep(wait).await;
    }

    async fn repeat<T>(
        &self,
        request: &Request,
        budget: &Budget,
        reading: Reading,
        accept: &(dyn Fn(Reply) -> Result<T, Verdict> + Sync),
    ) -> Result<T> {
        let mut tries = Tries::default();
        let mut is_refreshed = false;
        self.check_rest()?;
        loop {
            for rate in [Some(self.rate), request.rate].into_iter().flatten() {
                self.pace.wait(self.platform, rate, &request.rate_key).await;
            }
            let secret = self.secret_of(request, budget).await?;
            let verdict = match self.send(request, secret.as_ref(), reading).await {
                Ok(reply) => {
                    let status = reply.answer.status.as_u16();
                    match accept(reply) {
                        Ok(result) => {
                            self.calls.good();
                            return Ok(result);
                        }
                        Err(verdict) => verdict.of_status(status),
                    }
                }
                Err(verdict) => verdict,
            };
            self.calls.bad(&verdict);
            match verdict {
                // A good answer has become a result above.
                Verdict::Done => return Err(Error::interrupted("A good answer got lost.")),
                Verdict::GiveUp(error) => return Err(*error),
                Verdict::Refresh(error) => {
                    let (Some(tokens), Some((refused, _)), false) = (self.tokens(), &secret, is_refreshed)
                    else {
                        return Err(Error { kind: ErrorKind::NeedsReauthorisation, ..*error });
                    };
                    tokens.renew(self, budget, refused, *error).await?;
                    is_refreshed = true;
                }
                Verdict::Retry { after, reason, error } => {
                    self.wait(&mut tries, budget, (after, reason, *error)).await?;
                }
            }
        }
    }

    async fn wait(
        &self,
        tries: &mut Tries,
        budget: &Budget,
        retry: (Option<Duration>, RetryReason, Error),
    ) -> Result<()> {
        let (reason, message) = (retry.1, retry.2.message.clone());
        let wait = next_wait(&self.policy, tries, budget, retry, self.clock.now(), &mut *self.jitter())?;
        tracing::debug!(platform = self.platform, ?reason, ?wait, "trying again: {message}");
        self.clock.sleep(wait).await;
        if let (Some(tokens), true) = (self.tokens(), wait >= LONG_WAIT) {
            tokens.doubt();
        }
        Ok(())
    }

    async fn secret_of(&self, request: &Request, budget: &Budget) -> Result<Option<(SecretString, Scheme)>> {
        let scheme = match (request.auth, &self.access) {
            (Auth::None, _) => return Ok(None),
            (Auth::By(scheme), _) => scheme,
            (Auth::Connection, Access::Tokens(_, scheme) | Access::Key(_, scheme)) => *scheme,
            (Auth::Connection, Access::None) => Scheme::BEARER,
        };
        Ok(Some((self.secret(budget).await?, scheme)))
    }

    async fn send(
        &self,
        request: &Request,
        secret: Option<&(SecretString, Scheme)>,
        reading: Reading,
    ) -> Result<Reply, Verdict> {
        let url = self.base_url.apply(&request.full_url());
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut builder = self.client.request(request.method.clone(), url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some((secret, scheme)) = secret {
            let (name, value) = scheme.header(secret).map_err(Verdict::give_up)?;
            builder = builder.header(name, value);
        }
        if let Some(sign) = &request.signer {
            let (name, value) = sign(request, self.now(), &self.nonce()).map_err(Verdict::give_up)?;
            builder = builder.header(name, value);
        }
        builder = match &request.body {
            Body::Empty => builder,
            Body::Json(value) => builder.json(value),
            Body::Form(fields) => builder.form(fields),
        };
        let response = builder.send().await.map_err(|e| unreachable_vendor(&host, &e))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if reading == Reading::Streamed && status.is_success() {
            return Ok(Reply { answer: self.answer(status, headers, Bytes::new()), stream: Some(response) });
        }
        let body = self.whole(response).await?;
        Ok(Reply { answer: self.answer(status, headers, body), stream: None })
    }

    fn answer(&self, status: StatusCode, headers: HeaderMap, body: Bytes) -> Answer {
        let answer = Answer { status, headers, body, at: self.clock.now() };
        self.calls.quotas(self.quotas, &answer);
        answer
    }

    async fn whole(&self, mut response: reqwest::Response) -> Result<Bytes, Verdict> {
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(body.freeze()),
                Err(e) => return Err(broken(cut_off(body.len(), &e))),
            }
            if body.len() > self.policy.largest_answer {
                let size = self.policy.largest_answer >> 20;
                let error = Error::new(
                    ErrorKind::Interrupted { needs_fewer_days: true },
                    format!("The vendor's answer is larger than {size} MiB."),
                );
                return Err(Verdict::give_up(error));
            }
        }
    }

    fn jitter(&self) -> std::sync::MutexGuard<'_, Jitter> {
        self.jitter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn broken(error: Error) -> Verdict {
    Verdict::Retry { after: None, reason: RetryReason::Broken, error: Box::new(error) }
}

fn unreachable_vendor(host: &str, error: &reqwest::Error) -> Verdict {
    if error.is_builder() {
        return Verdict::give_up(Error::configuration(format!(
            "The request can't be made: {}.",
            chain(error)
        )));
    }
    let why = if error.is_timeout() {
        "did not answer in time"
    } else if error.is_connect() {
        "can't be reached"
    } else {
        "closed the connection without an answer"
    };
    Verdict::fault(
        Error::vendor_down(format!("{host} {why}."))
            .with_raw(chain(error))
            .with_hint("Check the network and the base URL; if both are right, try again later."),
    )
}
