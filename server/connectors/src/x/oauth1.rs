//! Signatures of OAuth 1.0a (RFC 5849), which the Ads API wants: HMAC-SHA1 over method, address and parameters.

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::http::{Request, Signer};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// The app's keys and a person's.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    consumer_key: String,
    consumer_secret: SecretString,
    token: String,
    token_secret: SecretString,
}

impl Keys {
    /// Whether the app has keys.
    pub(super) fn are_among(credentials: &Credentials) -> bool {
        ["api_key", "api_secret"].iter().all(|name| credentials.get(name).is_some())
    }

    /// Whether `access_token` is one of them, so that nobody has consented to more.
    pub(super) fn take_the_token(credentials: &Credentials) -> bool {
        let has = |name| credentials.get(name).is_some();
        Self::are_among(credentials) && has("access_token_secret") && !has("ads_access_token")
    }

    /// The keys of a connection. A connection for ads alone may give the person's keys by X's own names, `access_token`
    /// and `access_token_secret`. A missing secret is signed as an empty one (RFC 5849 §3.4.2).
    ///
    /// # Errors
    /// When one is missing.
    pub(super) fn among(credentials: &Credentials) -> Result<Self> {
        let need = |name: &str| {
            credentials.need(name).map_err(|error| {
                error.with_hint(format!(
                    "The Ads API takes keys of its own: add {name} to the credentials, or leave the account out."
                ))
            })
        };
        let first = |names: [&str; 2]| names.iter().find_map(|name| credentials.get(name));
        let token =
            first(["ads_access_token", "access_token"]).map_or_else(|| need("ads_access_token"), Ok)?;
        let secret = first(["ads_access_token_secret", "access_token_secret"]).cloned();
        Ok(Self {
            consumer_key: need("api_key")?.expose_secret().to_owned(),
            consumer_secret: need("api_secret")?.clone(),
            token: token.expose_secret().to_owned(),
            token_secret: secret.unwrap_or_default(),
        })
    }

    /// Signs each time that a request is sent.
    pub(super) fn signer(self) -> Signer {
        Arc::new(move |request, at, nonce| {
            let mut value = HeaderValue::from_str(&self.authorization(request, at, nonce)).map_err(|_| {
                Error::configuration("The keys of the Ads API hold characters that can't be sent.")
            })?;
            value.set_sensitive(true);
            Ok((AUTHORIZATION, value))
        })
    }

    fn authorization(&self, request: &Request, at: DateTime<Utc>, nonce: &str) -> String {
        let timestamp = at.timestamp().to_string();
        let mut own = vec![
            ("oauth_consumer_key", self.consumer_key.as_str()),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &timestamp),
            ("oauth_token", &self.token),
            ("oauth_version", "1.0"),
        ];
        let signature = self.signature(request, &own);
        own.push(("oauth_signature", &signature));
        let parts: Vec<_> =
            own.iter().map(|(name, value)| format!("{name}=\"{}\"", encoded(value))).collect();
        format!("OAuth {}", parts.join(", "))
    }

    fn signature(&self, request: &Request, own: &[(&str, &str)]) -> String {
        let asked = request.url.query_pairs();
        let mut pairs: Vec<(String, String)> =
            asked.map(|(name, value)| (encoded(&name), encoded(&value))).collect();
        pairs.extend(own.iter().map(|(name, value)| (encoded(name), encoded(value))));
        pairs.sort();
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut bare = request.url.clone();
        bare.set_query(None);
        let base = [request.method.as_str(), &encoded(bare.as_str()), &encoded(&pairs.join("&"))].join("&");
        let key = format!(
            "{}&{}",
            encoded(self.consumer_secret.expose_secret()),
            encoded(self.token_secret.expose_secret())
        );
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        STANDARD.encode(hmac::sign(&key, base.as_bytes()))
    }
}

/// RFC 5849 §3.6: everything but letters, digits and four signs.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(json: &str) -> Credentials {
        Credentials::from_json(json).unwrap()
    }

    #[test]
    fn the_standards_own_example_comes_out() {
        // OAuth Core 1.0, appendix A.5.
        let keys = Keys::among(&credentials(
            r#"{"api_key":"dpf43f3p2l4k3l03","api_secret":"kd94hf93k423kf44",
                "access_token":"nnch734d00sl2jdk","access_token_secret":"pfkkdhi9sl3r4s00"}"#,
        ))
        .unwrap();
        let request =
            Request::get("http://photos.example.net/photos?file=vacation.jpg&size=original", &[]).unwrap();
        let at = DateTime::from_timestamp(1_191_242_096, 0).unwrap();
        let header = keys.authorization(&request, at, "kllo9940pd9333jh");
        assert!(header.starts_with(r#"OAuth oauth_consumer_key="dpf43f3p2l4k3l03", "#), "{header}");
        assert!(header.contains(r#"oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D""#), "{header}");
        assert!(!header.contains("kd94hf93k423kf44") && !header.contains("pfkkdhi9sl3r4s00"));
    }

    #[test]
    fn characters_are_encoded_as_the_standard_says() {
        assert_eq!(encoded("Ladies + Gentlemen"), "Ladies%20%2B%20Gentlemen");
        assert_eq!(encoded("aZ09-._~"), "aZ09-._~");
        assert_eq!(encoded("☃,:"), "%E2%98%83%2C%3A");
    }

    #[test]
    fn keys_for_ads_come_before_others_and_missing_ones_are_named() {
        let both = r#"{"api_key":"k","api_secret":"s","access_token":"bearer","ads_access_token":"t"}"#;
        assert_eq!(Keys::among(&credentials(both)).unwrap().token, "t");
        assert!(Keys::are_among(&credentials(both)));
        let error = Keys::among(&credentials(r#"{"access_token":"bearer"}"#)).unwrap_err();
        assert!(error.message.contains("api_key") && error.action().contains("Ads API"), "{error}");
        assert!(!Keys::are_among(&credentials(r#"{"api_key":"k"}"#)));
        assert!(!Keys::take_the_token(&credentials(both)));
    }
}
