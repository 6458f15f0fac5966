//! Klaviyo: what campaigns and flows came to, and how lists grow.

mod auth;
mod choice;
mod daily;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod reports;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{KeySpec, QuotaSpec, Rate, Told};
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
pub struct Klaviyo;

#[async_trait]
impl Connector for Klaviyo {
    fn slug(&self) -> &'static str {
        "klaviyo"
    }

    fn about(&self) -> About {
        About {
            name: "Klaviyo",
            summary: "What each campaign and flow came to, orders included, and how lists grow.",
            reads: &[
                "Campaigns and flows with their sends, opens, clicks, bounces, orders and revenue.",
                "How many profiles are in each list, and how many people joined and left per day.",
            ],
            never: &[
                "It never sends or changes anything, and never touches a list.",
                "It never keeps profiles of people.",
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
        Some(&auth::OAUTH)
    }

    fn key(&self) -> Option<KeySpec> {
        Some(auth::KEY)
    }

    fn standing_settings(&self) -> &'static [(&'static str, &'static str)] {
        // Sums of windows that differ from run to run would replace each other; days can be added.
        &[("campaign_window", "day")]
    }

    fn rate(&self) -> Rate {
        // Each family of endpoints has a rate of its own, which holds beside this one.
        Rate::per_second(10)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
            name: "calls per window",
            told: Told::Left { limit: "ratelimit-limit", left: "ratelimit-remaining" },
        }];
        QUOTAS
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["conversion_metric_id", "campaign_window"]
    }

    fn attribution(&self, _: &RemoteAccount, _: &Settings) -> Option<String> {
        Some(
            "Revenue counts for a message within the window set in Klaviyo (5 days after a click unless it was changed)."
                .to_owned(),
        )
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
