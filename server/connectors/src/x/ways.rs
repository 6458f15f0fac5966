//! The ways in.

use crate::way::{Choice, Field, Way};

const ADS: &str =
    "Only for campaigns. X developer console: your app, Keys and tokens, as a user of the ad account.";

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with X",
        summary: "Your own posts with all their figures; campaigns, too, where the app has keys for the Ads API.",
        fields: &[
            Field::text("client_id", "Client ID", "X developer console: your app, Keys and tokens."),
            Field::secret("client_secret", "Client secret", "Beside it. Not for public clients.").optional(),
            Field::text("api_key", "API key", ADS).optional(),
            Field::secret("api_secret", "API key secret", ADS).optional(),
            Field::text("ads_access_token", "Access token", ADS).optional(),
            Field::secret("ads_access_token_secret", "Access token secret", ADS).optional(),
        ],
        settings: &[("access", "user")],
        ..Way::CONSENT
    },
    Way {
        name: "app",
        label: "The app itself",
        summary: "Public figures of any users, without anybody's consent.",
        fields: &[
            Field::text("client_id", "API key", "X developer console: your app, Keys and tokens."),
            Field::secret("client_secret", "API key secret", "Beside it."),
        ],
        settings: &[("access", "app")],
        choices: &[Choice {
            setting: "handles",
            label: "Users",
            help: "Whose public figures are read, separated by commas: XDevelopers,API.",
            options: &[],
            other: None,
            is_needed: true,
        }],
        ..Way::KEY
    },
];
