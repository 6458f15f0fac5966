//! How `TikTok` lets us in, by two doors, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::oauth::{Encoding, OAuthSpec, Renewal, Wire};
use crate::record::RemoteAccount;
use crate::setting::{Rule, SettingSpec, Settings};
use serde_json::Value;

/// What lies behind a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Advertisers. Tokens live until they are revoked, and can't be renewed.
    Ads,
    /// A `TikTok` account. Tokens live for a day.
    Account,
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Self::Ads => "advertiser",
            Self::Account => "business",
        }
    }
}

/// Requests and answers of both token endpoints: JSON, tokens below `data`, codes in HTTP 200.
const WIRE: Wire =
    Wire { encoding: Encoding::Json, code: "auth_code", tokens: "/data", error: "/code", ..Wire::STANDARD };

/// Codes of token endpoints that mean a dead refresh token or code. Unknown ones of that hundred are about tokens, too.
const DEAD: &[&str] = &[
    "40101", "40102", "40103", "40104", "40105", "40106", "40107", "40108", "40109", "40110", "40111",
    "40112",
];

/// Words of refusals that pass: codes come with HTTP 200, so that nothing else tells them from final ones.
const PASSING: &[(&str, u64)] = &[("qps limit", 10), ("system error", 10), ("processing error", 10)];

/// The consent of a `TikTok` account.
pub(super) const ACCOUNT: OAuthSpec = OAuthSpec {
    authorize_url: "https://www.tiktok.com/v2/auth/authorize/",
    token_url: "https://business-api.tiktok.com/open_api/{api_version}/tt_user/oauth2/token/",
    scopes: &[
        "user.info.basic",
        "user.info.username",
        "user.info.stats",
        "user.account.type",
        "user.insights",
        "video.list",
        "video.insights",
        "comment.list",
    ],
    scope_separator: ",",
    wire: Wire {
        refresh_url: Some(
            "https://business-api.tiktok.com/open_api/{api_version}/tt_user/oauth2/refresh_token/",
        ),
        consent_client_id: Some("client_key"),
        ..WIRE
    },
    keep: &["open_id"],
    dead_grant: DEAD,
    throttled: PASSING,
    ..OAuthSpec::STANDARD
};

/// The consent of advertisers. What it covers is fixed with the app.
pub(super) const ADS: OAuthSpec = OAuthSpec {
    authorize_url: "https://business-api.tiktok.com/portal/auth",
    token_url: "https://business-api.tiktok.com/open_api/{api_version}/oauth2/access_token/",
    renewal: Renewal::Never,
    wire: Wire { client_id: "app_id", client_secret: "secret", ..WIRE },
    dead_grant: DEAD,
    throttled: PASSING,
    ..OAuthSpec::STANDARD
};

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version of TikTok API for Business. v1.3 has been current since 2022.",
        default: "v1.3",
        rule: Rule::Matching(is_version, "a version such as v1.3"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. TikTok allows 1000 of reports and 20 of videos, and less is asked for there.",
        default: "1000",
        rule: Rule::Integer(1, 1_000),
    },
    SettingSpec {
        name: "connection",
        help: "What the consent is about: account for a TikTok account and its videos, ads for advertisers.",
        default: "account",
        rule: Rule::OneOf(&["account", "ads"]),
    },
    SettingSpec {
        name: "lookback_days",
        help: "Days before today that are read again, because conversions are attributed later: 7 fits clicks, 28 the \
               longest window that TikTok has.",
        default: "7",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "deleted",
        help: "Whether deleted campaigns, ad groups and ads count: what was spent on them stays spent.",
        default: "include",
        rule: Rule::OneOf(&["include", "leave_out"]),
    },
    SettingSpec {
        name: "hashtag_keyword",
        help: "The word that the stream hashtags asks suggestions for.",
        default: "",
        rule: Rule::Matching(|_| true, "any word"),
    },
    SettingSpec {
        name: "hashtag_language",
        help: "The language of those suggestions.",
        default: "en",
        rule: Rule::Matching(is_language, "a language such as en"),
    },
    SettingSpec {
        name: "api_url",
        help: "Where the API is; https://sandbox-ads.tiktok.com/open_api is the sandbox.",
        default: "https://business-api.tiktok.com/open_api",
        rule: Rule::Address,
    },
];

fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.strip_prefix('v').is_some_and(|rest| rest.split('.').all(is_number))
}

fn is_language(text: &str) -> bool {
    (2..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

/// Whether only advertisers are behind the connection.
pub(super) fn is_ads_only(settings: &Settings) -> bool {
    settings.get("connection") == "ads"
}

/// Rows per page: the setting, but no more than `TikTok` allows there.
pub(super) fn page_size(ctx: &Context, most: u32) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(most).min(most)
}

/// An account behind that door.
pub(super) fn behind(door: Door, id: impl Into<String>) -> RemoteAccount {
    RemoteAccount::bare(id).with_detail("kind", door.name())
}

/// The door that the account is behind.
pub(super) fn door(account: &RemoteAccount) -> Door {
    match account.detail("kind").as_deref() {
        Some("advertiser") => Door::Ads,
        Some("business") => Door::Account,
        _ => door_of(&account.id),
    }
}

/// Advertisers are numbers, `TikTok` accounts (their `open_id`) are not.
pub(super) fn door_of(id: &str) -> Door {
    if id.bytes().all(|b| b.is_ascii_digit()) { Door::Ads } else { Door::Account }
}

/// An id as it was typed.
pub(super) fn account_id(text: &str) -> Result<String> {
    let id = text.trim();
    if id.is_empty() || id.contains(char::is_whitespace) {
        return Err(Error::configuration(format!(
            "{text:?} is no TikTok account; it is the number of an advertiser, or the open_id of a TikTok account."
        )));
    }
    Ok(id.to_owned())
}

/// A list as text in a query, which is where `TikTok` reads lists of reading requests.
pub(super) fn list<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    Value::from_iter(items).to_string()
}

/// A reading request. Paths start and end with a slash. Limits are those of the app, whatever is read.
pub(super) fn get(ctx: &Context, path: &str, query: &[(&str, &str)]) -> Result<Request> {
    let (base, version) = (ctx.settings.get("api_url"), ctx.settings.get("api_version"));
    let url = format!("{}/{version}{path}", base.trim_end_matches('/'));
    Ok(Request::get(&url, query)?.paced_by("app"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advertisers_are_told_from_tiktok_accounts() {
        assert_eq!(door_of("7000000000000000001"), Door::Ads);
        assert_eq!(door_of("-000pBxV7_a"), Door::Account);
        assert_eq!(door(&behind(Door::Account, "123")), Door::Account, "what discovery found counts");
        assert_eq!(account_id(" 12 ").unwrap(), "12");
        assert!(account_id(" ").is_err() && account_id("a b").is_err());
    }

    #[test]
    fn lists_are_text_and_settings_are_checked() {
        assert_eq!(list(["campaign_id", "stat_time_day"]), r#"["campaign_id","stat_time_day"]"#);
        assert!(is_version("v1.3") && !is_version("1.3") && !is_version("v1.") && !is_version("v1.3/x"));
        assert!(is_language("en") && is_language("zh-TW") && !is_language("e") && !is_language("en/us"));
    }
}
