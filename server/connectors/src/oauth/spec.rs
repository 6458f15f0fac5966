//! A platform's OAuth as data: what RFC 6749 says, and where a vendor does otherwise.

use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::setting::Settings;

/// How the client proves itself to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    Body,
    /// HTTP Basic; where there is no secret (a public client with PKCE), `client_id` in the body.
    Basic,
}

/// How an access token is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// With the refresh token.
    RefreshToken,
    /// With the app's own id and secret (`client_credentials`): there is no person and no refresh token.
    ClientCredentials,
    /// With the refresh token, or, where none was given, as [`Self::ClientCredentials`].
    RefreshTokenOrClientCredentials,
    /// The living token is exchanged for a new one, that many days before it ends. One that has ended can't be.
    Swap(Swap, i64),
    /// Not at all: a token lives for ever, or until the person connects again.
    Never,
}

/// A token is exchanged for one that lives longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swap {
    /// Where; may have places to fill, as [`OAuthSpec::token_url`].
    pub url: &'static str,
    /// `grant_type`.
    pub grant_type: &'static str,
    /// The parameter that takes the token.
    pub token: &'static str,
    /// Whether the app's id goes along.
    pub with_client_id: bool,
    /// Whether the app's secret goes along.
    pub with_client_secret: bool,
}

/// How the body of a token request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Compact JSON.
    Json,
}

/// Where a token endpoint does otherwise than RFC 6749.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// How requests are written.
    pub encoding: Encoding,
    /// Where refresh tokens go, if elsewhere than codes.
    pub refresh_url: Option<&'static str>,
    /// Whether refreshing names the app.
    pub refresh_names_client: bool,
    /// Whether a token endpoint that takes no POST is asked by GET.
    pub takes_get: bool,
    /// Name of `client_id`.
    pub client_id: &'static str,
    /// Name of `client_id` on the consent page, if another.
    pub consent_client_id: Option<&'static str>,
    /// Name of `client_secret`.
    pub client_secret: &'static str,
    /// Name of `code`.
    pub code: &'static str,
    /// JSON pointer to the object that holds the tokens.
    pub tokens: &'static str,
    /// JSON pointer to the error's code. Absent, blank and 0 are no error.
    pub error: &'static str,
}

impl Wire {
    /// As RFC 6749 says.
    pub const STANDARD: Self = Self {
        encoding: Encoding::Form,
        refresh_url: None,
        refresh_names_client: true,
        takes_get: false,
        client_id: "client_id",
        consent_client_id: None,
        client_secret: "client_secret",
        code: "code",
        tokens: "",
        error: "/error",
    };
}

/// A platform's OAuth.
#[derive(Debug, Clone, Copy)]
pub struct OAuthSpec {
    /// Where people consent. `{name}` stands for a credential or setting of that name.
    pub authorize_url: &'static str,
    /// Where codes and refresh tokens become access tokens, likewise. A setting named `token_url` overrides it.
    pub token_url: &'static str,
    /// Permissions that are asked for; no parameter is sent where there are none.
    pub scopes: &'static [&'static str],
    /// What stands between two scopes.
    pub scope_separator: &'static str,
    /// Further parameters of the consent page.
    pub authorize_parameters: &'static [(&'static str, &'static str)],
    /// Whether the vendor knows PKCE (S256).
    pub has_pkce: bool,
    /// How the client proves itself.
    pub client_auth: ClientAuth,
    /// How access tokens are renewed.
    pub renewal: Renewal,
    /// The token of a consent is at once exchanged for one that lives longer.
    pub first_swap: Option<Swap>,
    /// How requests and answers are written.
    pub wire: Wire,
    /// Fields of the answer that are kept with the tokens: a host, an id. Read them with [`crate::Context::kept`].
    pub keep: &'static [&'static str],
    /// Some apps get no refresh token: their consents end with the access token, which lives for weeks.
    pub may_lack_refresh_token: bool,
    /// Error codes that say that the grant is dead, besides those of the standard; in lower case.
    pub dead_grant: &'static [&'static str],
    /// Any other HTTP 400 says so, too: vendors whose codes tell nothing.
    pub rejected_is_dead: bool,
    /// Words in a refusal that mean that tokens were asked for too often, and the seconds to stay away; in lower case.
    pub throttled: &'static [(&'static str, u64)],
}

