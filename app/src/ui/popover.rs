//! Something that opens under a button.

use leptos::context::Provider;
use leptos::html;
use leptos::prelude::*;

/// To which side of its button a popover grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// From the left edge to the right.
    #[default]
    Start,
    /// From the right edge to the left.
    End,
}

/// A button and what opens under it. Closes by Escape (focus back to the button), by a click or a Tab outside.
/// On phones it becomes a sheet at the bottom when `sheet` is set.
#[component]
pub fn Popover(
    /// Unique on the page; the panel's id.
    #[prop(into)]
    id: String,
    /// Whether it is open; anybody may set it.
    open: RwSignal<bool>,
    /// What the button shows.
    #[prop(into)]
    trigger: ViewFn,
    /// The button's classes.
    #[prop(default = "btn")]
    button_class: &'static str,
    /// The button's name, when what it shows is no text.
    #[prop(optional, into)]
    label: Option<Signal<String>>,
    /// The panel's name.
    #[prop(into)]
    title: Signal<String>,
    /// `dialog`, `menu` or `listbox`.
    #[prop(default = "dialog")]
    role: &'static str,
    /// To which side it grows.
    #[prop(optional)]
    align: Align,
    /// A sheet on phones.
    #[prop(optional)]
    sheet: bool,
    /// More classes for the panel.
    #[prop(default = "")]
    panel_class: &'static str,
    /// What opens.
    children: ChildrenFn,
) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let close = move |back: bool| {
        open.set(false);
        if back {
            focus_button(button);
        }
    };
    close_outside(root, open);
    let class = move || {
        let mut class = String::from("popover__panel");
        for (on, name) in [
            (align == Align::End, "popover__panel--end"),
            (sheet, "popover__panel--sheet"),
            (!panel_class.is_empty(), panel_class),
        ] {
            if on {
                class.push(' ');
                class.push_str(name);
            }
        }
        class
    };
    let panel_id = id.clone();
    view! {
        <div
            class="popover"
            node_ref=root
            on:keydown=move |event| {
                if event.key() == "Escape" && open.get_untracked() {
                    event.stop_propagation();
                    event.prevent_default();
                    close(true);
                }
            }
        >
            <button
                type="button"
                class=button_class
                node_ref=button
                aria-haspopup=role
                aria-expanded=move || open.get().to_string()
                aria-controls=move || open.get().then(|| id.clone())
                aria-label=label.map(|label| move || label.get())
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {trigger.run()}
            </button>
            {move || {
                let children = children.clone();
                let panel_id = panel_id.clone();
                open.get()
                    .then(move || {
                        view! {
                            <div id=panel_id class=class() role=role aria-label=move || title.get()>
                                <Provider value=PopoverButton(button)>{children()}</Provider>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// The button that a popover hangs on.
#[derive(Clone, Copy)]
pub(super) struct PopoverButton(pub(super) NodeRef<html::Button>);

pub(super) fn focus_button(button: NodeRef<html::Button>) {
    #[cfg(feature = "hydrate")]
    if let Some(button) = button.get_untracked() {
        let _ = button.focus();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = button;
}

/// Closes when the pointer goes down, or the focus goes, outside of `root`.
pub(super) fn close_outside(root: NodeRef<html::Div>, open: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        use wasm_bindgen::JsCast;
        if !open.get() {
            return;
        }
        let is_outside = move |target: Option<web_sys::EventTarget>| {
            let target = target.and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            root.get_untracked().is_some_and(|root| !root.contains(target.as_ref()))
        };
        let down = window_event_listener(leptos::ev::pointerdown, move |event| {
            if is_outside(event.target()) {
                open.set(false);
            }
        });
        // A press on plain text in the panel moves the focus to what is around the panel: that is no leaving.
        let is_around = move |target: Option<web_sys::EventTarget>| {
            let target = target.and_then(|target| target.dyn_into::<web_sys::Node>().ok());
            let root = root.get_untracked();
            target.is_some_and(|target| root.is_some_and(|root| target.contains(Some(root.as_ref()))))
        };
        let focus = window_event_listener(leptos::ev::focusin, move |event| {
            if is_outside(event.target()) && !is_around(event.target()) {
                open.set(false);
            }
        });
        on_cleanup(move || {
            down.remove();
            focus.remove();
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (root, open);
}
