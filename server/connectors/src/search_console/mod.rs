//! Google Search Console: how often a site is shown and clicked in Google's search, per day, page, query and more.

mod auth;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod snapshots;
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
pub struct SearchConsole;

#[async_trait]
impl Connector for SearchConsole {
    fn slug(&self) -> &'static str {
        "search_console"
    }

    fn about(&self) -> About {
        About {
            name: "Google Search Console",
            summary: "How often your sites are shown and clicked in Google's search, and at which position.",
            reads: &[
                "The sites that you can see.",
                "Clicks, impressions and positions per day of sites and pages.",
                "The same by query, country, device and way of being shown.",
            ],
            never: &[
                "It never changes a site, its users or its sitemaps.",
                "It never reads who searched: Google tells that to nobody.",
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
        // 1,200 a minute per site.
        Rate::per_minute(1_200).at_once(20)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["data_state", "search_types"]
    }

    async fn accounts(&self, ctx: &Context) -> Result<AccountsFound> {
        discovery::accounts(ctx).await.map_err(Error::settled)
    }

    async fn account(&self, _: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
        Ok((discovery::account(id)?, Vec::new()))
    }

    fn read_once<'a>(&'a self, ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
        read::read_once(ctx, slice)
    }
}
