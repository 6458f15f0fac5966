//! The three conversations with an authorization server: consent, code exchange, refresh.

use super::store::TokenSet;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Answer, BaseUrl, Budget, Node, Request, Session, Verdict};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use http::Method;
use rand::CryptoRng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

/// How the client proves itself to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the form.
    Form,
    /// HTTP Basic.
    Basic,
}

/// A platform's OAuth as data.
#[derive(Debug, Clone, Copy)]
pub struct OAuthSpec {
    /// Where people consent.
    pub authorize_url: &'static str,
    /// Where codes and refresh tokens become access tokens. A setting named `token_url` overrides it.
    pub token_url: &'static str,
    /// Permissions that are asked for.
    pub scopes: &'static [&'static str],
    /// What stands between two scopes.
    pub scope_separator: &'static str,
    /// Further parameters of the consent page.
    pub authorize_parameters: &'static [(&'static str, &'static str)],
    /// Whether the vendor knows PKCE (S256).
    pub has_pkce: bool,
    /// How the client proves itself.
    pub client_auth: ClientAuth,
}

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
    /// The token endpoint in use.
    pub token_url: String,
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
        let url = self.spec.authorize_url.parse().map_err(|e| {
            Error::configuration(format!(
                "The consent page {:?} is no address: {e}.",
                self.spec.authorize_url
            ))
        })?;
        let mut url = base_url.apply(&url);
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", self.client_id()?)
                .append_pair("redirect_uri", redirect_uri)
                .append_pair("scope", &self.spec.scopes.join(self.spec.scope_separator))
                .append_pair("state", &state);
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
            ("code".to_owned(), code.to_owned()),
            ("redirect_uri".to_owned(), redirect_uri.to_owned()),
        ];
        if self.spec.has_pkce {
            form.push(("code_verifier".to_owned(), verifier.expose_secret().to_owned()));
        }
        self.ask(session, &session.budget(), form).await
    }

    /// Turns a refresh token into a new access token. A refresh token in the answer replaces the old one; without one
    /// the old one stays.
    ///
    /// # Errors
    /// [`ErrorKind::NeedsReauthorisation`] when the vendor says `invalid_grant`; never tried again.
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
        let fresh = self.ask(session, budget, form).await?;
        let refresh_token = fresh.refresh_token.or_else(|| Some(refresh_token.clone()));
        Ok(TokenSet { refresh_token, ..fresh })
    }

    fn client_id(&self) -> Result<&str> {
        self.client_id.as_deref().ok_or_else(|| missing("client_id"))
    }

    async fn ask(
        &self,
        session: &Session,
        budget: &Budget,
        mut form: Vec<(String, String)>,
    ) -> Result<TokenSet> {
        let id = self.client_id()?.to_owned();
        let secret = self.client_secret.as_ref().ok_or_else(|| missing("client_secret"))?.expose_secret();
        let mut request = token_request(self)?;
        match self.spec.client_auth {
            ClientAuth::Form => {
                form.push(("client_id".to_owned(), id));
                form.push(("client_secret".to_owned(), secret.to_owned()));
            }
            ClientAuth::Basic => {
                let pair = STANDARD.encode(format!("{id}:{secret}"));
                request = request.header("authorization", &format!("Basic {pair}"), true)?;
            }
        }
        tokens_from(session, budget, request.form(form)).await
    }
}

/// A request to the token endpoint, without a word about who asks.
pub(super) fn token_request(client: &OAuthClient) -> Result<Request> {
    let request = Request::new(Method::POST, &client.token_url)?.without_token().paced_by("token");
    request.header("accept", "application/json", false)
}

/// The tokens that a token endpoint answers with.
pub(super) async fn tokens_from(session: &Session, budget: &Budget, request: Request) -> Result<TokenSet> {
    let (answer, body) = session.call_json(&request, budget, &judge).await?;
    let root = Node::root(&body, "token");
    let access_token = root.at("access_token").need_text()?;
    let life = root.at("expires_in").integer()?;
    Ok(TokenSet {
        access_token: Some(access_token.into()),
        refresh_token: root.at("refresh_token").text()?.filter(|t| !t.is_empty()).map(Into::into),
        expires_at: life.map(|seconds| answer.at + TimeDelta::seconds(seconds.clamp(0, 315_360_000))),
    })
}

fn missing(name: &str) -> Error {
    Error::configuration(format!("The credentials lack {name}, which a new access token needs."))
        .with_hint(format!("Add {name} to the credentials and start again."))
}

/// Codes that say that the grant is dead. `bad_refresh_token` and `bad_hub` are HubSpot's.
const DEAD_GRANT: &[&str] = &["invalid_grant", "access_denied", "bad_refresh_token", "bad_hub"];

/// Codes that say that the app is not known. Those that start with `bad_` are HubSpot's.
const WRONG_APP: &[&str] = &[
    "invalid_client",
    "unauthorized_client",
    "redirect_uri_mismatch",
    "bad_client_id",
    "bad_client_secret",
    "bad_redirect_uri",
];

/// Judges an answer of a token endpoint by RFC 6749 §5.2. Vendors that do not keep to it put their code into `status`,
/// or into both.
fn judge(answer: &Answer) -> Verdict {
    let body = answer.json().unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(|v| v.as_str()).unwrap_or_default();
    let standard = text("error");
    if answer.status.is_success() && standard.is_empty() {
        return Verdict::Done;
    }
    let code = if standard.is_empty() { text("status") } else { standard };
    let is_any = |known: &[&str]| {
        [standard, text("status")].iter().any(|code| known.contains(&code.to_ascii_lowercase().as_str()))
    };
    let said = [text("error_description"), text("message"), code];
    let said = said.into_iter().find(|t| !t.is_empty()).unwrap_or_default().trim_end_matches('.');
    let error = |kind, message: &str| {
        Error::new(kind, format!("{message}{}{said}.", if said.is_empty() { "" } else { ": " }))
            .with_raw(answer.snippet())
            .with_code(code)
    };
    match answer.status.as_u16() {
        _ if is_any(DEAD_GRANT) => Verdict::give_up(error(
            ErrorKind::NeedsReauthorisation,
            "The vendor no longer accepts the consent",
        )),
        _ if is_any(WRONG_APP) => Verdict::give_up(error(
            ErrorKind::Configuration,
            "The vendor does not accept client_id, client_secret or the redirect address",
        )),
        429 => Verdict::throttled(
            answer.retry_after(),
            error(ErrorKind::VendorDown, "The vendor's token endpoint is asked too often"),
        ),
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
