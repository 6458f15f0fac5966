//! Streams on request, each to be switched on.

use crate::ui::{Icon, IconView};
use leptos::prelude::*;
use model::upkeep::{MoreStream, SettingInfo};

/// What more a connection can read, with what it brings and costs.
#[component]
pub fn MoreStreams(
    /// The setting.
    info: SettingInfo,
    /// What there is.
    streams: Vec<MoreStream>,
    /// Names of those that are switched on, with commas between them.
    value: RwSignal<String>,
    /// What is wrong with it now.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let names = StoredValue::new(streams.iter().map(|stream| stream.name.clone()).collect::<Vec<_>>());
    let row = move |stream: MoreStream| {
        let MoreStream { name, summary, cost, needs } = stream;
        let needs = needs.map(|label| format!(" It needs the setting {label}."));
        let (shown, named) = (name.clone(), name.clone());
        let is_on = Signal::derive(move || value.with(|value| has(value, &shown)));
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    name=named
                    checked=is_on.get_untracked()
                    prop:checked=is_on
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        value.update(|value| *value = names.with_value(|all| switched(value, all, &name, on)));
                    }
                />
                <span>
                    {summary} " " <span class="field__help">{cost} {needs}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="field" aria-describedby="more-streams-help more-streams-error">
            <legend class="field__label">{info.label}</legend>
            <span class="field__help" id="more-streams-help">
                {info.help} " What is switched on is read from the next run on, with the history of this connection."
            </span>
            <div class="stack stack--tight">{streams.into_iter().map(row).collect_view()}</div>
            <span class="field__error" id="more-streams-error" role="alert">
                {move || error.get().map(|error| view! { <IconView icon=Icon::Error/><span>{error}</span> })}
            </span>
        </fieldset>
    }
}

fn named(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn has(value: &str, name: &str) -> bool {
    named(value).any(|other| other == name)
}

/// The value with one name more or less, in the order of the list. Names that the list lacks stay at the end.
fn switched(value: &str, all: &[String], name: &str, on: bool) -> String {
    let is_on = |other: &str| if other == name { on } else { has(value, other) };
    let listed = all.iter().map(String::as_str).filter(|other| is_on(other));
    let others = named(value).filter(|other| !all.iter().any(|known| known == other));
    listed.chain(others).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_go_on_and_off_in_the_order_of_the_list() {
        let all: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(switched("", &all, "b", true), "b");
        assert_eq!(switched("c, b", &all, "a", true), "a,b,c");
        assert_eq!(switched("a,b,c", &all, "b", false), "a,c");
        assert_eq!(switched("gone,a", &all, "b", true), "a,b,gone");
        assert!(has("a, b", "b") && !has("ab", "b"));
    }
}
