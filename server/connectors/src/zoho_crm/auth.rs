//! How Zoho lets us in: each data centre has a door and hosts of its own.

use crate::connector::Context;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::http::{Budget, Request, Scheme};
use crate::oauth::{OAuthSpec, trusted_origin};
use crate::setting::{Rule, SettingSpec, Settings};
use chrono::{DateTime, SecondsFormat, Utc};
use std::collections::BTreeMap;

/// Where tokens go. `Bearer` is accepted too, but this is what the vendor documents.
pub(super) const SCHEME: Scheme = Scheme::Header { name: "authorization", prefix: "Zoho-oauthtoken " };

/// Hosts of all data centres, those of sandboxes included. Tokens go nowhere else.
const HOSTS: &[&str] = &[
    ".zohoapis.com",
    ".zohoapis.eu",
    ".zohoapis.in",
    ".zohoapis.com.au",
    ".zohoapis.jp",
    ".zohoapis.ca",
    ".zohoapis.com.cn",
    ".zohoapis.sa",
];

/// What all doors have in common. A refresh token comes only with both parameters, and once. Errors come with HTTP 200,
/// too: the code in the body counts.
const DOOR: OAuthSpec = OAuthSpec {
    scopes: &[
        "ZohoCRM.modules.READ",
        "ZohoCRM.settings.READ",
        "ZohoCRM.org.READ",
        "ZohoCRM.users.READ",
        "ZohoCRM.coql.READ",
    ],
    scope_separator: ",",
    authorize_parameters: &[("access_type", "offline"), ("prompt", "consent")],
    keep: &["api_domain"],
    dead_grant: &["invalid_code"],
    // Ten access tokens per refresh token in ten minutes.
    throttled: &[("too many requests", 600)],
    ..OAuthSpec::STANDARD
};

/// A data centre.
struct Center {
    /// As Zoho names it, and as its addresses end.
    names: &'static [&'static str],
    api: &'static str,
    oauth: OAuthSpec,
}

macro_rules! center {
    ($names:expr, $accounts:literal, $api:literal) => {
        Center {
            names: &$names,
            api: concat!("https://", $api),
            oauth: OAuthSpec {
                authorize_url: concat!("https://", $accounts, "/oauth/v2/auth"),
                token_url: concat!("https://", $accounts, "/oauth/v2/token"),
                ..DOOR
            },
        }
    };
}

const CENTERS: &[Center] = &[
    center!(["us", "com"], "accounts.zoho.com", "www.zohoapis.com"),
    center!(["eu"], "accounts.zoho.eu", "www.zohoapis.eu"),
    center!(["in"], "accounts.zoho.in", "www.zohoapis.in"),
    center!(["au", "com.au"], "accounts.zoho.com.au", "www.zohoapis.com.au"),
    center!(["jp"], "accounts.zoho.jp", "www.zohoapis.jp"),
    center!(["ca"], "accounts.zohocloud.ca", "www.zohoapis.ca"),
    center!(["cn", "com.cn"], "accounts.zoho.com.cn", "www.zohoapis.com.cn"),
    center!(["sa"], "accounts.zoho.sa", "www.zohoapis.sa"),
];

/// The door for those who do not know where they live.
pub(super) const OAUTH: &OAuthSpec = &CENTERS[0].oauth;

/// Name of the credential, and of the setting that counts without it.
pub(super) const CENTER: &str = "data_center";

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths; v6 works too.",
        default: "v7",
        rule: Rule::Matching(is_version, "a version such as v7"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page; 200 is the most that Zoho gives.",
        default: "200",
        rule: Rule::Integer(1, 200),
    },
    SettingSpec {
        name: CENTER,
        help: "Where the organization lives, unless the credentials say it.",
        default: "us",
        rule: Rule::OneOf(&["us", "eu", "in", "au", "jp", "ca", "cn", "sa"]),
    },
    SettingSpec {
        name: "history_calls",
        help: "Deals whose history is asked for one by one; with more of them all histories are read at once.",
        default: "500",
        rule: Rule::Integer(0, 100_000),
    },
    SettingSpec {
        name: "mql_statuses",
        help: "Values of Lead_Status that marketing takes for ready, with commas between them.",
        default: "",
        rule: Rule::Matching(|_| true, "names of statuses"),
    },
    SettingSpec {
        name: "sql_statuses",
        help: "Values of Lead_Status that sales takes for ready, with commas between them.",
        default: "",
        rule: Rule::Matching(|_| true, "names of statuses"),
    },
];

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn center(settings: &Settings, credentials: &Credentials) -> Result<&'static Center> {
    let name = credentials.text(CENTER).unwrap_or_else(|| settings.get(CENTER)).trim().to_ascii_lowercase();
    let found = CENTERS.iter().find(|center| center.names.contains(&name.trim_start_matches('.')));
    found.ok_or_else(|| {
        let known: Vec<_> = CENTERS.iter().map(|center| center.names[0]).collect();
        Error::configuration(format!("{CENTER} can't be {name:?}; Zoho has {}.", known.join(", ")))
    })
}

/// The door of the data centre. A wrong name of one is told by the first request.
pub(super) fn door(settings: &Settings, credentials: &Credentials) -> &'static OAuthSpec {
    center(settings, credentials).map_or(OAUTH, |center| &center.oauth)
}

