//! How Google lets us in, and what can be set.

use super::streams::SearchType;
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::google;
use crate::http::{Rate, Request};
use crate::oauth::OAuthSpec;
use crate::setting::{Rule, SettingSpec};
use http::Method;

pub(super) const OAUTH: OAuthSpec = google::oauth(&["https://www.googleapis.com/auth/webmasters.readonly"]);

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version of the Search Console API. v3 has been stable for years.",
        default: "v3",
        rule: Rule::Matching(is_version, "a version such as v3"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. Google sorts them by clicks and gives 25000 at most.",
        default: "25000",
        rule: Rule::Integer(1, 25_000),
    },
    SettingSpec {
        name: "lookback_days",
        help: "Days before today that are read again: a day becomes final after two to three days.",
        default: "5",
        rule: Rule::Integer(1, 60),
    },
    SettingSpec {
        name: "data_state",
        help: "final reads days that are complete; all adds the newest ones, whose figures still grow.",
        default: "final",
        rule: Rule::OneOf(&["final", "all"]),
    },
    SettingSpec {
        name: "search_types",
        help: "Kinds of search, separated by commas. Only web makes totals, the others are kept apart. Each costs \
               requests of its own.",
        default: "web,image,video,news,discover,googleNews",
        rule: Rule::Matching(
            are_types,
            "some of web, image, video, news, discover and googleNews, separated by commas",
        ),
    },
    SettingSpec {
        name: "api_url",
        help: "Where the API is; https://searchconsole.googleapis.com works too.",
        default: "https://www.googleapis.com",
        rule: Rule::Address,
    },
    google::TOKEN_URL,
];

/// What all requests that are no reports share: 200 a minute per user.
const FEW: Rate = Rate::per_minute(200).at_once(20);

fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix('v').unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_digit()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn are_types(text: &str) -> bool {
    types_in(text).is_some_and(|types| !types.is_empty())
}

/// None where one is unknown.
fn types_in(text: &str) -> Option<Vec<SearchType>> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(SearchType::of_name).collect()
}

/// The kinds of search to read, in Google's order and each once.
pub(super) fn search_types(ctx: &Context) -> Vec<SearchType> {
    let wanted = types_in(ctx.settings.get("search_types")).unwrap_or_default();
    SearchType::ALL.into_iter().filter(|kind| wanted.contains(kind)).collect()
}

/// A site as Google spells it: `sc-domain:example.com`, or an address whose last slash matters.
pub(super) fn site(text: &str) -> Result<String> {
    let site = text.trim();
    let is_domain = site.strip_prefix("sc-domain:").is_some_and(|domain| !domain.is_empty());
    let is_prefix =
        site.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    if is_domain || is_prefix {
        return Ok(site.to_owned());
    }
    Err(Error::configuration(format!(
        "{text:?} is no site of Search Console; a site is written like sc-domain:example.com or \
         https://example.com/, with the slash at the end."
    )))
}

/// The site in a path: wholly encoded, once.
fn encoded(site: &str) -> String {
    url::form_urlencoded::byte_serialize(site.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A request about one site; `rest` starts with a slash.
pub(super) fn site_request(ctx: &Context, method: Method, site: &str, rest: &str) -> Result<Request> {
    Ok(Request::new(method, &format!("{}/sites/{}{rest}", base(ctx), encoded(site)))?.paced_by(site))
}

/// The request for the list of sites.
pub(super) fn sites_request(ctx: &Context) -> Result<Request> {
    Ok(Request::new(Method::GET, &format!("{}/sites", base(ctx)))?.paced_by("user").within(FEW))
}

/// The request for the sitemaps of a site.
pub(super) fn sitemaps_request(ctx: &Context, site: &str) -> Result<Request> {
    Ok(site_request(ctx, Method::GET, site, "/sitemaps")?.paced_by("user").within(FEW))
}

fn base(ctx: &Context) -> String {
    let (host, version) = (ctx.settings.get("api_url"), ctx.settings.get("api_version"));
    format!("{}/webmasters/{version}", host.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_spelled_as_google_does_and_encoded_once() {
        for (text, path) in [
            (" sc-domain:example.com ", "sc-domain%3Aexample.com"),
            ("https://example.com/", "https%3A%2F%2Fexample.com%2F"),
            ("http://example.com/shop", "http%3A%2F%2Fexample.com%2Fshop"),
            ("https://münchen.example/a b+c%20/", "https%3A%2F%2Fm%C3%BCnchen.example%2Fa%20b%2Bc%2520%2F"),
            ("android-app://com.example/", "android-app%3A%2F%2Fcom.example%2F"),
        ] {
            assert_eq!(encoded(&site(text).unwrap()), path);
        }
        for wrong in ["example.com", "", "sc-domain:", "https://", "://x"] {
            assert!(site(wrong).unwrap_err().message.contains("sc-domain:example.com"), "{wrong}");
        }
    }

    #[test]
    fn settings_take_what_google_takes() {
        assert!(is_version("v3") && !is_version("3") && !is_version("v3/x") && !is_version("v"));
        assert!(are_types("web") && are_types(" googleNews , web"));
        assert!(!are_types("") && !are_types("web,books") && !are_types("WEB"));
    }
}
