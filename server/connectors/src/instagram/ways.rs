//! The ways in.

use super::auth;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Facebook",
        summary: "For accounts that are linked with a Facebook page that you have a role on.",
        fields: &[
            Field::text("client_id", "App ID", "developers.facebook.com: your app, App settings, Basic."),
            Field::secret("client_secret", "App secret", "Beside it."),
        ],
        settings: &[("login", "facebook")],
        ..Way::CONSENT
    },
    Way {
        name: "instagram",
        label: "Sign in with Instagram",
        summary: "For one professional account, without a Facebook page.",
        fields: &[
            Field::text(
                "client_id",
                "Instagram app ID",
                "developers.facebook.com: your app, Instagram, API setup with Instagram login.",
            ),
            Field::secret("client_secret", "Instagram app secret", "Beside it."),
        ],
        settings: &[("login", "instagram")],
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
                "Business settings: Users, System users, Generate token.",
            ),
            Field::text("client_id", "App ID", "The app that the token was made for.").optional(),
            Field::secret(
                "client_secret",
                "App secret",
                "Of that app. Needed where the app demands a proof with each request.",
            )
            .optional(),
        ],
        settings: &[("login", "facebook")],
        permissions: auth::BY_FACEBOOK.scopes,
        ..Way::KEY
    },
];
