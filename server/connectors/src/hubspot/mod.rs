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

use crate::connector::{AccountsFound, Connector, Context, Slice};
use crate::error::{Error, Result};
use crate::http::{QuotaSpec, Rate, Told};
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
pub struct HubSpot;

#[async_trait]
impl Connector for HubSpot {
    fn slug(&self) -> &'static str {
        "hubspot"
    }

    fn info(&self) -> PlatformInfo {
        let field = |name: &str, label: &str, is_secret| CredentialField {
            name: name.into(),
            label: label.into(),
            help: "HubSpot developer account, your app, Auth.".into(),
            is_secret,
            is_optional: false,
        };
        PlatformInfo {
            slug: self.slug().into(),
            name: "HubSpot".into(),
            summary:
                "Deals with each move between stages, leads on their way to customers, and marketing e-mails."
                    .into(),
            reads: vec![
                "Deals, their pipelines, stages, owners and values.".into(),
                "When each contact and company entered which stage of its life cycle.".into(),
                "Marketing e-mails with their figures per day, and how often forms were sent.".into(),
            ],
            never: vec![
                "It never changes anything in the portal, and sends nothing.".into(),
                "It never keeps names, addresses or numbers of contacts, nor what they wrote into forms."
                    .into(),
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
