//! Constant Contact: campaigns with what they have come to, lists, and who joined and left.

mod auth;
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
use crate::http::Rate;
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
pub struct ConstantContact;

#[async_trait]
impl Connector for ConstantContact {
    fn slug(&self) -> &'static str {
        "constant_contact"
    }

    fn about(&self) -> About {
        About {
            name: "Constant Contact",
            summary: "What each e-mail campaign has come to, and how the lists grow.",
            reads: &[
                "E-mail campaigns: sent, delivered, opened, clicked, bounced, opted out.",
                "Lists and how many people are on them.",
                "How many people opted in and out per day.",
            ],
            never: &[
                "It never sends an e-mail and never changes campaigns, lists or contacts.",
                "It never keeps names or addresses of contacts.",
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

    fn rate(&self) -> Rate {
        // Four a second for all accounts of an application together.
        Rate::per_second(4).at_once(1)
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
