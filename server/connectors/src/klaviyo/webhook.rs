//! What Klaviyo pushes, signed with the secret of the endpoint. Only apps and some accounts may ask for it, so nothing
//! depends on it.

use crate::error::{Error, Result};
use crate::http::Node;
use crate::webhook::{Writing, is_hmac_sha256};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::HashSet;

/// The vendor takes no shorter secrets.
const SHORTEST_SECRET: usize = 16;

/// A pushed event.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// The event's own id: a delivery may bring it again.
    pub external_id: String,
    /// For example `event:klaviyo.opened_email`.
    pub topic: String,
    /// What happened, in the form of the API. It is about a person.
    pub payload: Value,
}

/// Whether the delivery is Klaviyo's: `signature` and `timestamp` are the headers `Klaviyo-Signature` and
/// `Klaviyo-Timestamp`, the body is as it came. Compared in constant time.
pub fn is_genuine(secret: &SecretString, body: &[u8], timestamp: &str, signature: &str) -> bool {
    secret.expose_secret().len() >= SHORTEST_SECRET
        && is_hmac_sha256(secret, &[body, timestamp.as_bytes()], signature, Writing::Hex)
}

/// Reads the events of a delivery, each once.
///
/// # Errors
/// [`crate::ErrorKind::Drift`] when it is no such delivery.
pub fn parse(body: &[u8]) -> Result<Vec<Pushed>> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Error::drift("$", format!("it is no JSON: {error}")))?;
    let root = Node::root(&value, "$");
    let list = root.at("data");
    if list.is_absent() {
        return Err(list.drift("it is missing"));
    }
    let (mut events, mut known) = (Vec::new(), HashSet::new());
    list.each(|event| {
        let external_id = event.at("external_id").need_text()?;
        if known.insert(external_id.clone()) {
            let payload = event.at("payload").value().cloned().unwrap_or_default();
            events.push(Pushed { external_id, topic: event.at("topic").need_text()?, payload });
        }
        Ok(())
    })?;
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::hmac_sha256;

    #[test]
    fn a_delivery_is_signed_with_its_moment() {
        let secret = SecretString::from("sixteen-letters!");
        let (body, at) = (br#"{"data":[]}"#.as_slice(), "1788523205");
        let signature = hmac_sha256(&secret, &[b"{\"data\":[]}1788523205"], Writing::Hex);
        assert!(is_genuine(&secret, body, at, &signature));
        assert!(!is_genuine(&secret, body, "1788523206", &signature));
        assert!(!is_genuine(&secret, b"{\"data\":[] }", at, &signature));
        assert!(!is_genuine(&"another-secret-!".into(), body, at, &signature));
        let short = SecretString::from("short");
        let signature = hmac_sha256(&short, &[body, at.as_bytes()], Writing::Hex);
        assert!(!is_genuine(&short, body, at, &signature));
    }

    #[test]
    fn events_come_once() {
        let body = br#"{"data":[{"external_id":"1","topic":"event:klaviyo.opened_email","payload":{"a":1}},
            {"external_id":"1","topic":"event:klaviyo.opened_email","payload":{"a":1}},
            {"external_id":"2","topic":"event:klaviyo.clicked_email"}],"meta":{}}"#;
        let topics: Vec<_> = parse(body).unwrap().into_iter().map(|event| event.topic).collect();
        assert_eq!(topics, ["event:klaviyo.opened_email", "event:klaviyo.clicked_email"]);
        assert!(parse(b"{}").is_err() && parse(b"no").is_err());
        assert!(parse(br#"{"data":[{"topic":"x"}]}"#).unwrap_err().message.contains("external_id"));
    }
}
