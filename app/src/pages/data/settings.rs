//! What an admin changes about a connection.

use super::count;
use super::disconnect::Disconnect;
use super::more_streams::MoreStreams;
use crate::api::connections::change_connection;
use crate::pages::choices::schedules;
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::ui::{
    Button, Dialog, FormError, Icon, Notice, NoticeKind, SelectField, TextField, Tone, field_error,
};
use leptos::prelude::*;
use model::AppError;
use model::connections::{ConnectionChange, ConnectionDetail, Schedule};
use model::upkeep::{SettingInfo, SettingRule};
use std::collections::BTreeMap;

/// A setting of the connector with what the person typed.
#[derive(Clone)]
struct Edited {
    info: SettingInfo,
    value: RwSignal<String>,
}

impl Edited {
    /// The value that counts now.
    fn saved(&self, settings: &BTreeMap<String, String>) -> String {
        settings.get(&self.info.name).cloned().unwrap_or_else(|| self.info.default.clone())
    }

    /// What has to be sent; none where nothing was changed. The default is sent as nothing, so that a later default
    /// of the platform counts.
    fn change(&self, settings: &BTreeMap<String, String>, value: &str) -> Option<String> {
        let value = value.trim();
        if value == self.saved(settings) {
            return None;
        }
        Some(if value == self.info.default { String::new() } else { value.to_owned() })
    }

    /// Few people ever need it.
    fn is_rare(&self) -> bool {
        self.info.rule == SettingRule::Address || self.info.name == "page_size"
    }
}

/// Name, schedule, the connector's own settings, disconnect.
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
    let edited: Vec<Edited> = first
        .known_settings
        .iter()
        .map(|info| {
            let value = first.settings.get(&info.name).unwrap_or(&info.default).clone();
            Edited { info: info.clone(), value: RwSignal::new(value) }
        })
        .collect();
    let all = StoredValue::new(edited.clone());
    let save = Action::new(move |(): &()| {
        let settings = detail.with_untracked(|d| d.settings.clone());
        let changed: BTreeMap<String, String> = all.with_value(|all| {
            let changes = all.iter().map(|one| (one, one.value.get_untracked()));
            changes
                .filter_map(|(one, text)| Some((one.info.name.clone(), one.change(&settings, &text)?)))
                .collect()
        });
        let change = ConnectionChange {
            name: Some(name.get_untracked().trim().to_owned()),
            // Only a change: naming the schedule would end an interval of its own.
            schedule: Schedule::from_name(&schedule.get_untracked())
                .filter(|_| schedule.with_untracked(|wanted| *wanted != present)),
            settings: (!changed.is_empty()).then_some(changed),
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
    let other_error = Signal::derive(move || error.get().filter(|error| setting_of(error).is_none()));
    let asking = RwSignal::new(false);
    let (rare, usual): (Vec<Edited>, Vec<Edited>) = edited.into_iter().partition(Edited::is_rare);
    let rare_names: Vec<String> = rare.iter().map(|one| one.info.name.clone()).collect();
    let has_rare = !rare.is_empty();
    let is_rare_wrong = move || {
        error.with(|error| error.as_ref().and_then(setting_of).is_some_and(|name| rare_names.contains(&name)))
    };
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
                {usual.into_iter().map(|edited| view! { <SettingField edited error/> }).collect_view()}
                {has_rare
                    .then(|| {
                        view! {
                            <details open=is_rare_wrong>
                                <summary>"Addresses and pages"</summary>
                                <div class="stack stack--tight">
                                    {rare.into_iter().map(|edited| view! { <SettingField edited error/> }).collect_view()}
                                </div>
                            </details>
                        }
                    })}
                <WhatFollows detail all/>
                <FormError error=other_error fields=&["name", "schedule"]/>
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

/// The setting that an error is about.
fn setting_of(error: &AppError) -> Option<String> {
    error.field.as_deref()?.strip_prefix("settings.").map(str::to_owned)
}

/// One setting, by the values that it takes.
#[component]
fn SettingField(edited: Edited, error: Signal<Option<AppError>>) -> impl IntoView {
    let Edited { info, value } = edited;
    let id = format!("setting-{}", info.name);
    let name = info.name.clone();
    let wrong = Signal::derive(move || {
        error.with(|error| {
            let error = error.as_ref().filter(|error| setting_of(error).as_ref() == Some(&name))?;
            Some(error.message.clone())
        })
    });
    let default = if info.default.is_empty() { "nothing".to_owned() } else { info.default.clone() };
    let takes = match &info.rule {
        SettingRule::Integer { least, most } => format!(" From {least} to {most}."),
        SettingRule::Text { expected } => format!(" Takes {expected}."),
        SettingRule::OneOf { .. } | SettingRule::Address | SettingRule::Streams { .. } => String::new(),
    };
    let help = format!("{}{takes} Default: {default}.", info.help);
    match info.rule.clone() {
        SettingRule::Streams { streams } => {
            view! { <MoreStreams info streams value error=wrong/> }.into_any()
        }
        SettingRule::OneOf { words } => {
            let options = words.into_iter().map(|word| (word.clone(), word)).collect::<Vec<_>>();
            view! { <SelectField name=info.name id label=info.label value options help error=wrong/> }
                .into_any()
        }
        SettingRule::Integer { .. } => {
            view! { <TextField name=info.name id label=info.label kind="number" value help error=wrong/> }
                .into_any()
        }
        SettingRule::Address | SettingRule::Text { .. } => {
            view! { <TextField name=info.name id label=info.label value help error=wrong/> }.into_any()
        }
    }
}

/// Says before it is saved what a change of meaning costs.
#[component]
fn WhatFollows(detail: RwSignal<ConnectionDetail>, all: StoredValue<Vec<Edited>>) -> impl IntoView {
    let restating = Memo::new(move |_| {
        let settings = detail.with(|d| d.settings.clone());
        all.with_value(|all| {
            let restating = all.iter().filter(|one| one.info.restates);
            let changed =
                restating.filter(|one| one.value.with(|text| one.change(&settings, text).is_some()));
            changed.map(|one| one.info.label.clone()).collect::<Vec<_>>()
        })
    });
    let text = move || {
        let labels = restating.get();
        (!labels.is_empty()).then(|| {
            let (days, accounts) = detail.with(|d| (d.days.len(), d.summary.accounts.len()));
            let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
            format!(
                "{} changes what the figures mean: {} of {} are read again, newest first. Until a day is read again, it shows the figures of before.",
                labels.join(" and "),
                count(number(days), "day", "days"),
                count(number(accounts), "account", "accounts"),
            )
        })
    };
    view! {
        <div role="status">
            {move || text().map(|text| view! { <Notice kind=NoticeKind::Warning><p>{text}</p></Notice> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_sent_and_the_default_as_nothing() {
        let owner = Owner::new();
        owner.with(|| {
            let info = SettingInfo {
                name: "api_version".into(),
                label: "API version".into(),
                help: String::new(),
                default: "v25".into(),
                rule: SettingRule::Address,
                restates: false,
            };
            let edited = Edited { info, value: RwSignal::new(String::new()) };
            let none = BTreeMap::new();
            let set = BTreeMap::from([("api_version".to_owned(), "v24".to_owned())]);
            assert_eq!(edited.change(&none, "v25"), None);
            assert_eq!(edited.change(&none, " v24 ").as_deref(), Some("v24"));
            assert_eq!(edited.change(&set, "v24"), None);
            assert_eq!(edited.change(&set, "v25").as_deref(), Some(""));
            assert_eq!(edited.change(&set, "").as_deref(), Some(""));
        });
    }
}
