//! The messages at the edge of the page.

use super::icon::{Icon, IconView};
use crate::state::toast::{ToastKind, Toasts};
use leptos::prelude::*;

/// Shows the messages and reads them out.
#[component]
pub fn ToastList(
    /// From where.
    toasts: Toasts,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite" aria-relevant="additions">
            <For each=move || toasts.list().get() key=|toast| toast.id let:toast>
                <div class="toast" class:toast--failed=toast.kind == ToastKind::Failed>
                    <IconView icon=match toast.kind {
                        ToastKind::Done => Icon::Check,
                        ToastKind::Failed => Icon::Error,
                    }/>
                    <div class="toast__text">
                        <span>{toast.text.clone()}</span>
                        {toast.hint.clone().map(|hint| view! { <span class="toast__hint">{hint}</span> })}
                    </div>
                    {toast
                        .undo
                        .map(|undo| {
                            view! {
                                <button
                                    type="button"
                                    class="btn btn--ghost"
                                    on:click=move |_| {
                                        toasts.close(toast.id);
                                        undo.run(());
                                    }
                                >
                                    "Undo"
                                </button>
                            }
                        })}
                    <button type="button" class="icon-btn" aria-label="Close message" on:click=move |_| toasts.close(toast.id)>
                        <IconView icon=Icon::Close/>
                    </button>
                </div>
            </For>
        </div>
    }
}
