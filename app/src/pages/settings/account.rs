//! The person: password, sessions, theme, shortcuts.

use super::password::ChangePassword;
use super::sessions::Sessions;
use crate::pages::entry::LoggedIn;
use crate::pages::error_page::NotFound;
use crate::pages::shell::{PageHeader, Shell, leave};
use crate::state::session::{last_workspace, use_session};
use crate::state::shortcuts::use_single_keys;
use crate::state::theme::{ThemeChoice, use_theme};
use crate::state::toast::use_toasts;
use crate::ui::{Button, Icon, Notice, NoticeKind};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/settings/account`; `?ws=` says whose rail stands beside it.
#[component]
pub fn AccountPage() -> impl IntoView {
    view! { <LoggedIn><Framed/></LoggedIn> }
}

#[component]
fn Framed() -> impl IntoView {
    let asked = use_query_map().with_untracked(|query| query.get("ws"));
    let session = use_session();
    let found = session.home(asked.or_else(last_workspace).as_deref()).cloned();
    match found {
        Some(workspace) => view! { <Shell workspace><Account/></Shell> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}

#[component]
fn Account() -> impl IntoView {
    let session = use_session();
    let (theme, keys, toasts) = (use_theme(), use_single_keys(), use_toasts());
    let email = session.email.clone();
    view! {
        <PageHeader title="Account">
            <Button icon=Icon::LogOut on_click=move |_| leave(toasts)>"Log out"</Button>
        </PageHeader>
        <div class="stack measure">
            {session
                .insecure_transport
                .then(|| {
                    view! {
                        <Notice kind=NoticeKind::Warning>
                            <p>"This site is served over plain http: anybody on the way can read passwords and figures."</p>
                            <p class="muted">"Put it behind a proxy with https, unless it is reached on this machine only."</p>
                        </Notice>
                    }
                })}
            <p>"Logged in as " <strong>{session.email}</strong></p>
            <ChangePassword email/>
            <section class="card stack stack--tight">
                <h2>"Sessions"</h2>
                <Sessions/>
            </section>
            <section class="card stack">
                <h2>"This browser"</h2>
                <fieldset class="field">
                    <legend class="field__label">"Theme"</legend>
                    <div class="segments">
                        {ThemeChoice::ALL
                            .into_iter()
                            .map(|choice| {
                                view! {
                                    <label>
                                        <input
                                            type="radio"
                                            name="theme"
                                            prop:checked=move || theme.choice.get() == choice
                                            on:change=move |_| theme.choose(choice)
                                        />
                                        {choice.label()}
                                    </label>
                                }
                            })
                            .collect_view()}
                    </div>
                </fieldset>
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=move || keys.0.get()
                        on:change=move |event| keys.switch(event_target_checked(&event))
                    />
                    <span>"Single-key shortcuts, such as ? and G"</span>
                </label>
            </section>
        </div>
    }
}
