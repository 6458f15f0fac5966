//! The ways in.

use super::auth;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Private API key",
        summary: "The key needs reading access only.",
        fields: &[Field::secret(
            "api_key",
            "Private API key",
            "Klaviyo: Settings, API keys; it starts with pk_.",
        )],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
    Way {
        label: "Sign in with Klaviyo",
        fields: &[
            Field::text("client_id", "Client ID", "Klaviyo: Integrations, Developers, Manage apps."),
            Field::secret("client_secret", "Client secret", "Beside it."),
        ],
        ..Way::CONSENT
    },
];
