//! Zoho CRM: deals with each move, leads, campaigns.

mod auth;
mod deals;
mod discovery;
mod failure;
mod fetch;
mod history;
mod ledger;
mod map;
mod members;
mod read;
mod streams;
#[cfg(test)]
mod tests;
mod ways;
pub mod webhook;

use crate::connector::{About, AccountsFound, Connector, Context, Slice};
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate, Scheme, Told};
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use crate::way::Way;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::collections::BTreeMap;
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct ZohoCrm;

#[async_trait]
impl Connector for ZohoCrm {
    fn slug(&self) -> &'static str {
        "zoho_crm"
    }

    fn about(&self) -> About {
        About {
            name: "Zoho CRM",
            summary: "Deals with each move between stages, leads on their way to deals, and campaigns.",
            reads: &[
                "Deals, their pipelines, stages, owners and values.",
                "When each deal entered which stage, and each lead which status.",
                "Campaigns with their cost and how many people are in them.",
            ],
            never: &[
                "It never changes anything in the organization, and sends nothing.",
                "It never keeps names, addresses or numbers of leads and contacts.",
            ],
        }
    }

    fn ways(&self) -> &'static [Way] {
        ways::WAYS
    }

    fn settings_told(&self, answer: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
        auth::told(answer).map(|center| (auth::CENTER, center.to_owned())).into_iter().collect()
    }

    fn streams(&self) -> &'static [StreamSpec] {
        streams::SPECS
    }

    fn settings(&self) -> &'static [SettingSpec] {
        auth::SETTINGS
    }

    fn oauth(&self) -> Option<&'static OAuthSpec> {
        Some(auth::OAUTH)
    }

    fn oauth_for(&self, settings: &Settings, credentials: &Credentials) -> Option<&'static OAuthSpec> {
        Some(auth::door(settings, credentials))
    }

    fn scheme(&self) -> Scheme {
        auth::SCHEME
    }

    fn has_stream(&self, account: &RemoteAccount, stream: &StreamSpec) -> bool {
        stream.name != streams::MULTI_CURRENCY || account.detail(streams::MULTI_CURRENCY).is_some()
    }

    fn rate(&self) -> Rate {
        // The vendor counts requests at the same time, five at least; ours go one after the other.
        Rate::per_second(10)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
            name: "calls per window",
            told: Told::Left { limit: "x-ratelimit-limit", left: "x-ratelimit-remaining" },
        }];
        QUOTAS
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["mql_statuses", "sql_statuses"]
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
