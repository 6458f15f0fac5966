//! What a person or the vault hands over to get in. Secret, and never printed.

use crate::error::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::BTreeMap;

/// Named secrets: `access_token`, `refresh_token`, `client_id`, `client_secret`, `developer_token`, …
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<String, SecretString>);

impl Credentials {
    /// Reads one JSON object. Text and numbers are kept, blanks and nulls count as absent, anything else is ignored,
    /// because a connector takes what it needs.
    ///
    /// # Errors
    /// When the text is no JSON object.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).map_err(|e| {
            // serde's message may quote the text, so only the place is told.
            Error::configuration(format!(
                "The credentials are no valid JSON (line {}, column {}).",
                e.line(),
                e.column()
            ))
        })?;
        let Value::Object(fields) = value else {
            return Err(Error::configuration("The credentials must be one JSON object, {\"client_id\": …}."));
        };
        Ok(Self(
            fields
                .into_iter()
                .filter_map(|(name, value)| match value {
                    Value::String(text) if !text.trim().is_empty() => Some((name, text.trim().into())),
                    Value::Number(number) => Some((name, number.to_string().into())),
                    _ => None,
                })
                .collect(),
        ))
    }

    /// From pairs, for callers that keep them sealed elsewhere.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, SecretString)>) -> Self {
        Self(pairs.into_iter().filter(|(_, secret)| !secret.expose_secret().trim().is_empty()).collect())
    }

    /// All but those whose name the function picks.
    #[must_use]
    pub fn without(mut self, is_out: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|name, _| !is_out(name));
        self
    }

    /// The credential, if it was given.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// The credential in the clear, if it was given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(ExposeSecret::expose_secret)
    }

    /// The credential.
    ///
    /// # Errors
    /// Says which one is missing.
    pub fn need(&self, name: &str) -> Result<&SecretString> {
        self.get(name).ok_or_else(|| {
            Error::configuration(format!("The credentials lack {name}."))
                .with_hint(format!("Add {name} to the credentials and start again."))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_text_and_numbers_and_ignores_the_rest() {
        let credentials = Credentials::from_json(
            r#"{"client_id":"a","login_customer_id":9007199254740993,"refresh_token":" ","more":{"x":1}}"#,
        )
        .unwrap();
        assert_eq!(credentials.text("login_customer_id"), Some("9007199254740993"));
        assert!(credentials.get("refresh_token").is_none());
        assert!(credentials.get("more").is_none());
        assert!(credentials.need("client_secret").unwrap_err().message.contains("client_secret"));
    }

    #[test]
    fn broken_text_is_not_quoted() {
        let error = Credentials::from_json(r#"{"client_secret":"hush"#).unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
        assert!(Credentials::from_json("[1]").is_err());
    }

    #[test]
    fn debug_hides_secrets() {
        let credentials = Credentials::from_json(r#"{"client_secret":"hush"}"#).unwrap();
        assert!(!format!("{credentials:?}").contains("hush"));
    }
}
