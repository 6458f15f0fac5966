//! Events that Instagram pushes: the last figures of a story, which vanishes after a day. All functions are pure.

use crate::error::Result;
use crate::http::Node;
use crate::mapping::{self, Form, Measure};
use crate::meta::webhook;
use chrono::{DateTime, Utc};
use metrics::Metric;
use rust_decimal::Decimal;
use secrecy::SecretString;

const STORY: &[Measure] = &[
    (Metric::VideoViews, &["views"], Form::Whole),
    (Metric::Impressions, &["impressions"], Form::Whole),
    (Metric::Reach, &["reach"], Form::Whole),
    (Metric::Shares, &["shares"], Form::Whole),
    (Metric::Engagements, &["total_interactions"], Form::Whole),
];

/// What a story had come to when it vanished.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryEnd {
    /// The account.
    pub account: String,
    /// The story: deliveries are repeated for 36 hours, and this id tells that they are the same.
    pub story: String,
    /// When it was sent.
    pub at: Option<DateTime<Utc>>,
    /// Its figures. One that is not told is absent.
    pub values: Vec<(Metric, Decimal)>,
}

/// Whether the header `X-Hub-Signature-256` fits the bytes of the body as they came. With Instagram Login, the secret is that
/// of the Instagram app.
pub fn is_signed(app_secret: &SecretString, body: &[u8], header: &str) -> bool {
    webhook::is_signed(app_secret, body, header)
}

/// The plain text that a request for verification is answered with; none where it does not show the token that was agreed
/// on when the subscription was made.
pub fn challenge(query: &[(String, String)], verify_token: &SecretString) -> Option<String> {
    webhook::challenge(query, verify_token)
}

/// The stories that ended, in a body whose signature was checked.
///
/// # Errors
/// When it is not what Meta documents.
pub fn ended_stories(body: &[u8]) -> Result<Vec<StoryEnd>> {
    let changes = webhook::changes(body)?;
    let ends = changes.iter().filter(|c| c.object == "instagram" && c.field == "story_insights");
    ends.map(|change| {
        let value = Node::root(&change.value, "value");
        Ok(StoryEnd {
            account: change.id.clone(),
            story: value.at("media_id").need_text()?,
            at: change.at,
            values: mapping::values(&value, STORY)?,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_last_figures_of_a_story_are_taken() {
        let body = json!({"object": "instagram", "entry": [{"id": "17841405822304914", "time": 1_788_523_200,
        "changes": [
            {"field": "comments", "value": {"id": "1", "text": "hm"}},
            {"field": "story_insights", "value": {"media_id": "17887498072083520", "impressions": 444,
             "reach": 44, "taps_forward": 4, "exits": 3, "replies": 0}},
        ]}]});
        let ends = ended_stories(body.to_string().as_bytes()).unwrap();
        assert_eq!(ends.len(), 1);
        assert_eq!(
            (ends[0].account.as_str(), ends[0].story.as_str()),
            ("17841405822304914", "17887498072083520")
        );
        assert_eq!(
            ends[0].values,
            [(Metric::Impressions, Decimal::from(444)), (Metric::Reach, Decimal::from(44))]
        );
    }
}
