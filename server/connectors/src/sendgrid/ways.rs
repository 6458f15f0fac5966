//! The ways in.

use super::auth;
use crate::way::{Choice, Field, Way};

pub(super) const WAYS: &[Way] = &[Way {
    summary: "A restricted key with reading access is enough.",
    fields: &[Field::secret("api_key", "API key", "SendGrid: Settings, API Keys; it starts with SG.")],
    choices: &[Choice {
        setting: "host",
        label: "Where the account lives",
        help: "Regional accounts of the European Union have hosts of their own.",
        options: &[("api.sendgrid.com", "Global"), ("api.eu.sendgrid.com", "European Union")],
        other: None,
        is_needed: false,
    }],
    permissions: auth::PERMISSIONS,
    ..Way::KEY
}];
