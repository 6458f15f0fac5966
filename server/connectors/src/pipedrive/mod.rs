//! Pipedrive: deals and their moves, leads, activities.

mod auth;
mod deals;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
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
use crate::setting::SettingSpec;
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct Pipedrive;

#[async_trait]
impl Connector for Pipedrive {
    fn slug(&self) -> &'static str {
        "pipedrive"
    }

    fn about(&self) -> About {
        About {
            name: "Pipedrive",
            summary: "Deals with each move between stages, leads and activities.",
            reads: &[
                "Deals, their pipelines, stages, owners and values, deleted and archived ones included.",
                "Each move of a deal from stage to stage.",
                "When leads were made, and how many activities were done per day.",
            ],
            never: &[
                "It never changes anything in the company, and sends nothing.",
                "It never keeps names, addresses or numbers of persons and leads.",
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

    fn rate(&self) -> Rate {
        // The smallest of the vendor's limits is 20 requests in any two seconds, bursts included.
        Rate::per_second(6)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
            name: "tokens per day",
            told: Told::Left {
                limit: "x-daily-ratelimit-token-limit",
                left: "x-daily-ratelimit-token-remaining",
            },
        }];
        QUOTAS
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["deal_history"]
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
