//! The ways in.

use super::auth;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Facebook",
        fields: &[
            Field::text("client_id", "App ID", "developers.facebook.com: your app, App settings, Basic."),
            Field::secret("client_secret", "App secret", "Beside it."),
        ],
        ..Way::CONSENT
    },
    Way {
        name: "token",
        label: "Token of a system user",
        summary: "For a Business Manager: the token may live for ever, and belongs to no person.",
        fields: &[
            Field::secret(
                "access_token",
                "Access token",
                "Business settings: Users, System users, Generate token, with ads_read at least.",
            ),
            Field::text("client_id", "App ID", "The app that the token was made for.").optional(),
            Field::secret(
                "client_secret",
                "App secret",
                "Of that app. Needed where the app demands a proof with each request.",
            )
            .optional(),
        ],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
