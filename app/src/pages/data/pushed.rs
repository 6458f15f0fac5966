//! What a platform pushes to a connection: the address, and what came.

use crate::api::hooks::{close_hook, hook, open_hook};
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::{keep_fresh, run};
use crate::ui::{Badge, BadgeTone, Button, Instant, TableScroll, TextField, Tone};
use crate::widgets::frame::copy;
use leptos::prelude::*;
use model::hooks::{DeliveryOutcome, DeliveryTrace, HookAddress, HookState};
use model::ids::ConnectionId;
use model::live::Topic;

/// The section; nothing for platforms that push nothing that is counted.
#[component]
pub fn PushedEvents(
    /// Which connection.
    connection: ConnectionId,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let state = RwSignal::new(None::<HookState>);
    let again = Trigger::new();
    let fetch = move || hook(slug.get_value(), connection);
    let first = LocalResource::new(fetch);
    Effect::new(move |_| {
        if let Some(Ok(found)) = first.get() {
            state.set(found);
        }
    });
    keep_fresh(Topic::Connections, state, again, fetch);
    let is_there = Memo::new(move |_| state.with(Option::is_some));
    move || {
        is_there.get().then(|| {
            view! {
                <section class="card stack stack--tight">
                    <h2>"Pushed events"</h2>
                    <p class="muted">
                        "The platform can tell each event as it happens. They are counted by the hour; totals stay those of the platform's own reports."
                    </p>
                    <Address connection state/>
                    <Deliveries state/>
                </section>
            }
        })
    }
}

#[component]
fn Address(connection: ConnectionId, state: RwSignal<Option<HookState>>) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let address = Memo::new(move |_| state.with(|s| s.as_ref().and_then(|s| s.address.clone())));
    let proof = RwSignal::new(String::new());
    let open = move |value: Option<String>| {
        run(pending, toasts, open_hook(slug.get_value(), connection, value), move |fresh| {
            proof.set(String::new());
            toasts.done("Saved.");
            state.set(Some(fresh));
        });
    };
    let close = move |_| {
        run(pending, toasts, close_hook(slug.get_value(), connection), move |()| {
            toasts.done("The address is gone. What was counted stays.");
            state.update(|s| {
                if let Some(s) = s {
                    s.address = None;
                    s.deliveries.clear();
                }
            });
        });
    };
    let words = move |read: fn(&HookState) -> Option<String>| state.with(|s| s.as_ref().and_then(read));
    move || {
        let Some(HookAddress { url, proof: known }) = address.get() else {
            return view! {
                <div>
                    <Button pending on_click=move |_| open(None)>"Make an address"</Button>
                </div>
            }
            .into_any();
        };
        let copied = url.clone();
        let label = words(|s| s.proof_label.clone());
        let help = words(|s| s.proof_help.clone()).unwrap_or_default();
        let missing = label.is_some() && known.is_none();
        view! {
            <p>{words(|s| Some(s.instructions.clone()))}</p>
            <div class="row">
                <code class="code-line">{url}</code>
                <Button
                    on_click=move |_| {
                        copy(copied.clone());
                        toasts.done("The address is on the clipboard.");
                    }
                >
                    "Copy"
                </Button>
            </div>
            {missing
                .then(|| view! { <p>"Nothing is taken until the key is entered: anybody could push otherwise."</p> })}
            {label
                .map(|label| {
                    view! {
                        <form
                            class="form measure"
                            novalidate=true
                            on:submit=move |event| {
                                event.prevent_default();
                                open(Some(proof.get_untracked()).filter(|text| !text.trim().is_empty()));
                            }
                        >
                            <TextField name="hook-proof" label value=proof help/>
                            <div>
                                <Button submit=true pending>
                                    {if known.is_some() { "Replace the key" } else { "Save the key" }}
                                </Button>
                            </div>
                        </form>
                    }
                })}
            <div>
                <Button tone=Tone::Danger pending on_click=close>"Forget the address"</Button>
            </div>
        }
        .into_any()
    }
}

#[component]
fn Deliveries(state: RwSignal<Option<HookState>>) -> impl IntoView {
    let list =
        Memo::new(move |_| state.with(|s| s.as_ref().map(|s| s.deliveries.clone()).unwrap_or_default()));
    move || {
        let list = list.get();
        if list.is_empty() {
            return view! { <p class="muted">"Nothing was pushed yet."</p> }.into_any();
        }
        view! {
            <TableScroll label="Last deliveries" stacks=true>
                <thead>
                    <tr>
                        <th scope="col">"Came"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="num">"Events"</th>
                        <th scope="col" class="num">"New"</th>
                        <th scope="col">"Why"</th>
                    </tr>
                </thead>
                <tbody>{list.into_iter().map(|trace| view! { <Row trace/> }).collect_view()}</tbody>
            </TableScroll>
        }
        .into_any()
    }
}

#[component]
fn Row(trace: DeliveryTrace) -> impl IntoView {
    let (tone, words) = match trace.outcome {
        DeliveryOutcome::Taken => (BadgeTone::Good, "Taken"),
        DeliveryOutcome::NotGenuine(_) => (BadgeTone::Bad, "Refused"),
        DeliveryOutcome::Unreadable(_) => (BadgeTone::Bad, "Not understood"),
    };
    let why = trace.outcome.reason().unwrap_or_default().to_owned();
    view! {
        <tr>
            <td class="cell--half"><Instant at=trace.at/></td>
            <td><Badge tone=Signal::stored(tone)>{words}</Badge></td>
            <td class="num" data-label="Events">{trace.events}</td>
            <td class="num" data-label="New">{trace.new_events}</td>
            <td class="cell--wide">{why}</td>
        </tr>
    }
}
