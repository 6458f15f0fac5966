//! What Pipedrive pushes (webhooks of the second version). It signs nothing: HTTP Basic, with the name and password that
//! were given when the webhook was made, is the only check beside an address that nobody can guess.

use crate::error::{Error, Result};
use crate::http::Node;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Create,
    /// It was changed.
    Change,
    /// It was deleted.
    Delete,
}

/// A pushed event.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// What happened.
    pub action: Action,
    /// What it happened to, in Pipedrive's words: `deal`, `person`, `activity`, `stage`, `pipeline`, `lead`.
    pub entity: String,
    /// The vendor's id of the thing.
    pub entity_id: String,
    /// The company.
    pub company: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The event's own id. A push that is repeated has the same.
    pub id: Option<String>,
    /// The stage that a deal left and the one that it entered, where it moved.
    pub moved: Option<(String, String)>,
    /// The thing as it stands now; none where it was deleted.
    pub data: Option<Value>,
}

/// Whether the `Authorization` header holds our name and password. Compared in constant time.
pub fn is_ours(authorization: &str, user: &str, password: &SecretString) -> bool {
    let Some((scheme, text)) = authorization.trim().split_once(' ') else {
        return false;
    };
    let Some(given) =
        scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(text.trim()).ok()).flatten()
    else {
        return false;
    };
    let password = password.expose_secret();
    let expected = format!("{user}:{password}");
    let is_same = aws_lc_rs::constant_time::verify_slices_are_equal(&given, expected.as_bytes()).is_ok();
    is_same && !password.is_empty()
}

/// Reads what was pushed.
///
/// # Errors
/// [`crate::ErrorKind::Drift`] when it is something else, or of another version.
pub fn parse(body: &[u8]) -> Result<Pushed> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|e| Error::drift("$", format!("line {}, column {} is no JSON", e.line(), e.column())))?;
    let root = Node::root(&body, "$");
    let meta = root.at("meta");
    let version = meta.at("version");
    if !version.text()?.is_some_and(|text| text.starts_with("2.")) {
        return Err(version.drift("it is not the second version"));
    }
    let action = meta.at("action");
    let action = match action.need_text()?.as_str() {
        "create" | "added" => Action::Create,
        "change" | "updated" => Action::Change,
        "delete" | "deleted" => Action::Delete,
        other => return Err(action.drift(format!("{other:?} is no action that is known"))),
    };
    let (data, previous) = (root.at("data"), root.at("previous"));
    let at = meta.at("timestamp");
    Ok(Pushed {
        action,
        entity: meta.at("entity").need_text()?,
        entity_id: meta.at("entity_id").need_text()?,
        company: meta.at("company_id").need_text()?,
        at: at.instant()?.ok_or_else(|| at.drift("it is missing"))?,
        id: meta.at("id").filled()?,
        moved: moved(action, &data, &previous)?,
        data: data.value().cloned(),
    })
}

/// `previous` has only what changed: without a stage in it, the deal stayed where it was.
fn moved(action: Action, data: &Node<'_>, previous: &Node<'_>) -> Result<Option<(String, String)>> {
    let (from, to) = (previous.at("stage_id").filled()?, data.at("stage_id").filled()?);
    let both = from.zip(to).filter(|(from, to)| from != to);
    Ok(both.filter(|_| action == Action::Change))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pushed(action: &str, data: &Value, previous: &Value) -> Pushed {
        let meta = json!({"action": action, "entity": "deal", "version": "2.0", "company_id": 77, "entity_id": 9_007_199_254_740_993_u64,
                          "id": "e1", "timestamp": "2026-05-16T08:00:00.000Z", "attempt": 1});
        parse(json!({"meta": meta, "data": data, "previous": previous}).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn only_a_stage_that_changed_is_a_move() {
        let moved = pushed("change", &json!({"stage_id": 3, "status": "open"}), &json!({"stage_id": 1}));
        assert_eq!(moved.moved, Some(("1".into(), "3".into())));
        assert_eq!((moved.entity_id.as_str(), moved.company.as_str()), ("9007199254740993", "77"));
        assert_eq!(pushed("change", &json!({"stage_id": 3}), &json!({"value": 1})).moved, None);
        assert_eq!(pushed("create", &json!({"stage_id": 3}), &Value::Null).moved, None);
        let gone = pushed("delete", &Value::Null, &json!({"stage_id": 1}));
        assert_eq!((gone.action, gone.moved, gone.data), (Action::Delete, None, None));
    }

    #[test]
    fn other_versions_and_nonsense_are_refused() {
        for body in
            ["", "[]", r#"{"meta":{"version":"1.0","action":"updated"}}"#, r#"{"meta":{"version":"2.0"}}"#]
        {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn only_our_name_and_password_are_ours() {
        let header = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        assert!(is_ours(&header("windhover:pass:word"), "windhover", &"pass:word".into()));
        assert!(!is_ours(&header("windhover:other"), "windhover", &"pass:word".into()));
        assert!(!is_ours(&header("windhover:"), "windhover", &"".into()));
        assert!(
            !is_ours("Bearer x", "windhover", &"pass".into()) && !is_ours("", "windhover", &"pass".into())
        );
    }
}
