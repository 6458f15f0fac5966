//! Events that Meta pushes: whether they are Meta's, and what changed.

use crate::error::{Error, Result};
use crate::http::Node;
use crate::webhook::{Writing, is_hmac_sha256};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// One change of one thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// What was subscribed to: `page`, `instagram`.
    pub(crate) object: String,
    /// The page's or account's id.
    pub(crate) id: String,
    /// When it was sent.
    pub(crate) at: Option<DateTime<Utc>>,
    /// What changed, for example `leadgen`.
    pub(crate) field: String,
    /// What it is now.
    pub(crate) value: Value,
}

/// Whether the header `X-Hub-Signature-256` fits the bytes of the body.
pub(crate) fn is_signed(app_secret: &SecretString, body: &[u8], header: &str) -> bool {
    let Some(signature) = header.trim().strip_prefix("sha256=") else {
        return false;
    };
    is_hmac_sha256(app_secret, &[body], signature, Writing::Hex)
}

/// What a subscription is answered with, where it shows the token that was agreed on: the plain text of its challenge.
pub(crate) fn challenge(query: &[(String, String)], verify_token: &SecretString) -> Option<String> {
    let value = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let shown = value("hub.verify_token")?;
    let is_ours = verify_slices_are_equal(shown.as_bytes(), verify_token.expose_secret().as_bytes()).is_ok();
    let is_asked = value("hub.mode") == Some("subscribe");
    (is_ours && is_asked).then(|| value("hub.challenge").unwrap_or_default().to_owned())
}

/// The changes in a body. Check [`is_signed`] first; deliveries are repeated for 36 hours.
pub(crate) fn changes(body: &[u8]) -> Result<Vec<Change>> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| Error::drift("$", format!("line {}, column {} is no JSON", e.line(), e.column())))?;
    let root = Node::root(&value, "$");
    let object = root.at("object").need_text()?;
    let mut changes = Vec::new();
    root.at("entry").each(|entry| {
        let id = entry.at("id").need_text()?;
        let at = entry.at("time").integer()?.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        entry.at("changes").each(|change| {
            changes.push(Change {
                object: object.clone(),
                id: id.clone(),
                at,
                field: change.at("field").need_text()?,
                value: change.at("value").value().cloned().unwrap_or_default(),
            });
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::hmac_sha256;
    use serde_json::json;

    #[test]
    fn only_signed_bytes_are_metas() {
        let secret = SecretString::from("app");
        let body = br#"{"object":"page"}"#;
        let header = format!("sha256={}", hmac_sha256(&secret, &[body], Writing::Hex));
        assert!(is_signed(&secret, body, &header));
        assert!(!is_signed(&secret, br#"{"object": "page"}"#, &header));
        assert!(!is_signed(&"other".into(), body, &header));
        assert!(!is_signed(&secret, body, header.trim_start_matches("sha256=")));
    }

    #[test]
    fn a_challenge_is_answered_to_those_who_know_the_token() {
        let query = |token: &str, mode: &str| -> Vec<(String, String)> {
            [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", "1158201444")]
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
                .to_vec()
        };
        let token = SecretString::from("agreed");
        assert_eq!(challenge(&query("agreed", "subscribe"), &token).as_deref(), Some("1158201444"));
        assert_eq!(challenge(&query("guessed", "subscribe"), &token), None);
        assert_eq!(challenge(&query("agreed", "unsubscribe"), &token), None);
        assert_eq!(challenge(&[], &token), None);
    }

    #[test]
    fn changes_are_taken_out_of_their_entries() {
        let body = json!({"object": "page", "entry": [
            {"id": "1", "time": 1_788_523_200, "changes": [{"field": "leadgen", "value": {"leadgen_id": "7"}}]},
            {"id": "2", "changes": []},
        ]});
        let changes = changes(body.to_string().as_bytes()).unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].id.as_str(), changes[0].field.as_str()), ("1", "leadgen"));
        assert_eq!(changes[0].at, DateTime::from_timestamp(1_788_523_200, 0));
        assert!(super::changes(b"{").is_err());
    }
}
