//! HubSpot: CRM records, marketing e-mails and forms.

mod auth;
mod crm;
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
use crate::http::{QuotaSpec, Rate, Told};
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
pub struct HubSpot;

#[async_trait]
impl Connector for HubSpot {
    fn slug(&self) -> &'static str {
        "hubspot"
    }

    fn about(&self) -> About {
        About {
            name: "HubSpot",
            summary: "Deals with each move between stages, leads on their way to customers, and marketing e-mails.",
            reads: &[
                "Deals, their pipelines, stages, owners and values.",
                "When each contact and company entered which stage of its life cycle.",
                "Marketing e-mails with their figures per day, and how often forms were sent.",
            ],
            never: &[
                "It never changes anything in the portal, and sends nothing.",
                "It never keeps names, addresses or numbers of contacts, nor what they wrote into forms.",
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
        // The smallest of the vendor's limits is 100 requests in any ten seconds.
        Rate::per_second(9)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
            name: "calls per day",
            told: Told::Left {
                limit: "x-hubspot-ratelimit-daily",
                left: "x-hubspot-ratelimit-daily-remaining",
            },
        }];
        QUOTAS
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
