//! Google Ads API (REST): reporting by GAQL.

mod auth;
mod discovery;
mod failure;
mod fetch;
mod gaql;
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
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct GoogleAds;

#[async_trait]
impl Connector for GoogleAds {
    fn slug(&self) -> &'static str {
        "google_ads"
    }

    fn about(&self) -> About {
        About {
            name: "Google Ads",
            summary: "Spend, clicks and conversions of search, display, video and Performance Max campaigns.",
            reads: &[
                "The accounts that you can see, with their currency and time zone.",
                "Figures per day of accounts, campaigns, ad groups, ads, keywords and search terms.",
                "Names, states and budgets of campaigns, so that figures have names.",
            ],
            never: &[
                "It never changes a campaign, a bid or a budget.",
                "It never reads payment data or lists of customers.",
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
        // The vendor publishes no figure for its per-customer bucket; it answers 429 where this is too much.
        Rate::per_second(20)
    }

    fn attribution(&self, _: &RemoteAccount, _: &Settings) -> Option<String> {
        Some(
            "Conversions count on the day of the click or interaction, within the conversion window set in Google Ads \
             (30 days unless it was changed)."
                .to_owned(),
        )
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
