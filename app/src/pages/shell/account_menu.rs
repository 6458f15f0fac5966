//! The person: theme, account, log out.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use crate::api::session::log_out;
use crate::state::browser;
use crate::state::session::{use_session, use_workspace};
use crate::state::theme::{ThemeChoice, use_theme};
use crate::state::toast::{Toasts, use_toasts};
use crate::ui::{Icon, IconView, Later, Menu, MenuItem, MenuLine, MenuLink, NotLoaded};
use leptos::prelude::*;

/// Ends the session and shows the log-in page; an error is shown and changes nothing.
pub fn leave(toasts: Toasts) {
    leptos::task::spawn_local(async move {
        match log_out().await {
            Ok(()) => browser::go("/login"),
            Err(error) => toasts.failed(&error),
        }
    });
}

/// The menu behind the person's mark.
#[component]
pub fn AccountMenu(
    /// Unique on the page.
    id: &'static str,
) -> impl IntoView {
    let session = use_session();
    view! {
        <Menu
            id
            trigger=|| view! { <IconView icon=Icon::User/> }
            button_class="icon-btn"
            label=format!("Account: {}", session.email)
        >
            <Later when=Signal::stored(true) draw=items/>
        </Menu>
    }
}

/// What is in the menu, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn items() -> Result<AnyView, NotLoaded> {
    let theme = use_theme();
    let account = format!("/settings/account?ws={}", use_workspace().slug);
    let toasts = use_toasts();
    let view = view! {
        <div class="menu__heading" role="presentation">{use_session().email}</div>
        <MenuLink href=account icon=Icon::User>"Account and sessions"</MenuLink>
        <MenuLine heading="Theme"/>
        {ThemeChoice::ALL
            .into_iter()
            .map(|choice| {
                let icon = match choice {
                    ThemeChoice::System => Icon::System,
                    ThemeChoice::Light => Icon::Sun,
                    ThemeChoice::Dark => Icon::Moon,
                };
                view! {
                    <MenuItem
                        icon
                        checked=Signal::derive(move || theme.choice.get() == choice)
                        on_select=move |()| theme.choose(choice)
                    >
                        {choice.label()}
                    </MenuItem>
                }
            })
            .collect_view()}
        <MenuLine/>
        <MenuItem icon=Icon::LogOut on_select=move |()| leave(toasts)>"Log out"</MenuItem>
    };
    Ok(view.into_any())
}
