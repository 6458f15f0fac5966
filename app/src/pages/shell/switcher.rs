//! Which workspace, and the way to another.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use crate::state::session::{use_session, use_workspace};
use crate::ui::{Icon, IconView, Later, Menu, MenuLine, MenuLink, NotLoaded};
use leptos::prelude::*;
use model::workspace::Workspace;

/// The first letter, as the workspace's mark.
fn initial(name: &str) -> String {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .map_or_else(|| "W".to_owned(), |c| c.to_uppercase().to_string())
}

/// Shows the workspace and lists the others. Another workspace is another page load: nothing of this one stays.
#[component]
pub fn WorkspaceSwitcher(
    /// Unique on the page.
    id: &'static str,
) -> impl IntoView {
    let current = use_workspace();
    let shown = current.clone();
    let trigger = move || {
        let about = if shown.is_demo {
            "Demo data".to_owned()
        } else {
            format!("{} · {}", shown.currency, shown.time_zone)
        };
        view! {
            <span class="switcher__mark" aria-hidden="true">{initial(&shown.name)}</span>
            <span class="switcher__text">
                <span class="switcher__name">{shown.name.clone()}</span>
                <span class="switcher__about">{about}</span>
            </span>
            <IconView icon=Icon::ChevronUpDown/>
        }
    };
    let label = format!("Workspace: {}", current.name);
    view! {
        <Menu id trigger button_class="switcher" label>
            <Later when=Signal::stored(true) draw=items/>
        </Menu>
    }
}

/// The workspaces, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn items() -> Result<AnyView, NotLoaded> {
    let here = use_workspace().slug;
    let link = |ws: &Workspace| {
        let current = ws.slug == here;
        let name = if ws.is_demo { format!("{} (demo)", ws.name) } else { ws.name.clone() };
        view! { <MenuLink href=format!("/w/{}", ws.slug) external=true current>{name}</MenuLink> }
    };
    let view = view! {
        {use_session().workspaces.iter().map(link).collect_view()}
        <MenuLine/>
        <MenuLink href="/welcome" icon=Icon::Plus>"Demo data or another source"</MenuLink>
    };
    Ok(view.into_any())
}
