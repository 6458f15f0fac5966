//! The ways in.

use crate::way::{Choice, Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Campaign Monitor",
        fields: &[
            Field::text("client_id", "Client ID", "Campaign Monitor: Integrations, OAuth Registration."),
            Field::secret("client_secret", "Client secret", "Beside it."),
        ],
        ..Way::CONSENT
    },
    Way {
        summary: "A key of the account sees all clients; a key of one client sees that client only.",
        fields: &[Field::secret("api_key", "API key", "Campaign Monitor: Account settings, API keys.")],
        choices: &[Choice {
            setting: "client",
            label: "Client ID",
            help: "Only for keys that belong to one client and may not list any. Campaign Monitor: Client settings, API keys.",
            options: &[],
            other: None,
            is_needed: false,
        }],
        ..Way::KEY
    },
];
