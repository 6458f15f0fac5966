//! What Google's APIs have in common: one consent, and one form of refusals.

mod refusal;

pub(crate) use refusal::{Refusal, delay_of, not_served};

use crate::oauth::OAuthSpec;
use crate::setting::{Rule, SettingSpec};
use crate::way::Field;

/// Google's OAuth for these scopes. `access_type` and `prompt` together make sure that a repeated consent gives a
/// refresh token too.
pub(crate) const fn oauth(scopes: &'static [&'static str]) -> OAuthSpec {
    OAuthSpec {
        authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
        token_url: "https://oauth2.googleapis.com/token",
        scopes,
        authorize_parameters: &[("access_type", "offline"), ("prompt", "consent")],
        has_pkce: true,
        ..OAuthSpec::STANDARD
    }
}

/// Where refresh tokens become access tokens.
pub(crate) const TOKEN_URL: SettingSpec = SettingSpec {
    name: "token_url",
    help: "Where refresh tokens become access tokens.",
    default: oauth(&[]).token_url,
    rule: Rule::Address,
};

/// Whether it can be the address of a service account.
fn is_email(text: &str) -> bool {
    let parts = text.trim().split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)
    })
}

/// The id of the admin's app.
pub(crate) const CLIENT_ID: Field =
    Field::text("client_id", "Client ID", "Google Cloud console: APIs & Services, Credentials.");

/// The secret of the admin's app.
pub(crate) const CLIENT_SECRET: Field = Field::secret("client_secret", "Client secret", "Beside it.");

/// The key of a service account.
pub(crate) const PRIVATE_KEY: Field =
    Field::pem("private_key", "Private key", "private_key in its key file, from BEGIN to END.");

/// The address of a service account; the help says where it has to be let in.
pub(crate) const fn client_email(help: &'static str) -> Field {
    Field::text("client_email", "E-mail address of the service account", help)
        .matching(is_email, "an address such as robot@project.iam.gserviceaccount.com")
}

/// `properties/123` ends with the id.
pub(crate) fn last_segment(resource_name: &str) -> &str {
    resource_name.rsplit('/').next().unwrap_or_default()
}
