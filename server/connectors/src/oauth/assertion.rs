//! Programs sign for themselves: the JWT bearer grant (RFC 7523), as Google and Salesforce use it.

use super::grant::{OAuthClient, token_request, tokens_from};
use super::store::TokenSet;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::http::{Budget, Session};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How long an assertion counts; Google refuses longer ones.
const LIFE_SECONDS: i64 = 3_600;

/// How long Salesforce lets an assertion count.
const SHORT_LIFE_SECONDS: i64 = 180;

/// An account of a program instead of a person: the key file that Google's console gives, or the key of an app with the
/// name of the user that it acts for (Salesforce).
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    issuer: String,
    /// Whom an app acts for; an account of a program acts for itself.
    user: Option<String>,
    /// PKCS #8 as PEM.
    key: SecretString,
}

impl ServiceAccount {
    /// The service account among the credentials, where they are such a key file (or what counts of it, `client_email`
    /// and `private_key`), or hold `private_key`, `username` and `client_id`.
    ///
    /// # Errors
    /// When the key file lacks something.
    pub fn among(credentials: &Credentials) -> Result<Option<Self>> {
        let has = |name| credentials.get(name).is_some();
        let is_key_file = credentials.text("type") == Some("service_account");
        if is_key_file || (has("client_email") && has("private_key")) {
            let issuer = credentials.need("client_email")?.expose_secret().to_owned();
            return Ok(Some(Self { issuer, user: None, key: credentials.need("private_key")?.clone() }));
        }
        let (Some(key), Some(user)) = (credentials.get("private_key"), credentials.text("username")) else {
            return Ok(None);
        };
        let issuer = credentials.need("client_id")?.expose_secret().to_owned();
        Ok(Some(Self { issuer, user: Some(user.to_owned()), key: key.clone() }))
    }

    /// A new access token.
    pub(super) async fn ask(
        &self,
        client: &OAuthClient,
        session: &Session,
        budget: &Budget,
    ) -> Result<TokenSet> {
        let assertion = self.assertion(client, session.now())?;
        let form = vec![("grant_type".to_owned(), GRANT.to_owned()), ("assertion".to_owned(), assertion)];
        tokens_from(client.spec, session, budget, token_request(&client.token_url)?.form(form)).await
    }

    fn assertion(&self, client: &OAuthClient, now: DateTime<Utc>) -> Result<String> {
        let issued = now.timestamp();
        let claims = match &self.user {
            None => json!({
                "iss": self.issuer,
                "scope": client.spec.scopes.join(client.spec.scope_separator),
                "aud": client.token_url,
                "iat": issued,
                "exp": issued + LIFE_SECONDS,
            }),
            Some(user) => {
                let origin = url::Url::parse(&client.token_url).map(|u| u.origin().ascii_serialization());
                let audience = origin.unwrap_or_else(|_| client.token_url.clone());
                json!({ "iss": self.issuer, "sub": user, "aud": audience, "exp": issued + SHORT_LIFE_SECONDS })
            }
        };
        let encoded = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encoded(&json!({ "alg": "RS256", "typ": "JWT" })), encoded(&claims));
        let key = RsaKeyPair::from_pkcs8(&self.der()?).map_err(|_| wrong_key())?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| wrong_key())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn der(&self) -> Result<Vec<u8>> {
        let text: String =
            self.key.expose_secret().lines().filter(|line| !line.starts_with("-----")).collect();
        STANDARD.decode(text.trim()).map_err(|_| wrong_key())
    }
}

fn wrong_key() -> Error {
    Error::configuration("The private_key of the service account is no RSA key in PEM form.")
        .with_hint("Give the key file as the vendor's console made it.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    const SPEC: crate::oauth::OAuthSpec = crate::google::oauth(&["scope.a", "scope.b"]);

    fn client() -> OAuthClient {
        OAuthClient {
            spec: &SPEC,
            authorize_url: String::new(),
            token_url: "https://t.example/token".into(),
            refresh_url: String::new(),
            swap_urls: Default::default(),
            client_id: None,
            client_secret: None,
        }
    }

    #[test]
    fn an_assertion_names_the_account_and_is_signed_by_it() {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let body = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|c| std::str::from_utf8(c).unwrap()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        let file = json!({"type": "service_account", "client_email": "robot@p.example", "private_key": pem});
        let credentials = Credentials::from_json(&file.to_string()).unwrap();
        let account = ServiceAccount::among(&credentials).unwrap().unwrap();
        assert!(!format!("{account:?}").contains(lines[1]), "the key never shows");

        let assertion = account.assertion(&client(), "2026-09-03T12:00:00Z".parse().unwrap()).unwrap();
        let parts: Vec<&str> = assertion.split('.').collect();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        assert_eq!(
            claims,
            json!({"iss": "robot@p.example", "scope": "scope.a scope.b", "aud": "https://t.example/token",
                   "iat": 1_788_436_800, "exp": 1_788_440_400})
        );
        let file = json!({"username": "me@p.example", "client_id": "app", "private_key": pem});
        let app =
            ServiceAccount::among(&Credentials::from_json(&file.to_string()).unwrap()).unwrap().unwrap();
        let claims = app.assertion(&client(), "2026-09-03T12:00:00Z".parse().unwrap()).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(claims.split('.').nth(1).unwrap()).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&claims).unwrap(),
            json!({"iss": "app", "sub": "me@p.example", "aud": "https://t.example", "exp": 1_788_436_980})
        );
        let public: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref())
            .verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature)
            .unwrap();
    }

    #[test]
    fn a_key_file_that_is_none_is_refused_and_other_credentials_are_none() {
        let among = |file: Value| ServiceAccount::among(&Credentials::from_json(&file.to_string()).unwrap());
        assert!(among(json!({"client_id": "a"})).unwrap().is_none());
        assert!(among(json!({"type": "service_account", "client_email": "a"})).is_err());
        let broken = json!({"type": "service_account", "client_email": "a", "private_key": "hush"});
        let error = among(broken).unwrap().unwrap().assertion(&client(), DateTime::UNIX_EPOCH).unwrap_err();
        assert!(error.message.contains("private_key") && !error.message.contains("hush"), "{error}");
    }
}
