//! The ways in.

use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        name: "advertiser",
        label: "Advertisers",
        summary: "Campaigns, ad groups and ads of TikTok for Business. What is covered is fixed with the app.",
        fields: &[
            Field::text(
                "client_id",
                "App ID (client key)",
                "TikTok API for Business: My Apps, your app, App detail.",
            ),
            Field::secret("client_secret", "App secret", "Beside it."),
        ],
        settings: &[("connection", "ads")],
        permissions: &["Reporting (read)", "Ads Management (read)"],
        ..Way::CONSENT
    },
    Way {
        name: "account",
        label: "A TikTok account",
        summary: "Videos, followers and views of one TikTok account. It should be a business account.",
        fields: &[
            Field::text(
                "client_id",
                "App ID (client key)",
                "TikTok API for Business: My Apps, your app, App detail.",
            ),
            Field::secret("client_secret", "App secret", "Beside it."),
        ],
        settings: &[("connection", "account")],
        ..Way::CONSENT
    },
];
