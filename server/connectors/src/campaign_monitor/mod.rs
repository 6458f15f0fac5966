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
pub mod webhook;
mod zones;

use crate::connector::{AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::hook::Hook;
use crate::http::{KeySpec, QuotaSpec, Rate, Told};
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::SettingSpec;
use crate::stream::StreamSpec;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use model::connections::{CredentialField, PlatformInfo};
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct CampaignMonitor;

#[async_trait]
impl Connector for CampaignMonitor {
    fn slug(&self) -> &'static str {
        "campaign_monitor"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, help: &str, is_secret| CredentialField {
            name: name.into(),
            label: label.into(),
            help: help.into(),
            is_secret,
            is_optional: true,
        };
        let app = "Campaign Monitor, Integrations, OAuth Registration.";
        PlatformInfo {
            slug: self.slug().into(),
            name: "Campaign Monitor".into(),
            summary: "What each campaign has come to, and how the lists grow and shrink.".into(),
            reads: vec![
                "Campaigns: sent, delivered, opened, clicked, bounced, opted out.".into(),
                "Lists: how many people are on them, joined and left.".into(),
                "Journeys and what their e-mails gain from day to day.".into(),
            ],
            never: vec![
                "It never sends a campaign and never changes lists or subscribers.".into(),
                "It never keeps addresses of subscribers, nor the keys of clients.".into(),
            ],
            scopes: auth::OAUTH.scopes.iter().map(|&s| s.into()).collect(),
            fields: vec![
                field("client_id", "Client ID", app, false),
                field("client_secret", "Client secret", app, true),
                field("api_key", "API key, instead of a consent", "Account settings, API keys.", true),
            ],
            is_configured: false,
        }
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
