//! Events that `TikTok` pushes: whether they are genuine, and what they say. Pure functions over the bytes as they came.

use crate::error::{Error, Result};
use crate::http::Node;
use crate::webhook::{Writing, is_hmac_sha256, is_recent};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde_json::Value;

/// The header that holds the moment and the signature, `t=1788523200,s=5b…`.
pub const SIGNATURE: &str = "tiktok-signature";

/// An older event may have been caught on its way by somebody else.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Whether the body, byte for byte as it came, was signed with the app's secret, and lately. What is signed is the moment,
/// a dot and the body.
pub fn is_genuine(secret: &SecretString, header: &str, body: &[u8], now: DateTime<Utc>) -> bool {
    let part = |name: &str| {
        let mut parts = header.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).map(|(_, value)| value.trim())
    };
    let (Some(moment), Some(signature)) = (part("t"), part("s")) else {
        return false;
    };
    is_recent(moment, now, TOLERANCE)
        && is_hmac_sha256(secret, &[moment.as_bytes(), b".", body], signature, Writing::Hex)
}

/// What happened in a `TikTok` account. Holds no text of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The vendor's own word: `comment.update`, `post.publish.complete`, …
    pub name: String,
    /// The account's `open_id`.
    pub account: Option<String>,
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// The video that it is about.
    pub video: Option<String>,
}

/// The event of a delivery. What it is about is JSON within a text.
///
/// # Errors
/// [`crate::ErrorKind::Drift`] when the body is no event.
pub fn event(body: &[u8]) -> Result<Event> {
    let parsed: Value =
        serde_json::from_slice(body).map_err(|e| Error::drift("$", format!("it is no JSON: {e}")))?;
    let root = Node::root(&parsed, "$");
    let content = match root.at("content").value() {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(other) => other.clone(),
        None => Value::Null,
    };
    let content = Node::root(&content, "content");
    let mut video = None;
    for name in ["video_id", "item_id"] {
        video = video.or(content.at(name).filled()?);
    }
    Ok(Event {
        name: root.at("event").need_text()?,
        account: root.at("user_openid").filled()?,
        at: root.at("create_time").integer()?.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        video,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::hmac_sha256;

    #[test]
    fn only_fresh_events_with_the_right_signature_are_genuine() {
        let (secret, body) = (SecretString::from("app-secret"), br#"{"event":"comment.update"}"#);
        let now = "2026-09-04T12:00:00Z".parse().unwrap();
        let sign = |moment: &str| {
            let signature = hmac_sha256(&secret, &[moment.as_bytes(), b".", body], Writing::Hex);
            format!("t={moment},s={signature}")
        };
        let header = sign("1788523200");
        assert!(is_genuine(&secret, &header, body, now));
        assert!(is_genuine(&secret, &header.replace(',', ", "), body, now));
        assert!(!is_genuine(&secret, &header, br#"{"event":"comment.update" }"#, now), "other bytes");
        assert!(!is_genuine(&"other".into(), &header, body, now));
        assert!(!is_genuine(&secret, &header.replace("t=1788523200", "t=1788523201"), body, now));
        assert!(!is_genuine(&secret, &sign("1788520000"), body, now), "old");
        for wrong in ["", "t=1788523200", "s=00", "t=,s="] {
            assert!(!is_genuine(&secret, wrong, body, now), "{wrong}");
        }
    }

    #[test]
    fn an_event_says_what_it_is_about() {
        let body =
            br#"{"client_key":"k","event":"comment.update","create_time":1788523200,"user_openid":"-00a",
                        "content":"{\"comment_id\":7,\"video_id\":7300000000000000001,\"text\":\"hush\"}"}"#;
        let found = event(body).unwrap();
        assert_eq!((found.name.as_str(), found.account.as_deref()), ("comment.update", Some("-00a")));
        assert_eq!(found.video.as_deref(), Some("7300000000000000001"));
        assert_eq!(found.at, Some("2026-09-04T12:00:00Z".parse().unwrap()));
        assert!(!format!("{found:?}").contains("hush"));
        let bare = event(br#"{"event":"authorization.removed","content":"gone"}"#).unwrap();
        assert_eq!((bare.video, bare.at), (None, None));
        assert!(event(b"{}").is_err() && event(b"hello").is_err());
    }
}
