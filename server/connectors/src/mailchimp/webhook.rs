//! What Mailchimp pushes about audiences. It signs nothing: an address that nobody can guess is all the proof there is.
//! First it asks the address by GET, which must be answered with 200. An answer of 410 makes it stop for ever.

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::hook::{Delivery, Hook, HookEvent, Moment, Proof, Refusal};
use chrono::{DateTime, NaiveDateTime, Utc};
use metrics::{Family, Metric};
use model::entities::EntityKind;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// What happened in an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Somebody joined.
    Subscribe,
    /// Somebody left.
    Unsubscribe,
    /// Somebody's data changed.
    Profile,
    /// Somebody's address changed.
    AddressChange,
    /// An address that does not work was taken out.
    Cleaned,
    /// A campaign was sent, or its sending was stopped.
    Campaign,
}

/// A pushed event. Addresses and names are not taken from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// What happened.
    pub happening: Happening,
    /// When.
    pub fired_at: DateTime<Utc>,
    /// The audience.
    pub list: Option<String>,
    /// The member or campaign.
    pub id: Option<String>,
    /// Why, where somebody left or was taken out.
    pub reason: Option<String>,
}

/// Whether the secret part of the address that was called is ours. Compared in constant time.
pub fn is_ours(path_token: &str, expected: &SecretString) -> bool {
    let expected = expected.expose_secret().as_bytes();
    let is_same = aws_lc_rs::constant_time::verify_slices_are_equal(path_token.as_bytes(), expected).is_ok();
    is_same && !expected.is_empty()
}

/// Reads the form that was pushed.
///
/// # Errors
/// [`crate::ErrorKind::Drift`] when type or moment are missing or unknown.
pub fn parse(body: &[u8]) -> Result<Pushed> {
    let mut fields: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let mut take = |name: &str| fields.remove(name).filter(|text| !text.trim().is_empty());
    let happening = take("type").unwrap_or_default();
    let happening = match happening.as_str() {
        "subscribe" => Happening::Subscribe,
        "unsubscribe" => Happening::Unsubscribe,
        "profile" => Happening::Profile,
        "upemail" => Happening::AddressChange,
        "cleaned" => Happening::Cleaned,
        "campaign" => Happening::Campaign,
        other => return Err(Error::drift("type", format!("{other:?} is no kind of event that is known"))),
    };
    let moment = take("fired_at").unwrap_or_default();
    let fired_at = NaiveDateTime::parse_from_str(&moment, "%Y-%m-%d %H:%M:%S")
        .map_err(|_| {
            Error::drift("fired_at", format!("{moment:?} is no moment such as 2026-09-01 12:00:00"))
        })?
        .and_utc();
    let (list, id) = (take("data[list_id]"), take("data[id]").or_else(|| take("data[new_id]")));
    Ok(Pushed { happening, fired_at, list, id, reason: take("data[reason]") })
}

/// The webhook of an audience.
#[derive(Debug)]
pub struct AudienceWebhook;

impl Hook for AudienceWebhook {
    fn proof(&self) -> Proof {
        Proof::Address
    }

    fn instructions(&self) -> &'static str {
        "Mailchimp, Audience, Settings, Webhooks: create one with this address as its callback URL, with subscribes, \
         unsubscribes and cleaned addresses."
    }

    fn family(&self) -> Family {
        Family::Email
    }

    fn read(
        &self,
        delivery: &Delivery<'_>,
        _credentials: &Credentials,
    ) -> std::result::Result<Vec<HookEvent>, Refusal> {
        Ok(counted(&parse(delivery.body).map_err(Refusal::Unreadable)?).into_iter().collect())
    }
}

fn counted(pushed: &Pushed) -> Option<HookEvent> {
    let (word, metric) = match pushed.happening {
        Happening::Subscribe => ("subscribe", Metric::SubscribersAdded),
        Happening::Unsubscribe => ("unsubscribe", Metric::SubscribersRemoved),
        Happening::Cleaned => ("cleaned", Metric::SubscribersRemoved),
        Happening::Profile | Happening::AddressChange | Happening::Campaign => return None,
    };
    let list = pushed.list.clone()?;
    let moment = pushed.fired_at.timestamp().to_string();
    let who = pushed.id.as_deref().unwrap_or_default();
    let key = HookEvent::key_of(&["mailchimp", &list, word, &moment, who]);
    Some(HookEvent {
        key,
        entity: Some((EntityKind::List, list)),
        metric,
        at: Moment::Instant(pushed.fired_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_events_without_addresses() {
        let body = "type=unsubscribe&fired_at=2026-09-01+21%3A40%3A57&data%5Baction%5D=unsub&data%5Breason%5D=manual\
                    &data%5Bid%5D=8a25ff1d98&data%5Blist_id%5D=a6b5da1054&data%5Bemail%5D=ada%40example.com";
        let pushed = parse(body.as_bytes()).unwrap();
        assert_eq!(pushed.happening, Happening::Unsubscribe);
        assert_eq!(pushed.fired_at.to_rfc3339(), "2026-09-01T21:40:57+00:00");
        assert_eq!(
            (pushed.list.as_deref(), pushed.id.as_deref(), pushed.reason.as_deref()),
            (Some("a6b5da1054"), Some("8a25ff1d98"), Some("manual"))
        );
        assert!(!format!("{pushed:?}").contains("ada"));
        let moved =
            parse(b"type=upemail&fired_at=2026-09-01 00:00:00&data[new_id]=x&data[list_id]=").unwrap();
        assert_eq!(
            (moved.happening, moved.id.as_deref(), moved.list),
            (Happening::AddressChange, Some("x"), None)
        );
    }

    #[test]
    fn unknown_kinds_and_moments_are_refused() {
        for (body, says) in [
            ("fired_at=2026-09-01 00:00:00", "type"),
            ("type=party&fired_at=2026-09-01 00:00:00", "party"),
            ("type=profile&fired_at=soon", "fired_at"),
        ] {
            assert!(parse(body.as_bytes()).unwrap_err().message.contains(says), "{body}");
        }
    }

    #[test]
    fn only_the_whole_secret_opens() {
        assert!(is_ours("s3cret", &"s3cret".into()));
        assert!(!is_ours("s3cre", &"s3cret".into()) && !is_ours("", &"".into()) && !is_ours("x", &"".into()));
    }
}
