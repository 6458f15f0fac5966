//! Something that opens under a button: free content ([`Popover`]) or a list of actions ([`Menu`]).

use super::icon::{Icon, IconView};
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
struct PopoverButton(NodeRef<html::Button>);

/// A button and a list of actions under it: arrows, Home and End move, Enter acts, letters are left to the page.
#[component]
pub fn Menu(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// What the button shows.
    #[prop(into)]
    trigger: ViewFn,
    /// The button's classes.
    #[prop(default = "icon-btn")]
    button_class: &'static str,
    /// The menu's name, and the button's.
    #[prop(into)]
    label: Signal<String>,
    /// To which side it grows.
    #[prop(optional)]
    align: Align,
    /// [`MenuItem`]s, [`MenuLink`]s and [`MenuLine`]s.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    move_focus_in(id.clone(), open);
    let children = StoredValue::new(children);
    view! {
        <div on:keydown=|event| move_focus(&event)>
            <Popover
                id=id
                open
                trigger
                button_class
                label
                title=label
                role="menu"
                align
                panel_class="menu"
            >
                <Provider value=MenuOpen(open)>{children.with_value(|children| children())}</Provider>
            </Popover>
        </div>
    }
}

/// Closes the menu around an item.
#[derive(Clone, Copy)]
struct MenuOpen(RwSignal<bool>);

/// An action in a menu.
#[component]
pub fn MenuItem(
    /// Before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Destroys something.
    #[prop(optional)]
    danger: bool,
    /// Marked as chosen; makes the item one of several.
    #[prop(optional, into)]
    checked: Option<Signal<bool>>,
    /// What it does.
    #[prop(into)]
    on_select: Callback<()>,
    /// The text.
    children: Children,
) -> impl IntoView {
    let menu = use_context::<MenuOpen>();
    let trigger = use_context::<PopoverButton>();
    view! {
        <button
            type="button"
            class="menu__item"
            class:menu__item--danger=danger
            role=if checked.is_some() { "menuitemradio" } else { "menuitem" }
            aria-checked=checked.map(|checked| move || checked.get().to_string())
            tabindex="-1"
            on:click=move |_| {
                // What the action opens gives the focus back to where it was: not to an item that is gone by then.
                if let Some(PopoverButton(button)) = trigger {
                    focus_button(button);
                }
                if let Some(MenuOpen(open)) = menu {
                    open.set(false);
                }
                on_select.run(());
            }
        >
            {icon.map(|icon| view! { <IconView icon/> })}
            <span class="menu__text">{children()}</span>
            {checked.map(|checked| move || checked.get().then(|| view! { <IconView icon=Icon::Check/> }))}
        </button>
    }
}

/// A link in a menu.
#[component]
pub fn MenuLink(
    /// Where to.
    #[prop(into)]
    href: String,
    /// Before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// With a full page load.
    #[prop(optional)]
    external: bool,
    /// The page that is open.
    #[prop(optional)]
    current: bool,
    /// The text.
    children: Children,
) -> impl IntoView {
    let menu = use_context::<MenuOpen>();
    view! {
        <a
            class="menu__item"
            role="menuitem"
            tabindex="-1"
            href=href
            rel=external.then_some("external")
            aria-current=current.then_some("true")
            on:click=move |_| {
                if let Some(MenuOpen(open)) = menu {
                    open.set(false);
                }
            }
        >
            {icon.map(|icon| view! { <IconView icon/> })}
            <span class="menu__text">{children()}</span>
            {current.then(|| view! { <IconView icon=Icon::Check/> })}
        </a>
    }
}

/// A line between groups, with a heading if there is one.
#[component]
pub fn MenuLine(
    /// Over the next group.
    #[prop(default = "")]
    heading: &'static str,
) -> impl IntoView {
    view! {
        <div class="menu__line" role="separator"></div>
        {(!heading.is_empty()).then(|| view! { <div class="menu__heading" role="presentation">{heading}</div> })}
    }
}

fn focus_button(button: NodeRef<html::Button>) {
    #[cfg(feature = "hydrate")]
    if let Some(button) = button.get_untracked() {
        let _ = button.focus();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = button;
}

/// Closes when the pointer goes down, or the focus goes, outside of `root`.
fn close_outside(root: NodeRef<html::Div>, open: RwSignal<bool>) {
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

/// Puts the focus on the first (or the chosen) item when a menu opens.
fn move_focus_in(id: String, open: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        use wasm_bindgen::JsCast;
        if !open.get() {
            return;
        }
        let id = id.clone();
        request_animation_frame(move || {
            let Some(menu) = document().get_element_by_id(&id) else { return };
            let item = ["[aria-checked=true]", "[aria-current]", ".menu__item"]
                .into_iter()
                .find_map(|selector| menu.query_selector(selector).ok().flatten());
            if let Some(item) = item.and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = item.focus();
            }
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (id, open);
}

/// Arrows, Home and End in a menu.
fn move_focus(event: &leptos::ev::KeyboardEvent) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let step = match event.key().as_str() {
            "ArrowDown" => 1_i32,
            "ArrowUp" => -1,
            "Home" => 0,
            "End" => i32::MAX,
            _ => return,
        };
        let Some(active) = document().active_element() else { return };
        let Ok(Some(menu)) = active.closest("[role=menu]") else { return };
        let Ok(items) = menu.query_selector_all(".menu__item") else { return };
        let count = i32::try_from(items.length()).unwrap_or(0);
        let at = (0..count).find(|i| {
            items.item(u32::try_from(*i).unwrap_or(0)).is_some_and(|item| item.is_same_node(Some(&active)))
        });
        let next = match step {
            0 => 0,
            i32::MAX => count - 1,
            step => (at.unwrap_or(0) + step).rem_euclid(count.max(1)),
        };
        event.prevent_default();
        if let Some(item) = items.item(u32::try_from(next).unwrap_or(0))
            && let Ok(item) = item.dyn_into::<web_sys::HtmlElement>()
        {
            let _ = item.focus();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}
