//! How HubSpot lets us in, where its families of paths are, and what can be set.

use super::failure::Zone;
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::oauth::OAuthSpec;
use crate::record::RemoteAccount;
use crate::setting::{Rule, SettingSpec};
use http::Method;

/// One host for all portals, those in Europe included.
const HOST: &str = "https://api.hubapi.com";

const OPTIONAL_SCOPES: &str = "marketing.email.read forms content crm.objects.leads.read";

/// What only some plans have.
pub(super) const OPTIONAL: &[&str] = &["marketing.email.read", "forms", "content", "crm.objects.leads.read"];

/// HubSpot's OAuth. What only some plans have is asked for as optional: otherwise consent fails on the others.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://app.hubspot.com/oauth/authorize",
    token_url: "https://api.hubapi.com/oauth/v1/token",
    scopes: &[
        "oauth",
        "crm.objects.deals.read",
        "crm.objects.contacts.read",
        "crm.objects.companies.read",
        "crm.objects.owners.read",
        "crm.schemas.deals.read",
        "crm.schemas.contacts.read",
    ],
    authorize_parameters: &[("optional_scope", OPTIONAL_SCOPES)],
    // Words of its own, besides those of the standard.
    dead_grant: &["bad_refresh_token", "bad_hub"],
    ..OAuthSpec::STANDARD
};

/// A family of paths. HubSpot moves families one by one to versions that are dates, with the version elsewhere in the
/// path, so that each is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Account,
    Objects,
    Pipelines,
    Owners,
    Associations,
    Marketing,
    Submissions,
}

impl Family {
    fn setting(self) -> &'static str {
        match self {
            Self::Account => "account_path",
            Self::Objects => "objects_path",
            Self::Pipelines => "pipelines_path",
            Self::Owners => "owners_path",
            Self::Associations => "associations_path",
            Self::Marketing => "marketing_path",
            Self::Submissions => "submissions_path",
        }
    }
}

const PATH: Rule = Rule::Matching(is_path, "a path such as /crm/{api_version}/objects");

const fn path(name: &'static str, help: &'static str, default: &'static str) -> SettingSpec {
    SettingSpec { name, help, default, rule: PATH }
}

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths that have {api_version} in their setting.",
        default: "v3",
        rule: Rule::Matching(is_version, "a version such as v3 or 2026-03"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. HubSpot allows 200 of a search, 100 of a list, 50 with history, and less is asked for there.",
        default: "200",
        rule: Rule::Integer(1, 500),
    },
    SettingSpec {
        name: "email_lookback_days",
        help: "Days before today whose e-mail figures are read again, because opens and clicks still arrive.",
        default: "30",
        rule: Rule::Integer(1, 365),
    },
    SettingSpec {
        name: "token_url",
        help: "Where refresh tokens become access tokens; https://api.hubapi.com/oauth/v3/token works too.",
        default: OAUTH.token_url,
        rule: Rule::Address,
    },
    path("account_path", "Where the portal describes itself.", "/account-info/{api_version}"),
    path("objects_path", "Where contacts, companies, leads and deals are.", "/crm/{api_version}/objects"),
    path("pipelines_path", "Where pipelines are.", "/crm/{api_version}/pipelines"),
    path("owners_path", "Where owners are.", "/crm/{api_version}/owners"),
    path("associations_path", "Where associations are.", "/crm/v4/associations"),
    path("marketing_path", "Where marketing e-mails and forms are.", "/marketing/{api_version}"),
    path("submissions_path", "Where submissions of forms are.", "/form-integrations/v1/submissions/forms"),
];

fn is_version(text: &str) -> bool {
    let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix('v') {
        Some(number) => is_number(number),
        None => text.len() == 7 && text.split_once('-').is_some_and(|(y, m)| is_number(y) && is_number(m)),
    }
}

fn is_path(text: &str) -> bool {
    let plain = text.replace("{api_version}", "v");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
    plain.starts_with('/') && !plain.ends_with('/') && !plain.contains("//") && plain.chars().all(is_plain)
}

/// Rows per page: the setting, but no more than HubSpot allows there.
pub(super) fn page_size(ctx: &Context, most: u32) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(most).min(most)
}

/// The portal's id as it is written: digits.
pub(super) fn portal_id(text: &str) -> Result<String> {
    let id = text.trim();
    if id.is_empty() || id.len() > 19 || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::configuration(format!(
            "{text:?} is no HubSpot portal; a portal is a number such as 1234567."
        )));
    }
    Ok(id.to_owned())
}

/// A request to a family of paths; `rest` starts with a slash or is empty.
pub(super) fn request(ctx: &Context, method: Method, family: Family, rest: &str) -> Result<Request> {
    let version = ctx.settings.get("api_version");
    let prefix = ctx.settings.get(family.setting()).replace("{api_version}", version);
    Request::new(method, &format!("{HOST}{prefix}{rest}"))
}

/// A reading request with its query.
pub(super) fn get(ctx: &Context, family: Family, rest: &str, query: &[(&str, &str)]) -> Result<Request> {
    let mut request = request(ctx, Method::GET, family, rest)?;
    if !query.is_empty() {
        request.url.query_pairs_mut().extend_pairs(query);
    }
    Ok(request)
}

/// The zone of the portal, where its daily quota starts anew at midnight.
pub(super) fn zone(account: &RemoteAccount) -> Zone {
    account.time_zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(Zone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_paths_and_portals() {
        assert!(is_version("v3") && is_version("2026-03"));
        assert!(!is_version("3") && !is_version("v") && !is_version("2026-3") && !is_version("v3/x"));
        assert!(is_path("/crm/objects/{api_version}") && is_path("/crm/v4/associations"));
        assert!(!is_path("crm/v3") && !is_path("/crm/../x") && !is_path("/crm/v3/") && !is_path("/a?b"));
        assert_eq!(portal_id(" 9007199254740993 ").unwrap(), "9007199254740993");
        assert!(portal_id("acme").unwrap_err().message.contains("1234567"));
    }
}
