//! One folder per route.

mod campaigns;
mod choices;
pub mod dashboard;
mod data;
mod entry;
mod error_page;
mod login;
mod other;
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
use other::OtherPage;
pub use other::load_other_pages;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_session();
    provide_theme();
    provide_single_keys();
    let toasts = provide_toasts();
    view! {
        // The empty text stands while the code of a page is on its way.
        <Title text="" formatter=|text: String| if text.is_empty() { "Windhover".to_owned() } else { format!("{text} · Windhover") }/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=OtherPage::Start ssr=SsrMode::Async/>
                <Route path=path!("/setup") view=OtherPage::Setup ssr=SsrMode::Async/>
                <Route path=path!("/login") view=OtherPage::Login ssr=SsrMode::Async/>
                <Route path=path!("/welcome") view=OtherPage::Welcome ssr=SsrMode::Async/>
                <Route path=path!("/settings/account") view=OtherPage::Account ssr=SsrMode::Async/>
                <ParentRoute path=path!("/w/:ws") view=shell::WorkspaceLayout>
                    <Route path=path!("") view=shell::ToDashboard ssr=SsrMode::Async/>
                    <Route path=path!("dash/:board") view=dashboard::DashboardPage ssr=SsrMode::Async/>
                    <Route path=path!("data") view=OtherPage::Connections ssr=SsrMode::Async/>
                    <Route path=path!("data/connect") view=OtherPage::Catalogue ssr=SsrMode::Async/>
                    <Route path=path!("data/connect/:platform") view=OtherPage::Connect ssr=SsrMode::Async/>
                    <Route path=path!("data/platforms") view=OtherPage::Guide ssr=SsrMode::Async/>
                    <Route path=path!("data/platforms/:platform") view=OtherPage::Guide ssr=SsrMode::Async/>
                    // Asks the platform, which may take seconds: the frame comes first.
                    <Route path=path!("data/connections/:id/accounts") view=OtherPage::Accounts/>
                    <Route path=path!("data/connections/:id") view=OtherPage::Connection ssr=SsrMode::Async/>
                    <Route path=path!("data/health") view=OtherPage::Health ssr=SsrMode::Async/>
                    <Route path=path!("data/imports") view=OtherPage::Imports ssr=SsrMode::Async/>
                    // Reads the file: the frame comes first.
                    <Route path=path!("data/imports/:id") view=OtherPage::Import/>
                    <Route path=path!("data/details") view=OtherPage::Details ssr=SsrMode::Async/>
                    <Route path=path!("data/metrics") view=OtherPage::Metrics ssr=SsrMode::Async/>
                    <Route path=path!("data/currencies") view=OtherPage::Currencies ssr=SsrMode::Async/>
                    <Route path=path!("data/mapping") view=OtherPage::Mapping ssr=SsrMode::Async/>
                    <Route path=path!("campaigns") view=OtherPage::Campaigns ssr=SsrMode::Async/>
                    <Route path=path!("campaigns/:id") view=OtherPage::Campaign ssr=SsrMode::Async/>
                    <Route path=path!("settings") view=OtherPage::WorkspaceSettings ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
        <ToastList toasts/>
    }
}
