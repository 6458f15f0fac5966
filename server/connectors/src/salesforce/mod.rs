//! Salesforce: deals with each move, leads, and campaigns.

mod auth;
mod bulk;
mod crm;
mod discovery;
mod events;
mod fetch;
mod history;
mod map;
mod read;
mod soql;
mod streams;
#[cfg(test)]
mod tests;
mod ways;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate};
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
pub struct Salesforce;

#[async_trait]
impl Connector for Salesforce {
    fn slug(&self) -> &'static str {
        "salesforce"
    }

    fn about(&self) -> About {
        About {
            name: "Salesforce",
            summary: "Deals with each move between stages, leads on their way to deals, and campaigns.",
            reads: &[
                "Opportunities, their stages, values and each of their moves.",
                "When leads were made, changed their status and were converted.",
                "Campaigns with what they cost, how much was sent, and who responded when.",
            ],
            never: &[
                "It never changes anything in the org.",
                "It never asks for names, addresses or numbers of leads and contacts.",
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
        // The vendor counts calls of a day and long ones at once, but none per second; this keeps bursts polite.
        Rate::per_second(10)
    }

    fn throttle_window(&self) -> Duration {
        fetch::WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        fetch::QUOTAS
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["mql_statuses", "sql_statuses", "email_types"]
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
