//! How LinkedIn lets us in, how its requests are written, and what can be set.

use super::report::DEMOGRAPHICS;
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::oauth::OAuthSpec;
use crate::record::RemoteAccount;
use crate::setting::{Rule, SettingSpec};
use http::Method;

const HOST: &str = "https://api.linkedin.com/rest";

/// How long the consent lasts. Renewing a token does not make it longer.
pub(super) const CONSENT_ENDS: &str = "refresh_token_expires_in";

/// LinkedIn's OAuth. Only approved partners get refresh tokens; others connect again every 60 days.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://www.linkedin.com/oauth/v2/authorization",
    token_url: "https://www.linkedin.com/oauth/v2/accessToken",
    scopes: &[
        "r_ads",
        "r_ads_reporting",
        "r_organization_social",
        "rw_organization_admin",
        "r_marketing_leadgen_automation",
    ],
    keep: &[CONSENT_ENDS],
    may_lack_refresh_token: true,
    // A dead refresh token is refused as invalid_grant or invalid_request.
    rejected_is_dead: true,
    ..OAuthSpec::STANDARD
};

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version of the API: a year and a month. A new one comes each month, and each lives for a year at least.",
        default: "202609",
        rule: Rule::Matching(is_version, "a year and a month such as 202609"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. LinkedIn allows 1000 of a search, and 100 of creatives, pages and leads, and less is \
               asked for there.",
        default: "1000",
        rule: Rule::Integer(1, 1_000),
    },
    SettingSpec {
        name: "lookback_days",
        help: "Days before today that are read again: conversions are attributed for up to the window that the \
               advertiser chose.",
        default: "30",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "demographics_lookback_days",
        help: "Days before today whose figures by country, industry and job are read again.",
        default: "7",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "page_lookback_days",
        help: "Days before today whose figures of pages are read again.",
        default: "3",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "demographics",
        help: "What the stream demographics splits by, separated by commas: country, region, industry, job_title, \
               job_function, seniority, company_size, company.",
        default: "country,industry,job_title",
        rule: Rule::Matching(are_demographics, "names such as country,industry, separated by commas"),
    },
];

/// `202609`, also with a revision such as `202609.01`.
fn is_version(text: &str) -> bool {
    let is_number = |t: &str, length: usize| t.len() == length && t.bytes().all(|b| b.is_ascii_digit());
    let (month, revision) = text.split_once('.').unwrap_or((text, "01"));
    is_number(month, 6) && is_number(revision, 2) && ("01"..="12").contains(&&month[4..])
}

fn are_demographics(text: &str) -> bool {
    let names = names(text);
    !names.is_empty() && names.iter().all(|name| DEMOGRAPHICS.iter().any(|(known, _)| known == name))
}

/// The names in a setting that holds several, each once.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Rows per page: the setting, but no more than LinkedIn allows there.
pub(super) fn page_size(ctx: &Context, most: u32) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(most).min(most)
}

/// The two kinds of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Ads,
    Organization,
}

const KIND: &str = "kind";
const ORGANIZATION: &str = "organization";
/// Where the URN of an organization is another one than its number tells: that of a showcase page.
const URN: &str = "urn";

impl Side {
    pub(super) fn of(account: &RemoteAccount) -> Self {
        match account.detail(KIND).as_deref() {
            Some(ORGANIZATION) => Self::Organization,
            _ => Self::Ads,
        }
    }
}

/// An organization as an account. Its days are those of UTC.
pub(super) fn organization(urn: &str) -> RemoteAccount {
    let id = last_part(urn);
    let bare = RemoteAccount { time_zone: Some("UTC".into()), ..RemoteAccount::bare(id) };
    let account = bare.with_detail(KIND, ORGANIZATION);
    if urn == organization_urn(&account) { account } else { account.with_detail(URN, urn) }
}

/// An ad account of which nothing is known but its id. Its days are those of UTC.
pub(super) fn ad_account(id: &str) -> RemoteAccount {
    RemoteAccount { time_zone: Some("UTC".into()), ..RemoteAccount::bare(id) }.with_detail(KIND, "ad_account")
}

