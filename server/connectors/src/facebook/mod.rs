//! Facebook: Meta's Marketing API (Ads Insights), and leads of pages.

mod auth;
mod discovery;
mod insights;
mod leads;
mod lists;
mod map;
mod read;
mod streams;
#[cfg(test)]
mod tests;
mod token;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate};
use crate::meta;
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::time::Duration;

/// What the code says where days are asked for that Meta no longer has.
const TOO_OLD: &str = "3018";

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct Facebook;

#[async_trait]
impl Connector for Facebook {
    fn slug(&self) -> &'static str {
        "facebook"
    }

    fn about(&self) -> About {
        About {
            name: "Facebook Ads",
            summary: "Spend, reach, clicks and conversions of ads on Facebook, Instagram and Meta's network.",
            reads: &[
                "The ad accounts that you can see, with their currency and time zone.",
                "Figures per day of campaigns, ad sets and ads, also by platform, age, country and device.",
                "How many leads the forms of your pages brought per day.",
            ],
            never: &[
                "It never changes a campaign, an ad or a budget, and posts nothing.",
                "It never reads what people wrote into forms of leads.",
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

    fn has_stream(&self, account: &RemoteAccount, stream: &StreamSpec) -> bool {
        discovery::is_page(account) == streams::is_of_pages(stream.name)
    }

    fn is_too_old(&self, refusal: &Error) -> bool {
        meta::code_of(refusal) == TOO_OLD
    }

    fn rate(&self) -> Rate {
        // Meta counts CPU time rather than calls; headers tell when it gets tight.
        Rate::per_second(10)
    }

    fn throttle_window(&self) -> Duration {
        meta::THROTTLE_WINDOW
    }

    fn limit_window(&self) -> Duration {
        meta::LIMIT_WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        meta::QUOTAS
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["attribution_window", "action_report_time"]
    }

    fn attribution(&self, account: &RemoteAccount, settings: &Settings) -> Option<String> {
        (!discovery::is_page(account)).then(|| auth::attribution(settings))
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
