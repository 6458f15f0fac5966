//! The ways in.

use crate::way::{Choice, Field, Way};

pub(super) const WAYS: &[Way] = &[Way {
    label: "Sign in with Zoho",
    fields: &[
        Field::text(
            "client_id",
            "Client ID",
            "Zoho API console of your data centre: your client, Client Secret.",
        ),
        Field::secret("client_secret", "Client secret", "Beside it."),
    ],
    choices: &[Choice {
        setting: "data_center",
        label: "Data centre",
        help: "Where the organisation lives: the end of the address when you are signed in to Zoho.",
        options: &[
            ("us", "United States (zoho.com)"),
            ("eu", "Europe (zoho.eu)"),
            ("in", "India (zoho.in)"),
            ("au", "Australia (zoho.com.au)"),
            ("jp", "Japan (zoho.jp)"),
            ("ca", "Canada (zohocloud.ca)"),
            ("cn", "China (zoho.com.cn)"),
            ("sa", "Saudi Arabia (zoho.sa)"),
        ],
        other: None,
        is_needed: false,
    }],
    ..Way::CONSENT
}];
