//! Where this person is logged in.

use crate::api::session::{end_session, sessions};
use crate::pages::shell::leave;
use crate::state::toast::use_toasts;
use crate::state::work::{first, run};
use crate::ui::{Ago, Badge, BadgeTone, Button, Instant};
use leptos::prelude::*;
use model::access::SessionInfo;

/// All sessions, each with a way to end it.
#[component]
pub fn Sessions() -> impl IntoView {
    let list = Resource::new(|| (), |()| sessions());
    first(list, |list| {
        let list = RwSignal::new(list);
        view! {
            <ul class="list">
                <For each=move || list.get() key=|session| session.id let:session>
                    <Row session list/>
                </For>
            </ul>
        }
    })
}

#[component]
fn Row(session: SessionInfo, list: RwSignal<Vec<SessionInfo>>) -> impl IntoView {
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let (id, is_current) = (session.id, session.is_current);
    let end = move |_| {
        if is_current {
            leave(toasts);
            return;
        }
        run(pending, toasts, end_session(id), move |()| {
            list.update(|list| list.retain(|other| other.id != id));
            toasts.done("Session ended.");
        });
    };
    view! {
        <li>
            <div class="grow">
                <p class="row">
                    <span class="strong">{session.device}</span>
                    {is_current.then(|| view! { <Badge tone=Signal::stored(BadgeTone::Good)>"This one"</Badge> })}
                </p>
                <p class="muted small">
                    {session.address} " · used " <Ago at=session.last_seen_at/> " · since " <Instant at=session.created_at/>
                </p>
            </div>
            <Button pending on_click=end>{if is_current { "Log out" } else { "End" }}</Button>
        </li>
    }
}
