//! OAuth as most vendors do it: a consent page, a code, tokens. What differs is data.
//!
//! Google has its own, stricter one in [`crate::oauth`]; the bookkeeping of tokens is shared.

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, RawForm, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::oauth::consent::{escape, show};
use crate::oauth::grants::{Consent, Refused, Tokens};
use crate::oauth::token::{basic, error_answer};
use crate::state::SimulatorState;
use crate::vendor::json as json_answer;

/// Whether and how a vendor gives refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// None: an access token lives long, or for ever.
    Never,
    /// One that stays.
    Stays,
    /// A new one with each use; the old one is dead.
    Rotates,
}

/// How one vendor's sign-in differs from the others'.
#[derive(Debug)]
pub struct SignIn {
    /// What its tokens are good for: the vendor's slug, or a name that several platforms share.
    pub realm: &'static str,
    /// Whose page it is.
    pub vendor: &'static str,
    /// Path of the consent page.
    pub authorize: &'static str,
    /// Path of the token endpoint with the usual form-encoded exchange; nothing where the vendor has its own.
    pub token: Option<&'static str>,
    /// Name of the client's id in the address of the consent page: `client_id` nearly everywhere.
    pub client_param: &'static str,
    /// Name of the code in the address back: `code` nearly everywhere.
    pub code_param: &'static str,
    /// Whether a scope must be asked for.
    pub needs_scope: bool,
    /// Whether the challenge of PKCE is demanded.
    pub needs_pkce: bool,
    /// Refresh tokens.
    pub renewal: Renewal,
    /// Seconds that an access token lives; 0 is said to a client where it never ends.
    pub access_seconds: i64,
    /// What else stands in the answer of the token endpoint, for example `instance_url`.
    pub more: fn(&SimulatorState, &mut Value),
    /// What else is sent back with the code, for example Zoho's `accounts-server`.
    pub back: &'static [(&'static str, &'static str)],
}

/// Seconds that a token lives of which the vendor says that it never ends.
const FOR_EVER: i64 = 10 * 365 * 86_400;

impl SignIn {
    /// Seconds after which an access token is dead.
    pub fn lifetime(&self) -> i64 {
        if self.access_seconds == 0 { FOR_EVER } else { self.access_seconds }
    }

    /// Consent page and token endpoint.
    pub fn routes(&'static self) -> Router<SimulatorState> {
        let router = Router::new().route(
            self.authorize,
            get(move |Query(pairs): Query<Vec<(String, String)>>| async move { self.page(&pairs) }).post(
                move |State(state): State<SimulatorState>, form: RawForm| async move {
                    self.decide(&state, &form)
                },
            ),
        );
        let Some(token) = self.token else { return router };
        router.route(
            token,
            post(move |State(state): State<SimulatorState>, headers: HeaderMap, form: RawForm| async move {
                self.exchange(&state, &headers, &form)
            }),
        )
    }

