//! The ways in.

use super::auth;
use crate::force::{CONSUMER_KEY, CONSUMER_SECRET, LOGIN_CHOICE, OWN_LOGIN_CHOICE, PRIVATE_KEY, USER};
use crate::way::Way;

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Salesforce",
        fields: &[CONSUMER_KEY, CONSUMER_SECRET],
        choices: &[LOGIN_CHOICE],
        ..Way::CONSENT
    },
    Way {
        name: "app",
        label: "The app itself",
        summary: "Without a person: the app's client credentials flow is on, and names the user that it runs as.",
        fields: &[CONSUMER_KEY, CONSUMER_SECRET],
        choices: &[OWN_LOGIN_CHOICE],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
    Way {
        name: "signature",
        label: "The app with its certificate",
        summary: "Without a person: the app signs for a user (JWT bearer flow).",
        fields: &[CONSUMER_KEY, USER, PRIVATE_KEY],
        choices: &[LOGIN_CHOICE],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