/// Where the person lives, as the answer to a consent says: at which door the code has to be exchanged. Only doors that
/// we know count.
pub(super) fn told(answer: &BTreeMap<String, String>) -> Option<&'static str> {
    let of_server = || {
        let server = answer.get("accounts-server")?.trim_end_matches('/');
        let is_there = |center: &&Center| {
            center.oauth.token_url.strip_prefix(server).is_some_and(|path| path.starts_with('/'))
        };
        CENTERS.iter().find(is_there)
    };
    let of_location = || {
        let location = answer.get("location")?;
        CENTERS.iter().find(|center| center.names.contains(&location.as_str()))
    };
    of_server().or_else(of_location).map(|center| center.names[0])
}

/// The host: as it came with the token, or else that of the data centre. A token of one is unknown to all others, and
/// where somebody lives is only believed until a token's answer says it: one is asked for first, once.
pub(super) async fn origin(ctx: &Context, budget: &Budget) -> Result<String> {
    const ASKED: &str = "api_domain";
    let center = center(&ctx.settings, &ctx.credentials)?;
    let known = match ctx.session.tokens() {
        Some(tokens) => tokens.known(ASKED).await,
        None => None,
    };
    let can_ask =
        ["refresh_token", "client_id", "client_secret"].iter().all(|n| ctx.credentials.get(n).is_some());
    let named = if known.is_none() && can_ask && ctx.memory.recall(ASKED).is_none() {
        ctx.memory.keep(ASKED, "asked");
        ctx.kept(ASKED, &[], budget).await?
    } else {
        known
    };
    named.map_or_else(|| Ok(center.api.to_owned()), |domain| trusted_origin(&domain, HOSTS))
}

/// A reading request; `path` starts with a slash.
pub(super) async fn get(
    ctx: &Context,
    budget: &Budget,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    Request::get(&address(ctx, budget, path).await?, query)
}

/// Where a path is.
pub(super) async fn address(ctx: &Context, budget: &Budget, path: &str) -> Result<String> {
    Ok(format!("{}/crm/{}{path}", origin(ctx, budget).await?, ctx.settings.get("api_version")))
}

/// Rows per page.
pub(super) fn page_size(ctx: &Context) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(200)
}

/// The organization's id as it is written: digits.
pub(super) fn org_id(text: &str) -> Result<String> {
    let id = text.trim();
    if id.is_empty() || id.len() > 24 || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::configuration(format!(
            "{text:?} is no Zoho CRM organization; one is a number such as 7328395000000001001."
        )));
    }
    Ok(id.to_owned())
}

/// A moment as Zoho takes it: with an offset, which is that of UTC, because others are known to be misread.
pub(super) fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_answer_to_a_consent_tells_the_data_centre_and_unknown_servers_do_not_count() {
        let told = |pairs: &[(&str, &str)]| {
            told(&pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
        };
        assert_eq!(told(&[("location", "eu"), ("accounts-server", "https://accounts.zoho.eu")]), Some("eu"));
        assert_eq!(told(&[("accounts-server", "https://accounts.zoho.com.au/")]), Some("au"));
        assert_eq!(told(&[("location", "in")]), Some("in"));
        assert_eq!(told(&[("accounts-server", "https://accounts.zoho.com")]), Some("us"));
        for server in
            ["https://evil.example", "https://accounts.zoho.eu.evil.example", "https://accounts.zoho.c", ""]
        {
            assert_eq!(told(&[("accounts-server", server)]), None, "{server}");
        }
        assert_eq!(told(&[("location", "mars")]), None);
    }

    #[test]
    fn each_data_centre_has_its_door_and_host() {
        let settings = Settings::parse(SETTINGS, &BTreeMap::new()).unwrap();
        let credentials =
            |name: &str| Credentials::from_json(&format!(r#"{{"data_center":{name:?}}}"#)).unwrap();
        for (name, accounts, api) in [
            ("us", "https://accounts.zoho.com/", "https://www.zohoapis.com"),
            ("EU", "https://accounts.zoho.eu/", "https://www.zohoapis.eu"),
            ("com.au", "https://accounts.zoho.com.au/", "https://www.zohoapis.com.au"),
            ("ca", "https://accounts.zohocloud.ca/", "https://www.zohoapis.ca"),
            ("", "https://accounts.zoho.com/", "https://www.zohoapis.com"),
        ] {
            let (credentials, settings) = (credentials(name), &settings);
            assert!(door(settings, &credentials).token_url.starts_with(accounts), "{name}");
            assert!(door(settings, &credentials).authorize_url.starts_with(accounts), "{name}");
            assert_eq!(center(settings, &credentials).unwrap().api, api);
        }
        let error = center(&settings, &credentials("mars")).err().unwrap();
        assert!(error.message.contains("us, eu, in"), "{error}");
        assert!(CENTERS.iter().all(|center| trusted_origin(center.api, HOSTS).is_ok()));
        assert!(trusted_origin("https://sandbox.zohoapis.eu", HOSTS).is_ok());
        assert!(trusted_origin("https://www.zohoapis.com.evil.example", HOSTS).is_err());
    }

    #[test]
    fn versions_organizations_and_moments() {
        assert!(is_version("v7") && !is_version("7") && !is_version("v") && !is_version("v7/x"));
        assert_eq!(org_id(" 7328395000000001001 ").unwrap(), "7328395000000001001");
        assert!(org_id("acme").is_err());
        assert_eq!(written("2026-05-14T08:36:13.5Z".parse().unwrap()), "2026-05-14T08:36:13+00:00");
    }
}
