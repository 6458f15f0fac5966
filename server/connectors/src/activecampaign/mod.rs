//! `ActiveCampaign`: campaigns and automated e-mails, lists, and deals with their moves between stages.

mod auth;
mod crm;
mod deals;
mod discovery;
mod failure;
mod fetch;
mod map;
mod people;
mod read;
mod streams;
#[cfg(test)]
mod tests;
pub mod webhook;

use crate::connector::{AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{KeySpec, Rate};
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
pub struct ActiveCampaign;

#[async_trait]
impl Connector for ActiveCampaign {
    fn slug(&self) -> &'static str {
        "activecampaign"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, help: &str, is_secret| CredentialField {
            name: name.into(),
            label: label.into(),
            help: help.into(),
            is_secret,
            is_optional: false,
        };
        PlatformInfo {
            slug: self.slug().into(),
            name: "ActiveCampaign".into(),
            summary: "What each campaign and automated e-mail came to, how large lists are, and deals."
                .into(),
            reads: vec![
                "Campaigns and automated e-mails with their sends, opens, clicks, bounces and unsubscribes."
                    .into(),
                "Lists, and how many people are in them.".into(),
                "Deals with their values, pipelines, stages and each move between them.".into(),
            ],
            never: vec![
                "It never sends or changes anything in the account.".into(),
                "It never keeps names, addresses or numbers of contacts.".into(),
            ],
            scopes: Vec::new(),
            fields: vec![
                field(
                    "account_url",
                    "API URL",
                    "ActiveCampaign: Settings, Developer; for example https://acme.api-us1.com.",
                    false,
                ),
                field("api_key", "API key", "Beside the API URL. It may read what its user may.", true),
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
        None
    }

    fn key(&self) -> Option<KeySpec> {
        Some(auth::KEY)
    }

    fn rate(&self) -> Rate {
        // Five per second and account, whoever asks.
        Rate::per_second(5)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
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
