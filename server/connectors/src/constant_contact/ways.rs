//! The ways in.

use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[Way {
    label: "Sign in with Constant Contact",
    fields: &[
        Field::text(
            "client_id",
            "API key (client id)",
            "Constant Contact developer portal: My Applications, your application.",
        ),
        Field::secret("client_secret", "Application secret", "Beside it. Not for applications with PKCE.")
            .optional(),
    ],
    ..Way::CONSENT
}];
