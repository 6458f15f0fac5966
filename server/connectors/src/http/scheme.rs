//! Where a token or key goes in a request.

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// How a secret is shown to the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// In a header: its name in lower case, and what stands before the secret, blank included.
    Header {
        /// For example `authorization`, `api-token`.
        name: &'static str,
        /// For example `Bearer `; empty for a bare secret.
        prefix: &'static str,
    },
    /// HTTP Basic, the secret as the user's name and `x` as the password.
    BasicUser,
}

impl Scheme {
    /// `Authorization: Bearer …` (RFC 6750).
    pub const BEARER: Self = Self::Header { name: "authorization", prefix: "Bearer " };

    /// A bare secret in a header of the vendor's own.
    pub const fn bare(name: &'static str) -> Self {
        Self::Header { name, prefix: "" }
    }

    /// The header that carries the secret; it never shows in logs.
    ///
    /// # Errors
    /// When the secret holds characters that no header can carry.
    pub fn header(self, secret: &SecretString) -> Result<(HeaderName, HeaderValue)> {
        let secret = secret.expose_secret();
        let (name, text) = match self {
            Self::Header { name, prefix } => (HeaderName::from_static(name), format!("{prefix}{secret}")),
            Self::BasicUser => {
                (http::header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{secret}:x"))))
            }
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            Error::configuration("The token or key of the connection holds characters that can't be sent.")
                .with_hint("Copy it again, without line breaks and blanks.")
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

/// A key that stands for itself: nothing is asked for, renewed or stored.
#[derive(Debug, Clone, Copy)]
pub struct KeySpec {
    /// Names of the credential, the preferred one first: `api_key`, …
    pub names: &'static [&'static str],
    /// Where it goes.
    pub scheme: Scheme,
}

impl KeySpec {
    /// The key among the credentials. Where the platform also knows consent, tokens of a consent come first: a key is
    /// used only where there are none.
    pub(crate) fn among(&self, credentials: &Credentials, knows_consent: bool) -> Option<SecretString> {
        let has_tokens = ["access_token", "refresh_token"].iter().any(|name| credentials.get(name).is_some());
        if knows_consent && has_tokens {
            return None;
        }
        self.names.iter().find_map(|name| credentials.get(name)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(scheme: Scheme, secret: &str) -> String {
        let (name, value) = scheme.header(&secret.into()).unwrap();
        assert!(value.is_sensitive());
        format!("{name}: {}", value.to_str().unwrap())
    }

    #[test]
    fn secrets_go_where_the_vendor_wants_them() {
        assert_eq!(shown(Scheme::BEARER, "t"), "authorization: Bearer t");
        assert_eq!(shown(Scheme::bare("api-token"), "t"), "api-token: t");
        assert_eq!(shown(Scheme::BasicUser, "key"), "authorization: Basic a2V5Ong=");
        assert!(Scheme::BEARER.header(&"a\nb".into()).is_err());
    }

    #[test]
    fn a_key_counts_only_without_tokens_of_a_consent() {
        let spec = KeySpec { names: &["api_key"], scheme: Scheme::BEARER };
        let both = Credentials::from_json(r#"{"api_key":"k","refresh_token":"r"}"#).unwrap();
        assert!(spec.among(&both, true).is_none());
        assert!(spec.among(&both, false).is_some());
        assert!(spec.among(&Credentials::from_json(r#"{"api_key":"k"}"#).unwrap(), true).is_some());
        assert!(spec.among(&Credentials::default(), false).is_none());
    }
}
