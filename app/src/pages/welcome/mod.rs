//! After set-up: where do figures come from?

use crate::api::demo::open_demo;
use crate::pages::entry::{LoggedIn, Lone};
use crate::state::browser;
use crate::state::session::{may, use_session};
use crate::state::toast::use_toasts;
use crate::state::work::run;
use crate::ui::{Icon, IconView};
use leptos::prelude::*;
use model::access::Role;

/// `/welcome`.
#[component]
pub fn WelcomePage() -> impl IntoView {
    view! { <LoggedIn><Choice/></LoggedIn> }
}

#[component]
fn Choice() -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let own = session.own().cloned();
    let link = move |role: Role, path: &str| {
        own.as_ref().filter(|ws| may(ws, role)).map(|ws| format!("/w/{}{path}", ws.slug))
    };
    let (connect, import) = (link(Role::Admin, "/data/connect"), link(Role::Editor, "/data/imports"));
    view! {
        <Lone title="Where do your figures come from?" wide=true>
            <div class="choices">
                <button
                    type="button"
                    class="choice"
                    aria-busy=move || pending.get().then_some("true")
                    on:click=move |_| {
                        run(pending, toasts, open_demo(), |slug| browser::go(&format!("/w/{slug}/dash/paid")));
                    }
                >
                    <IconView icon=Icon::Dashboard/>
                    <span class="strong">
                        {move || if pending.get() { "Making the demo …" } else { "Explore demo data" }}
                    </span>
                    <span class="muted">
                        "Six invented advertising accounts in three currencies, in a workspace of their own. Removed in one click, never mixed with your figures."
                    </span>
                </button>
                {connect
                    .map(|href| {
                        view! {
                            <a class="choice" href=href rel="external">
                                <IconView icon=Icon::Link/>
                                <span class="strong">"Connect a source"</span>
                                <span class="muted">"Read a platform's figures by its own API, and keep them up to date."</span>
                            </a>
                        }
                    })}
                {import
                    .map(|href| {
                        view! {
                            <a class="choice" href=href rel="external">
                                <IconView icon=Icon::Upload/>
                                <span class="strong">"Import a file"</span>
                                <span class="muted">"Drop a CSV, TSV or Excel export of any platform. You see what will be loaded before it is."</span>
                            </a>
                        }
                    })}
            </div>
            <p><a href="/">"Go on without"</a></p>
        </Lone>
    }
}
