//! X: posts and followers of a user (API v2), and campaigns (Ads API).

mod ads;
mod auth;
mod discovery;
mod failure;
mod fetch;
mod map;
mod oauth1;
mod posts;
mod read;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate, Told};
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
pub struct X;

#[async_trait]
impl Connector for X {
    fn slug(&self) -> &'static str {
        "x"
    }

    fn about(&self) -> About {
        About {
            name: "X",
            summary: "How posts do, how many follow, and what campaigns cost.",
            reads: &[
                "Your posts with what they have come to: impressions, likes, replies, reposts, clicks.",
                "How many follow you, and which posts mention you.",
                "Figures per day of campaigns, where the app may use the Ads API.",
            ],
            never: &[
                "It never posts, likes, follows or sends messages.",
                "It never reads direct messages, nor who follows you unless you ask for it.",
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
        Some(&auth::USER)
    }

    fn oauth_with(&self, settings: &Settings) -> Option<&'static OAuthSpec> {
        Some(if auth::is_app_only(settings) { &auth::APP } else { &auth::USER })
    }

    fn has_stream(&self, account: &RemoteAccount, stream: &StreamSpec) -> bool {
        streams::ask(stream.name).is_some_and(|ask| ask.side() == auth::Side::of(account))
    }

    fn rate(&self) -> Rate {
        // Limits depend on the plan: the headers of each answer say them.
        Rate::per_second(5)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn limit_window(&self) -> Duration {
        failure::LIMIT_WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
            name: "calls per window of 15 minutes",
            told: Told::Left { limit: "x-rate-limit-limit", left: "x-rate-limit-remaining" },
        }];
        QUOTAS
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
