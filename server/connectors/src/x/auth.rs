//! How X lets us in, where its APIs are, and what can be set.

use super::oauth1::Keys;
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::oauth::{ClientAuth, OAuthSpec, Renewal};
use crate::record::RemoteAccount;
use crate::setting::{Rule, SettingSpec, Settings};

/// A person's consent. A refresh token works once: the engine stores the next one before it uses the access token.
pub(super) const USER: OAuthSpec = OAuthSpec {
    authorize_url: "https://x.com/i/oauth2/authorize",
    token_url: "https://api.x.com/2/oauth2/token",
    scopes: &["tweet.read", "users.read", "follows.read", "offline.access"],
    has_pkce: true,
    client_auth: ClientAuth::Basic,
    // "Value passed for the token was invalid": it was used before.
    dead_grant: &["invalid_request"],
    ..OAuthSpec::STANDARD
};

/// The app itself: it sees what everybody sees.
pub(super) const APP: OAuthSpec = OAuthSpec {
    token_url: "https://api.x.com/oauth2/token",
    client_auth: ClientAuth::Basic,
    renewal: Renewal::ClientCredentials,
    ..OAuthSpec::STANDARD
};

/// Handles of one look-up.
pub(super) const MOST_HANDLES: usize = 100;

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths of the API.",
        default: "2",
        rule: Rule::Matching(is_version, "a number such as 2"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. X allows 5 to 100 posts, 10 to 100 of a search and 1000 followers, and as much is asked \
               for there.",
        default: "100",
        rule: Rule::Integer(1, 1_000),
    },
    SettingSpec {
        name: "refresh_days",
        help: "Posts of so many days are read again in each run; older ones where earlier days are asked for. X bills \
               each post that it gives.",
        default: "30",
        rule: Rule::Integer(1, 3_650),
    },
    SettingSpec {
        name: "access",
        help: "user: with a person's consent. app: with the app's own id and secret, which gives public figures only.",
        default: "user",
        rule: Rule::OneOf(&["user", "app"]),
    },
    SettingSpec {
        name: "handles",
        help: "Further users whose public figures are read, separated by commas: XDevelopers,API.",
        default: "",
        rule: Rule::Matching(
            are_handles,
            "handles such as XDevelopers, separated by commas, at most a hundred",
        ),
    },
    SettingSpec {
        name: "search_query",
        help: "What the stream search_recent looks for.",
        default: "",
        rule: Rule::Matching(is_query, "at most 4096 characters"),
    },
    SettingSpec {
        name: "api_url",
        help: "Where the API is.",
        default: "https://api.x.com",
        rule: Rule::Address,
    },
    SettingSpec {
        name: "ads_api_version",
        help: "Version in the paths of the Ads API.",
        default: "12",
        rule: Rule::Matching(is_version, "a number such as 12"),
    },
    SettingSpec {
        name: "ads_url",
        help: "Where the Ads API is.",
        default: "https://ads-api.x.com",
        rule: Rule::Address,
    },
    SettingSpec {
        name: "ads_lookback_days",
        help: "Days before today whose figures of campaigns are read again: what is billed may change for two weeks.",
        default: "14",
        rule: Rule::Integer(1, 90),
    },
];

fn is_version(text: &str) -> bool {
    let part = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    text.len() <= 8 && text.split('.').all(part)
}

fn is_query(text: &str) -> bool {
    text.chars().count() <= 4_096
}

fn are_handles(text: &str) -> bool {
    let handles = handles(text);
    handles.len() <= MOST_HANDLES && handles.iter().all(|handle| is_handle(handle))
}

fn is_handle(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The handles in a setting, without `@`.
pub(super) fn handles(text: &str) -> Vec<&str> {
    text.split(',').map(|t| t.trim().trim_start_matches('@')).filter(|t| !t.is_empty()).collect()
}

pub(super) fn is_app_only(settings: &Settings) -> bool {
    settings.get("access") == "app"
}

/// Rows per page within what X allows there.
pub(super) fn page_size(ctx: &Context, least: u32, most: u32) -> String {
    ctx.settings.integer("page_size").unwrap_or(most).clamp(least, most).to_string()
}

/// The two kinds of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    User,
    Ads,
}

