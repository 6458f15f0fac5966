//! Marketo Engage: what e-mails came to by the log of activities, programs with their costs, and new leads.

mod auth;
mod bulk;
mod discovery;
mod events;
mod failure;
mod fetch;
mod leads;
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
pub struct Marketo;

#[async_trait]
impl Connector for Marketo {
    fn slug(&self) -> &'static str {
        "marketo"
    }

    fn about(&self) -> About {
        About {
            name: "Marketo Engage",
            summary: "What each e-mail came to per day, what programs cost and achieved, and new leads.",
            reads: &[
                "E-mails with their sends, opens, clicks, bounces and unsubscribes per day.",
                "Programs with their costs, moves between their statuses and successes.",
                "How many leads came per day, and which were deleted.",
            ],
            never: &[
                "It never changes anything in the instance, and sends nothing.",
                "It never keeps names, addresses or numbers of leads.",
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
        // 100 in any 20 seconds for all that ask the instance: others get something too.
        Rate::per_second(4)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["lead_status_field", "currency"]
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
