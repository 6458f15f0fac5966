//! The ways in.

use super::auth;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with LinkedIn",
        summary: "You sign in at LinkedIn. The consent lasts for 60 days, or for a year where the app may renew it.",
        fields: &[
            Field::text("client_id", "Client ID", "LinkedIn developer portal: your app, Auth."),
            Field::secret("client_secret", "Client secret", "Beside it."),
        ],
        ..Way::CONSENT
    },
    Way {
        name: "token",
        label: "Token of the developer portal",
        summary: "For a try without a redirect address: the token ends after 60 days.",
        fields: &[Field::secret(
            "access_token",
            "Access token",
            "LinkedIn developer portal: Docs and tools, OAuth token tools, Create token, with the permissions above.",
        )],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
