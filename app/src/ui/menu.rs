//! Lists of actions: under a button, or where the pointer is.

use super::icon::{Icon, IconView};
use super::popover::{Align, Popover, PopoverButton, close_outside, focus_button};
use leptos::context::Provider;
use leptos::html;
use leptos::prelude::*;

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

/// A list of actions at a place in the window, for what was pointed at there. Closes like every menu, and gives the
/// focus back to where it was.
#[component]
pub fn ContextMenu(
    /// Unique on the page.
    #[prop(into)]
    id: String,
    /// Whether it is open; anybody may set it.
    open: RwSignal<bool>,
    /// Where, in the window's pixels.
    #[prop(into)]
    place: Signal<(f64, f64)>,
    /// What the actions are for; stands above them.
    #[prop(into)]
    title: Signal<String>,
    /// [`MenuItem`]s and [`MenuLine`]s.
    children: ChildrenFn,
) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    close_outside(root, open);
    let before = FocusBefore::watch(open);
    move_focus_in(id.clone(), open);
    let children = StoredValue::new(children);
    // Room for the longest list: near an edge it opens beside the pointer, not under the edge.
    let left = move || format!("max(8px, min({}px, 100vw - 288px))", place.get().0);
    let top = move || format!("max(8px, min({}px, 100vh - 320px))", place.get().1);
    view! {
        <div node_ref=root on:keydown=|event| move_focus(&event)>
            {move || {
                let id = id.clone();
                open.get()
                    .then(move || {
                        view! {
                            <div
                                id=id
                                class="popover__panel menu menu--free"
                                role="menu"
                                aria-label=move || title.get()
                                style:left=left
                                style:top=top
                                on:keydown=move |event| {
                                    if event.key() == "Escape" {
                                        event.stop_propagation();
                                        event.prevent_default();
                                        before.restore();
                                        open.set(false);
                                    }
                                }
                                on:contextmenu=|event| event.prevent_default()
                            >
                                <div class="menu__title" role="presentation">{move || title.get()}</div>
                                <Provider value=before>
                                    <Provider value=MenuOpen(open)>{children.with_value(|children| children())}</Provider>
                                </Provider>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// Where the focus was when a menu opened that hangs on no button.
#[derive(Clone, Copy)]
struct FocusBefore(#[cfg(feature = "hydrate")] StoredValue<Option<web_sys::HtmlElement>, LocalStorage>);

impl FocusBefore {
    /// Looks whenever `open` becomes true. To be called before what moves the focus into the menu.
    fn watch(open: RwSignal<bool>) -> Self {
        #[cfg(feature = "hydrate")]
        {
            use wasm_bindgen::JsCast;
            let before = StoredValue::new_local(None::<web_sys::HtmlElement>);
            Effect::new(move |_| {
                if open.get() {
                    let active = document().active_element();
                    before.set_value(active.and_then(|active| active.dyn_into().ok()));
                }
            });
            Self(before)
        }
        #[cfg(not(feature = "hydrate"))]
        {
            let _ = open;
            Self()
        }
    }

    fn restore(self) {
        #[cfg(feature = "hydrate")]
        if let Some(element) = self.0.get_value() {
            let _ = element.focus();
        }
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
    let before = use_context::<FocusBefore>();
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
                if let Some(before) = before {
                    before.restore();
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

/// So many frames at most a menu waits for items that load later.
#[cfg(feature = "hydrate")]
const FRAMES: u32 = 120;

/// Puts the focus on the first (or the chosen) item when a menu opens.
fn move_focus_in(id: String, open: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        if open.get() {
            focus_item(id.clone(), open, FRAMES);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (id, open);
}

#[cfg(feature = "hydrate")]
fn focus_item(id: String, open: RwSignal<bool>, frames: u32) {
    use wasm_bindgen::JsCast;
    request_animation_frame(move || {
        if frames == 0 || open.try_get_untracked() != Some(true) {
            return;
        }
        let item = document().get_element_by_id(&id).and_then(|menu| {
            let mut selectors = ["[aria-checked=true]", "[aria-current]", ".menu__item"].into_iter();
            selectors.find_map(|selector| menu.query_selector(selector).ok().flatten())
        });
        match item.and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok()) {
            Some(item) => drop(item.focus()),
            None => focus_item(id, open, frames - 1),
        }
    });
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
