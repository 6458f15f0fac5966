//! The person: theme, account, log out.

use crate::api::session::log_out;
use crate::state::browser;
use crate::state::session::{use_session, use_workspace};
use crate::state::theme::{ThemeChoice, use_theme};
use crate::state::toast::{Toasts, use_toasts};
use crate::ui::{Icon, IconView, Menu, MenuItem, MenuLine, MenuLink};
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
    let theme = use_theme();
    let session = use_session();
    let account = format!("/settings/account?ws={}", use_workspace().slug);
    let toasts = use_toasts();
    let email = session.email.clone();
    view! {
        <Menu
            id
            trigger=|| view! { <IconView icon=Icon::User/> }
            button_class="icon-btn"
            label=format!("Account: {email}")
        >
            <div class="menu__heading" role="presentation">{session.email.clone()}</div>
            <MenuLink href=account.clone() icon=Icon::User>"Account and sessions"</MenuLink>
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
        </Menu>
    }
}
