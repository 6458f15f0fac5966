//! How Google lets us in, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::google;
use crate::http::Request;
use crate::oauth::OAuthSpec;
use crate::setting::{Rule, SettingSpec};
use http::Method;

/// Where reports come from.
const HOST: &str = "https://googleads.googleapis.com";

pub(super) const OAUTH: OAuthSpec = google::oauth(&["https://www.googleapis.com/auth/adwords"]);

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version of the API. Google switches each off about a year after it came.",
        default: "v25",
        rule: Rule::Matching(is_version, "a version such as v25"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. Google fixes it at 10000 and refuses to be asked for another, so it is never sent.",
        default: "10000",
        rule: Rule::Integer(1, 10_000),
    },
    SettingSpec {
        name: "conversion_window_days",
        help: "Days before today that are read again, because conversions still arrive: the longest conversion window \
               in the account.",
        default: "30",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "method",
        help: "search turns pages; searchStream sends everything at once. Both cost one operation per query.",
        default: "search",
        rule: Rule::OneOf(&["search", "searchStream"]),
    },
    google::TOKEN_URL,
];

fn is_version(text: &str) -> bool {
    let numbers = text.strip_prefix('v').unwrap_or_default();
    !numbers.is_empty() && numbers.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The major version in use. Minor versions share the path and the fields of their major one.
pub(super) fn major_version(ctx: &Context) -> u32 {
    let text = ctx.settings.get("api_version").trim_start_matches('v');
    text.split('.').next().and_then(|n| n.parse().ok()).unwrap_or(u32::MAX)
}

/// An id as the API wants it: digits without dashes.
pub(super) fn customer_id(text: &str) -> Result<String> {
    let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
    if digits.is_empty() || digits.len() > 19 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::configuration(format!(
            "{text:?} is no Google Ads account; an account is a number such as 123-456-7890."
        )));
    }
    Ok(digits)
}

/// A request with the headers that every call needs. `manager` is the account that the access goes through.
///
/// The developer token may be missing: Google is moving its part to the Cloud project, and says so itself where it is
/// needed.
pub(super) fn request(ctx: &Context, method: Method, path: &str, manager: Option<&str>) -> Result<Request> {
    let version = ctx.settings.get("api_version");
    let mut request = Request::new(method, &format!("{HOST}/{version}/{path}"))?;
    if let Some(token) = ctx.credentials.text("developer_token") {
        request = request.header("developer-token", token, true)?;
    }
    if let Some(manager) = manager {
        request = request.header("login-customer-id", manager, false)?;
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lose_their_dashes_and_nonsense_is_refused() {
        assert_eq!(customer_id("123-456-7890").unwrap(), "1234567890");
        assert!(customer_id("acme").unwrap_err().message.contains("123-456-7890"));
        assert!(customer_id("../1").is_err());
    }

    #[test]
    fn versions() {
        assert!(is_version("v25") && is_version("v23.1"));
        assert!(!is_version("25") && !is_version("v") && !is_version("v25/") && !is_version("v1."));
    }
}
