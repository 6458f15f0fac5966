//! Name, reporting currency, time zone, week start.

use crate::api::workspace::change_workspace;
use crate::pages::choices::{currencies, time_zones, week_start_from, week_start_name, week_starts};
use crate::pages::shell::PageHeader;
use crate::state::browser;
use crate::state::session::{may, use_workspace};
use crate::state::toast::use_toasts;
use crate::ui::{Button, FormError, Notice, NoticeKind, Segments, SelectField, TextField, Tone, field_error};
use leptos::prelude::*;
use model::access::Role;
use model::workspace::WorkspaceSettings;

/// `/w/:ws/settings`.
#[component]
pub fn WorkspaceSettingsPage() -> impl IntoView {
    let workspace = use_workspace();
    let body = if may(&workspace, Role::Admin) {
        view! { <SettingsForm/> }.into_any()
    } else {
        view! {
            <Notice kind=NoticeKind::Info>
                <p>"Only an admin of this workspace can change it."</p>
            </Notice>
            <dl class="facts">
                <div><dt>"Name"</dt><dd>{workspace.name}</dd></div>
                <div><dt>"Reporting currency"</dt><dd>{workspace.currency}</dd></div>
                <div><dt>"Time zone"</dt><dd>{workspace.time_zone}</dd></div>
            </dl>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Settings"/>
        <div class="stack measure">
            {body}
            <p><a href=format!("/settings/account?ws={}", workspace.slug)>"Your account: password, sessions, theme, shortcuts"</a></p>
        </div>
    }
}

#[component]
fn SettingsForm() -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let toasts = use_toasts();
    let text = |value: &str| RwSignal::new(value.to_owned());
    let (name, currency, zone) =
        (text(&workspace.name), text(&workspace.currency), text(&workspace.time_zone));
    let week_start = text(week_start_name(workspace.week_start));
    let save = Action::new(move |(): &()| {
        let settings = WorkspaceSettings {
            name: name.get_untracked().trim().to_owned(),
            currency: currency.get_untracked(),
            time_zone: zone.get_untracked().trim().to_owned(),
            week_start: week_start_from(&week_start.get_untracked()),
        };
        async move {
            let result = change_workspace(slug.get_value(), settings).await;
            if result.is_ok() {
                // Name, currency and zone are everywhere: the whole page starts anew with them.
                toasts.after_reload("Saved.");
                browser::reload();
            }
            result
        }
    });
    let error = Signal::derive(move || save.value().get().and_then(Result::err).map(|error| error.0));
    view! {
        <form
            class="card form"
            method="post"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                save.dispatch(());
            }
        >
            <h2>"Workspace"</h2>
            <TextField name="name" label="Name" value=name required=true error=field_error(error, "name")/>
            <div class="form__pair">
                <SelectField
                    name="currency"
                    label="Reporting currency"
                    value=currency
                    options=currencies(Some(&workspace.currency))
                    help="Figures are converted anew; nothing that was read changes."
                    error=field_error(error, "currency")
                />
                <TextField
                    name="time_zone"
                    label="Time zone"
                    value=zone
                    required=true
                    suggestions=time_zones()
                    help="Decides what “today” is."
                    error=field_error(error, "time_zone")
                />
            </div>
            <Segments name="week_start" legend="Weeks start on" value=week_start choices=week_starts()/>
            <FormError error fields=&["name", "currency", "time_zone"]/>
            <div class="row">
                <Button tone=Tone::Primary submit=true pending=save.pending()>"Save"</Button>
            </div>
        </form>
    }
}
