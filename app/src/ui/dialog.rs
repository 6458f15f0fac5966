//! Modal dialogs, on the browser's own element: it traps the focus, closes by Escape and gives the focus back.

use super::button::IconButton;
use super::icon::Icon;
use leptos::html;
use leptos::prelude::*;

/// A modal dialog. What it holds is made when it opens, so that each opening starts fresh.
#[component]
pub fn Dialog(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// Whether it is open; anybody may set it.
    open: RwSignal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// More classes.
    #[prop(default = "")]
    class: &'static str,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    follow(node, open);
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    view! {
        <dialog
            id=id
            class=format!("dialog {class}")
            node_ref=node
            aria-labelledby=labelled_by
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // The backdrop belongs to the element itself; what is in it has targets of its own.
                if event.target() == event.current_target() {
                    open.set(false);
                }
            }
        >
            {move || {
                let (children, heading) = (children.clone(), heading.clone());
                open.get()
                    .then(move || {
                        view! {
                            <div class="dialog__box">
                                <header class="dialog__head">
                                    <h2 id=heading>{move || title.get()}</h2>
                                    <IconButton icon=Icon::Close label="Close" on_click=move |_| open.set(false)/>
                                </header>
                                <div class="dialog__body">{children()}</div>
                            </div>
                        }
                    })
            }}
        </dialog>
    }
}

fn follow(node: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        let (Some(dialog), is_open) = (node.get(), open.get()) else { return };
        if is_open && !dialog.open() {
            // After the content is there, so that `autofocus` in it works.
            request_animation_frame(move || {
                if open.try_get_untracked() == Some(true) {
                    let _ = dialog.show_modal();
                }
            });
        } else if !is_open && dialog.open() {
            dialog.close();
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (node, open);
}
