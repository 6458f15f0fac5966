//! Account Engagement (Pardot): marketing e-mails, prospects, and what they did.

mod auth;
mod clicks;
mod discovery;
mod failure;
mod fetch;
mod map;
mod read;
mod streams;
#[cfg(test)]
mod tests;

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
pub struct Pardot;

#[async_trait]
impl Connector for Pardot {
    fn slug(&self) -> &'static str {
        "pardot"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, help: &str, (is_secret, is_optional)| CredentialField {
            name: name.into(),
            label: label.into(),
            help: help.into(),
            is_secret,
            is_optional,
        };
        let app = "Salesforce Setup, External Client App Manager, your app, Settings.";
        let unit =
            "Salesforce Setup, Account Engagement Account Setup. Only needed where units can't be listed.";
        PlatformInfo {
            slug: self.slug().into(),
            name: "Account Engagement (Pardot)".into(),
            summary: "List e-mails with their figures, prospects on their way to sales, forms and deals.".into(),
            reads: vec![
                "List e-mails and what has come of each so far.".into(),
                "When prospects were made and handed to sales; forms that were sent; links that were clicked.".into(),
                "Opportunities that were won or lost.".into(),
            ],
            never: vec![
                "It never changes anything in the business unit, and sends nothing.".into(),
                "It never asks for names and addresses of prospects.".into(),
            ],
            scopes: auth::OAUTH.scopes.iter().map(|&s| s.into()).collect(),
            fields: vec![
                field("client_id", "Consumer key", app, (false, false)),
                field("client_secret", "Consumer secret", app, (true, false)),
                field("business_unit_id", "Business unit ID", unit, (false, true)),
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
        // The vendor counts calls of a day and five at once; ours go one after the other.
        Rate::per_second(5)
    }

    fn throttle_window(&self) -> Duration {
        failure::WINDOW
    }

    fn restating_settings(&self) -> &'static [&'static str] {
        &["opportunities", "mql_by", "mql_score"]
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
