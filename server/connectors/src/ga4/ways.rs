//! The ways in.

use super::auth;
use crate::google::is_email;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[
    Way {
        label: "Sign in with Google",
        fields: &[
            Field::text("client_id", "Client ID", "Google Cloud console: APIs & Services, Credentials."),
            Field::secret("client_secret", "Client secret", "Beside it."),
        ],
        ..Way::CONSENT
    },
    Way {
        name: "service_account",
        label: "Service account",
        summary: "A key file of Google Cloud instead of a person. It has to be a viewer of the properties.",
        fields: &[
            Field::text(
                "client_email",
                "E-mail address of the service account",
                "client_email in its key file. Add it in Analytics: Admin, Property access management.",
            )
            .matching(is_email, "an address such as robot@project.iam.gserviceaccount.com"),
            Field::pem("private_key", "Private key", "private_key in its key file, from BEGIN to END."),
        ],
        permissions: auth::OAUTH.scopes,
        ..Way::KEY
    },
];
