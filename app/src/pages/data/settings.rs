//! What an admin changes about a connection.

use crate::api::connections::{change_connection, disconnect};
use crate::pages::choices::schedules;
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::run;
use crate::ui::{Button, Checkbox, Dialog, FormError, Icon, SelectField, TextField, Tone, field_error};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::connections::{ConnectionChange, ConnectionDetail, Schedule};
use std::collections::BTreeMap;

/// Name, schedule, connector settings, disconnect.
#[component]
pub fn ConnectionSettings(
    /// Which.
    detail: RwSignal<ConnectionDetail>,
    /// Fetches it anew.
    again: Trigger,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let toasts = use_toasts();
    let first = detail.get_untracked();
    let id = first.summary.id;
    let name = RwSignal::new(first.summary.name.clone());
    // The demo's own interval is no schedule to choose, but it is what is chosen.
    let interval =
        first.summary.every_seconds.map(|_| ("now".to_owned(), first.summary.interval_label().into_owned()));
    let present =
        interval.as_ref().map_or_else(|| first.summary.schedule.name().to_owned(), |(name, _)| name.clone());
    let schedule = RwSignal::new(present.clone());
    let intervals = interval.into_iter().chain(schedules()).collect::<Vec<_>>();
    let settings = RwSignal::new(lines_of(&first.settings));
    let save = Action::new(move |(): &()| {
        let change = ConnectionChange {
            name: Some(name.get_untracked().trim().to_owned()),
            // Only a change: naming the schedule would end an interval of its own.
            schedule: Schedule::from_name(&schedule.get_untracked())
                .filter(|_| schedule.with_untracked(|wanted| *wanted != present)),
            settings: Some(changed(
                &detail.with_untracked(|d| d.settings.clone()),
                &settings.get_untracked(),
            )),
            ..ConnectionChange::default()
        };
        let work = change_connection(slug.get_value(), id, change);
        async move {
            let result = work.await;
            if result.is_ok() {
                toasts.done("Saved.");
                again.notify();
            }
            result
        }
    });
    let error = Signal::derive(move || save.value().get().and_then(Result::err).map(|error| error.0));
    let asking = RwSignal::new(false);
    view! {
        <section class="card stack">
            <h2>"Settings"</h2>
            <form
                class="form measure"
                method="post"
                novalidate=true
                on:submit=move |event| {
                    event.prevent_default();
                    save.dispatch(());
                }
            >
                <div class="form__pair">
                    <TextField name="name" label="Name" value=name required=true error=field_error(error, "name")/>
                    <SelectField
                        name="schedule"
                        label="Synchronise"
                        value=schedule
                        options=intervals
                        error=field_error(error, "schedule")
                    />
                </div>
                <details>
                    <summary>"Connector settings"</summary>
                    <div class="field">
                        <label class="field__label" for="settings">"One per line, as name=value"</label>
                        <textarea
                            class="input"
                            id="settings"
                            rows="3"
                            spellcheck="false"
                            aria-describedby="settings-help"
                            prop:value=move || settings.get()
                            on:input=move |event| settings.set(event_target_value(&event))
                        >
                            {settings.get_untracked()}
                        </textarea>
                        <span class="field__help" id="settings-help">
                            "For example api_version=v24 when the platform ends an old version. A line that you remove goes back to the default."
                        </span>
                    </div>
                </details>
                <FormError error fields=&["name", "schedule"]/>
                <div class="row row--between">
                    <Button submit=true pending=save.pending()>"Save settings"</Button>
                    <Button tone=Tone::Danger icon=Icon::Unlink on_click=move |_| asking.set(true)>"Disconnect …"</Button>
                </div>
            </form>
        </section>
        <Dialog id="disconnect" open=asking title="Disconnect?">
            <Disconnect detail open=asking/>
        </Dialog>
    }
}

#[component]
fn Disconnect(detail: RwSignal<ConnectionDetail>, open: RwSignal<bool>) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let (toasts, navigate) = (use_toasts(), use_navigate());
    let (pending, delete_data) = (RwSignal::new(false), RwSignal::new(false));
    let typed = RwSignal::new(String::new());
    let (id, name) = detail.with_untracked(|d| (d.summary.id, d.summary.name.clone()));
    let label = format!("Type the connection's name to confirm: {name}");
    let differs = Signal::derive(move || typed.with(|typed| typed.trim() != name));
    let go = move |_| {
        let navigate = navigate.clone();
        let deleted = delete_data.get_untracked();
        run(pending, toasts, disconnect(slug.get_value(), id, deleted), move |()| {
            toasts.done(if deleted {
                "Disconnected; its figures are deleted."
            } else {
                "Disconnected; its figures stay."
            });
            let path = slug.with_value(|slug| format!("/w/{slug}/data"));
            navigate(&path, leptos_router::NavigateOptions::default());
        });
    };
    view! {
        <p>"The permission is thrown away and nothing is read any more. The figures that were read stay, unless you say otherwise."</p>
        <Checkbox label="Also delete its figures. This can't be undone." value=delete_data/>
        <TextField name="confirm" label value=typed/>
        <div class="row row--end">
            <Button on_click=move |_| open.set(false)>"Keep it"</Button>
            <Button tone=Tone::Danger icon=Icon::Unlink pending disabled=differs on_click=go>"Disconnect"</Button>
        </div>
    }
}

fn lines_of(settings: &BTreeMap<String, String>) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

/// What the text asks for: its settings, and the default (empty) for each that it no longer names.
fn changed(before: &BTreeMap<String, String>, text: &str) -> BTreeMap<String, String> {
    let mut wanted: BTreeMap<String, String> =
        before.keys().map(|name| (name.clone(), String::new())).collect();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        wanted.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_line_goes_back_to_the_default() {
        let before = BTreeMap::from([("api_version".to_owned(), "v24".to_owned())]);
        assert_eq!(lines_of(&before), "api_version=v24");
        let after = changed(&before, "page_size = 500\n");
        assert_eq!(after.get("api_version").map(String::as_str), Some(""));
        assert_eq!(after.get("page_size").map(String::as_str), Some("500"));
    }
}
