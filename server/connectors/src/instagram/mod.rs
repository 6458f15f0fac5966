//! Instagram: posts, stories and audiences of professional accounts.

mod auth;
mod comments;
mod discovery;
mod figures;
mod map;
mod metrics;
mod read;
mod series;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate};
use crate::meta;
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct Instagram;

#[async_trait]
impl Connector for Instagram {
    fn slug(&self) -> &'static str {
        "instagram"
    }

    fn about(&self) -> About {
        About {
            name: "Instagram",
            summary: "Followers, reach and what people do with posts, reels and stories.",
            reads: &[
                "Followers, and figures of the account per day.",
                "Posts, reels and stories with their figures.",
                "Followers by age, gender, country and city, from a hundred followers on.",
            ],
            never: &[
                "It never posts, answers or deletes anything.",
                "It never reads messages, and not what people comment.",
            ],
        }
    }

    fn ways(&self) -> &'static [Way] {
        ways::WAYS
    }

    fn streams(&self) -> &'static [StreamSpec] {
        streams::SPECS
    }

    fn settings(&self) -> &'static [SettingSpec] {
        auth::SETTINGS
    }

    fn oauth(&self) -> Option<&'static OAuthSpec> {
        Some(&auth::BY_FACEBOOK)
    }

    fn oauth_with(&self, settings: &Settings) -> Option<&'static OAuthSpec> {
        Some(auth::oauth(settings))
    }

    fn rate(&self) -> Rate {
        // The limit hangs on how often the account is seen; headers tell when it gets tight.
        Rate::per_second(10)
    }

    fn throttle_window(&self) -> Duration {
        meta::THROTTLE_WINDOW
    }

    fn limit_window(&self) -> Duration {
        meta::LIMIT_WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        meta::QUOTAS
    }

    async fn accounts(&self, ctx: &Context) -> Result<AccountsFound> {
        discovery::accounts(ctx).await.map_err(Error::settled)
    }

    async fn account(&self, ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
        discovery::account(ctx, id).await.map_err(Error::settled)
    }

    fn read_once<'a>(&'a self, ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
        read::read_once(ctx, slice)
    }
}
