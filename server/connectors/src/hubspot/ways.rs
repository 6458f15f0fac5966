//! The ways in.

use super::auth;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with HubSpot",
        fields: &[
            Field::text("client_id", "Client ID", "HubSpot developer account: your app, Auth."),
            Field::secret("client_secret", "Client secret", "Beside it."),
        ],
        optional_permissions: auth::OPTIONAL,
        ..Way::CONSENT
    },
    Way {
        name: "token",
        label: "Token of a private app",
        summary: "For one portal: a super admin makes the app in the portal itself, and nobody consents.",
        fields: &[Field::secret(
            "access_token",
            "Access token",
            "HubSpot: Settings, Integrations, Private apps, your app, Auth. It starts with pat-.",
        )],
        permissions: auth::OAUTH.scopes,
        optional_permissions: auth::OPTIONAL,
        ..Way::KEY
    },
];