const KIND: &str = "kind";
const ADS: &str = "ads";
const OWN: &str = "own";

impl Side {
    pub(super) fn of(account: &RemoteAccount) -> Self {
        if account.detail(KIND).as_deref() == Some(ADS) { Self::Ads } else { Self::User }
    }
}

/// A user. Its days are those of UTC, as all of X's moments.
pub(super) fn user(id: &str) -> RemoteAccount {
    RemoteAccount { time_zone: Some("UTC".into()), ..RemoteAccount::bare(id) }.with_detail(KIND, "user")
}

/// A user whose consent we do not have.
pub(super) fn stranger(account: RemoteAccount) -> RemoteAccount {
    account.with_detail(OWN, "no")
}

pub(super) fn is_stranger(account: &RemoteAccount) -> bool {
    account.detail(OWN).is_some()
}

/// An account of the Ads API.
pub(super) fn ads_account(id: &str) -> RemoteAccount {
    RemoteAccount::bare(id).with_detail(KIND, ADS)
}

/// What an id that a person gives names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    User(String),
    Handle(String),
    Ads(String),
}

/// Users have numbers and handles (`@XDevelopers`), accounts of the Ads API ids of digits and small letters.
pub(super) fn named(text: &str) -> Result<Named> {
    let text = text.trim();
    let is_id = |t: &str| {
        (1..=20).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    };
    match text.strip_prefix('@') {
        Some(handle) if is_handle(handle) => Ok(Named::Handle(handle.to_owned())),
        None if is_id(text) && text.bytes().all(|b| b.is_ascii_digit()) => Ok(Named::User(text.to_owned())),
        None if is_id(text) => Ok(Named::Ads(text.to_owned())),
        _ => Err(Error::configuration(format!(
            "{text:?} is no account of X; a user is a number such as 2244994945 or a handle such as @XDevelopers, an \
             account of the Ads API an id such as 18ce54d4x5t."
        ))),
    }
}

/// A reading request to the API. The rate is counted per user.
pub(super) fn get(ctx: &Context, path: &str, query: &[(&str, &str)]) -> Result<Request> {
    let (base, version) = (base(ctx, "api_url"), ctx.settings.get("api_version"));
    Request::get(&format!("{base}/{version}/{path}"), query)
}

/// A reading request to the Ads API, signed with its own keys.
pub(super) fn get_ads(ctx: &Context, path: &str, query: &[(&str, &str)]) -> Result<Request> {
    let (base, version) = (base(ctx, "ads_url"), ctx.settings.get("ads_api_version"));
    let keys = Keys::among(&ctx.credentials)?;
    Ok(Request::get(&format!("{base}/{version}/{path}"), query)?.signed(keys.signer()))
}

fn base<'a>(ctx: &'a Context, setting: &str) -> &'a str {
    ctx.settings.get(setting).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_handles_and_ads_accounts_are_told_apart() {
        assert_eq!(named(" 9007199254740993 ").unwrap(), Named::User("9007199254740993".into()));
        assert_eq!(named("@X_Dev").unwrap(), Named::Handle("X_Dev".into()));
        assert_eq!(named("18ce54d4x5t").unwrap(), Named::Ads("18ce54d4x5t".into()));
        for wrong in ["", "@", "@a-b", "XDevelopers", "../1", "18CE", "a b"] {
            assert!(named(wrong).unwrap_err().message.contains("2244994945"), "{wrong}");
        }
    }

    #[test]
    fn settings_take_what_x_takes() {
        assert!(
            is_version("2") && is_version("1.1") && !is_version("v2") && !is_version("") && !is_version("2.")
        );
        assert!(are_handles("") && are_handles("@XDevelopers, api") && !are_handles("a b"));
        assert_eq!(handles("@a, b,,"), ["a", "b"]);
    }

    #[test]
    fn accounts_know_what_they_are() {
        assert_eq!(Side::of(&user("1")), Side::User);
        assert_eq!(Side::of(&RemoteAccount::bare("1")), Side::User);
        assert_eq!(Side::of(&ads_account("a")), Side::Ads);
        assert!(is_stranger(&stranger(user("1"))) && !is_stranger(&user("1")));
    }
}
