//! Account activity: X calls when something happens on an account.
//!
//! Source: X's pages on the Account Activity API.

use crate::error::{Error, Result};
use crate::http::Node;
use crate::webhook::{Writing, hmac_sha256, is_hmac_sha256};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Stands before a signature.
const PREFIX: &str = "sha256=";

/// The answer to a challenge (`GET …?crc_token=…`). The key is the app's consumer secret.
pub fn challenge_answer(consumer_secret: &SecretString, crc_token: &str) -> Value {
    let signature = hmac_sha256(consumer_secret, &[crc_token.as_bytes()], Writing::Base64);
    json!({ "response_token": format!("{PREFIX}{signature}") })
}

/// Whether a call is X's: `signature` is the header `x-twitter-webhooks-signature`, `body` is as it came.
pub fn is_genuine(consumer_secret: &SecretString, body: &[u8], signature: &str) -> bool {
    let signature = signature.trim().strip_prefix(PREFIX);
    signature.is_some_and(|text| is_hmac_sha256(consumer_secret, &[body], text, Writing::Base64))
}

/// What happened on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Id of the user.
    pub user: String,
    /// Ids of posts that were made or that mention the user.
    pub posts: Vec<String>,
    /// How many events of each kind came (`favorite_events`, …).
    pub events: BTreeMap<String, usize>,
}

/// Reads a call.
///
/// # Errors
/// When it is no activity of a user.
pub fn activity(body: &[u8]) -> Result<Activity> {
    let value: Value =
        serde_json::from_slice(body).map_err(|e| Error::drift("$", format!("the call is no JSON: {e}")))?;
    let root = Node::root(&value, "$");
    let mut activity =
        Activity { user: root.at("for_user_id").need_text()?, posts: Vec::new(), events: BTreeMap::new() };
    for (name, _) in root.object()?.into_iter().flatten().filter(|(name, _)| name.ends_with("_events")) {
        let events = root.at(name);
        // Deletions come as one object or as a list.
        let count = if events.object().is_ok() { 1 } else { events.array()?.len() };
        activity.events.insert(name.clone(), count);
    }
    root.at("tweet_create_events").each(|post| {
        let id = post.at("id_str").filled()?.map_or_else(|| post.at("id").need_text(), Ok)?;
        activity.posts.push(id);
        Ok(())
    })?;
    Ok(activity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> SecretString {
        "Jefe".into()
    }

    #[test]
    fn a_challenge_is_answered() {
        // RFC 4231, test case 2, in base64.
        let answer = challenge_answer(&secret(), "what do ya want for nothing?");
        assert_eq!(answer["response_token"], "sha256=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    }

    #[test]
    fn signatures_fit_their_body_only() {
        let body = br#"{"for_user_id":"1"}"#;
        let signature = format!("sha256={}", hmac_sha256(&secret(), &[body], Writing::Base64));
        assert!(is_genuine(&secret(), body, &signature));
        assert!(!is_genuine(&secret(), b"{}", &signature) && !is_genuine(&"x".into(), body, &signature));
        assert!(
            !is_genuine(&secret(), body, &signature["sha256=".len()..]) && !is_genuine(&secret(), body, "")
        );
    }

    #[test]
    fn an_activity_is_read() {
        let activity = activity(
            br#"{"for_user_id":"2244994945","tweet_create_events":[{"id":9007199254740993,"id_str":"9007199254740993"}],
                "favorite_events":[{},{}],"tweet_delete_events":{"status":{}}}"#,
        )
        .unwrap();
        assert_eq!(
            (activity.user.as_str(), activity.posts),
            ("2244994945", vec!["9007199254740993".to_owned()])
        );
        let counts: Vec<_> = activity.events.values().copied().collect();
        assert_eq!(counts, [2, 1, 1]);
        assert!(super::activity(b"{}").is_err() && super::activity(b"[").is_err());
    }
}
