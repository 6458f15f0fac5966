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
pub mod webhook;

use crate::connector::{AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate, Told};
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use model::connections::{CredentialField, PlatformInfo};
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct X;

#[async_trait]
impl Connector for X {
    fn slug(&self) -> &'static str {
        "x"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, help: &str, is_secret, is_optional| CredentialField {
            name: name.into(),
            label: label.into(),
            help: help.into(),
            is_secret,
            is_optional,
        };
        let app = "X developer console, your app, Keys and tokens.";
        let ads = "Only for the Ads API, which has to approve the app: X developer console, Keys and tokens.";
        PlatformInfo {
            slug: self.slug().into(),
            name: "X".into(),
            summary: "How posts do, how many follow, and what campaigns cost.".into(),
            reads: vec![
                "Your posts with what they have come to: impressions, likes, replies, reposts, clicks."
                    .into(),
                "How many follow you, and which posts mention you.".into(),
                "Figures per day of campaigns, where the app may use the Ads API.".into(),
            ],
            never: vec![
                "It never posts, likes, follows or sends messages.".into(),
                "It never reads direct messages, nor who follows you unless you ask for it.".into(),
            ],
            scopes: auth::USER.scopes.iter().map(|&s| s.into()).collect(),
            fields: vec![
                field("client_id", "Client ID", app, false, false),
                field("client_secret", "Client secret", "Not for public clients.", true, true),
                field("api_key", "API key", ads, false, true),
                field("api_secret", "API key secret", ads, true, true),
                field("ads_access_token", "Access token", ads, false, true),
                field("ads_access_token_secret", "Access token secret", ads, true, true),
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
