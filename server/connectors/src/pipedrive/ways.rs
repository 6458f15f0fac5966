//! The ways in.

use super::auth;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Pipedrive",
        fields: &[
            Field::text(
                "client_id",
                "Client ID",
                "Pipedrive Developer Hub: your app, OAuth & access scopes.",
            ),
            Field::secret("client_secret", "Client secret", "Beside it."),
        ],
        permissions: auth::SCOPES,
        ..Way::CONSENT
    },
    Way {
        name: "key",
        label: "API token",
        summary: "A token of one user: it sees what that user sees.",
        fields: &[Field::secret("api_key", "API token", "Pipedrive: Personal preferences, API.")],
        ..Way::KEY
    },
];
