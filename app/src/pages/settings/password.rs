//! Another password.

use crate::api::session::change_password;
use crate::pages::choices::PasswordRules;
use crate::state::toast::use_toasts;
use crate::ui::{Button, FormError, TextField, field_error};
use leptos::prelude::*;

/// Asks for the present and the new password; all other sessions end.
#[component]
pub fn ChangePassword(
    /// For the browser's password store, and for a rule.
    email: String,
) -> impl IntoView {
    let toasts = use_toasts();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let save = Action::new(move |(): &()| {
        let work = change_password(current.get_untracked(), new.get_untracked());
        async move {
            let result = work.await;
            if result.is_ok() {
                let _ = current.try_set(String::new());
                let _ = new.try_set(String::new());
                toasts.done("Password changed. All other sessions are ended.");
            }
            result
        }
    });
    let error = Signal::derive(move || save.value().get().and_then(Result::err).map(|error| error.0));
    let name = email.clone();
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
            <h2>"Password"</h2>
            <input type="hidden" name="username" autocomplete="username" value=email/>
            <TextField
                name="current"
                label="Present password"
                kind="password"
                autocomplete="current-password"
                value=current
                required=true
                error=field_error(error, "current")
            />
            <TextField
                name="new"
                label="New password"
                kind="password"
                autocomplete="new-password"
                value=new
                required=true
                error=field_error(error, "new")
            />
            <PasswordRules password=new email=Signal::stored(name)/>
            <FormError error fields=&["current", "new"]/>
            <div class="row">
                <Button submit=true pending=save.pending()>"Change password"</Button>
            </div>
        </form>
    }
}
