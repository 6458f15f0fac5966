//! The command palette: pages and actions by a few letters.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::account_menu::leave;
use super::rail::PLACES;
use crate::state::browser;
use crate::state::session::{use_session, use_workspace};
use crate::state::template::TEMPLATES;
use crate::state::theme::{ThemeChoice, use_theme};
use crate::state::toast::use_toasts;
use crate::ui::{Dialog, Icon, IconView, NotLoaded};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::access::Role;

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    /// Opens a page of this workspace.
    Open(String),
    /// Opens a page with a full load.
    Load(String),
    /// Changes the theme.
    Theme(ThemeChoice),
    /// Fills the screen, or gives it back.
    FullScreen,
    /// Shows the shortcuts.
    Shortcuts,
    /// Ends the session.
    LogOut,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    label: String,
    group: &'static str,
    icon: Icon,
    deed: Deed,
}

/// Whether each word of `typed` begins some word of `label`.
fn matches(label: &str, typed: &str) -> bool {
    let label = label.to_lowercase();
    typed
        .to_lowercase()
        .split_whitespace()
        .all(|part| label.split([' ', '-', ':']).any(|word| word.starts_with(part)))
}

fn entries() -> Vec<Entry> {
    let workspace = use_workspace();
    let slug = workspace.slug.as_str();
    let page = |label: &str, icon, path: &str| Entry {
        label: label.to_owned(),
        group: "Page",
        icon,
        deed: Deed::Open(format!("/w/{slug}{path}")),
    };
    let mut list: Vec<Entry> =
        PLACES.into_iter().map(|place| page(place.label, place.icon, place.path)).collect();
    list.push(page("Health of connections", Icon::Data, "/data/health"));
    for template in TEMPLATES {
        list.push(page(
            &format!("Dashboard: {}", template.title),
            Icon::Dashboard,
            &format!("/dash/{}", template.slug),
        ));
    }
    list.push(page("File imports", Icon::Upload, "/data/imports"));
    list.push(page("Details of campaigns, posts, deals", Icon::Data, "/data/details"));
    list.push(page("Metrics: formulas and units", Icon::Ruler, "/data/metrics"));
    list.push(page("Currencies and rates", Icon::Coins, "/data/currencies"));
    if workspace.role >= Role::Admin {
        list.push(page("Connect a source", Icon::Link, "/data/connect"));
    }
    list.push(Entry {
        label: "Account and sessions".to_owned(),
        group: "Page",
        icon: Icon::User,
        deed: Deed::Load(format!("/settings/account?ws={slug}")),
    });
    for other in use_session().workspaces.into_iter().filter(|ws| ws.slug != slug) {
        list.push(Entry {
            label: format!("Workspace: {}", other.name),
            group: "Go to",
            icon: Icon::ChevronRight,
            deed: Deed::Load(format!("/w/{}", other.slug)),
        });
    }
    for choice in ThemeChoice::ALL {
        list.push(Entry {
            label: format!("Theme: {}", choice.label()),
            group: "Action",
            icon: Icon::Sun,
            deed: Deed::Theme(choice),
        });
    }
    let action = |label: &str, icon, deed| Entry { label: label.to_owned(), group: "Action", icon, deed };
    list.push(action("Full screen, on or off", Icon::Panel, Deed::FullScreen));
    list.push(action("Keyboard shortcuts", Icon::Keyboard, Deed::Shortcuts));
    list.push(action("Log out", Icon::LogOut, Deed::LogOut));
    list
}

/// [`Palette`], from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn draw(open: RwSignal<bool>, shortcuts: RwSignal<bool>) -> Result<AnyView, NotLoaded> {
    Ok(view! { <Palette open shortcuts/> }.into_any())
}

/// The palette. The focus stays in the text field; arrows move the mark, Enter acts.
#[component]
pub fn Palette(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// Opens the list of shortcuts.
    shortcuts: RwSignal<bool>,
) -> impl IntoView {
    let all = StoredValue::new(entries());
    let typed = RwSignal::new(String::new());
    let marked = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let typed = typed.get();
        all.with_value(|all| {
            all.iter().filter(|entry| matches(&entry.label, &typed)).cloned().collect::<Vec<_>>()
        })
    });
    let (theme, toasts, navigate) = (use_theme(), use_toasts(), use_navigate());
    let act = Callback::new(move |deed: Deed| {
        open.set(false);
        match deed {
            Deed::Open(path) => navigate(&path, NavigateOptions::default()),
            Deed::Load(path) => browser::go(&path),
            Deed::Theme(choice) => theme.choose(choice),
            Deed::FullScreen => browser::toggle_full_screen(),
            Deed::Shortcuts => shortcuts.set(true),
            Deed::LogOut => leave(toasts),
        }
    });
    Effect::new(move |_| {
        if open.get() {
            typed.set(String::new());
            marked.set(0);
        }
    });
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        let count = found.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => marked.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => marked.update(|at| *at = (*at + count - 1) % count),
            "Enter" => {
                if let Some(entry) = found.with(|found| found.get(marked.get_untracked()).cloned()) {
                    act.run(entry.deed);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <Dialog id="palette" open title="Search or jump" class="palette">
            <input
                class="input palette__input"
                type="text"
                role="combobox"
                aria-label="Page or action"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant=move || format!("palette-{}", marked.get())
                autocomplete="off"
                spellcheck="false"
                autofocus=true
                placeholder="Page or action"
                prop:value=move || typed.get()
                on:input=move |event| {
                    typed.set(event_target_value(&event));
                    marked.set(0);
                }
                on:keydown=on_keydown
            />
            <ul class="palette__list" id="palette-list" role="listbox" aria-label="Pages and actions">
                {move || {
                    found
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(at, entry)| {
                            let deed = entry.deed.clone();
                            view! {
                                <li
                                    id=format!("palette-{at}")
                                    class="palette__item"
                                    role="option"
                                    aria-selected=move || (marked.get() == at).to_string()
                                    on:pointermove=move |_| {
                                        if marked.get_untracked() != at {
                                            marked.set(at);
                                        }
                                    }
                                    on:click=move |_| act.run(deed.clone())
                                >
                                    <IconView icon=entry.icon/>
                                    <span class="palette__label">{entry.label}</span>
                                    <span class="muted">{entry.group}</span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            <p class="muted palette__none" role="status">
                {move || found.with(Vec::is_empty).then_some("Nothing has such a name.")}
            </p>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn beginnings_of_words_find_an_entry() {
        assert!(matches("Connect a source", "con so"));
        assert!(matches("Theme: Dark", "dark"));
        assert!(matches("Anything", " "));
        assert!(!matches("Connect a source", "onnect"));
    }
}
