//! Constant Contact: campaigns with what they have come to, lists, and who joined and left.

mod auth;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod reports;
mod streams;
#[cfg(test)]
mod tests;
pub mod webhook;

use crate::connector::{AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::Rate;
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
pub struct ConstantContact;

#[async_trait]
impl Connector for ConstantContact {
    fn slug(&self) -> &'static str {
        "constant_contact"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, is_secret| CredentialField {
            name: name.into(),
            label: label.into(),
            help: "Constant Contact developer portal, My Applications, your application.".into(),
            is_secret,
            is_optional: is_secret,
        };
        PlatformInfo {
            slug: self.slug().into(),
            name: "Constant Contact".into(),
            summary: "What each e-mail campaign has come to, and how the lists grow.".into(),
            reads: vec![
                "E-mail campaigns: sent, delivered, opened, clicked, bounced, opted out.".into(),
                "Lists and how many people are on them.".into(),
                "How many people opted in and out per day.".into(),
            ],
            never: vec![
                "It never sends an e-mail and never changes campaigns, lists or contacts.".into(),
                "It never keeps names or addresses of contacts.".into(),
            ],
            scopes: auth::OAUTH.scopes.iter().map(|&s| s.into()).collect(),
            fields: vec![
                field("client_id", "API key (client id)", false),
                field("client_secret", "Application secret", true),
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

    fn rate(&self) -> Rate {
        // Four a second for all accounts of an application together.
        Rate::per_second(4).at_once(1)
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
