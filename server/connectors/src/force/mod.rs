//! What Salesforce and the products that sign in through it share: consent, hosts, and the form of refusals.

pub(crate) mod locale;
mod refusal;

pub(crate) use refusal::{AtLimit, PRODUCT, is_limit, is_total, judge, stay_away};

use crate::connector::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Budget;
use crate::oauth::{OAuthSpec, Renewal, trusted_origin};
use crate::setting::{Rule, SettingSpec};
use crate::way::{Choice, Field};

/// Salesforce's OAuth for these scopes. There is no life in the token's answer: a session ends when the org's settings
/// say so. The host that serves the org comes with each token and may change.
pub(crate) const fn oauth(scopes: &'static [&'static str]) -> OAuthSpec {
    OAuthSpec {
        authorize_url: "https://{login_host}/services/oauth2/authorize",
        token_url: "https://{login_host}/services/oauth2/token",
        scopes,
        has_pkce: true,
        renewal: Renewal::RefreshTokenOrClientCredentials,
        keep: &["instance_url", "id"],
        ..OAuthSpec::STANDARD
    }
}

/// Where people consent and tokens are made.
pub(crate) const LOGIN_HOST: SettingSpec = SettingSpec {
    name: "login_host",
    help: "Where people sign in: login.salesforce.com, test.salesforce.com for sandboxes, or the org's own host such as acme.my.salesforce.com, which apps that sign in for themselves need.",
    default: "login.salesforce.com",
    rule: Rule::Matching(
        is_login_host,
        "a host such as acme.my.salesforce.com (lightning.force.com signs nobody in)",
    ),
};

/// The id of the admin's app.
pub(crate) const CONSUMER_KEY: Field = Field::text(
    "client_id",
    "Consumer key",
    "Salesforce Setup: External Client App Manager, your app, Settings.",
);

/// The secret of the admin's app.
pub(crate) const CONSUMER_SECRET: Field = Field::secret("client_secret", "Consumer secret", "Beside it.");

/// For whom an app with a certificate signs.
pub(crate) const USER: Field = Field::text(
    "username",
    "User",
    "The user that the app acts for, as it signs in; it has to be allowed to use the app.",
);

/// What an app with a certificate signs with.
pub(crate) const PRIVATE_KEY: Field = Field::pem(
    "private_key",
    "Private key",
    "Of the certificate that was uploaded to the app. The app needs a digital signature.",
);

/// Where people sign in.
pub(crate) const LOGIN_CHOICE: Choice = Choice {
    setting: LOGIN_HOST.name,
    label: "Where you sign in",
    help: "Orgs that let in only by their own address need their My Domain.",
    options: &[
        ("login.salesforce.com", "Production (login.salesforce.com)"),
        ("test.salesforce.com", "Sandbox (test.salesforce.com)"),
    ],
    other: Some(("My Domain", "The org's own host, such as acme.my.salesforce.com: Setup, My Domain.")),
    is_needed: false,
};

/// Where apps sign in that stand for themselves: the common hosts don't let them.
pub(crate) const OWN_LOGIN_CHOICE: Choice = Choice {
    label: "My Domain",
    help: "The org's own host, such as acme.my.salesforce.com: Setup, My Domain.",
    options: &[],
    other: None,
    is_needed: true,
    ..LOGIN_CHOICE
};

/// ISO 4217 code of the org's money.
pub(crate) const fn currency(help: &'static str) -> SettingSpec {
    SettingSpec {
        name: "currency",
        help,
        default: "",
        rule: Rule::Matching(is_currency, "a code such as EUR, or nothing"),
    }
}

/// Hosts that sign people in: common ones, and those below these.
const LOGIN_HOSTS: &[&str] = &[
    "login.salesforce.com",
    "test.salesforce.com",
    "welcome.salesforce.com",
    "login.sfcrmproducts.cn",
    ".my.salesforce.com",
    ".my.salesforce.mil",
    ".my.sfcrmproducts.cn",
];

/// Hosts that serve orgs.
const INSTANCE_HOSTS: &[&str] =
    &[".salesforce.com", ".salesforce.mil", ".cloudforce.com", ".database.com", ".sfcrmproducts.cn"];

