//! One folder per route.

mod choices;
pub mod dashboard;
mod data;
mod entry;
mod error_page;
mod login;
mod settings;
mod setup;
pub mod shell;
mod welcome;

use crate::state::session::provide_session;
use crate::state::shortcuts::provide_single_keys;
use crate::state::theme::provide_theme;
use crate::state::toast::provide_toasts;
use crate::ui::toast::ToastList;
use error_page::NotFound;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_session();
    provide_theme();
    provide_single_keys();
    let toasts = provide_toasts();
    mark_hydrated();
    view! {
        <Title formatter=|text: String| if text.is_empty() { "Windhover".to_owned() } else { format!("{text} · Windhover") }/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=entry::Start ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=setup::SetupPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=login::LoginPage ssr=SsrMode::Async/>
                <Route path=path!("/welcome") view=welcome::WelcomePage ssr=SsrMode::Async/>
                <Route path=path!("/settings/account") view=settings::AccountPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("/w/:ws") view=shell::WorkspaceLayout>
                    <Route path=path!("") view=shell::ToDashboard ssr=SsrMode::Async/>
                    <Route path=path!("dash/paid") view=dashboard::DashboardPage ssr=SsrMode::Async/>
                    <Route path=path!("data") view=data::ConnectionsPage ssr=SsrMode::Async/>
                    <Route path=path!("data/connect") view=data::CataloguePage ssr=SsrMode::Async/>
                    <Route path=path!("data/connect/:platform") view=data::ConnectPage ssr=SsrMode::Async/>
                    // Asks the platform, which may take seconds: the frame comes first.
                    <Route path=path!("data/connections/:id/accounts") view=data::AccountsPage/>
                    <Route path=path!("data/connections/:id") view=data::ConnectionPage ssr=SsrMode::Async/>
                    <Route path=path!("data/imports") view=data::ImportsPage ssr=SsrMode::Async/>
                    // Reads the file: the frame comes first.
                    <Route path=path!("data/imports/:id") view=data::ImportPage/>
                    <Route path=path!("data/metrics") view=data::MetricsPage ssr=SsrMode::Async/>
                    <Route path=path!("data/currencies") view=data::CurrenciesPage ssr=SsrMode::Async/>
                    <Route path=path!("settings") view=settings::WorkspaceSettingsPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
        <ToastList toasts/>
    }
}

/// Tells tests (and anybody who looks) that the page reacts now.
fn mark_hydrated() {
    #[cfg(feature = "hydrate")]
    Effect::new(|_| {
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-hydrated", "true");
        }
    });
}
