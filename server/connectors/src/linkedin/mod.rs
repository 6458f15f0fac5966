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
pub struct LinkedIn;

#[async_trait]
impl Connector for LinkedIn {
    fn slug(&self) -> &'static str {
        "linkedin"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, is_secret| CredentialField {
            name: name.into(),
            label: label.into(),
            help: "LinkedIn developer portal, your app, Auth.".into(),
            is_secret,
            is_optional: false,
        };
        PlatformInfo {
            slug: self.slug().into(),
            name: "LinkedIn".into(),
            summary: "Spend, clicks, conversions and leads of campaigns, and how organizations' pages do.".into(),
            reads: vec![
                "The ad accounts and pages that you can see.".into(),
                "Figures per day of campaigns and creatives, and who saw them by country, industry and job title."
                    .into(),
                "Impressions, reactions, followers and views of pages per day.".into(),
                "Lead forms, and when and by which campaign they were filled in.".into(),
            ],
            never: vec![
                "It never changes a campaign or a page, and posts nothing.".into(),
                "It never keeps what people wrote into lead forms.".into(),
            ],
            scopes: auth::OAUTH.scopes.iter().map(|&s| s.into()).collect(),
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
