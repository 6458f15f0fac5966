//! The frame around all pages of a workspace: rail, ribbon, banners, palette, shortcuts.

mod account_menu;
mod banners;
mod keys;
mod page;
mod palette;
mod rail;
mod switcher;

pub use account_menu::leave;
pub use page::{Crumb, PageHeader};

use crate::pages::entry::LoggedIn;
use crate::pages::error_page::NotFound;
use crate::pages::other::load_when_idle;
use crate::state::browser;
use crate::state::live::provide_live;
use crate::state::session::{remember_workspace, use_session, use_workspace};
use crate::ui::Later;
use leptos::context::Provider;
use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::{use_location, use_params_map};
use model::workspace::Workspace;

/// Everything under `/w/:ws`.
#[component]
pub fn WorkspaceLayout() -> impl IntoView {
    view! { <LoggedIn><InWorkspace/></LoggedIn> }
}

/// Not reactive: another workspace is another page load, so that nothing of this one stays.
#[component]
fn InWorkspace() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("ws").unwrap_or_default());
    let found = use_session().workspaces.into_iter().find(|ws| ws.slug == slug);
    match found {
        Some(workspace) => {
            Effect::new(move |_| remember_workspace(&slug));
            view! { <Shell workspace><Outlet/></Shell> }.into_any()
        }
        None => view! { <NotFound/> }.into_any(),
    }
}

/// `/w/:ws`: the first dashboard.
#[component]
pub fn ToDashboard() -> impl IntoView {
    let path = format!("/w/{}/dash/paid", use_workspace().slug);
    view! { <Redirect path/> }
}

/// The frame itself; puts the workspace and its live connection into context.
#[component]
pub fn Shell(
    /// Which workspace's.
    workspace: Workspace,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <Provider value=workspace.clone()>
            <Frame>{children()}</Frame>
        </Provider>
    }
}

#[component]
fn Frame(children: Children) -> impl IntoView {
    let workspace = use_workspace();
    provide_live(Signal::stored(workspace.slug.clone()));
    let collapsed = rail_state();
    let (palette, shortcuts) = (RwSignal::new(false), RwSignal::new(false));
    keys::global_keys(&workspace.slug, palette, shortcuts);
    focus_on_navigation();
    load_when_idle();
    view! {
        // Not the router's: it would take the hash for a new place and leave the focus here.
        <a
            class="skip"
            href="#main"
            rel="external"
            on:click=move |event| {
                event.prevent_default();
                browser::focus("#main");
            }
        >
            "Skip to content"
        </a>
        <div class="shell" class:shell--narrow=move || collapsed.get()>
            <rail::TopBar palette/>
            <rail::Rail collapsed palette shortcuts/>
            <div class="shell__body">
                <banners::Banners/>
                <main id="main" class="page" tabindex="-1">{children()}</main>
            </div>
            <rail::BottomBar/>
        </div>
        <Later when=palette draw=move || palette::draw(palette, shortcuts)/>
        <Later when=shortcuts draw=move || keys::draw_shortcuts(shortcuts)/>
    }
}

/// Whether the rail is collapsed, as this browser remembers it.
fn rail_state() -> RwSignal<bool> {
    const STORED: &str = "wh-rail";
    let collapsed = RwSignal::new(false);
    Effect::new(move |before: Option<()>| {
        if before.is_none() {
            if browser::stored(STORED).as_deref() == Some("narrow") {
                collapsed.set(true);
            } else {
                collapsed.track();
            }
            return;
        }
        browser::store(STORED, if collapsed.get() { "narrow" } else { "wide" });
    });
    collapsed
}

/// After a change of page the keyboard and the screen reader go on at its heading, not in the old place.
fn focus_on_navigation() {
    let location = use_location();
    Effect::new(move |before: Option<String>| {
        let path = location.pathname.get();
        if before.is_some_and(|before| before != path) {
            browser::focus("#main h1");
        }
        path
    });
}
