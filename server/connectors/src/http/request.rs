//! A request as a value, so that it can be sent again.

use super::{Rate, Scheme};
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use http::{HeaderName, HeaderValue, Method};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// Makes the header that proves who is asking from the request, the moment and a nonce: a signature holds for one sending
/// only.
pub type Signer =
    Arc<dyn Fn(&Request, DateTime<Utc>, &str) -> Result<(HeaderName, HeaderValue)> + Send + Sync>;

/// How a request proves who is asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Not, or by headers and fields of its own.
    None,
    /// By the connection's token or key, where the platform wants it ([`crate::Connector::scheme`]).
    Connection,
    /// By the connection's token or key, elsewhere for this request.
    By(Scheme),
}

/// What is sent along. Has no `Debug`: forms of token endpoints hold secrets.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Compact JSON.
    Json(Value),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
}

/// A request before the base URL, the token and the pace are applied.
#[derive(Clone)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// The vendor's own address, whatever base URL is set.
    pub url: Url,
    /// Headers besides authorization.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What is sent along.
    pub body: Body,
    /// How it proves who is asking.
    pub auth: Auth,
    /// Parts of the query that are secret: sent, and kept nowhere.
    pub secret_query: Vec<(&'static str, SecretString)>,
    /// Signs each sending, instead of the connection's token.
    pub signer: Option<Signer>,
    /// Requests with the same key share a rate limit; usually the account.
    pub rate_key: String,
    /// A rate of its own, which holds beside the platform's: for kinds of requests that a vendor counts apart.
    pub rate: Option<Rate>,
}

impl Request {
    /// A request without headers and body, with the connection's token.
    ///
    /// # Errors
    /// When the address can't be read, which is a wrong setting or a wrong answer of the vendor.
    pub fn new(method: Method, url: &str) -> Result<Self> {
        let url = url
            .parse()
            .map_err(|e| Error::configuration(format!("{url:?} is no address that can be asked: {e}.")))?;
        Ok(Self {
            method,
            url,
            headers: Vec::new(),
            body: Body::Empty,
            auth: Auth::Connection,
            secret_query: Vec::new(),
            signer: None,
            rate_key: String::new(),
            rate: None,
        })
    }

    /// A reading request with its query.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn get(url: &str, query: &[(&str, &str)]) -> Result<Self> {
        Ok(Self::new(Method::GET, url)?.query(query))
    }

    /// Adds to the query. Vendors with an own syntax for queries get it as part of the address instead, which is sent as
    /// it is written.
    #[must_use]
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        if !pairs.is_empty() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    /// Adds a part of the query that is secret, for vendors that take it nowhere else.
    #[must_use]
    pub fn secret_query(mut self, name: &'static str, value: SecretString) -> Self {
        self.secret_query.push((name, value));
        self
    }

    /// The address that is asked, with the secret parts of its query.
    pub(super) fn full_url(&self) -> Url {
        let mut url = self.url.clone();
        for (name, value) in &self.secret_query {
            url.query_pairs_mut().append_pair(name, value.expose_secret());
        }
        url
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Adds a form.
    #[must_use]
    pub fn form(mut self, fields: Vec<(String, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }

    /// Adds a header; a secret one never shows in logs.
    ///
    /// # Errors
    /// When the value holds characters that no header can carry; the credential or setting is named by the header.
    pub fn header(mut self, name: &'static str, value: &str, is_secret: bool) -> Result<Self> {
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            Error::configuration(format!(
                "The value for the header {name} holds characters that can't be sent."
            ))
        })?;
        value.set_sensitive(is_secret);
        self.headers.push((HeaderName::from_static(name), value));
        Ok(self)
    }

    /// Shows the connection's token or key elsewhere than the platform's other requests.
    #[must_use]
    pub fn by(mut self, scheme: Scheme) -> Self {
        self.auth = Auth::By(scheme);
        self
    }

    /// Goes without the connection's token.
    #[must_use]
    pub fn without_token(mut self) -> Self {
        self.auth = Auth::None;
        self
    }

    /// Goes without the connection's token, and is signed each time it is sent.
    #[must_use]
    pub fn signed(mut self, signer: Signer) -> Self {
        self.auth = Auth::None;
        self.signer = Some(signer);
        self
    }

    /// Shares a rate limit with the other requests of that key.
    #[must_use]
    pub fn paced_by(mut self, key: impl Into<String>) -> Self {
        self.rate_key = key.into();
        self
    }

    /// Keeps below a rate of its own too.
    #[must_use]
    pub fn within(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Method, path, query and JSON body for logs and raw pages. Forms are left out: they hold secrets.
    pub fn describe(&self) -> String {
        let query = self.url.query().map(|q| format!("?{q}")).unwrap_or_default();
        let body = match &self.body {
            Body::Json(body) => format!(" {body}"),
            Body::Empty | Body::Form(_) => String::new(),
        };
        format!("{} {}{query}{body}", self.method, self.url.path())
    }
}
