//! Shortcuts of the whole app.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::rail::PLACES;
use crate::state::shortcuts::{on_key, use_single_keys};
use crate::ui::{Dialog, NotLoaded};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Listens for `Ctrl/Cmd+K`, `?` and `g` with a letter.
pub fn global_keys(slug: &str, palette: RwSignal<bool>, shortcuts: RwSignal<bool>) {
    let single = use_single_keys();
    let navigate = use_navigate();
    let slug = slug.to_owned();
    let after_g = StoredValue::new(false);
    on_key(move |press| {
        if press.command && !press.shift && !press.alt && press.key.eq_ignore_ascii_case("k") {
            if !press.in_dialog || palette.get_untracked() {
                palette.update(|open| *open = !*open);
            }
            return true;
        }
        let was_after_g = after_g.get_value();
        after_g.set_value(false);
        if press.command || press.alt || press.typing || press.in_dialog || !single.0.get_untracked() {
            return false;
        }
        if was_after_g {
            let place = PLACES.into_iter().find(|place| press.key.eq_ignore_ascii_case(place.key));
            if let Some(place) = place {
                navigate(&place.href(&slug), NavigateOptions::default());
            }
            return place.is_some();
        }
        match press.key.as_str() {
            "g" => after_g.set_value(true),
            "?" => shortcuts.set(true),
            "n" | "N" => navigate(&format!("/w/{slug}/data/connect"), NavigateOptions::default()),
            _ => return false,
        }
        true
    });
}

/// The keys of a dashboard, for the list. The dashboard itself listens for them.
const DASHBOARD_KEYS: [(&str, &str); 10] = [
    ("D", "Dates and comparison"),
    ("T W M Q Y", "Today, this week, month, quarter, year"),
    ("[ ]", "One period back, forward"),
    ("X", "Comparison on or off"),
    ("/", "Filter"),
    ("F", "Full screen"),
    ("← → ↑ ↓", "In a chart: from point to point; in the table: from cell to cell"),
    ("Enter", "In a chart: filter by the point; in the table: go down"),
    (".", "In a chart or the table: the menu of the point or row"),
    ("Space", "In a chart: keep the point’s tooltip; in the table: filter by the row"),
];

/// [`ShortcutsDialog`], from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn draw_shortcuts(open: RwSignal<bool>) -> Result<AnyView, NotLoaded> {
    Ok(view! { <ShortcutsDialog open/> }.into_any())
}

/// The list of shortcuts.
#[component]
pub fn ShortcutsDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let single = use_single_keys();
    view! {
        <Dialog id="shortcuts" open title="Keyboard shortcuts">
            <dl class="keys">
                <div><dt><kbd>"Ctrl K"</kbd>" or "<kbd>"⌘ K"</kbd></dt><dd>"Search or jump"</dd></div>
                <div><dt><kbd>"?"</kbd></dt><dd>"This list"</dd></div>
                <div><dt><kbd>"N"</kbd></dt><dd>"Connect a new source"</dd></div>
                {PLACES
                    .into_iter()
                    .map(|place| {
                        view! {
                            <div><dt><kbd>"G"</kbd>" then "<kbd>{place.key.to_uppercase()}</kbd></dt><dd>{place.label}</dd></div>
                        }
                    })
                    .collect_view()}
                {DASHBOARD_KEYS
                    .into_iter()
                    .map(|(keys, what)| {
                        view! {
                            <div>
                                <dt>{keys.split(' ').map(|key| view! { <kbd>{key}</kbd> " " }).collect_view()}</dt>
                                <dd>{what}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
                <div><dt><kbd>"Esc"</kbd></dt><dd>"Close what is open"</dd></div>
            </dl>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || single.0.get()
                    on:change=move |event| single.switch(event_target_checked(&event))
                />
                <span>"Single-key shortcuts (all but Ctrl K and Esc)"</span>
            </label>
        </Dialog>
    }
}
