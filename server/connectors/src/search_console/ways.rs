//! The ways in.

use super::auth;
use crate::google::{CLIENT_ID, CLIENT_SECRET, PRIVATE_KEY, client_email};
use crate::way::Way;

pub(super) const WAYS: &[Way] = &[
    Way { label: "Sign in with Google", fields: &[CLIENT_ID, CLIENT_SECRET], ..Way::CONSENT },
    Way {
        name: "service_account",
        label: "Service account",
        summary: "A key file of Google Cloud instead of a person. It has to be a user of the sites.",
        fields: &[
            client_email(
                "client_email in its key file. Add it in Search Console: Settings, Users and permissions.",
            ),
            PRIVATE_KEY,
        ],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
