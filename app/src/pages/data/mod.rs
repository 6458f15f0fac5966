//! Where figures come from: connections, file imports, metrics, currencies.

mod accounts;
mod calendar;
mod catalogue;
mod connect;
mod connection;
mod connections;
mod currencies;
mod day;
mod details;
mod disconnect;
mod first_sync;
mod guide;
mod health;
mod import;
mod imports;
mod mapping;
mod metrics;
mod more_streams;
mod pushed;
mod runs;
mod settings;
mod states;
mod warnings;
mod way_form;

pub use accounts::AccountsPage;
pub use catalogue::CataloguePage;
pub use connect::ConnectPage;
pub use connection::ConnectionPage;
pub use connections::ConnectionsPage;
pub use currencies::CurrenciesPage;
pub use details::DetailsPage;
pub use guide::GuidePage;
pub use health::HealthPage;
pub use import::ImportPage;
pub use imports::ImportsPage;
pub use mapping::MappingPage;
pub use metrics::MetricsPage;

use crate::pages::shell::Crumb;
use crate::state::session::use_workspace;
use crate::ui::{Notice, NoticeKind, Tab, Tabs};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The pages of the section.
#[component]
fn DataTabs() -> impl IntoView {
    let slug = use_workspace().slug;
    let tab = |label, path: &str| Tab { label, href: format!("/w/{slug}/data{path}") };
    view! {
        <Tabs
            label="Data"
            tabs=vec![
                tab("Connections", ""),
                tab("Health", "/health"),
                tab("File imports", "/imports"),
                tab("Mapping", "/mapping"),
                tab("Details", "/details"),
                tab("Metrics", "/metrics"),
                tab("Currencies", "/currencies"),
            ]
        />
    }
}

/// The way to a page below the connections.
fn connections_crumb(slug: &str) -> Crumb {
    Crumb::new("Connections", format!("/w/{slug}/data"))
}

/// What the vendor, or our own check, said when the browser came back from it (`?error=`). Anybody can make up such an
/// address, so it is shown as a quotation, cut, and never as ours.
#[component]
fn CallbackError() -> impl IntoView {
    let query = use_query_map();
    move || {
        query.with(|query| query.get("error")).filter(|text| !text.trim().is_empty()).map(|text| {
            let text: String = text.chars().take(300).collect();
            view! {
                <div role="alert">
                    <Notice kind=NoticeKind::Error>
                        <p>"Nothing was connected. The answer was:"</p>
                        <p><q>{text}</q></p>
                    </Notice>
                </div>
            }
        })
    }
}

/// An id out of the address; none when it is no id.
fn id_param<T: std::str::FromStr>(name: &'static str) -> Option<T> {
    id_of(use_params_map().with_untracked(|params| params.get(name)))
}

/// The id that is written there, if it is one.
fn id_of<T: std::str::FromStr>(text: Option<String>) -> Option<T> {
    text.and_then(|text| text.parse().ok())
}

/// "1 row", "12,345 rows".
fn count(n: i64, one: &str, many: &str) -> String {
    let number = ::metrics::format::integer(n, ::metrics::Locale::EN);
    format!("{number} {}", if n == 1 { one } else { many })
}