/// The URN of an organization's account.
pub(super) fn organization_urn(account: &RemoteAccount) -> String {
    account.detail(URN).unwrap_or_else(|| format!("urn:li:organization:{}", account.id))
}

/// The URN of an ad account.
pub(super) fn ad_account_urn(id: &str) -> String {
    format!("urn:li:sponsoredAccount:{id}")
}

/// What an id that a person gives names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    AdAccount(String),
    /// By its URN.
    Organization(String),
    /// Of either kind.
    Number(String),
}

/// Reads a number or a URN.
pub(super) fn named(text: &str) -> Result<Named> {
    let text = text.trim();
    let is_number = |t: &str| !t.is_empty() && t.len() <= 19 && t.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix("urn:li:").and_then(|rest| rest.split_once(':')) {
        Some(("sponsoredAccount", id)) if is_number(id) => Ok(Named::AdAccount(id.to_owned())),
        Some(("organization" | "organizationBrand" | "company", id)) if is_number(id) => {
            Ok(Named::Organization(text.to_owned()))
        }
        None if is_number(text) => Ok(Named::Number(text.to_owned())),
        _ => Err(Error::configuration(format!(
            "{text:?} is neither an ad account nor an organization of LinkedIn; they are numbers such as 512345678, \
             or URNs such as urn:li:sponsoredAccount:512345678."
        ))),
    }
}

/// The part of a URN that identifies: `1111` of `urn:li:sponsoredCampaign:1111`.
pub(super) fn last_part(urn: &str) -> &str {
    urn.rsplit(':').next().unwrap_or(urn)
}

/// A URN as a value in an address: its colons are encoded, those of the structure around it are not.
pub(super) fn encoded(urn: &str) -> String {
    urn.replace(':', "%3A")
}

/// A reading request. The query is in Rest.li's own syntax, so it is part of the path and sent as it is written.
pub(super) fn get(ctx: &Context, path: &str) -> Result<Request> {
    Request::new(Method::GET, &format!("{HOST}/{path}"))?
        .header("linkedin-version", ctx.settings.get("api_version"), false)?
        .header("x-restli-protocol-version", "2.0.0", false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_months() {
        assert!(is_version("202609") && is_version("202612") && is_version("202601.01"));
        for wrong in ["202600", "202613", "2026-09", "20260", "v2", "", "202609.1"] {
            assert!(!is_version(wrong), "{wrong}");
        }
    }

    #[test]
    fn accounts_are_numbers_or_urns() {
        assert_eq!(named(" 9007199254740993 ").unwrap(), Named::Number("9007199254740993".into()));
        assert_eq!(named("urn:li:sponsoredAccount:7").unwrap(), Named::AdAccount("7".into()));
        let brand = "urn:li:organizationBrand:8";
        assert_eq!(named(brand).unwrap(), Named::Organization(brand.into()));
        for wrong in ["", "acme", "urn:li:person:1", "urn:li:organization:", "urn:li:organization:a", "-1"] {
            assert!(named(wrong).unwrap_err().message.contains("512345678"), "{wrong}");
        }
    }

    #[test]
    fn an_organization_keeps_what_its_number_does_not_tell() {
        let plain = organization("urn:li:organization:8");
        assert_eq!((plain.id.as_str(), plain.detail(URN)), ("8", None));
        assert_eq!(organization_urn(&plain), "urn:li:organization:8");
        let brand = organization("urn:li:organizationBrand:8");
        assert_eq!(organization_urn(&brand), "urn:li:organizationBrand:8");
        assert_eq!(Side::of(&brand), Side::Organization);
        assert_eq!(Side::of(&RemoteAccount::bare("8")), Side::Ads);
        assert_eq!(encoded("urn:li:organization:8"), "urn%3Ali%3Aorganization%3A8");
    }

    #[test]
    fn demographics_are_known_names() {
        assert!(are_demographics("country, seniority") && !are_demographics("") && !are_demographics("age"));
        assert_eq!(names("country,,country , industry"), ["country", "industry"]);
    }
}
