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
pub mod webhook;

use crate::connector::{AccountsFound, Connector, Context, Slice};
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate, Scheme, Told};
use crate::oauth::OAuthSpec;
use crate::record::{Page, RemoteAccount, Warning};
use crate::setting::{SettingSpec, Settings};
use crate::stream::StreamSpec;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use model::connections::{CredentialField, PlatformInfo};
use std::time::Duration;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct ZohoCrm;

#[async_trait]
impl Connector for ZohoCrm {
    fn slug(&self) -> &'static str {
        "zoho_crm"
    }

    fn info(&self) -> PlatformInfo {
        const CONSOLE: &str = "Zoho API console of your data centre, your client, Client Secret.";
        let field = |name: &str, label: &str, help: &str, is_secret| CredentialField {
            name: name.into(),
            label: label.into(),
            help: help.into(),
            is_secret,
            is_optional: false,
        };
        PlatformInfo {
            slug: self.slug().into(),
            name: "Zoho CRM".into(),
            summary: "Deals with each move between stages, leads on their way to deals, and campaigns."
                .into(),
            reads: vec![
                "Deals, their pipelines, stages, owners and values.".into(),
                "When each deal entered which stage, and each lead which status.".into(),
                "Campaigns with their cost and how many people are in them.".into(),
            ],
            never: vec![
                "It never changes anything in the organization, and sends nothing.".into(),
                "It never keeps names, addresses or numbers of leads and contacts.".into(),
            ],
            scopes: auth::OAUTH.scopes.iter().map(|&s| s.into()).collect(),
            fields: vec![
                field("client_id", "Client ID", CONSOLE, false),
                field("client_secret", "Client secret", CONSOLE, true),
                CredentialField {
                    is_optional: true,
                    ..field(
                        "data_center",
                        "Data centre",
                        "Where the organization lives: us, eu, in, au, jp, ca, cn or sa; us where nothing is given.",
                        false,
                    )
                },
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
