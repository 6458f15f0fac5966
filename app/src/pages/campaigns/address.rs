//! What the address of a page says beside its path.

use crate::ui::SelectField;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

/// Goes to the same page with another value in its address.
pub fn use_go_to() -> impl Fn(&'static str, String) + Clone {
    let (location, query, navigate) = (use_location(), use_query_map(), use_navigate());
    move |name, value| {
        let mut params = query.get_untracked();
        params.replace(name, value);
        let address = format!("{}{}", location.pathname.get_untracked(), params.to_query_string());
        navigate(&address, NavigateOptions { scroll: false, resolve: false, ..NavigateOptions::default() });
    }
}

/// Chooses a value in the address.
#[component]
pub fn AddressSelect(
    /// Its name there.
    name: &'static str,
    /// For people.
    label: &'static str,
    /// What the address says.
    value: Memo<String>,
    /// (value, label).
    options: Vec<(String, String)>,
) -> impl IntoView {
    let go_to = use_go_to();
    let chosen = RwSignal::new(value.get_untracked());
    // Back and Forward.
    Effect::new(move |_| chosen.set(value.get()));
    Effect::new(move |before: Option<String>| {
        let now = chosen.get();
        if before.is_some_and(|before| before != now) && now != value.get_untracked() {
            go_to(name, now.clone());
        }
        now
    });
    view! { <SelectField name label value=chosen options/> }
}