impl OAuthSpec {
    /// A consent with a refresh token, as most vendors have it, to start from.
    pub const STANDARD: Self = Self {
        authorize_url: "",
        token_url: "",
        scopes: &[],
        scope_separator: " ",
        authorize_parameters: &[],
        has_pkce: false,
        client_auth: ClientAuth::Body,
        renewal: Renewal::RefreshToken,
        first_swap: None,
        wire: Wire::STANDARD,
        keep: &[],
        may_lack_refresh_token: false,
        dead_grant: &[],
        rejected_is_dead: false,
        throttled: &[],
    };
}

/// Puts credentials or settings into the places of an address: `https://{munchkin_id}.mktorest.com`. A credential comes
/// before a setting. Only parts of host names fit: letters, digits, dots and dashes; an address given in place of a host
/// loses its scheme and its last slash.
///
/// # Errors
/// When one is missing, or is no part of a host name: a token must not be sent wherever a text says.
pub fn fill(template: &str, settings: &Settings, credentials: &Credentials) -> Result<String> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        let setting = Some(settings.get(name)).filter(|text| !text.is_empty());
        let value = credentials.text(name).or(setting).ok_or_else(|| {
            Error::configuration(format!("The credentials lack {name}, which the vendor's address needs."))
                .with_hint(format!("Add {name} to the credentials and start again."))
        })?;
        let value = value.strip_prefix("https://").unwrap_or(value).trim_end_matches('/');
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if value.is_empty() || !value.chars().all(is_host) {
            return Err(Error::configuration(format!(
                "{name} can't be {value:?}: it is no part of a host's name."
            )));
        }
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// `https://` and the host of an address that a vendor or a person names, if the host is one of those or below one of
/// those that start with a dot (`.zohoapis.eu`).
///
/// # Errors
/// When it is no https address, or of another host: a token must not be sent wherever a text says.
pub fn trusted_origin(address: &str, hosts: &[&str]) -> Result<String> {
    let text = address.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let wrong = || {
        Error::configuration(format!(
            "{address:?} is not an address of the vendor; it ends with {}.",
            hosts.join(", ")
        ))
    };
    let url: url::Url = whole.parse().map_err(|_| wrong())?;
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let is_known =
        |known: &&str| if known.starts_with('.') { host.ends_with(*known) } else { host == **known };
    if url.scheme() != "https"
        || url.port().is_some()
        || !url.username().is_empty()
        || !hosts.iter().any(is_known)
    {
        return Err(wrong());
    }
    Ok(format!("https://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::{Rule, SettingSpec};
    use std::collections::BTreeMap;

    #[test]
    fn addresses_are_filled_with_parts_of_host_names_only() {
        let specs = [SettingSpec {
            name: "login_host",
            help: "",
            default: "login.salesforce.com",
            rule: Rule::Matching(|_| true, "anything"),
        }];
        let settings = Settings::parse(&specs, &BTreeMap::new()).unwrap();
        let credentials = |json: &str| Credentials::from_json(json).unwrap();
        let check = |json: &str| fill("https://{login_host}/token", &settings, &credentials(json));
        assert_eq!(check("{}").unwrap(), "https://login.salesforce.com/token");
        let own = r#"{"login_host":"https://acme.my.salesforce.com/"}"#;
        assert_eq!(check(own).unwrap(), "https://acme.my.salesforce.com/token");
        assert!(check(r#"{"login_host":"evil.example/x?"}"#).is_err());
        let error = fill("https://{munchkin_id}.mktorest.com", &settings, &credentials("{}")).unwrap_err();
        assert!(error.message.contains("munchkin_id"), "{error}");
    }

    #[test]
    fn only_the_vendors_hosts_are_trusted() {
        let hosts = &[".zohoapis.eu", "api.pipedrive.com"];
        assert_eq!(trusted_origin("https://www.zohoapis.eu/crm", hosts).unwrap(), "https://www.zohoapis.eu");
        assert_eq!(trusted_origin("api.pipedrive.com", hosts).unwrap(), "https://api.pipedrive.com");
        for wrong in [
            "http://www.zohoapis.eu",
            "https://evilzohoapis.eu",
            "https://www.zohoapis.eu.evil.example",
            "https://me@www.zohoapis.eu",
            "https://www.zohoapis.eu:8443",
            "",
        ] {
            assert!(trusted_origin(wrong, hosts).is_err(), "{wrong}");
        }
    }
}
