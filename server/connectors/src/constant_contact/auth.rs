//! How Constant Contact lets us in, where it is, and what can be set.

use crate::connector::Context;
use crate::error::Result;
use crate::http::Request;
use crate::oauth::{ClientAuth, OAuthSpec};
use crate::setting::{Rule, SettingSpec};

const HOST: &str = "https://api.cc.email";

/// Rows of a page of lists at most; other pages hold fewer.
const LARGEST_PAGE: u32 = 1_000;

/// Constant Contact's OAuth. Refresh tokens may be used once only, and then the next one comes with the access token. An
/// application without a secret proves itself by PKCE.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://authz.constantcontact.com/oauth2/default/v1/authorize",
    token_url: "https://authz.constantcontact.com/oauth2/default/v1/token",
    // Without the first there is no refresh token.
    scopes: &["offline_access", "campaign_data", "account_read", "contact_data"],
    has_pkce: true,
    client_auth: ClientAuth::Basic,
    ..OAuthSpec::STANDARD
};

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths.",
        default: "v3",
        rule: Rule::Matching(is_version, "a version such as v3"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. Constant Contact allows 1000 of lists and 500 elsewhere, and no more is asked for there.",
        default: "500",
        rule: Rule::Integer(1, LARGEST_PAGE),
    },
    SettingSpec {
        name: "campaign_lookback_days",
        help: "Campaigns that were sent in so many days are read again in every run. All are by default; 90 spares requests where there are 2,000 and more.",
        default: "3650",
        rule: Rule::Integer(1, 3_650),
    },
];

fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Rows per page: the setting, but no more than the vendor allows there.
pub(super) fn page_size(ctx: &Context, most: u32) -> String {
    ctx.settings.integer("page_size").unwrap_or(most).min(most).to_string()
}

/// A reading request; `path` starts with a slash. All requests of an application share one limit, so they share a pace.
pub(super) fn request(ctx: &Context, path: &str, query: &[(&str, &str)]) -> Result<Request> {
    let version = ctx.settings.get("api_version");
    Request::get(&format!("{HOST}/{version}{path}"), query)?.header("accept", "application/json", false)
}
