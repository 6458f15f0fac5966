//! The first start: one-time code, first admin, first workspace.

use crate::api::session::SetUp;
use crate::pages::choices::{PasswordRules, currencies, time_zones, week_start_name, week_starts};
use crate::pages::entry::Lone;
use crate::pages::error_page::Broken;
use crate::state::browser;
use crate::state::session::KnownSession;
use crate::ui::{Button, FormError, Segments, SelectField, TextField, Tone, field_error};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::Redirect;
use model::days::WeekStart;
use model::workspace::SessionState;

/// `/setup`. Once an admin exists it leads to the start page.
#[component]
pub fn SetupPage() -> impl IntoView {
    match expect_context::<KnownSession>().0 {
        Ok(SessionState::SetupNeeded) => view! { <SetupForm/> }.into_any(),
        Ok(_) => view! { <Redirect path="/"/> }.into_any(),
        Err(error) => view! { <Broken error/> }.into_any(),
    }
}

const FIELDS: &[&str] = &["code", "email", "password", "name", "currency", "time_zone"];

#[component]
fn SetupForm() -> impl IntoView {
    let action = ServerAction::<SetUp>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err).map(|error| error.0));
    let text = |value: &str| RwSignal::new(value.to_owned());
    let (code, email, password) = (text(""), text(""), text(""));
    let (name, currency, zone, week_start) =
        (text("My workspace"), text("EUR"), text("UTC"), text(week_start_name(WeekStart::Monday)));
    Effect::new(move |_| {
        let guess = browser::guess();
        // What the person (or the browser's memory) filled in already stays.
        if zone.get_untracked() == "UTC"
            && let Some(found) = guess.time_zone
        {
            zone.set(found);
        }
        if currency.get_untracked() == "EUR"
            && let Some(found) = guess.currency
        {
            currency.set(found.to_owned());
        }
        if week_start.get_untracked() == "monday" {
            week_start.set(week_start_name(guess.week_start).to_owned());
        }
    });
    Effect::new(move |_| {
        if matches!(action.value().get(), Some(Ok(()))) {
            browser::go("/welcome");
        }
    });
    view! {
        <Lone title="Set up Windhover">
            <p class="muted">"This is the first start. The code proves that you are who started the server: it is printed on its console."</p>
            <ActionForm action attr:class="form" attr:novalidate=true>
                <TextField
                    name="form[code]"
                    label="One-time code"
                    value=code
                    required=true
                    autocomplete="one-time-code"
                    help="From the server's console. A restart prints a new one."
                    error=field_error(error, "code")
                />
                <TextField
                    name="form[email]"
                    label="Your e-mail"
                    kind="email"
                    value=email
                    required=true
                    autocomplete="username"
                    help="You log in with it. Nothing is sent to it."
                    error=field_error(error, "email")
                />
                <TextField
                    name="form[password]"
                    label="Password"
                    kind="password"
                    value=password
                    required=true
                    autocomplete="new-password"
                    error=field_error(error, "password")
                />
                <PasswordRules password email/>
                <h2>"Your workspace"</h2>
                <p class="muted">"Guessed from your browser; you can change all of it later."</p>
                <TextField
                    name="form[workspace][name]"
                    label="Name"
                    value=name
                    required=true
                    help="Your company, or the client whose figures it holds."
                    error=field_error(error, "name")
                />
                <div class="form__pair">
                    <SelectField
                        name="form[workspace][currency]"
                        label="Reporting currency"
                        value=currency
                        options=currencies(None)
                        help="All money is converted to it, by each day's rate."
                        error=field_error(error, "currency")
                    />
                    <TextField
                        name="form[workspace][time_zone]"
                        label="Time zone"
                        value=zone
                        required=true
                        suggestions=time_zones()
                        help="Decides what “today” is."
                        error=field_error(error, "time_zone")
                    />
                </div>
                <Segments
                    name="form[workspace][week_start]"
                    legend="Weeks start on"
                    value=week_start
                    choices=week_starts()
                />
                <FormError error fields=FIELDS/>
                <div class="row">
                    <Button tone=Tone::Primary submit=true pending=action.pending()>"Create admin and workspace"</Button>
                </div>
            </ActionForm>
        </Lone>
    }
}
