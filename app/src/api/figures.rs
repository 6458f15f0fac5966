//! What a dashboard needs besides its figures. (The figures themselves come from the routes `cube` and `frames`,
//! because they are binary, cached by version, and asked for before any script runs.)

use super::ApiError;
use chrono::NaiveDate;
use leptos::prelude::*;
use metrics::Family;
use metrics::levels::FamilyFacts;
use model::health::EndingGrant;
use model::live::Versions;
use serde::{Deserialize, Serialize};
use server_fn::codec::GetUrl;

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use metrics::ports::Figures;
#[cfg(feature = "ssr")]
use model::{
    access::Role,
    clock::Clock,
    ports::{Connections, Identity},
};
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// How far one account is complete, for the freshness pill and the explain panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// Key of the account, as in filters.
    pub key: String,
    /// For people.
    pub name: String,
    /// Platform slug.
    pub platform: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// Of which families it holds figures.
    pub families: Vec<Family>,
    /// Whether its figures were imported from files.
    pub is_file: bool,
    /// Last day that is fully read.
    pub complete_until: Option<NaiveDate>,
    /// Days from here on may be restated.
    pub provisional_from: Option<NaiveDate>,
    /// When figures were last written.
    pub as_of: Option<chrono::DateTime<chrono::Utc>>,
    /// Attribution window or another remark of the source.
    pub remark: Option<String>,
}

/// What a dashboard needs besides its figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardFacts {
    /// The current day in the workspace's zone.
    pub today: NaiveDate,
    /// When this was asked.
    pub now: chrono::DateTime<chrono::Utc>,
    /// First and last day with any figure; none = no data yet.
    pub span: Option<model::DayRange>,
    /// One per account that holds figures.
    pub accounts: Vec<AccountState>,
    /// Consents that end soon, for those who can renew them.
    pub ending: Vec<EndingGrant>,
    /// One per family of which there are figures.
    pub families: Vec<FamilyFacts>,
    /// Where the topics stood when this was asked.
    pub versions: Versions,
}

impl DashboardFacts {
    /// What a dashboard of some families needs of it. (All families stay: they say which other dashboards there are.)
    #[must_use]
    pub fn of(mut self, families: &[Family]) -> Self {
        self.accounts.retain(|account| account.families.iter().any(|family| families.contains(family)));
        let spans = self.families.iter().filter(|facts| families.contains(&facts.family));
        self.span = spans.map(|facts| facts.span).reduce(model::DayRange::hull);
        self
    }
}

/// What the dashboards of a workspace need besides figures.
#[server(prefix = "/api/f", endpoint = "dashboard_context", input = GetUrl)]
pub async fn dashboard_context(ws: String) -> Result<DashboardFacts, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        let caller = super::context::caller()?;
        let workspaces = provided::<Arc<dyn Identity>>()?.workspaces(&caller).await?;
        let zone = workspaces.into_iter().find(|w| w.id == member.workspace).map(|w| w.time_zone);
        let figures = provided::<Arc<dyn Figures>>()?;
        // Versions first: what changes while the rest is read is then read again.
        let versions = figures.versions(&member).await?;
        let freshness = figures.freshness(&member).await?;
        let ending = if member.role >= Role::Admin {
            provided::<Arc<dyn Connections>>()?.ending(&member).await?
        } else {
            Vec::new()
        };
        let now = provided::<Clock>()?.now();
        let accounts = freshness.accounts.into_iter().map(|a| AccountState {
            key: a.account.to_string(),
            name: a.name,
            platform: a.platform,
            currency: a.currency,
            time_zone: a.time_zone,
            families: a.families,
            is_file: a.source == "file",
            complete_until: a.complete_until,
            provisional_from: a.provisional_from,
            as_of: a.as_of,
            remark: a.remark,
        });
        Ok(DashboardFacts {
            today: day_in_zone(now, zone.as_deref().unwrap_or("UTC")),
            now,
            span: freshness.span,
            accounts: accounts.collect(),
            ending,
            families: freshness.families,
            versions,
        })
    })
    .await
}

/// The calendar day in an IANA zone; UTC's for an unknown one.
#[cfg(feature = "ssr")]
pub(super) fn day_in_zone(now: chrono::DateTime<chrono::Utc>, zone: &str) -> NaiveDate {
    match zone.parse::<chrono_tz::Tz>() {
        Ok(zone) => now.with_timezone(&zone).date_naive(),
        Err(_) => now.date_naive(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_workspace_s_own() {
        let now = "2026-11-22T23:30:00Z".parse().unwrap();
        let day = |zone| day_in_zone(now, zone).to_string();
        assert_eq!(day("Europe/Vienna"), "2026-11-23");
        assert_eq!(day("America/New_York"), "2026-11-22");
        assert_eq!(day("UTC"), "2026-11-22");
        assert_eq!(day("Mars/Base"), "2026-11-22");
    }
}
