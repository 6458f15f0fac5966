//! Mailchimp: campaigns and what they came to, audiences, classic automations.

mod auth;
mod discovery;
mod events;
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
use crate::hook::Hook;
use crate::http::{KeySpec, Rate};
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
pub struct Mailchimp;

#[async_trait]
impl Connector for Mailchimp {
    fn slug(&self) -> &'static str {
        "mailchimp"
    }

    fn about(&self) -> About {
        About {
            name: "Mailchimp",
            summary: "What each campaign came to, and how audiences grow.",
            reads: &[
                "Campaigns and automated e-mails with their sends, opens, clicks, bounces and revenue.",
                "Audiences: how many people are in them, and how many came and left each day.",
            ],
            never: &[
                "It never sends or changes a campaign, and never touches an audience.",
                "It never keeps names or addresses of people.",
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
        // No figure is published: only ten connections at a time, and requests of a slice follow each other.
        Rate::per_second(10)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn hook(&self) -> Option<&'static dyn Hook> {
        Some(&webhook::AudienceWebhook)
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
