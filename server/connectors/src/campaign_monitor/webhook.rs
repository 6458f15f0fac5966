//! What Campaign Monitor pushes about lists. Nothing is signed: the address that it is pushed to is the secret. A pure function
//! over the bytes as they came.

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::hook::{Delivery, Hook, HookEvent, Moment, Proof, Refusal};
use crate::http::Node;
use crate::webhook::sha256_hex;
use metrics::{Family, Metric};
use model::entities::EntityKind;
use serde_json::Value;

/// Something that became of a subscriber. Holds no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// A hash of all that was said, the address included: tells it from others of the list.
    pub id: String,
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
        let said = row.value().map(ToString::to_string).unwrap_or_default();
        events.push(Event {
            id: sha256_hex(said.as_bytes()),
            list: list.clone(),
            name: row.at("Type").need_text()?,
            at: super::map::local(&row.at("Date"))?,
            state: row.at("State").filled()?,
        });
        Ok(())
    })?;
    Ok(events)
}

/// The webhook of a list.
#[derive(Debug)]
pub struct ListWebhook;

impl Hook for ListWebhook {
    fn proof(&self) -> Proof {
        Proof::Address
    }

    fn instructions(&self) -> &'static str {
        "Campaign Monitor has no page for it: create a webhook for each list by its API (POST \
         /lists/{id}/webhooks.json) with the events Subscribe and Deactivate, this address and the payload format json."
    }

    fn family(&self) -> Family {
        Family::Email
    }

    fn read(
        &self,
        delivery: &Delivery<'_>,
        _credentials: &Credentials,
    ) -> std::result::Result<Vec<HookEvent>, Refusal> {
        let events = events(delivery.body).map_err(Refusal::Unreadable)?;
        Ok(events.iter().filter_map(counted).collect())
    }
}

/// Who joined and who left; that data of somebody changed counts as nothing.
fn counted(event: &Event) -> Option<HookEvent> {
    let metric = match event.name.as_str() {
        "Subscribe" => Metric::SubscribersAdded,
        "Deactivate" => Metric::SubscribersRemoved,
        _ => return None,
    };
    let key = HookEvent::key_of(&["campaign_monitor", &event.list, &event.id]);
    let entity = Some((EntityKind::List, event.list.clone()));
    Some(HookEvent { key, entity, metric, at: Moment::Local(event.at?) })
}
