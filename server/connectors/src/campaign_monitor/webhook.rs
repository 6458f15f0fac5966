//! What Campaign Monitor pushes about lists. Nothing is signed: the address that it is pushed to is the secret. A pure function
//! over the bytes as they came.

use crate::error::{Error, Result};
use crate::http::Node;
use serde_json::Value;

/// Something that became of a subscriber. Holds no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The list.
    pub list: String,
    /// The vendor's own word: `Subscribe`, `Update`, `Deactivate`.
    pub name: String,
    /// When, on the client's clock.
    pub at: Option<chrono::NaiveDateTime>,
    /// What the subscriber is now: `Active`, `Unsubscribed`, …
    pub state: Option<String>,
}

/// The events of a delivery; up to a thousand come at once.
///
/// # Errors
/// [`crate::ErrorKind::Drift`] when the body is no delivery.
pub fn events(body: &[u8]) -> Result<Vec<Event>> {
    let parsed: Value =
        serde_json::from_slice(body).map_err(|e| Error::drift("$", format!("it is no JSON: {e}")))?;
    let root = Node::root(&parsed, "$");
    let list = root.at("ListID").need_text()?;
    let mut events = Vec::new();
    root.at("Events").each(|row| {
        events.push(Event {
            list: list.clone(),
            name: row.at("Type").need_text()?,
            at: super::map::local(&row.at("Date"))?,
            state: row.at("State").filled()?,
        });
        Ok(())
    })?;
    Ok(events)
}
