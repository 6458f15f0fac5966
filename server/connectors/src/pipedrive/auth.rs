//! How Pipedrive lets us in, where its resources are, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::{KeySpec, Request, Scheme};
use crate::oauth::{ClientAuth, OAuthSpec, trusted_origin};
use crate::record::RemoteAccount;
use crate::setting::{Rule, SettingSpec};

/// All companies are below this domain.
const HOSTS: &[&str] = &[".pipedrive.com"];

/// The host for those who do not know their company's own.
const ANY_COMPANY: &str = "https://api.pipedrive.com";

/// Pipedrive's OAuth. Scopes are fixed on the app, so none are sent.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://oauth.pipedrive.com/oauth/authorize",
    token_url: "https://oauth.pipedrive.com/oauth/token",
    client_auth: ClientAuth::Basic,
    keep: &["api_domain"],
    ..OAuthSpec::STANDARD
};

/// What the app has to be made with.
pub(super) const SCOPES: &[&str] =
    &["base", "deals:read", "contacts:read", "activities:read", "users:read", "leads:read"];

/// A person's own token, which goes into a header: in an address it would end up in logs.
pub(super) const KEY: KeySpec = KeySpec { names: &["api_key"], scheme: Scheme::bare("x-api-token") };

/// What is asked for. Pipedrive moves resources one by one to a newer version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Users,
    Currencies,
    Pipelines,
    Stages,
    Deals,
    /// What happened to a deal: below `/deals`, in a version of its own.
    History,
    Persons,
    Organizations,
    Activities,
    Leads,
}

impl Resource {
    fn setting(self) -> &'static str {
        match self {
            Self::Users => "users_version",
            Self::Currencies => "currencies_version",
            Self::Pipelines => "pipelines_version",
            Self::Stages => "stages_version",
            Self::Deals => "deals_version",
            Self::History => "history_version",
            Self::Persons => "persons_version",
            Self::Organizations => "organizations_version",
            Self::Activities => "activities_version",
            Self::Leads => "leads_version",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Currencies => "currencies",
            Self::Pipelines => "pipelines",
            Self::Stages => "stages",
            Self::Deals | Self::History => "deals",
            Self::Persons => "persons",
            Self::Organizations => "organizations",
            Self::Activities => "activities",
            Self::Leads => "leads",
        }
    }
}

/// The version of resources that name no other.
const COMMON: &str = "api_version";

const fn version(name: &'static str, help: &'static str, default: &'static str) -> SettingSpec {
    SettingSpec {
        name,
        help,
        default,
        rule: Rule::Matching(
            is_version,
            "a version such as v2, or api_version for that of the setting of this name",
        ),
    }
}

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: COMMON,
        help: "Version of the resources that have no version of their own.",
        default: "v2",
        rule: Rule::Matching(is_number, "a version such as v2"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page; 500 is the most that Pipedrive gives.",
        default: "500",
        rule: Rule::Integer(1, 500),
    },
    SettingSpec {
        name: "deal_history",
        help: "Where moves of deals are read: their changelog, or the flow of all that happened to them.",
        default: "changelog",
        rule: Rule::OneOf(&["changelog", "flow"]),
    },
    SettingSpec {
        name: "activity_lookback_days",
        help: "Days before today whose activities are counted again, because deleted ones leave no other trace.",
        default: "30",
        rule: Rule::Integer(1, 365),
    },
    version("deals_version", "Version of deals.", COMMON),
    version("persons_version", "Version of persons.", COMMON),
    version("organizations_version", "Version of organizations.", COMMON),
    version("activities_version", "Version of activities.", COMMON),
    version("pipelines_version", "Version of pipelines.", COMMON),
    version("stages_version", "Version of stages.", COMMON),
    version("users_version", "Version of users; the second has none.", "v1"),
    version("currencies_version", "Version of currencies; the second has none.", "v1"),
    version("history_version", "Version of changelog and flow; the second has none.", "v1"),
    version("leads_version", "Version of leads; the second has none.", "v1"),
];

fn is_number(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_version(text: &str) -> bool {
    text == COMMON || is_number(text)
}

/// Rows per page.
pub(super) fn page_size(ctx: &Context) -> String {
    ctx.settings.integer("page_size").unwrap_or(500).to_string()
}

/// The company's id as it is written: digits.
pub(super) fn company_id(text: &str) -> Result<String> {
    let id = text.trim();
    if id.is_empty() || id.len() > 19 || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::configuration(format!(
            "{text:?} is no Pipedrive company; a company is a number such as 1234567."
        )));
    }
    Ok(id.to_owned())
}

/// A reading request; `rest` starts with a slash or is empty.
pub(super) async fn get(
    ctx: &Context,
    account: Option<&RemoteAccount>,
    resource: Resource,
    rest: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    let own = ctx.settings.get(resource.setting());
    let version = if own == COMMON { ctx.settings.get(COMMON) } else { own };
    let origin = origin(ctx, account).await?;
    Request::get(&format!("{origin}/api/{version}/{}{rest}", resource.path()), query)
}

/// The company's own host: as it came with the token, or as a person or the company itself names it.
async fn origin(ctx: &Context, account: Option<&RemoteAccount>) -> Result<String> {
    let known = match ctx.session.tokens() {
        Some(tokens) => tokens.known("api_domain").await,
        None => None,
    };
    if let Some(domain) = known {
        return trusted_origin(&domain, HOSTS);
    }
    let given = ["account_url", "instance_url"].iter().filter_map(|name| ctx.credentials.text(name));
    let company = account.and_then(|account| account.detail("domain"));
    let company = company.map(|domain| format!("{domain}.pipedrive.com"));
    let mut named = given.map(str::to_owned).chain(company);
    Ok(named.find_map(|text| trusted_origin(&text, HOSTS).ok()).unwrap_or_else(|| ANY_COMPANY.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_hosts_and_companies() {
        assert!(is_version("v2") && is_version("api_version"));
        assert!(!is_version("2") && !is_version("v") && !is_version("v2/x") && !is_number("api_version"));
        assert_eq!(company_id(" 9007199254740993 ").unwrap(), "9007199254740993");
        assert!(company_id("acme").unwrap_err().message.contains("1234567"));
    }
}
