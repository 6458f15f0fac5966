//! Pages of a section, side by side. Links, not ARIA tabs: each is a page with its own address.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A page of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// For people.
    pub label: &'static str,
    /// Its address.
    pub href: String,
}

/// Links to the pages of a section; the one whose address is the longest beginning of the current one is marked.
#[component]
pub fn Tabs(
    /// What the section is.
    label: &'static str,
    /// Its pages.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let location = use_location();
    let addresses: Vec<String> = tabs.iter().map(|tab| tab.href.clone()).collect();
    let current = Memo::new(move |_| {
        let path = location.pathname.get();
        addresses
            .iter()
            .filter(|href| {
                path.strip_prefix(href.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .max_by_key(|href| href.len())
            .cloned()
    });
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .into_iter()
                .map(|tab| {
                    let href = tab.href.clone();
                    view! {
                        <a
                            href=tab.href
                            aria-current=move || {
                                current.with(|current| current.as_deref() == Some(href.as_str())).then_some("page")
                            }
                        >
                            {tab.label}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}
