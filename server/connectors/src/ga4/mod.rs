//! Google Analytics 4: Data API for reports, Admin API for the list of properties.

mod auth;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod snapshots;
mod streams;
mod table;
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
pub struct GoogleAnalytics;

#[async_trait]
impl Connector for GoogleAnalytics {
    fn slug(&self) -> &'static str {
        "ga4"
    }

    fn about(&self) -> About {
        About {
            name: "Google Analytics",
            summary: "Visits, pages, events and key events of web sites and apps (Google Analytics 4).",
            reads: &[
                "The properties that you can see, with their currency and time zone.",
                "Figures per day of campaigns and sources, pages and events.",
                "Costs of linked Google Ads campaigns, as Analytics shows them.",
            ],
            never: &[
                "It never changes a property or its settings.",
                "It never reads single visitors or what they did.",
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
        // The vendor counts tokens and requests at once; its Admin API allows ten requests per second and user.
        Rate::per_second(10)
    }

    fn attribution(&self, _: &RemoteAccount, _: &Settings) -> Option<String> {
        Some("Google Analytics may attribute key events anew for up to 12 days.".to_owned())
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
