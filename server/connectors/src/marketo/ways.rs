//! The ways in.

use super::auth::Munchkin;
use crate::way::{Field, Way};

pub(super) const WAYS: &[Way] = &[Way {
    name: "service",
    label: "Custom service",
    summary: "A service of the instance stands for itself, with an API-only user: nobody signs in.",
    fields: &[
        Field::text("munchkin_id", "Munchkin ID", "Marketo: Admin, Munchkin; for example 602-EUO-598.")
            .matching(|text| Munchkin::parse(text).is_some(), "an ID such as 602-EUO-598"),
        Field::text(
            "client_id",
            "Client ID",
            "Marketo: Admin, LaunchPoint, a custom service with an API-only user, View details.",
        ),
        Field::secret("client_secret", "Client secret", "Beside the client ID."),
    ],
    ..Way::KEY
}];
