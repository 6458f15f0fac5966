//! What `ActiveCampaign` pushes. It signs nothing: an address that nobody can guess is all the proof there is, so an event
//! only says what is to be read again.

use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// A pushed event. Addresses and names are not taken from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// What happened, in the vendor's words: `open`, `deal_update`, …
    pub kind: String,
    /// When; the vendor writes it with the account's offset.
    pub at: Option<DateTime<Utc>>,
    /// The campaign.
    pub campaign: Option<String>,
    /// The contact.
    pub contact: Option<String>,
    /// The list.
    pub list: Option<String>,
    /// The deal.
    pub deal: Option<String>,
    /// The deal's stage.
    pub stage: Option<String>,
    /// What of the deal or contact was changed.
    pub fields: Vec<String>,
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
/// [`crate::ErrorKind::Drift`] when it does not say what happened.
pub fn parse(body: &[u8]) -> Result<Pushed> {
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let filled = |name: &str| fields.get(name).map(|t| t.trim()).filter(|t| !t.is_empty()).map(str::to_owned);
    let id = |name: &str| filled(name).filter(|id| id != "0");
    let is_updated = |name: &String| name.starts_with("updated_fields[");
    Ok(Pushed {
        kind: filled("type").ok_or_else(|| Error::drift("type", "it is missing"))?,
        at: filled("date_time")
            .and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
            .map(|at| at.to_utc()),
        campaign: id("campaign[id]"),
        contact: id("contact[id]"),
        list: id("list"),
        deal: id("deal[id]"),
        stage: id("deal[stageid]"),
        fields: fields.iter().filter(|(name, _)| is_updated(name)).map(|(_, value)| value.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_events_without_addresses() {
        let body = "type=deal_update&date_time=2026-03-08T01%3A30%3A00-06%3A00&initiated_from=admin&deal%5Bid%5D=16\
                    &deal%5Bstageid%5D=11&updated_fields%5B0%5D=stage&updated_fields%5B1%5D=value\
                    &contact%5Bid%5D=7&contact%5Bemail%5D=ada%40example.com&list=0&campaign[id]=";
        let pushed = parse(body.as_bytes()).unwrap();
        assert_eq!(pushed.kind, "deal_update");
        assert_eq!(pushed.at.unwrap().to_rfc3339(), "2026-03-08T07:30:00+00:00");
        assert_eq!((pushed.deal.as_deref(), pushed.stage.as_deref()), (Some("16"), Some("11")));
        assert_eq!(
            (pushed.contact.as_deref(), pushed.list.clone(), pushed.campaign.clone()),
            (Some("7"), None, None)
        );
        assert_eq!(pushed.fields, ["stage", "value"]);
        assert!(!format!("{pushed:?}").contains("ada"));
    }

    #[test]
    fn what_says_nothing_is_refused() {
        assert!(parse(b"date_time=2026-03-08T01:30:00-06:00").unwrap_err().message.contains("type"));
        assert_eq!(parse(b"type=open&date_time=soon").unwrap().at, None);
    }

    #[test]
    fn only_the_whole_secret_opens() {
        assert!(is_ours("s3cret", &"s3cret".into()));
        assert!(!is_ours("s3cre", &"s3cret".into()) && !is_ours("", &"".into()) && !is_ours("x", &"".into()));
    }
}
