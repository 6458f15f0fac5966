//! Lead notifications: LinkedIn calls when a form was filled in.
//!
//! Sources: LinkedIn's pages on the validation of webhooks and on Lead Sync.

use super::auth::last_part;
use crate::error::{Error, Result};
use crate::http::Node;
use crate::webhook::{Writing, hmac_sha256, is_hmac_sha256};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Value, json};

/// Stands before the body when it is signed.
const PREFIX: &str = "hmacsha256=";

/// The answer to a validation (`GET …?challengeCode=…`), which is due within three seconds and again every two hours. The
/// key is the app's client secret.
pub fn challenge_answer(client_secret: &SecretString, challenge_code: &str) -> Value {
    let response = hmac_sha256(client_secret, &[challenge_code.as_bytes()], Writing::Hex);
    json!({ "challengeCode": challenge_code, "challengeResponse": response })
}

/// Whether a call is LinkedIn's: `signature` is the header `X-LI-Signature`, `body` is as it came. The vendor signs the body
/// behind a prefix; the body alone is taken as well, because its documentation can be read so.
pub fn is_genuine(client_secret: &SecretString, body: &[u8], signature: &str) -> bool {
    let signature = signature.trim();
    let signature = signature.strip_prefix(PREFIX).unwrap_or(signature);
    let fits = |parts: &[&[u8]]| is_hmac_sha256(client_secret, parts, signature, Writing::Hex);
    fits(&[PREFIX.as_bytes(), body]) || fits(&[body])
}

/// A form was filled in, or the answers were deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadNotice {
    /// Id of the response; a call may come more than once.
    pub response: String,
    /// Id of the form.
    pub form: Option<String>,
    /// Id of the ad account or organization.
    pub owner: Option<String>,
    /// For example `SPONSORED`.
    pub lead_type: Option<String>,
    /// The answers were deleted.
    pub is_deleted: bool,
    /// When.
    pub at: Option<DateTime<Utc>>,
}

/// Reads a call.
///
/// # Errors
/// When it is no lead notification.
pub fn lead_notice(body: &[u8]) -> Result<LeadNotice> {
    let value: Value =
        serde_json::from_slice(body).map_err(|e| Error::drift("$", format!("the call is no JSON: {e}")))?;
    let root = Node::root(&value, "$");
    let kind = root.at("type");
    if kind.text()?.is_some_and(|kind| kind != "LEAD_ACTION") {
        return Err(kind.drift("it is no LEAD_ACTION"));
    }
    let part = |node: &Node<'_>| Ok::<_, Error>(node.filled()?.map(|urn| last_part(&urn).to_owned()));
    let owner = root.at("owner");
    let account = part(&owner.at("sponsoredAccount"))?;
    let at = root.at("occurredAt").instant()?;
    Ok(LeadNotice {
        response: last_part(&root.at("leadGenFormResponse").need_text()?).to_owned(),
        form: part(&root.at("leadGenForm"))?,
        owner: account.or(part(&owner.at("organization"))?),
        lead_type: root.at("leadType").filled()?,
        is_deleted: root.at("leadAction").text()?.as_deref() == Some("DELETED"),
        // An older spelling of the vendor's.
        at: at.or(root.at("occuredAt").instant()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> SecretString {
        "Jefe".into()
    }

    #[test]
    fn a_challenge_is_answered() {
        // RFC 4231, test case 2.
        let answer = challenge_answer(&secret(), "what do ya want for nothing?");
        assert_eq!(answer["challengeCode"], "what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(answer["challengeResponse"], expected);
    }

    #[test]
    fn both_forms_of_the_signature_fit_their_body_only() {
        let body = br#"{"type":"LEAD_ACTION"}"#;
        let with_prefix = hmac_sha256(&secret(), &[b"hmacsha256=", body], Writing::Hex);
        let bare = hmac_sha256(&secret(), &[body], Writing::Hex);
        for signature in [&with_prefix, &bare, &format!("hmacsha256={with_prefix}")] {
            assert!(is_genuine(&secret(), body, signature), "{signature}");
            assert!(!is_genuine(&secret(), b"{}", signature) && !is_genuine(&"x".into(), body, signature));
        }
        assert!(!is_genuine(&secret(), body, "") && !is_genuine(&secret(), body, "hmacsha256="));
    }

    #[test]
    fn a_notice_is_read() {
        let notice = lead_notice(
            br#"{"type":"LEAD_ACTION","leadGenFormResponse":"urn:li:leadGenFormResponse:a-1",
                "leadGenForm":"urn:li:leadGenForm:7","owner":{"sponsoredAccount":"urn:li:sponsoredAccount:8"},
                "leadType":"SPONSORED","leadAction":"DELETED","occurredAt":1788436800000}"#,
        )
        .unwrap();
        assert_eq!((notice.response.as_str(), notice.form.as_deref()), ("a-1", Some("7")));
        assert_eq!((notice.owner.as_deref(), notice.is_deleted), (Some("8"), true));
        assert_eq!(notice.at, "2026-09-03T12:00:00Z".parse().ok());
        assert!(lead_notice(br#"{"type":"OTHER"}"#).is_err() && lead_notice(b"[").is_err());
        assert!(
            lead_notice(br#"{"type":"LEAD_ACTION"}"#).unwrap_err().message.contains("leadGenFormResponse")
        );
    }
}
