//! LinkedIn Marketing API: advertising, organizations' pages and lead forms.

mod auth;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod report;
mod statistics;
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
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct LinkedIn;

#[async_trait]
impl Connector for LinkedIn {
    fn slug(&self) -> &'static str {
        "linkedin"
    }

    fn about(&self) -> About {
        About {
            name: "LinkedIn",
            summary: "Spend, clicks, conversions and leads of campaigns, and how organizations' pages do.",
            reads: &[
                "The ad accounts and pages that you can see.",
                "Figures per day of campaigns and creatives, and who saw them by country, industry and job title.",
                "Impressions, reactions, followers and views of pages per day.",
                "Lead forms, and when and by which campaign they were filled in.",
            ],
            never: &[
                "It never changes a campaign or a page, and posts nothing.",
                "It never keeps what people wrote into lead forms.",
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
        streams::ask(stream.name).is_some_and(|ask| ask.side() == auth::Side::of(account))
    }

    fn rate(&self) -> Rate {
        // The vendor counts calls per day and shows the numbers in its developer portal only.
        Rate::per_second(5)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["demographics"]
    }

    fn attribution(&self, account: &RemoteAccount, _: &Settings) -> Option<String> {
        (auth::Side::of(account) == auth::Side::Ads).then(|| {
            "Conversions count within the window set in LinkedIn (30 days after a click and 7 days after a view unless it \
             was changed)."
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
