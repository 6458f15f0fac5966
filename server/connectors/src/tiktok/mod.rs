//! `TikTok`: reports of advertisers, and insights of `TikTok` accounts. Both are behind one API and two consents.

mod auth;
mod describe;
mod discovery;
mod failure;
mod fetch;
mod organic;
mod read;
mod report;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{Rate, Scheme};
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct TikTok;

#[async_trait]
impl Connector for TikTok {
    fn slug(&self) -> &'static str {
        "tiktok"
    }

    fn about(&self) -> About {
        About {
            name: "TikTok",
            summary: "Campaigns, ad groups and ads of advertisers, and the videos and followers of TikTok accounts.",
            reads: &[
                "The advertisers that you can see, with their currency and time zone.",
                "Figures per day of campaigns, ad groups and ads, also by hour and audience.",
                "Figures per day of a TikTok account, and what its videos have come to.",
            ],
            never: &[
                "It never changes a campaign, a bid or a budget, and posts nothing.",
                "It never keeps what people comment, nor who they are.",
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
        Some(&auth::ACCOUNT)
    }

    fn oauth_with(&self, settings: &Settings) -> Option<&'static OAuthSpec> {
        Some(if auth::is_ads_only(settings) { &auth::ADS } else { &auth::ACCOUNT })
    }

    fn scheme(&self) -> Scheme {
        Scheme::bare("access-token")
    }

    fn has_stream(&self, account: &RemoteAccount, stream: &StreamSpec) -> bool {
        streams::belongs(stream, auth::door(account))
    }

    fn rate(&self) -> Rate {
        // What an app of the level Basic may do.
        Rate::per_minute(600).at_once(10)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["deleted"]
    }

    fn attribution(&self, account: &RemoteAccount, _: &Settings) -> Option<String> {
        (auth::door(account) == auth::Door::Ads).then(|| {
            "Conversions count within the window set in TikTok (7 days after a click, at most 28, and 1 day after a view \
             unless it was changed)."
                .to_owned()
        })
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
