//! The three conversations with an authorization server: consent, code exchange, refresh.

use super::spec::{ClientAuth, Encoding, OAuthSpec, Renewal, Swap, fill};
use super::store::TokenSet;
use crate::connector::Connector;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Answer, BaseUrl, Budget, Node, Request, Session, Verdict};
use crate::setting::Settings;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use http::Method;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// A consent that was started: send the person to `url`, keep the rest until the answer.
#[derive(Debug)]
pub struct Authorization {
    /// The consent page.
    pub url: Url,
    /// Must come back unchanged with the code.
    pub state: String,
    /// Goes with the code to the token endpoint.
    pub verifier: SecretString,
}

/// The client of one connection.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// The platform's OAuth.
    pub spec: &'static OAuthSpec,
    /// The consent page in use.
    pub authorize_url: String,
    /// The token endpoint in use.
    pub token_url: String,
    /// Where refresh tokens go.
    pub refresh_url: String,
    /// Where the first token is exchanged, and where living ones are.
    pub swap_urls: [String; 2],
    /// The app's id.
    pub client_id: Option<String>,
    /// The app's secret.
    pub client_secret: Option<SecretString>,
}

fn random_text(rng: &mut dyn CryptoRng) -> String {
    let mut bytes = [0_u8; 32];
    rng.fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

impl OAuthClient {
    /// The client of a connection; none for platforms with keys.
    ///
    /// # Errors
    /// When a credential is missing that an address needs.
    pub fn of(
        connector: &dyn Connector,
        settings: &Settings,
        credentials: &Credentials,
    ) -> Result<Option<Self>> {
        Self::of_platform(connector.oauth_for(settings, credentials), settings, credentials)
    }

    /// The same by the platform's own word.
    ///
    /// # Errors
    /// As [`OAuthClient::of`].
    pub(crate) fn of_platform(
        spec: Option<&'static OAuthSpec>,
        settings: &Settings,
        credentials: &Credentials,
    ) -> Result<Option<Self>> {
        let Some(spec) = spec else { return Ok(None) };
        let fill = |address: &str| fill(address, settings, credentials);
        let own = Some(settings.get("token_url")).filter(|u| !u.is_empty());
        let token_url = own.map_or_else(|| fill(spec.token_url), fill)?;
        let refresh_url = spec.wire.refresh_url.map_or_else(|| Ok(token_url.clone()), fill)?;
        let swap_url = |swap: Option<Swap>| swap.map_or_else(|| Ok(String::new()), |swap| fill(swap.url));
        let renewing = if let Renewal::Swap(swap, _) = spec.renewal { Some(swap) } else { None };
        Ok(Some(Self {
            spec,
            authorize_url: fill(spec.authorize_url)?,
            token_url,
            refresh_url,
            swap_urls: [swap_url(spec.first_swap)?, swap_url(renewing)?],
            client_id: credentials.text("client_id").map(str::to_owned),
            client_secret: credentials.get("client_secret").cloned(),
        }))
    }

    /// Whether a person consents at all: an app that stands for itself has no such page.
    pub fn has_consent(&self) -> bool {
        !self.authorize_url.is_empty() && self.spec.renewal != Renewal::ClientCredentials
    }

    /// Whether a consent without a refresh token is worth nothing.
    pub fn needs_refresh_token(&self) -> bool {
        self.spec.renewal == Renewal::RefreshToken && !self.spec.may_lack_refresh_token
    }

    /// Starts a consent. `rng` must be fit for secrets.
    ///
    /// # Errors
    /// When the app's id is missing.
    pub fn authorize(
        &self,
        base_url: &BaseUrl,
        redirect_uri: &str,
        rng: &mut dyn CryptoRng,
    ) -> Result<Authorization> {
        let (state, verifier) = (random_text(rng), random_text(rng));
        let url = self.authorize_url.parse().map_err(|e| {
            Error::configuration(format!("The consent page {:?} is no address: {e}.", self.authorize_url))
        })?;
        let mut url = base_url.apply(&url);
        {
            let wire = self.spec.wire;
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair(wire.consent_client_id.unwrap_or(wire.client_id), self.client_id()?)
                .append_pair("redirect_uri", redirect_uri)
                .append_pair("state", &state);
            if !self.spec.scopes.is_empty() {
                query.append_pair("scope", &self.spec.scopes.join(self.spec.scope_separator));
            }
            if self.spec.has_pkce {
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
                query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
            }
            query.extend_pairs(self.spec.authorize_parameters);
        }
        Ok(Authorization { url, state, verifier: verifier.into() })
    }

    /// Turns the code of a consent into tokens. The caller has compared the state already.
    ///
    /// # Errors
    /// [`ErrorKind::NeedsReauthorisation`] when the code is spent or too old, [`ErrorKind::Configuration`] when the
    /// app's id, secret or redirect address is wrong.
    pub async fn exchange(
        &self,
        session: &Session,
        code: &str,
        verifier: &SecretString,
        redirect_uri: &str,
    ) -> Result<TokenSet> {
        let mut form = vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            (self.spec.wire.code.to_owned(), without_fragment(code).to_owned()),
            ("redirect_uri".to_owned(), redirect_uri.to_owned()),
        ];
        if self.spec.has_pkce {
            form.push(("code_verifier".to_owned(), verifier.expose_secret().to_owned()));
        }
        let budget = session.budget();
        let mut tokens = self.ask(session, &budget, &self.token_url, form, true).await?;
        if self.spec.renewal == Renewal::RefreshToken && tokens.refresh_token.is_none() {
            tokens.grant_ends_at = tokens.expires_at;
        }
        match (self.spec.first_swap, &tokens.access_token) {
            (Some(swap), Some(token)) => {
                let longer = self.swap(session, &budget, (swap, &self.swap_urls[0]), token).await?;
                Ok(longer.or_else_from(&tokens))
            }
            _ => Ok(tokens),
        }
    }

    /// Turns a refresh token into a new access token. Without a refresh token in the answer the old one stays in use.
    ///
    /// # Errors
    /// [`ErrorKind::NeedsReauthorisation`] when the vendor says `invalid_grant`, or 401 without any code; never tried again.
    pub async fn refresh(
        &self,
        session: &Session,
        budget: &Budget,
        refresh_token: &SecretString,
    ) -> Result<TokenSet> {
        let form = vec![
            ("grant_type".to_owned(), "refresh_token".to_owned()),
            ("refresh_token".to_owned(), refresh_token.expose_secret().to_owned()),
        ];
        let names_client = self.spec.wire.refresh_names_client;
        let asked = self.ask(session, budget, &self.refresh_url, form, names_client).await;
        asked.map_err(|error| if is_bare_401(&error) { as_dead_grant(error) } else { error })
    }

    /// An access token for the app itself.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the app's id or secret is wrong.
    pub(super) async fn client_credentials(&self, session: &Session, budget: &Budget) -> Result<TokenSet> {
        const GRANT: (&str, &str) = ("grant_type", "client_credentials");
        let form = vec![(GRANT.0.to_owned(), GRANT.1.to_owned())];
        let error = match self.ask(session, budget, &self.token_url, form, true).await {
            Err(error) if self.spec.wire.takes_get && is_of_method(&error) => error,
            answered => return answered,
        };
        let Some(secret) = self.client_secret.clone() else { return Err(error) };
        let request = Request::get(&self.token_url, &[GRANT, (self.spec.wire.client_id, self.client_id()?)])?
            .without_token()
            .paced_by("token")
            .header("accept", "application/json", false)?
            .secret_query(self.spec.wire.client_secret, secret);
        tokens_from(self.spec, session, budget, request).await
    }

    /// Exchanges a living token for one that lives longer.
    ///
    /// # Errors
    /// [`ErrorKind::NeedsReauthorisation`] when the token is dead.
    pub(super) async fn swap(
        &self,
        session: &Session,
        budget: &Budget,
        (swap, url): (Swap, &str),
        token: &SecretString,
    ) -> Result<TokenSet> {
        let mut request = Request::get(url, &[("grant_type", swap.grant_type)])?
            .without_token()
            .paced_by("token")
            .header("accept", "application/json", false)?;
        if swap.with_client_id {
            request = request.query(&[("client_id", self.client_id()?)]);
        }
        if swap.with_client_secret {
            let secret = self.client_secret.clone().ok_or_else(|| missing("client_secret"))?;
            request = request.secret_query("client_secret", secret);
        }
        tokens_from(self.spec, session, budget, request.secret_query(swap.token, token.clone())).await
    }

    fn client_id(&self) -> Result<&str> {
        self.client_id.as_deref().ok_or_else(|| missing("client_id"))
    }

    async fn ask(
        &self,
        session: &Session,
        budget: &Budget,
        url: &str,
        mut form: Vec<(String, String)>,
        names_client: bool,
    ) -> Result<TokenSet> {
        let (wire, mut request) = (self.spec.wire, token_request(url)?);
        if names_client {
            let id = self.client_id()?.to_owned();
            let secret = self.client_secret.as_ref().map(ExposeSecret::expose_secret);
            // Without a secret, PKCE alone proves that it is the same client.
            if secret.is_none() && !self.spec.has_pkce {
                return Err(missing("client_secret"));
            }
            match (self.spec.client_auth, secret) {
                (ClientAuth::Basic, Some(secret)) => {
                    let pair = STANDARD.encode(format!("{id}:{secret}"));
                    request = request.header("authorization", &format!("Basic {pair}"), true)?;
                }
                (_, secret) => {
                    form.push((wire.client_id.to_owned(), id));
                    form.extend(secret.map(|secret| (wire.client_secret.to_owned(), secret.to_owned())));
                }
            }
        }
        let request = match wire.encoding {
            Encoding::Form => request.form(form),
            Encoding::Json => request.json(Value::Object(
                form.into_iter().map(|(name, text)| (name, Value::String(text))).collect(),
            )),
        };
        tokens_from(self.spec, session, budget, request).await
    }
}

