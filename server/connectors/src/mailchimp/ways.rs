//! The ways in.

use super::auth::DataCentre;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        fields: &[Field::secret("api_key", "API key", "Mailchimp: Account, Extras, API keys; it ends with the data centre, such as -us3."), Field::text("server_prefix", "Server prefix", "Only where the key does not end with it: the first part of the address when you are signed in, such as us3.")
            .optional()
            .matching(|text| DataCentre::parse(text).is_some(), "a data centre such as us3")],
        ..Way::KEY
    },
    Way {
        label: "Sign in with Mailchimp",
        fields: &[Field::text("client_id", "Client ID", "Mailchimp: Account, Extras, Registered apps."), Field::secret("client_secret", "Client secret", "Beside it.")],
        ..Way::CONSENT
    },
];
