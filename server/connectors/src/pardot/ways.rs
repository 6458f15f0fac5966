//! The ways in.

use super::auth;
use crate::force::{LOGIN_CHOICE, OWN_LOGIN_CHOICE};
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Salesforce",
        fields: &[Field::text("client_id", "Consumer key", "Salesforce Setup: External Client App Manager, your app, Settings."), Field::secret("client_secret", "Consumer secret", "Beside it."), Field::text(
                "business_unit_id",
                "Business unit ID",
                "Salesforce Setup: Business Unit Setup; it starts with 0Uv. Only needed where units can't be listed.",
            )
            .optional()
            .matching(|text| auth::unit_id(text).is_ok(), "an ID of 18 characters that starts with 0Uv")],
        choices: &[LOGIN_CHOICE],
        ..Way::CONSENT
    },
    Way {
        name: "app",
        label: "The app itself",
        summary: "Without a person: the app's client credentials flow is on, and names the user that it runs as.",
        fields: &[Field::text("client_id", "Consumer key", "Salesforce Setup: External Client App Manager, your app, Settings."), Field::secret("client_secret", "Consumer secret", "Beside it."), Field::text(
                "business_unit_id",
                "Business unit ID",
                "Salesforce Setup: Business Unit Setup; it starts with 0Uv. Only needed where units can't be listed.",
            )
            .optional()
            .matching(|text| auth::unit_id(text).is_ok(), "an ID of 18 characters that starts with 0Uv")],
        choices: &[OWN_LOGIN_CHOICE],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
    Way {
        name: "signature",
        label: "The app with its certificate",
        summary: "Without a person: the app signs for a user (JWT bearer flow).",
        fields: &[Field::text("client_id", "Consumer key", "Salesforce Setup: External Client App Manager, your app, Settings."), Field::text("username", "User", "The user that the app acts for, as it signs in; it has to be allowed to use the app."), Field::pem("private_key", "Private key", "Of the certificate that was uploaded to the app. The app needs a digital signature."), Field::text(
                "business_unit_id",
                "Business unit ID",
                "Salesforce Setup: Business Unit Setup; it starts with 0Uv. Only needed where units can't be listed.",
            )
            .optional()
            .matching(|text| auth::unit_id(text).is_ok(), "an ID of 18 characters that starts with 0Uv")],
        choices: &[LOGIN_CHOICE],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
