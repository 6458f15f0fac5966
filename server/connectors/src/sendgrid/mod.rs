//! `SendGrid`: what was sent per day, by account and category, single sends, and the lists of who gets nothing any more.

mod auth;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod sends;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::hook::Hook;
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
pub struct SendGrid;

#[async_trait]
impl Connector for SendGrid {
    fn slug(&self) -> &'static str {
        "sendgrid"
    }

    fn about(&self) -> About {
        About {
            name: "SendGrid",
            summary: "What was sent, delivered, opened and clicked per day, by account, category and single send.",
            reads: &[
                "Statistics per day of the account, its categories and sub-users.",
                "Single sends and automations with their totals.",
                "How many addresses bounced, complained or opted out per day.",
            ],
            never: &[
                "It never sends an e-mail and never changes anything in the account.",
                "It never keeps the addresses on the lists that it counts.",
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
        None
    }

    fn key(&self) -> Option<KeySpec> {
        Some(auth::KEY)
    }

    fn has_stream(&self, account: &RemoteAccount, stream: &StreamSpec) -> bool {
        stream.name != streams::SUBUSERS || !discovery::is_subuser(account)
    }

    fn rate(&self) -> Rate {
        // The vendor publishes no figures: its headers decide.
        Rate::per_second(10)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
            name: "calls per window",
            told: Told::Left { limit: "x-ratelimit-limit", left: "x-ratelimit-remaining" },
        }];
        QUOTAS
    }

    fn hook(&self) -> Option<&'static dyn Hook> {
        Some(&webhook::EventWebhook)
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
