//! The two doors to Instagram, and what can be set.

use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Request;
use crate::meta::{self, Door};
use crate::oauth::{OAuthSpec, Renewal, Swap, Wire};
use crate::setting::{Rule, SettingSpec, Settings};

const LOGIN: &str = "login";
const INSTAGRAM: &str = "instagram";

/// By a Facebook page that the account is linked with.
pub(super) const BY_FACEBOOK: OAuthSpec = meta::facebook_login(&[
    "instagram_basic",
    "instagram_manage_insights",
    "pages_show_list",
    "pages_read_engagement",
    "business_management",
]);

/// By the account itself. The token of a consent lives for an hour, the one that it is exchanged for 60 days; that one is
/// renewed while it lives, from its second day on.
pub(super) const BY_INSTAGRAM: OAuthSpec = OAuthSpec {
    authorize_url: "https://www.instagram.com/oauth/authorize",
    token_url: "https://api.instagram.com/oauth/access_token",
    scopes: &["instagram_business_basic", "instagram_business_manage_insights"],
    scope_separator: ",",
    first_swap: Some(Swap {
        url: "https://graph.instagram.com/access_token",
        grant_type: "ig_exchange_token",
        token: "access_token",
        with_client_id: false,
        with_client_secret: true,
    }),
    renewal: Renewal::Swap(
        Swap {
            url: "https://graph.instagram.com/refresh_access_token",
            grant_type: "ig_refresh_token",
            token: "access_token",
            with_client_id: false,
            with_client_secret: false,
        },
        meta::EARLY_DAYS,
    ),
    wire: Wire { error: "/error_type", ..Wire::STANDARD },
    dead_grant: &["oauthexception"],
    keep: &["user_id"],
    ..OAuthSpec::STANDARD
};

pub(super) const SETTINGS: &[SettingSpec] = &[
    meta::API_VERSION,
    SettingSpec {
        name: "page_size",
        help: "Posts per page. Instagram allows no more than 100.",
        default: "100",
        rule: Rule::Integer(1, 100),
    },
    SettingSpec {
        name: LOGIN,
        help: "Who lets us in: facebook, by a page that the account is linked with, or instagram, by the account itself.",
        default: "facebook",
        rule: Rule::OneOf(&["facebook", INSTAGRAM]),
    },
    SettingSpec {
        name: "lookback_days",
        help: "Days before today whose figures of the account are read again: they may lag for two days.",
        default: "3",
        rule: Rule::Integer(1, 28),
    },
    SettingSpec {
        name: "media_days",
        help: "Posts that are no older than that many days are read in every run, older ones once a week.",
        default: "90",
        rule: Rule::Integer(1, 730),
    },
];

pub(super) fn is_by_instagram(settings: &Settings) -> bool {
    settings.get(LOGIN) == INSTAGRAM
}

pub(super) fn oauth(settings: &Settings) -> &'static OAuthSpec {
    if is_by_instagram(settings) { &BY_INSTAGRAM } else { &BY_FACEBOOK }
}

pub(super) fn door(ctx: &Context) -> Door {
    let is_by_instagram = is_by_instagram(&ctx.settings);
    let host = if is_by_instagram { "https://graph.instagram.com" } else { "https://graph.facebook.com" };
    Door { host, vendor: "Instagram" }
}

/// A reading request for a slice.
pub(super) async fn get(
    ctx: &Context,
    slice: &Slice<'_>,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    let request = door(ctx).get(ctx, path, query, &slice.budget).await?;
    Ok(request.paced_by(slice.account.id.as_str()))
}
