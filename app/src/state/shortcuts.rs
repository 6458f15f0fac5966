//! Keys that work everywhere, and whether single keys work at all (WCAG 2.1.4).

use super::browser;
use leptos::prelude::*;

/// Whether single-key shortcuts are on; context of the whole app.
#[derive(Debug, Clone, Copy)]
pub struct SingleKeys(pub RwSignal<bool>);

const STORED: &str = "wh-single-keys";

/// Reads the person's choice; called once, by the app.
pub fn provide_single_keys() -> SingleKeys {
    let keys = SingleKeys(RwSignal::new(true));
    provide_context(keys);
    Effect::new(move |_| keys.0.set(browser::stored(STORED).as_deref() != Some("off")));
    keys
}

/// Whether single-key shortcuts are on.
pub fn use_single_keys() -> SingleKeys {
    expect_context::<SingleKeys>()
}

impl SingleKeys {
    /// Changes and remembers the choice.
    pub fn switch(self, on: bool) {
        browser::store(STORED, if on { "on" } else { "off" });
        self.0.set(on);
    }
}

/// A key press, as shortcuts need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPress {
    /// `KeyboardEvent.key`.
    pub key: String,
    /// Ctrl or Cmd is held.
    pub command: bool,
    /// Shift is held.
    pub shift: bool,
    /// Alt is held: never ours.
    pub alt: bool,
    /// The focus is where people type.
    pub typing: bool,
    /// A dialog is open.
    pub in_dialog: bool,
}

/// Calls `work` for each key press on the page, before anything else sees it, until the owner goes. When it answers
/// true, nobody else sees the press.
pub fn on_key(work: impl Fn(KeyPress) -> bool + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        use wasm_bindgen::closure::Closure;
        let listener =
            Closure::<dyn Fn(web_sys::KeyboardEvent)>::new(move |event: web_sys::KeyboardEvent| {
                if event.is_composing() {
                    return;
                }
                let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
                let inside = |selector: &str| {
                    target.as_ref().is_some_and(|t| t.closest(selector).ok().flatten().is_some())
                };
                let press = KeyPress {
                    key: event.key(),
                    command: event.ctrl_key() || event.meta_key(),
                    shift: event.shift_key(),
                    alt: event.alt_key(),
                    typing: inside(
                        "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]",
                    ),
                    in_dialog: document().query_selector("dialog[open]").ok().flatten().is_some(),
                };
                if work(press) {
                    event.prevent_default();
                    event.stop_immediate_propagation();
                }
            });
        let function = listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
        let _ = window().add_event_listener_with_callback_and_bool("keydown", &function, true);
        let held = StoredValue::new_local((listener, function));
        on_cleanup(move || {
            held.try_with_value(|(_, function)| {
                let _ = window().remove_event_listener_with_callback_and_bool("keydown", function, true);
            });
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = work;
}
