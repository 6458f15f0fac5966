//! Events that Facebook pushes: new leads of pages. All functions are pure.

use crate::error::Result;
use crate::http::Node;
use crate::meta::webhook;
use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// A person sent a form. What was written is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLead {
    /// The lead: deliveries are repeated for 36 hours, and this id tells that they are the same.
    pub id: String,
    /// The page that the form belongs to.
    pub page: String,
    /// The form.
    pub form: Option<String>,
    /// The ad that led there.
    pub ad: Option<String>,
    /// When it was sent.
    pub at: Option<DateTime<Utc>>,
}

/// Whether the header `X-Hub-Signature-256` fits the bytes of the body as they came.
pub fn is_signed(app_secret: &SecretString, body: &[u8], header: &str) -> bool {
    webhook::is_signed(app_secret, body, header)
}

/// The plain text that a request for verification is answered with; none where it does not show the token that was agreed
/// on when the subscription was made.
pub fn challenge(query: &[(String, String)], verify_token: &SecretString) -> Option<String> {
    webhook::challenge(query, verify_token)
}

/// The leads in a body whose signature was checked.
///
/// # Errors
/// When it is not what Meta documents.
pub fn new_leads(body: &[u8]) -> Result<Vec<NewLead>> {
    let changes = webhook::changes(body)?;
    let leads = changes.iter().filter(|change| change.object == "page" && change.field == "leadgen");
    leads
        .map(|change| {
            let value = Node::root(&change.value, "value");
            let sent = value.at("created_time").integer()?;
            Ok(NewLead {
                id: value.at("leadgen_id").need_text()?,
                page: value.at("page_id").filled()?.unwrap_or_else(|| change.id.clone()),
                form: value.at("form_id").filled()?,
                ad: value.at("ad_id").filled()?.filter(|id| id != "0"),
                at: sent.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).or(change.at),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leads_are_told_from_other_changes() {
        let body = json!({"object": "page", "entry": [{"id": "153125381133", "time": 1_788_523_300, "changes": [
            {"field": "feed", "value": {"item": "post"}},
            {"field": "leadgen", "value": {"leadgen_id": 9_007_199_254_740_993_u64, "page_id": 153_125_381_133_u64,
             "form_id": "82", "ad_id": 0, "created_time": 1_788_523_200}},
        ]}]});
        let leads = new_leads(body.to_string().as_bytes()).unwrap();
        assert_eq!(
            leads,
            [NewLead {
                id: "9007199254740993".into(),
                page: "153125381133".into(),
                form: Some("82".into()),
                ad: None,
                at: DateTime::from_timestamp(1_788_523_200, 0),
            }]
        );
        assert!(
            new_leads(br#"{"object":"page","entry":[{"id":"1","changes":[{"field":"leadgen"}]}]}"#).is_err()
        );
    }
}
