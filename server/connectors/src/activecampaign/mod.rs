//! `ActiveCampaign`: campaigns and automated e-mails, lists, and deals with their moves between stages.

mod auth;
mod crm;
mod deals;
mod discovery;
mod failure;
mod fetch;
mod map;
mod people;
mod read;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
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
pub struct ActiveCampaign;

#[async_trait]
impl Connector for ActiveCampaign {
    fn slug(&self) -> &'static str {
        "activecampaign"
    }

    fn about(&self) -> About {
        About {
            name: "ActiveCampaign",
            summary: "What each campaign and automated e-mail came to, how large lists are, and deals.",
            reads: &[
                "Campaigns and automated e-mails with their sends, opens, clicks, bounces and unsubscribes.",
                "Lists, and how many people are in them.",
                "Deals with their values, pipelines, stages and each move between them.",
            ],
            never: &[
                "It never sends or changes anything in the account.",
                "It never keeps names, addresses or numbers of contacts.",
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

    fn rate(&self) -> Rate {
        // Five per second and account, whoever asks.
        Rate::per_second(5)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
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