    fn check(&self, pairs: &[(String, String)]) -> Result<(Consent, Url, String), String> {
        let value = |name: &str| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).unwrap_or_default()
        };
        let mut needed = vec![self.client_param, "redirect_uri", "state"];
        needed.extend(self.needs_scope.then_some("scope"));
        needed.extend(self.needs_pkce.then_some("code_challenge"));
        if let Some(name) = needed.into_iter().find(|name| value(name).is_empty()) {
            return Err(format!("Required parameter is missing: {name}"));
        }
        if !matches!(value("response_type"), "" | "code") {
            return Err(format!("response_type must be code, not {}", value("response_type")));
        }
        let redirect = Url::parse(value("redirect_uri"))
            .ok()
            .filter(|url| {
                matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none()
            })
            .ok_or_else(|| {
                format!("redirect_uri is no absolute http(s) address: {}", value("redirect_uri"))
            })?;
        let challenge = match (value("code_challenge"), value("code_challenge_method")) {
            ("", _) => None,
            (challenge, method) => Some((challenge.to_owned(), method == "S256")),
        };
        let consent = Consent {
            client_id: value(self.client_param).to_owned(),
            redirect_uri: value("redirect_uri").to_owned(),
            scope: value("scope").to_owned(),
            challenge,
            offline: true,
            fresh: true,
        };
        Ok((consent, redirect, value("state").to_owned()))
    }

    fn page(&self, pairs: &[(String, String)]) -> Response<Body> {
        let (consent, redirect, _) = match self.check(pairs) {
            Ok(checked) => checked,
            Err(message) => return refuse(&message),
        };
        let mut hidden = String::new();
        for (name, value) in pairs {
            let (name, value) = (escape(name), escape(value));
            hidden += &format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        }
        let mut scopes = String::new();
        for scope in consent.scope.split([' ', ',']).filter(|scope| !scope.is_empty()) {
            scopes += &format!("<li><small>{}</small></li>", escape(scope));
        }
        let main = format!(
            "<h1>{} wants to access your {} account</h1>\
             <p class=\"who\"><span aria-hidden=\"true\">A</span>analyst@demo.example</p>\
             <p>This is a stand-in for {}'s consent page. It gives access to invented accounts and to nothing \
             else.</p><ul>{scopes}</ul><form method=\"post\" action=\"\">{hidden}\
             <button id=\"deny\" name=\"decision\" value=\"deny\">Deny</button>\
             <button id=\"allow\" name=\"decision\" value=\"allow\" class=\"primary\">Allow</button></form>\
             <p class=\"foot\">Client {} · the answer goes to {}</p>",
            escape(redirect.host_str().unwrap_or_default()),
            self.vendor,
            self.vendor,
            escape(&consent.client_id),
            escape(&consent.redirect_uri),
        );
        show(StatusCode::OK, &main)
    }

    fn decide(&self, state: &SimulatorState, RawForm(form): &RawForm) -> Response<Body> {
        let pairs = pairs(form);
        let (consent, mut redirect, echoed) = match self.check(&pairs) {
            Ok(checked) => checked,
            Err(message) => return refuse(&message),
        };
        let decision = pairs.iter().find(|(name, _)| name == "decision").map(|(_, value)| value.as_str());
        match decision {
            Some("allow") => {
                let now = state.clock().real_now();
                let code = state.grants(self.realm, |grants| grants.issue_code(consent, now));
                state.faults().consented(self.realm);
                redirect.query_pairs_mut().append_pair(self.code_param, &code).extend_pairs(self.back);
            }
            Some("deny") => {
                redirect.query_pairs_mut().append_pair("error", "access_denied");
            }
            _ => return refuse("decision must be allow or deny"),
        }
        redirect.query_pairs_mut().append_pair("state", &echoed);
        Redirect::to(redirect.as_str()).into_response()
    }

    fn exchange(
        &self,
        state: &SimulatorState,
        headers: &HeaderMap,
        RawForm(form): &RawForm,
    ) -> Response<Body> {
        let pairs = pairs(form);
        let value = |name: &str| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let (client, secret) = basic(headers).unwrap_or((value("client_id"), value("client_secret")));
        if client.is_empty() || secret.is_empty() {
            let message = "The client's id or secret is missing.";
            return error_answer(StatusCode::UNAUTHORIZED, "invalid_client", message);
        }
        let given = match value("grant_type").as_str() {
            "authorization_code" => {
                let verifier = Some(value("code_verifier")).filter(|verifier| !verifier.is_empty());
                self.redeem(state, &value("code"), &client, &value("redirect_uri"), verifier.as_deref())
            }
            "refresh_token" => self.renew(state, &value("refresh_token"), &client),
            other => {
                let message = format!("grant_type {other:?} is not supported");
                return error_answer(StatusCode::BAD_REQUEST, "unsupported_grant_type", &message);
            }
        };
        match given {
            Ok(tokens) => self.answer(state, &tokens),
            Err(error) => error_answer(StatusCode::BAD_REQUEST, "invalid_grant", &error.to_string()),
        }
    }

    /// Tokens for a code; for vendors whose token endpoint is their own.
    ///
    /// # Errors
    /// As [`crate::oauth::grants::Grants::exchange`].
    pub fn redeem(
        &self,
        state: &SimulatorState,
        code: &str,
        client: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Result<Tokens, Refused> {
        let now = state.clock().real_now();
        state.grants(self.realm, |grants| {
            let mut tokens = grants.exchange(code, client, redirect_uri, verifier, now)?;
            if self.renewal == Renewal::Never {
                tokens.refresh = None;
            }
            tokens.access = grants.issue_access(tokens.refresh.clone(), self.lifetime(), now);
            Ok(tokens)
        })
    }

    /// Tokens for a refresh token; for vendors whose token endpoint is their own.
    ///
    /// # Errors
    /// When the token is unknown, used up or revoked, or the vendor has none.
    pub fn renew(&self, state: &SimulatorState, token: &str, client: &str) -> Result<Tokens, Refused> {
        let now = state.clock().real_now();
        state.grants(self.realm, |grants| {
            let mut tokens = match self.renewal {
                Renewal::Never => return Err(Refused::InvalidGrant("There are no refresh tokens.")),
                Renewal::Stays => grants.refresh(token, client, now)?,
                Renewal::Rotates => grants.rotate(token, client, now)?,
            };
            let refresh = tokens.refresh.clone().unwrap_or_else(|| token.to_owned());
            tokens.access = grants.issue_access(Some(refresh), self.lifetime(), now);
            Ok(tokens)
        })
    }

    fn answer(&self, state: &SimulatorState, tokens: &Tokens) -> Response<Body> {
        let mut body = json!({
            "access_token": tokens.access,
            "token_type": "bearer",
            "expires_in": self.access_seconds,
            "scope": tokens.scope,
        });
        if let Some(refresh) = &tokens.refresh {
            body["refresh_token"] = refresh.as_str().into();
        }
        (self.more)(state, &mut body);
        json_answer(StatusCode::OK, &body)
    }
}

fn pairs(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().collect()
}

fn refuse(message: &str) -> Response<Body> {
    let main = format!(
        "<h1>Access blocked</h1><p>This request can't be shown for consent.</p><p>{}</p>",
        escape(message)
    );
    show(StatusCode::BAD_REQUEST, &main)
}