fn is_login_host(text: &str) -> bool {
    trusted_origin(text, LOGIN_HOSTS).is_ok() && !text.trim_start_matches("https://").contains('/')
}

fn is_currency(text: &str) -> bool {
    text.is_empty() || (text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()))
}

/// An id of Salesforce with that prefix: 15 characters, or 18 with the three that make it the same in any case.
pub(crate) fn is_id(text: &str, prefix: &str) -> bool {
    matches!(text.len(), 15 | 18)
        && text.starts_with(prefix)
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Whether two ids, each in one of the two lengths, are of the same thing.
pub(crate) fn is_same_id(one: &str, other: &str) -> bool {
    one.len() >= 15 && other.len() >= 15 && one.get(..15) == other.get(..15)
}

/// Whether one address is not for us, or is not there, while others may be.
pub(crate) fn is_not_for_us(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Rejected | ErrorKind::Permission(_) | ErrorKind::VersionSunset)
}

/// The origin that serves the org: what came with the token, else a credential, else the host that people sign in at,
/// where that is the org's own.
pub(crate) async fn instance(ctx: &Context, budget: &Budget) -> Result<String> {
    // With a base URL nothing goes to the host that is named, so that no token has to be asked for it.
    let named = if ctx.session.base_url().is_set() {
        ctx.credentials.text("instance_url").map(str::to_owned)
    } else {
        ctx.kept("instance_url", &["instance_url"], budget).await?
    };
    let login = ctx.credentials.text("login_host").unwrap_or_else(|| ctx.settings.get("login_host"));
    let own = Some(login).filter(|host| host.contains(".my."));
    let found = match named.as_deref().or(own) {
        Some(address) => trusted_origin(address, INSTANCE_HOSTS),
        None => Err(Error::configuration("Nobody says which host serves the Salesforce org.")
            .with_hint("Add instance_url to the credentials, or connect again.")),
    };
    match found {
        Err(_) if ctx.session.base_url().is_set() => Ok(format!("https://{}", LOGIN_HOST.default)),
        found => found,
    }
}

/// Whether the org is a sandbox or one of a developer, by the hosts that it is known by.
pub(crate) fn is_test_org(login_host: &str, instance: &str) -> bool {
    let is_test = |host: &str| {
        let host = host.trim_start_matches("https://");
        host == "test.salesforce.com"
            || host.contains(".sandbox.")
            || host.contains(".develop.")
            || host.contains("--")
            || host.contains("-dev-ed.")
    };
    is_test(login_host) || is_test(instance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_sign_nobody_in_are_refused() {
        for host in [
            "login.salesforce.com",
            "test.salesforce.com",
            "acme.my.salesforce.com",
            "acme--sbx.sandbox.my.salesforce.com",
            "https://acme.my.salesforce.com",
        ] {
            assert!(is_login_host(host), "{host}");
        }
        for host in ["acme.lightning.force.com", "evil.example", "salesforce.com.evil.example", ""] {
            assert!(!is_login_host(host), "{host}");
        }
        assert!(is_login_host(LOGIN_HOST.default));
    }

    #[test]
    fn ids_have_two_lengths_and_a_prefix() {
        assert!(is_id("00D5g000004AbCd", "00D") && is_id("00D5g000004AbCdEAK", "00D"));
        assert!(!is_id("00D5g000004AbC", "00D") && !is_id("0Uv5g000004AbCd", "00D"));
        assert!(!is_id("00D5g000004Ab-d", "00D"));
        assert!(is_same_id("00D5g000004AbCdEAK", "00D5g000004AbCd"));
        assert!(!is_same_id("00D5g000004AbCdEAK", "00D5g000004abcd") && !is_same_id("00D", "00D"));
    }

    #[test]
    fn test_orgs_are_known_by_their_hosts() {
        assert!(is_test_org("test.salesforce.com", "https://cs1.salesforce.com"));
        assert!(is_test_org("login.salesforce.com", "https://acme--sbx.sandbox.my.salesforce.com"));
        assert!(is_test_org("login.salesforce.com", "https://acme-dev-ed.develop.my.salesforce.com"));
        assert!(!is_test_org("login.salesforce.com", "https://acme.my.salesforce.com"));
        assert!(is_currency("EUR") && is_currency("") && !is_currency("euro") && !is_currency("eur"));
    }
}
