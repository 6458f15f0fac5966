//! All pages but the dashboard. In the browser their code is a WebAssembly module of its own, which loads when one of
//! them is first asked for: a dashboard must not wait for forms that it does not show.
//!
//! The module is cut at [`draw`]; see [`crate::ui::later`].

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::{campaigns, data, entry, login, settings, setup, welcome};
use crate::ui::{NotLoaded, NotLoadedNotice};
use leptos::prelude::*;
use leptos_router::ChooseView;

/// A page for the `view` of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherPage {
    /// `/`
    Start,
    /// `/setup`
    Setup,
    /// `/login`
    Login,
    /// `/welcome`
    Welcome,
    /// `/settings/account`
    Account,
    /// `data`
    Connections,
    /// `data/connect`
    Catalogue,
    /// `data/connect/:platform`
    Connect,
    /// `data/platforms` and `data/platforms/:platform`
    Guide,
    /// `data/connections/:id/accounts`
    Accounts,
    /// `data/connections/:id`
    Connection,
    /// `data/health`
    Health,
    /// `data/imports`
    Imports,
    /// `data/imports/:id`
    Import,
    /// `data/details`
    Details,
    /// `data/metrics`
    Metrics,
    /// `data/currencies`
    Currencies,
    /// `data/mapping`
    Mapping,
    /// `campaigns`
    Campaigns,
    /// `campaigns/:id`
    Campaign,
    /// `settings`
    WorkspaceSettings,
}

#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible, preload(load))]
fn draw(page: OtherPage) -> Result<AnyView, NotLoaded> {
    Ok(match page {
        OtherPage::Start => view! { <entry::Start/> }.into_any(),
        OtherPage::Setup => view! { <setup::SetupPage/> }.into_any(),
        OtherPage::Login => view! { <login::LoginPage/> }.into_any(),
        OtherPage::Welcome => view! { <welcome::WelcomePage/> }.into_any(),
        OtherPage::Account => view! { <settings::AccountPage/> }.into_any(),
        OtherPage::Connections => view! { <data::ConnectionsPage/> }.into_any(),
        OtherPage::Catalogue => view! { <data::CataloguePage/> }.into_any(),
        OtherPage::Connect => view! { <data::ConnectPage/> }.into_any(),
        OtherPage::Guide => view! { <data::GuidePage/> }.into_any(),
        OtherPage::Accounts => view! { <data::AccountsPage/> }.into_any(),
        OtherPage::Connection => view! { <data::ConnectionPage/> }.into_any(),
        OtherPage::Health => view! { <data::HealthPage/> }.into_any(),
        OtherPage::Imports => view! { <data::ImportsPage/> }.into_any(),
        OtherPage::Import => view! { <data::ImportPage/> }.into_any(),
        OtherPage::Details => view! { <data::DetailsPage/> }.into_any(),
        OtherPage::Metrics => view! { <data::MetricsPage/> }.into_any(),
        OtherPage::Currencies => view! { <data::CurrenciesPage/> }.into_any(),
        OtherPage::Mapping => view! { <data::MappingPage/> }.into_any(),
        OtherPage::Campaigns => view! { <campaigns::CampaignsPage/> }.into_any(),
        OtherPage::Campaign => view! { <campaigns::CampaignPage/> }.into_any(),
        OtherPage::WorkspaceSettings => view! { <settings::WorkspaceSettingsPage/> }.into_any(),
    })
}

impl ChooseView for OtherPage {
    async fn choose(self) -> AnyView {
        draw(self).await.unwrap_or_else(|NotLoaded| view! { <NotLoadedNotice/> }.into_any())
    }

    async fn preload(&self) {
        // A failure shows when the page is asked for.
        load_other_pages().await;
    }
}

/// Loads the module; whether it came.
pub async fn load_other_pages() -> bool {
    load().await.is_ok()
}

/// Loads the module ahead, so that the way from the dashboard to another page needs no network.
pub fn load_when_idle() {
    #[cfg(feature = "hydrate")]
    set_timeout(
        || {
            leptos::task::spawn_local(async {
                load_other_pages().await;
            });
        },
        std::time::Duration::from_secs(4),
    );
}
