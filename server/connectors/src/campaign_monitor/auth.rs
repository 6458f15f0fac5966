//! How Campaign Monitor lets us in, where it is, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::{KeySpec, Request, Scheme};
use crate::oauth::{OAuthSpec, Wire};
use crate::setting::{Rule, SettingSpec};

const HOST: &str = "https://api.createsend.com";

/// Rows per page at most.
const LARGEST_PAGE: u32 = 1_000;

/// Campaign Monitor's OAuth. Refreshing names nothing but the refresh token.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://api.createsend.com/oauth",
    token_url: "https://api.createsend.com/oauth/token",
    scopes: &["ViewReports", "ManageLists"],
    scope_separator: ",",
    authorize_parameters: &[("type", "web_server")],
    wire: Wire { refresh_names_client: false, ..Wire::STANDARD },
    ..OAuthSpec::STANDARD
};

/// A key of the account sees all clients, one of a client only that client. Any password does.
pub(super) const KEY: KeySpec = KeySpec { names: &["api_key"], scheme: Scheme::BasicUser };

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths.",
        default: "3.3",
        rule: Rule::Matching(is_version, "a version such as 3.3"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. Campaign Monitor takes 10 to 1000.",
        default: "1000",
        rule: Rule::Integer(1, LARGEST_PAGE),
    },
    SettingSpec {
        name: "summary_lookback_days",
        help: "Campaigns that were sent in so many days are read again in every run, one request each.",
        default: "60",
        rule: Rule::Integer(1, 3_650),
    },
    SettingSpec {
        name: "client",
        help: "The client's ID, for keys that belong to one client and may not list any.",
        default: "",
        rule: Rule::Matching(|text| text.is_empty() || is_id(text), "a client's ID: digits and letters"),
    },
];

fn is_version(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The client's id as it is written.
pub(super) fn client_id(text: &str) -> Result<String> {
    let id = text.trim();
    if is_id(id) {
        return Ok(id.to_owned());
    }
    Err(Error::configuration(format!(
        "{text:?} is no Campaign Monitor client; a client's ID consists of digits and letters."
    )))
}

/// Rows per page.
pub(super) fn page_size(ctx: &Context) -> String {
    ctx.settings.integer("page_size").unwrap_or(LARGEST_PAGE).to_string()
}

/// A reading request; `path` starts with a slash and gets the usual ending.
pub(super) fn request(ctx: &Context, path: &str, query: &[(&str, &str)]) -> Result<Request> {
    exact(ctx, &format!("{path}.json"), query)
}

/// A reading request of a path as it is: those of single e-mails have no ending.
pub(super) fn exact(ctx: &Context, path: &str, query: &[(&str, &str)]) -> Result<Request> {
    let version = ctx.settings.get("api_version");
    Request::get(&format!("{HOST}/api/v{version}{path}"), query)
}
