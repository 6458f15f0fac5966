//! Account Engagement (Pardot): marketing e-mails, prospects, and what they did.

mod auth;
mod clicks;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod streams;
#[cfg(test)]
mod tests;
mod ways;

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
pub struct Pardot;

#[async_trait]
impl Connector for Pardot {
    fn slug(&self) -> &'static str {
        "pardot"
    }

    fn about(&self) -> About {
        About {
            name: "Account Engagement (Pardot)",
            summary: "List e-mails with their figures, prospects on their way to sales, forms and deals.",
            reads: &[
                "List e-mails and what has come of each so far.",
                "When prospects were made and handed to sales; forms that were sent; links that were clicked.",
                "Opportunities that were won or lost.",
            ],
            never: &[
                "It never changes anything in the business unit, and sends nothing.",
                "It never asks for names and addresses of prospects.",
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
        // The vendor counts calls of a day and five at once; ours go one after the other.
        Rate::per_second(5)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["opportunities", "mql_by", "mql_score"]
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
