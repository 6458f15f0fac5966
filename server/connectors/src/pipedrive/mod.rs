//! Pipedrive: deals and their moves, leads, activities.

mod auth;
mod deals;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod streams;
#[cfg(test)]
mod tests;
pub mod webhook;

use crate::connector::{AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{KeySpec, QuotaSpec, Rate, Told};
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::SettingSpec;
use crate::stream::StreamSpec;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use model::connections::{CredentialField, PlatformInfo};
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct Pipedrive;

#[async_trait]
impl Connector for Pipedrive {
    fn slug(&self) -> &'static str {
        "pipedrive"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, is_secret| CredentialField {
            name: name.into(),
            label: label.into(),
            help: "Pipedrive Developer Hub, your app, OAuth & access scopes.".into(),
            is_secret,
            is_optional: false,
        };
        PlatformInfo {
            slug: self.slug().into(),
            name: "Pipedrive".into(),
            summary: "Deals with each move between stages, leads and activities.".into(),
            reads: vec![
                "Deals, their pipelines, stages, owners and values, deleted and archived ones included."
                    .into(),
                "Each move of a deal from stage to stage.".into(),
                "When leads were made, and how many activities were done per day.".into(),
            ],
            never: vec![
                "It never changes anything in the company, and sends nothing.".into(),
                "It never keeps names, addresses or numbers of persons and leads.".into(),
            ],
            scopes: auth::SCOPES.iter().map(|&s| s.into()).collect(),
            fields: vec![
                field("client_id", "Client ID", false),
                field("client_secret", "Client secret", true),
            ],
            is_configured: false,
        }
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

    fn key(&self) -> Option<KeySpec> {
        Some(auth::KEY)
    }

    fn rate(&self) -> Rate {
        // The smallest of the vendor's limits is 20 requests in any two seconds, bursts included.
        Rate::per_second(6)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn quotas(&self) -> &'static [QuotaSpec] {
        const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
            name: "tokens per day",
            told: Told::Left {
                limit: "x-daily-ratelimit-token-limit",
                left: "x-daily-ratelimit-token-remaining",
            },
        }];
        QUOTAS
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["deal_history"]
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
