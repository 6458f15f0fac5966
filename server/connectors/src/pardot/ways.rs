//! The ways in.

use super::auth;
use crate::force::{CONSUMER_KEY, CONSUMER_SECRET, LOGIN_CHOICE, OWN_LOGIN_CHOICE, PRIVATE_KEY, USER};
use crate::way::{Field, Way};

const BUSINESS_UNIT: Field = Field::text(
    "business_unit_id",
    "Business unit ID",
    "Salesforce Setup: Business Unit Setup; it starts with 0Uv. Only needed where units can't be listed.",
)
.optional()
.matching(|text| auth::unit_id(text).is_ok(), "an ID of 18 characters that starts with 0Uv");

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Salesforce",
        fields: &[CONSUMER_KEY, CONSUMER_SECRET, BUSINESS_UNIT],
        choices: &[LOGIN_CHOICE],
        ..Way::CONSENT
    },
    Way {
        name: "app",
        label: "The app itself",
        summary: "Without a person: the app's client credentials flow is on, and names the user that it runs as.",
        fields: &[CONSUMER_KEY, CONSUMER_SECRET, BUSINESS_UNIT],
        choices: &[OWN_LOGIN_CHOICE],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
    Way {
        name: "signature",
        label: "The app with its certificate",
        summary: "Without a person: the app signs for a user (JWT bearer flow).",
        fields: &[CONSUMER_KEY, USER, PRIVATE_KEY, BUSINESS_UNIT],
        choices: &[LOGIN_CHOICE],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
