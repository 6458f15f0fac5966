//! What Zoho pushes (its Notification API). It signs nothing: the token that was given when the channel was made comes
//! back with each event. Events name ids only; the records are read afterwards. A channel ends after a week at most.

use crate::error::{Error, Result};
use crate::http::Node;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// A pushed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// For example `Deals`.
    pub module: String,
    /// For example `insert`, `update`, `delete`.
    pub operation: String,
    /// What it happened to.
    pub ids: Vec<String>,
    /// The channel that it came by.
    pub channel: String,
    /// When, by the vendor's clock.
    pub at: Option<DateTime<Utc>>,
}

/// Reads what was pushed, if it brings our token. Compared in constant time.
///
/// # Errors
/// [`crate::ErrorKind::Configuration`] when the token is another one, [`crate::ErrorKind::Drift`] when it is something
/// else than an event.
pub fn parse(body: &[u8], token: &SecretString) -> Result<Pushed> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|e| Error::drift("$", format!("line {}, column {} is no JSON", e.line(), e.column())))?;
    let root = Node::root(&body, "$");
    let given = root.at("token").text()?.unwrap_or_default();
    let own = token.expose_secret();
    let is_ours = aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), own.as_bytes()).is_ok();
    if own.is_empty() || !is_ours {
        return Err(Error::configuration("The event does not bring the token of our channel."));
    }
    let mut ids = Vec::new();
    root.at("ids").each(|id| {
        ids.push(id.need_text()?);
        Ok(())
    })?;
    Ok(Pushed {
        module: root.at("module").need_text()?,
        operation: root.at("operation").need_text()?,
        ids,
        channel: root.at("channel_id").need_text()?,
        at: root.at("server_time").instant()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use serde_json::json;

    #[test]
    fn events_with_our_token_name_what_changed() {
        let body = json!({
            "server_time": 1_780_318_800_000_i64, "query_params": {}, "module": "Deals", "resource_uri": "https://x.example",
            "ids": ["7328395000000680197", 9_007_199_254_740_993_u64], "affected_fields": [], "operation": "update",
            "channel_id": "10000", "token": "t-1",
        });
        let pushed = parse(body.to_string().as_bytes(), &"t-1".into()).unwrap();
        assert_eq!(pushed.ids, ["7328395000000680197", "9007199254740993"]);
        assert_eq!((pushed.module.as_str(), pushed.operation.as_str()), ("Deals", "update"));
        assert_eq!(pushed.at.unwrap().to_rfc3339(), "2026-06-01T13:00:00+00:00");
        for other in ["t-2", "", "t-11"] {
            let error = parse(body.to_string().as_bytes(), &other.into()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Configuration);
        }
        assert!(parse(b"{}", &"".into()).is_err() && parse(b"[", &"t".into()).is_err());
        assert!(matches!(parse(br#"{"token":"t"}"#, &"t".into()).unwrap_err().kind, ErrorKind::Drift { .. }));
    }
}
