//! Navigation: the rail on wide screens, bars at the top and the bottom on phones.

use super::account_menu::AccountMenu;
use super::switcher::WorkspaceSwitcher;
use crate::state::session::use_workspace;
use crate::ui::{Icon, IconButton, IconView};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// For people.
    pub label: &'static str,
    /// Its mark.
    pub icon: Icon,
    /// Where it leads, after `/w/{slug}`.
    pub path: &'static str,
    /// Everything that belongs to it starts with this, after `/w/{slug}`.
    pub root: &'static str,
    /// After `g`.
    pub key: &'static str,
}

/// All places, in order.
pub const PLACES: [Place; 4] = [
    Place { label: "Dashboards", icon: Icon::Dashboard, path: "/dash/overview", root: "/dash", key: "d" },
    Place { label: "Campaigns", icon: Icon::Campaign, path: "/campaigns", root: "/campaigns", key: "c" },
    Place { label: "Data", icon: Icon::Data, path: "/data", root: "/data", key: "t" },
    Place { label: "Settings", icon: Icon::Settings, path: "/settings", root: "/settings", key: "s" },
];

impl Place {
    /// Its address in a workspace.
    pub fn href(self, slug: &str) -> String {
        format!("/w/{slug}{}", self.path)
    }
}

/// The links, with the current one marked.
#[component]
fn PlaceLinks() -> impl IntoView {
    let workspace = use_workspace();
    let location = use_location();
    PLACES
        .into_iter()
        .map(|place| {
            let root = format!("/w/{}{}", workspace.slug, place.root);
            let is_current = move || {
                location.pathname.with(|path| {
                    path.strip_prefix(root.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                })
            };
            view! {
                <li>
                    <a
                        class="place"
                        href=place.href(&workspace.slug)
                        title=place.label
                        aria-current=move || is_current().then_some("page")
                    >
                        <IconView icon=place.icon/>
                        <span class="place__text">{place.label}</span>
                    </a>
                </li>
            }
        })
        .collect_view()
}

/// The rail on the left; 240 px wide, or 56 with icons only.
#[component]
pub fn Rail(
    /// Icons only.
    collapsed: RwSignal<bool>,
    /// Opens the palette.
    palette: RwSignal<bool>,
    /// Opens the list of shortcuts.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <nav class="rail" aria-label="Main">
            <WorkspaceSwitcher id="rail-workspace"/>
            <ul class="rail__places">
                <PlaceLinks/>
            </ul>
            <div class="rail__foot">
                <button type="button" class="place" title="Search or jump" on:click=move |_| palette.set(true)>
                    <IconView icon=Icon::Search/>
                    <span class="place__text">"Search or jump"</span>
                    <kbd class="place__keys">"Ctrl K"</kbd>
                </button>
                <button type="button" class="place" title="Keyboard shortcuts" on:click=move |_| shortcuts.set(true)>
                    <IconView icon=Icon::Keyboard/>
                    <span class="place__text">"Shortcuts"</span>
                    <kbd class="place__keys">"?"</kbd>
                </button>
                <div class="rail__last">
                    <AccountMenu id="rail-account"/>
                    <IconButton
                        icon=Icon::Panel
                        label=Signal::derive(move || {
                            if collapsed.get() { "Widen navigation".to_owned() } else { "Narrow navigation".to_owned() }
                        })
                        on_click=move |_| collapsed.update(|narrow| *narrow = !*narrow)
                    />
                </div>
            </div>
        </nav>
    }
}

/// The bar at the top of phones: workspace, search, account.
#[component]
pub fn TopBar(
    /// Opens the palette.
    palette: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <div class="topbar">
            <WorkspaceSwitcher id="top-workspace"/>
            <IconButton icon=Icon::Search label="Search or jump" on_click=move |_| palette.set(true)/>
            <AccountMenu id="top-account"/>
        </div>
    }
}

/// The places at the bottom of phones.
#[component]
pub fn BottomBar() -> impl IntoView {
    view! {
        <nav class="bottombar" aria-label="Main, on small screens">
            <ul>
                <PlaceLinks/>
            </ul>
        </nav>
    }
}
