//! One folder per route.

pub mod dashboard;
mod entry;
mod error_page;
pub mod shell;

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
                <ParentRoute path=path!("/w/:ws") view=shell::WorkspaceLayout ssr=SsrMode::OutOfOrder>
                    <Route path=path!("") view=shell::ToDashboard/>
                    <Route path=path!("dash/paid") view=dashboard::DashboardPage/>
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
