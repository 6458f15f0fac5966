//! The ways in.

use super::auth::Host;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[Way {
    summary: "A key of one user, who should be a user of its own: it may read what that user may.",
    fields: &[
        Field::text(
            "account_url",
            "API URL",
            "ActiveCampaign: Settings, Developer; for example https://acme.api-us1.com.",
        )
        .matching(|text| Host::parse(text).is_some(), "an API URL such as https://acme.api-us1.com"),
        Field::secret("api_key", "API key", "ActiveCampaign: Settings, Developer, beside the API URL."),
    ],
    ..Way::KEY
}];
