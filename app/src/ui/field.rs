//! Form fields: label, help, error, tied together for screen readers.

use super::icon::{Icon, IconView};
use leptos::html;
use leptos::prelude::*;

/// Label, help and error around a control. The control takes `id` and [`described_by`].
#[component]
pub fn Field(
    /// The control's id.
    #[prop(into)]
    id: String,
    /// For people.
    #[prop(into)]
    label: String,
    /// What to fill in, or where to find it.
    #[prop(optional_no_strip)]
    help: Option<String>,
    /// What is wrong with it now.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let (help_id, error_id) = (format!("{id}-help"), format!("{id}-error"));
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            {children()}
            {help.map(|help| view! { <span class="field__help" id=help_id>{help}</span> })}
            <span class="field__error" id=error_id role="alert">
                {move || error.get().map(|error| view! { <IconView icon=Icon::Error/><span>{error}</span> })}
            </span>
        </div>
    }
}

/// The ids that describe a control in a [`Field`].
pub fn described_by(id: &str) -> String {
    format!("{id}-help {id}-error")
}

/// A line of text.
#[component]
pub fn TextField(
    /// Name in the form; also the id, unless `id` is given.
    #[prop(into)]
    name: String,
    /// When several fields on a page have the same name.
    #[prop(optional, into)]
    id: Option<String>,
    /// For people.
    #[prop(into)]
    label: String,
    /// What it holds.
    value: RwSignal<String>,
    /// `text`, `email`, `password`, `date`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What to fill in, or where to find it.
    #[prop(optional, into)]
    help: Option<String>,
    /// What is wrong with it now.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// For the browser's memory.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Must be filled.
    #[prop(optional)]
    required: bool,
    /// Suggestions.
    #[prop(optional, into)]
    suggestions: Signal<Vec<String>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.replace(['[', ']'], "-"));
    let node = NodeRef::<html::Input>::new();
    keep_equal(node, value);
    let list = format!("{id}-list");
    let list_id = list.clone();
    view! {
        <Field id=id.clone() label help error>
            <input
                class="input"
                id=id.clone()
                name=name
                type=kind
                node_ref=node
                value=value.get_untracked()
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                required=required
                list=move || suggestions.with(|all| !all.is_empty()).then(|| list.clone())
                aria-describedby=described_by(&id)
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:input=move |event| value.set(event_target_value(&event))
            />
            {move || {
                let list_id = list_id.clone();
                suggestions
                    .with(|all| {
                        (!all.is_empty())
                            .then(|| {
                                view! {
                                    <datalist id=list_id>
                                        {all.iter().map(|each| view! { <option value=each.clone()></option> }).collect_view()}
                                    </datalist>
                                }
                            })
                    })
            }}
        </Field>
    }
}

/// Keeps an input and its signal equal. What a person (or the browser's memory) filled in before the page was alive
/// wins over the signal, so that nothing typed is lost.
fn keep_equal(node: NodeRef<html::Input>, value: RwSignal<String>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |before: Option<()>| {
        let (Some(input), wanted) = (node.get(), value.get()) else { return };
        let shown = input.value();
        if shown == wanted {
            return;
        }
        if before.is_none() && shown != input.default_value() {
            value.set(shown);
        } else {
            input.set_value(&wanted);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (node, value);
}

/// Several lines that nobody reads over the shoulder: a key in a file.
#[component]
pub fn HiddenLines(
    /// Name in the form, and the id.
    #[prop(into)]
    name: String,
    /// For people.
    #[prop(into)]
    label: String,
    /// What it holds.
    value: RwSignal<String>,
    /// Where to find it.
    #[prop(optional, into)]
    help: Option<String>,
    /// What is wrong with it now.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Must be filled.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    view! {
        <Field id=name.clone() label help error>
            <textarea
                class="input input--hidden"
                id=name.clone()
                name=name.clone()
                rows="5"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                required=required
                aria-describedby=described_by(&name)
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
        </Field>
    }
}

/// One of a few. Options are (value, label).
#[component]
pub fn SelectField(
    /// Name in the form; also the id, unless `id` is given.
    #[prop(into)]
    name: String,
    /// When several fields on a page have the same name.
    #[prop(optional, into)]
    id: Option<String>,
    /// For people.
    #[prop(into)]
    label: String,
    /// What is chosen.
    value: RwSignal<String>,
    /// (value, label).
    options: Vec<(String, String)>,
    /// What it is about.
    #[prop(optional, into)]
    help: Option<String>,
    /// What is wrong with it now.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.replace(['[', ']'], "-"));
    view! {
        <Field id=id.clone() label help error>
            <select
                class="select"
                id=id.clone()
                name=name
                aria-describedby=described_by(&id)
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.get()
                on:change=move |event| value.set(event_target_value(&event))
            >
                {select_options(options, &value.get_untracked())}
            </select>
        </Field>
    }
}

/// The options of a select, with one chosen from the start.
pub fn select_options(options: Vec<(String, String)>, chosen: &str) -> impl IntoView + use<> {
    let chosen = chosen.to_owned();
    options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect_view()
}

/// Yes or no.
#[component]
pub fn Checkbox(
    /// For people.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    value: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                checked=value.get_untracked()
                prop:checked=move || value.get()
                on:change=move |event| value.set(event_target_checked(&event))
            />
            <span>{label}</span>
        </label>
    }
}

/// One of very few, all in sight. Choices are (value, label).
#[component]
pub fn Segments(
    /// Name of the group, unique on the page.
    name: &'static str,
    /// For people.
    legend: &'static str,
    /// What is chosen.
    value: RwSignal<String>,
    /// (value, label).
    choices: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <fieldset class="field">
            <legend class="field__label">{legend}</legend>
            <div class="segments">
                {choices
                    .into_iter()
                    .map(|(choice, label)| {
                        let (shown, chosen) = (choice.clone(), choice.clone());
                        view! {
                            <label>
                                <input
                                    type="radio"
                                    name=name
                                    value=shown.clone()
                                    checked=value.get_untracked() == shown
                                    prop:checked=move || value.get() == shown
                                    on:change=move |_| value.set(chosen.clone())
                                />
                                {label}
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}
