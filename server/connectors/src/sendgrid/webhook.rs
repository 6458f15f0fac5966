//! Events that `SendGrid` pushes: whether they are genuine, and what they say. Pure functions over the bytes as they came.

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::hook::{Delivery, Hook, HookEvent, Moment, Proof, Refusal};
use crate::http::Node;
use crate::webhook::is_ecdsa_p256;
use chrono::{DateTime, Utc};
use metrics::{Family, Metric};
use model::entities::EntityKind;
use serde_json::Value;
use std::collections::HashSet;

/// The header that holds the signature.
pub const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";

/// The header that holds the moment that was signed along.
pub const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";

/// Whether the body, byte for byte as it came, was signed by that key (base64, as the vendor's settings show it). What is
/// signed is the text of the moment and the body behind it, its last line break included.
pub fn is_genuine(public_key: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
    is_ecdsa_p256(public_key, &[timestamp.as_bytes(), body], signature)
}

/// What happened to a message. Holds no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Tells it from all others: the vendor delivers events more than once.
    pub id: Option<String>,
    /// The vendor's own word: `delivered`, `bounce`, `open`, …
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The message.
    pub message: Option<String>,
    /// The single send that the message belongs to.
    pub single_send: Option<String>,
    /// Its categories.
    pub categories: Vec<String>,
    /// A bounce that is only a refusal for now.
    pub is_blocked: bool,
    /// Opened by a machine that protects its owner's privacy, not by a person.
    pub is_machine_open: bool,
}

/// The events of a delivery, each once.
///
/// # Errors
/// [`crate::ErrorKind::Drift`] when the body is no list of events.
pub fn events(body: &[u8]) -> Result<Vec<Event>> {
    let parsed: Value =
        serde_json::from_slice(body).map_err(|e| Error::drift("$", format!("it is no JSON: {e}")))?;
    let root = Node::root(&parsed, "$");
    let mut known = HashSet::new();
    let mut events = Vec::new();
    root.each(|row| {
        let event = event(row)?;
        if event.id.as_ref().is_none_or(|id| known.insert(id.clone())) {
            events.push(event);
        }
        Ok(())
    })?;
    Ok(events)
}

fn event(row: &Node<'_>) -> Result<Event> {
    let timestamp = row.at("timestamp");
    let at = timestamp.integer()?.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Ok(Event {
        id: row.at("sg_event_id").filled()?,
        name: row.at("event").need_text()?,
        at: at.ok_or_else(|| timestamp.drift("it is no moment in seconds"))?,
        message: row.at("sg_message_id").filled()?,
        single_send: row.at("singlesend_id").filled()?,
        categories: categories(&row.at("category"))?,
        is_blocked: row.at("type").filled()?.is_some_and(|kind| kind == "blocked"),
        is_machine_open: row.at("sg_machine_open").boolean()?.unwrap_or(false),
    })
}

/// One category, or several.
fn categories(node: &Node<'_>) -> Result<Vec<String>> {
    if !node.value().is_some_and(Value::is_array) {
        return Ok(node.filled()?.into_iter().collect());
    }
    let mut names = Vec::new();
    node.each(|name| {
        names.extend(name.filled()?);
        Ok(())
    })?;
    Ok(names)
}

/// The event webhook.
#[derive(Debug)]
pub struct EventWebhook;

impl Hook for EventWebhook {
    fn proof(&self) -> Proof {
        Proof::Key {
            name: "webhook_key",
            label: "Verification key",
            help: "SendGrid, Settings, Mail Settings, Event Webhooks: turn on Signature Verification and copy the key.",
        }
    }

    fn instructions(&self) -> &'static str {
        "SendGrid, Settings, Mail Settings, Event Webhooks: create one with this address as its Post URL, with all \
         deliverability and engagement events."
    }

    fn family(&self) -> Family {
        Family::Email
    }

    fn read(
        &self,
        delivery: &Delivery<'_>,
        credentials: &Credentials,
    ) -> std::result::Result<Vec<HookEvent>, Refusal> {
        let header = |name| (delivery.header)(name).filter(|value| !value.is_empty());
        let signature = header(SIGNATURE).ok_or(Refusal::NotGenuine("it carries no signature"))?;
        let timestamp = header(TIMESTAMP).ok_or(Refusal::NotGenuine("it carries no signed moment"))?;
        let key = credentials.text("webhook_key");
        let key = key.ok_or(Refusal::NotGenuine("the verification key was not entered yet"))?;
        if !is_genuine(key, timestamp, delivery.body, signature) {
            return Err(Refusal::NotGenuine("the signature does not fit the verification key"));
        }
        let events = events(delivery.body).map_err(Refusal::Unreadable)?;
        Ok(events.iter().flat_map(counted).collect())
    }
}

/// An event counts for the account, and for the single send that it belongs to.
fn counted(event: &Event) -> Vec<HookEvent> {
    let Some(metric) = metric(event) else { return Vec::new() };
    let moment = event.at.timestamp().to_string();
    let message = event.message.as_deref().unwrap_or_default();
    // An event without an id is told from others by what it says.
    let id = event.id.as_deref().unwrap_or_default();
    let of = |entity: Option<(EntityKind, String)>| {
        let whose = entity.as_ref().map_or("", |(_, id)| id.as_str());
        let key = match id {
            "" => HookEvent::key_of(&["sendgrid", whose, &event.name, &moment, message]),
            id => HookEvent::key_of(&["sendgrid", whose, id]),
        };
        HookEvent { key, entity, metric, at: Moment::Instant(event.at) }
    };
    let single_send = event.single_send.clone().map(|id| of(Some((EntityKind::Email, id))));
    std::iter::once(of(None)).chain(single_send).collect()
}

/// What an event counts as. Opens by machines are not people's; what was dropped or put off was not sent.
fn metric(event: &Event) -> Option<Metric> {
    Some(match event.name.as_str() {
        "processed" => Metric::EmailsSent,
        "delivered" => Metric::Delivered,
        "bounce" if event.is_blocked => Metric::SoftBounces,
        "bounce" => Metric::HardBounces,
        "open" if !event.is_machine_open => Metric::Opens,
        "click" => Metric::Clicks,
        "spamreport" => Metric::SpamComplaints,
        "unsubscribe" | "group_unsubscribe" => Metric::Unsubscribes,
        _ => return None,
    })
}
