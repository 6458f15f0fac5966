//! What stands above every page: demo ribbon, lost connection.

use crate::api::demo::remove_demo;
use crate::state::browser;
use crate::state::session::{use_session, use_workspace};
use crate::state::toast::use_toasts;
use crate::ui::{Button, Dialog, Icon, IconView, Tone};
use leptos::prelude::*;

/// All banners.
#[component]
pub fn Banners() -> impl IntoView {
    let online = browser::online();
    view! {
        <aside class="banners" aria-label="Notices">
            {use_workspace().is_demo.then(|| view! { <DemoRibbon/> })}
            <div role="status">
                {move || {
                    (!online.get())
                        .then(|| {
                            view! {
                                <div class="banner banner--warning">
                                    <IconView icon=Icon::Warning/>
                                    <span>"No connection. You see the last figures; they refresh when it is back."</span>
                                </div>
                            }
                        })
                }}
            </div>
        </aside>
    }
}

/// Says that figures are invented, leads to one's own data, and removes the demo.
#[component]
fn DemoRibbon() -> impl IntoView {
    let own = use_session()
        .own()
        .map_or_else(|| "/welcome".to_owned(), |ws| format!("/w/{}/data/connect", ws.slug));
    let asking = RwSignal::new(false);
    let toasts = use_toasts();
    let remove = Action::new(move |(): &()| async move {
        match remove_demo().await {
            Ok(()) => browser::go("/"),
            Err(error) => toasts.failed(&error),
        }
    });
    let pending = remove.pending();
    view! {
        <div class="banner banner--demo">
            <span>"Demo data – " <a href=own rel="external">"connect yours"</a></span>
            <button type="button" class="btn btn--ghost" on:click=move |_| asking.set(true)>"Remove"</button>
        </div>
        <Dialog id="remove-demo" open=asking title="Remove the demo workspace?">
            <p>
                "Its connection, its invented figures and this workspace go. Your own workspaces are not touched, and you can open a new demo at any time."
            </p>
            <div class="row row--end">
                <Button on_click=move |_| asking.set(false)>"Keep it"</Button>
                <Button
                    tone=Tone::Danger
                    icon=Icon::Trash
                    pending
                    on_click=move |_| {
                        remove.dispatch(());
                    }
                >
                    "Remove demo"
                </Button>
            </div>
        </Dialog>
    }
}
