//! The ways in.

use super::auth;
use crate::google::{CLIENT_ID, CLIENT_SECRET, PRIVATE_KEY, client_email};
use crate::way::{Field, Way};

const DEVELOPER_TOKEN: Field = Field::secret(
    "developer_token",
    "Developer token",
    "Google Ads, as a manager account: Tools, API Center. Don't share it between installations.",
);

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Google",
        fields: &[CLIENT_ID, CLIENT_SECRET, DEVELOPER_TOKEN],
        ..Way::CONSENT
    },
    Way {
        name: "service_account",
        label: "Service account",
        summary: "A key file of Google Cloud instead of a person. Google Ads has to list it among its users.",
        fields: &[
            client_email("client_email in its key file. Add it in Google Ads: Admin, Access and security."),
            PRIVATE_KEY,
            DEVELOPER_TOKEN,
        ],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
