//! The form of one way in: what has to be known before the vendor is asked, and the button that asks.

use crate::api::connections::connect;
use crate::state::browser;
use crate::state::session::use_workspace;
use crate::ui::{Button, FormError, HiddenLines, Icon, SelectField, TextField, Tone};
use leptos::prelude::*;
use model::AppError;
use model::connect::{ConnectRequest, CredentialField, FieldKind, SettingChoice, WayIn};
use model::ids::ConnectionId;
use std::collections::BTreeMap;

/// The option that lets another value be typed.
const OTHER: &str = "*";

/// What was typed into a field.
#[derive(Clone)]
struct Typed {
    field: CredentialField,
    value: RwSignal<String>,
}

/// What was chosen, or typed in its place.
#[derive(Clone)]
struct Chosen {
    choice: SettingChoice,
    picked: RwSignal<String>,
    text: RwSignal<String>,
}

impl Chosen {
    fn new(choice: SettingChoice) -> Self {
        let is_option = choice.options.iter().any(|(value, _)| *value == choice.default);
        let picked = if is_option { choice.default.clone() } else { OTHER.to_owned() };
        let text = if is_option || choice.is_needed { String::new() } else { choice.default.clone() };
        Self { choice, picked: RwSignal::new(picked), text: RwSignal::new(text) }
    }

