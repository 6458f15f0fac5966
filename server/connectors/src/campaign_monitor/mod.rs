//! Campaign Monitor: campaigns with what they have come to, lists and their growth, and e-mails of journeys.

mod auth;
mod discovery;
mod failure;
mod fetch;
mod happened;
mod map;
mod read;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;
mod zones;

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
pub struct CampaignMonitor;

#[async_trait]
impl Connector for CampaignMonitor {
    fn slug(&self) -> &'static str {
        "campaign_monitor"
    }

    fn about(&self) -> About {
        About {
            name: "Campaign Monitor",
            summary: "What each campaign has come to, and how the lists grow and shrink.",
            reads: &[
                "Campaigns: sent, delivered, opened, clicked, bounced, opted out.",
                "Lists: how many people are on them, joined and left.",
                "Journeys and what their e-mails gain from day to day.",
            ],
            never: &[
                "It never sends a campaign and never changes lists or subscribers.",
                "It never keeps addresses of subscribers, nor the keys of clients.",
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
        // The vendor documents no limit: its headers decide.
        Rate::per_second(5)
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
        Some(&webhook::ListWebhook)
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
