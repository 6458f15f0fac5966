//! The dashboard.

use crate::pages::shell::PageHeader;
use leptos::prelude::*;

/// Paid performance.
#[component]
pub fn DashboardPage() -> impl IntoView {
    view! { <PageHeader title="Paid performance"/> }
}