/// Whether an endpoint is not there for the method by which it was asked.
fn is_of_method(error: &Error) -> bool {
    error.is_any_of(&["404", "405", "415"])
}

/// Whether a token endpoint refused with 401 and no code, which the standard keeps for a wrong app and always with a code.
fn is_bare_401(error: &Error) -> bool {
    error.kind == ErrorKind::Configuration && error.vendor_code.as_deref() == Some("401")
}

/// The app got this refresh token before, so it is rather the consent that was withdrawn.
fn as_dead_grant(error: Error) -> Error {
    let message =
        "The vendor no longer accepts the consent: it refuses to renew the access token.".to_owned();
    Error { kind: ErrorKind::NeedsReauthorisation, message, ..error }
}

/// A request to a token endpoint, without a word about who asks.
pub(super) fn token_request(url: &str) -> Result<Request> {
    let request = Request::new(Method::POST, url)?.without_token().paced_by("token");
    request.header("accept", "application/json", false)
}

/// Under which name the permissions are kept that an answer says were granted (RFC 6749 §5.1).
pub const GRANTED: &str = "scope";

/// The tokens that a token endpoint answers with.
pub(super) async fn tokens_from(
    spec: &OAuthSpec,
    session: &Session,
    budget: &Budget,
    request: Request,
) -> Result<TokenSet> {
    let (answer, body) = session.call_json(&request, budget, &|answer| judge(spec, answer)).await?;
    let none = Value::Null;
    let root = Node::root(body.pointer(spec.wire.tokens).unwrap_or(&none), "token");
    let access_token = root.at("access_token").need_text()?;
    // 0 means that it never ends (Mailchimp).
    let life = root.at("expires_in").integer()?.filter(|&seconds| seconds > 0);
    let mut kept = BTreeMap::new();
    for &name in spec.keep {
        let text = root.at(name).text()?.filter(|t| !t.trim().is_empty());
        kept.extend(text.map(|text| (name.to_owned(), text)));
    }
    let end = |seconds: i64| answer.at + TimeDelta::seconds(seconds.clamp(0, 315_360_000));
    let expires_at = life.map(end);
    // LinkedIn, TikTok and Google tell how long a refresh token lives. Nothing fails where it can't be read.
    let refresh_life = root.at("refresh_token_expires_in").integer().ok().flatten().filter(|&life| life > 0);
    let grant_ends_at = match spec.renewal {
        Renewal::RefreshToken | Renewal::RefreshTokenOrClientCredentials => refresh_life.map(end),
        Renewal::ClientCredentials => None,
        // There is nothing but this token.
        Renewal::Swap(..) | Renewal::Never => expires_at,
    };
    // TikTok's advertisers get a list of numbers, which says nothing.
    let granted =
        body.pointer(spec.wire.tokens).and_then(|tokens| tokens.get(GRANTED)).and_then(Value::as_str);
    kept.extend(granted.map(|granted| (GRANTED.to_owned(), granted.to_owned())));
    Ok(TokenSet {
        access_token: Some(access_token.into()),
        refresh_token: root.at("refresh_token").text()?.filter(|t| !t.is_empty()).map(Into::into),
        expires_at,
        grant_ends_at,
        kept,
    })
}