    /// Nothing where the person says nothing.
    fn value(&self) -> Option<String> {
        let picked = self.picked.get_untracked();
        let value = if picked == OTHER { self.text.get_untracked() } else { picked };
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

#[component]
pub(super) fn WayForm(
    /// Slug and name of the platform.
    platform: (String, String),
    /// The way.
    way: WayIn,
    /// The connection that gets a new grant.
    reconnect: Option<ConnectionId>,
    /// Where the vendor sends people back to.
    redirect_uri: String,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let (platform_slug, platform_name) = platform;
    let fields: Vec<Typed> =
        way.fields.iter().map(|field| Typed { field: field.clone(), value: RwSignal::default() }).collect();
    let choices: Vec<Chosen> = way.choices.iter().cloned().map(Chosen::new).collect();
    let form = StoredValue::new((fields.clone(), choices.clone()));
    let way_name = way.name.clone();
    let begin = Action::new(move |(): &()| {
        let (fields, settings) = form.with_value(|(fields, choices)| {
            let typed = fields.iter().map(|typed| (typed.field.name.clone(), typed.value.get_untracked()));
            let chosen = choices.iter().filter_map(|c| Some((c.choice.setting.clone(), c.value()?)));
            (
                typed.filter(|(_, value)| !value.trim().is_empty()).collect(),
                chosen.collect::<BTreeMap<_, _>>(),
            )
        });
        let request = ConnectRequest {
            platform: platform_slug.clone(),
            way: Some(way_name.clone()),
            fields,
            settings,
            reconnect,
        };
        let work = connect(slug.get_value(), request);
        async move { work.await.map(|address| browser::go(&address)) }
    });
    let error = Signal::derive(move || begin.value().get().and_then(Result::err).map(|error| error.0));
    let names: Vec<String> = fields
        .iter()
        .map(|typed| typed.field.name.clone())
        .chain(choices.iter().map(|chosen| chosen.choice.setting.clone()))
        .collect();
    let names = StoredValue::new(names);
    let other_error = Signal::derive(move || {
        let is_ours = |error: &AppError| {
            names.with_value(|names| error.field.as_ref().is_some_and(|field| names.contains(field)))
        };
        error.get().filter(|error| !is_ours(error))
    });
    let is_reconnect = reconnect.is_some();
    // Without these nothing has to be typed; a person can still bring another app.
    let is_ready = way.is_configured() && !fields.is_empty();
    let has_fields = !fields.is_empty();
    let inputs = fields
        .into_iter()
        .map(|typed| view! { <FieldInput typed error may_stay=is_reconnect is_ready/> })
        .collect_view();
    let inputs = if is_ready {
        let is_wrong = move || error.with(|error| error.as_ref().is_some_and(|error| error.field.is_some()));
        view! {
            <p class="muted">{format!("This server has access to {platform_name} already: nothing has to be typed.")}</p>
            <details prop:open=is_wrong>
                <summary>"Use other access"</summary>
                <div class="form">{inputs}</div>
            </details>
        }
        .into_any()
    } else {
        view! {
            <p class="muted">
                "Asked once. Kept sealed on this server, never shown again, sent to nobody but the platform."
                {is_reconnect.then_some(" What you leave blank stays as it was.")}
            </p>
            {inputs}
        }
        .into_any()
    };
    view! {
        <Permissions way=way.clone() platform_name=platform_name.clone()/>
        <form
            class="form"
            method="post"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                begin.dispatch(());
            }
        >
            {(has_fields || !choices.is_empty())
                .then(|| {
                    view! {
                        <section class="card form">
                            <h2>"Your access to the API"</h2>
                            {choices.into_iter().map(|chosen| view! { <ChoiceInput chosen error/> }).collect_view()}
                            {has_fields.then_some(inputs)}
                            {(way.is_consent && !is_ready)
                                .then(|| {
                                    view! {
                                        <p class="muted small">
                                            "Redirect address to enter at the vendor: " <code>{redirect_uri}</code>
                                        </p>
                                    }
                                })}
                        </section>
                    }
                })}
            <FormError error=other_error/>
            <div class="row">
                <Button
                    tone=Tone::Primary
                    icon=if way.is_consent { Icon::External } else { Icon::Link }
                    submit=true
                    pending=begin.pending()
                >
                    {match (way.is_consent, is_reconnect) {
                        (true, _) => "Continue to ",
                        (false, false) => "Connect ",
                        (false, true) => "Reconnect ",
                    }}
                    {platform_name}
                </Button>
                <span class="muted small">
                    {if way.is_consent { "You come back here by yourself. " } else { "" }}
                    {if is_reconnect { "Figures that were read stay." } else { "Nothing is read before you choose accounts." }}
                </span>
            </div>
        </form>
    }
}

/// What the vendor will show, or what has to be ticked there.
#[component]
fn Permissions(way: WayIn, platform_name: String) -> impl IntoView {
    let codes =
        |all: Vec<String>| all.into_iter().map(|one| view! { <li><code>{one}</code></li> }).collect_view();
    let has_optional = !way.optional_permissions.is_empty();
    (!way.permissions.is_empty()).then(|| {
        view! {
            <section class="card">
                <h2>
                    {if way.is_consent {
                        format!("Permission that {platform_name} will show")
                    } else {
                        "Permission that it needs".to_owned()
                    }}
                </h2>
                <ul class="dots">{codes(way.permissions)}</ul>
                {has_optional
                    .then(|| {
                        view! {
                            <p class="muted small">"Where your plan has them; without one, less is read:"</p>
                            <ul class="dots small">{codes(way.optional_permissions)}</ul>
                        }
                    })}
            </section>
        }
    })
}

/// The error, if it is about that name.
fn about(error: Signal<Option<AppError>>, name: String) -> Signal<Option<String>> {
    Signal::derive(move || {
        error.with(|error| {
            let ours = error.as_ref().filter(|error| error.field.as_deref() == Some(name.as_str()));
            ours.map(|error| error.message.clone())
        })
    })
}

#[component]
fn FieldInput(
    typed: Typed,
    error: Signal<Option<AppError>>,
    /// What is left blank stays as it was.
    may_stay: bool,
    /// All that is needed is known to the server.
    is_ready: bool,
) -> impl IntoView {
    let Typed { field, value } = typed;
    let error = about(error, field.name.clone());
    let is_needed = !field.is_optional && !field.is_known && !may_stay;
    let label = match (field.is_optional, field.is_known && !is_ready) {
        (_, true) => format!("{} (known to this server)", field.label),
        (true, false) => format!("{} (optional)", field.label),
        (false, false) => field.label,
    };
    match field.kind {
        FieldKind::SecretLines => {
            view! { <HiddenLines name=field.name label value required=is_needed help=field.help error/> }
                .into_any()
        }
        kind => {
            let kind = if kind == FieldKind::Secret { "password" } else { "text" };
            view! { <TextField name=field.name label value kind required=is_needed help=field.help error/> }
                .into_any()
        }
    }
}

#[component]
fn ChoiceInput(chosen: Chosen, error: Signal<Option<AppError>>) -> impl IntoView {
    let Chosen { choice, picked, text } = chosen;
    let error = about(error, choice.setting.clone());
    let name = choice.setting;
    if choice.options.is_empty() {
        let label = if choice.is_needed { choice.label } else { format!("{} (optional)", choice.label) };
        return view! { <TextField name label value=text required=choice.is_needed help=choice.help error/> }
            .into_any();
    }
    let mut options = choice.options;
    let none = Signal::stored(None::<String>);
    let Some((other_label, other_help)) = choice.other else {
        return view! { <SelectField name label=choice.label value=picked options help=choice.help error/> }
            .into_any();
    };
    options.push((OTHER.to_owned(), other_label.clone()));
    let other_name = format!("{name}_other");
    let is_other = move || picked.get() == OTHER;
    view! {
        <SelectField name label=choice.label value=picked options help=choice.help error=none/>
        {move || {
            let (name, label, help) = (other_name.clone(), other_label.clone(), other_help.clone());
            is_other().then(|| view! { <TextField name label value=text required=true help error/> })
        }}
    }
    .into_any()
}