/// Meta puts `#_` or `#_=_` behind the address with the code, and people copy it along.
fn without_fragment(code: &str) -> &str {
    code.strip_suffix("#_=_").or_else(|| code.strip_suffix("#_")).unwrap_or(code)
}

fn missing(name: &str) -> Error {
    Error::configuration(format!("The credentials lack {name}, which a new access token needs."))
        .with_hint(format!("Add {name} to the credentials and start again."))
}

/// Codes that say that the grant is dead (RFC 6749 §5.2).
const DEAD_GRANT: &[&str] = &["invalid_grant", "access_denied"];

/// Codes that say that the app is not known (RFC 6749 §5.2). Those that start with `bad_` are HubSpot's.
const WRONG_APP: &[&str] = &[
    "invalid_client",
    "unauthorized_client",
    "redirect_uri_mismatch",
    "bad_client_id",
    "bad_client_secret",
    "bad_redirect_uri",
];

/// Judges an answer of a token endpoint by RFC 6749 §5.2. Vendors that do not keep to it put their code into `status`,
/// or elsewhere, and answer errors with HTTP 200.
fn judge(spec: &OAuthSpec, answer: &Answer) -> Verdict {
    let body = answer.json().unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let standard = match body.pointer(spec.wire.error) {
        Some(Value::String(code)) if code != "0" => code.clone(),
        Some(Value::Number(code)) if code.as_str() != "0" => code.to_string(),
        _ => String::new(),
    };
    if answer.status.is_success() && standard.is_empty() {
        return Verdict::Done;
    }
    let code = if standard.is_empty() { text("status") } else { standard.as_str() };
    let status = answer.status.as_str();
    let is_any = |known: &[&str]| {
        [standard.as_str(), text("status")]
            .iter()
            .any(|code| known.contains(&code.to_ascii_lowercase().as_str()))
    };
    let said = [text("error_description"), text("message"), code];
    let said = said.into_iter().find(|t| !t.is_empty()).unwrap_or_default().trim_end_matches('.');
    let error = |kind, message: &str| {
        Error::new(kind, format!("{message}{}{said}.", if said.is_empty() { "" } else { ": " }))
            .with_raw(answer.raw("", &answer.snippet()))
            .with_code(if code.is_empty() { status } else { code })
    };
    let too_often = |after| {
        Verdict::throttled(
            after,
            error(ErrorKind::VendorDown, "The vendor's token endpoint is asked too often"),
        )
    };
    let words = said.to_ascii_lowercase();
    if let Some((_, seconds)) = spec.throttled.iter().find(|(known, _)| words.contains(known)) {
        return too_often(answer.retry_after().or(Some(Duration::from_secs(*seconds))));
    }
    let dead = || {
        Verdict::give_up(error(ErrorKind::NeedsReauthorisation, "The vendor no longer accepts the consent"))
    };
    match answer.status.as_u16() {
        _ if is_any(DEAD_GRANT) || is_any(spec.dead_grant) => dead(),
        _ if is_any(WRONG_APP) => Verdict::give_up(error(
            ErrorKind::Configuration,
            "The vendor does not accept client_id, client_secret or the redirect address",
        )),
        400 if spec.rejected_is_dead => dead(),
        429 => too_often(answer.retry_after()),
        408 | 500..=599 => Verdict::Retry {
            after: answer.retry_after(),
            reason: crate::http::RetryReason::Fault,
            error: Box::new(error(ErrorKind::VendorDown, "The vendor's token endpoint does not work now")),
        },
        401 | 403 => {
            Verdict::give_up(error(ErrorKind::Configuration, "The vendor's token endpoint refuses this app"))
        }
        status => Verdict::give_up(error(
            ErrorKind::Rejected,
            &format!("The vendor's token endpoint rejects the request (HTTP {status})"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::without_fragment;

    #[test]
    fn a_code_loses_what_is_no_part_of_it() {
        for (given, code) in [("abc#_", "abc"), ("abc#_=_", "abc"), ("a#b_", "a#b_"), ("abc", "abc")] {
            assert_eq!(without_fragment(code), code);
            assert_eq!(without_fragment(given), code);
        }
    }
}
