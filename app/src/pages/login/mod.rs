//! Log-in.

use crate::api::session::LogIn;
use crate::pages::entry::{Lone, safe_next};
use crate::pages::error_page::Broken;
use crate::state::browser;
use crate::state::session::KnownSession;
use crate::ui::{Button, FormError, TextField, Tone, field_error};
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;
use model::workspace::SessionState;

/// `/login`, with `?next=` for where to go then.
#[component]
pub fn LoginPage() -> impl IntoView {
    match expect_context::<KnownSession>().0 {
        Ok(SessionState::SetupNeeded) => view! { <Redirect path="/setup"/> }.into_any(),
        Ok(SessionState::LoggedIn { .. }) => view! { <Redirect path="/"/> }.into_any(),
        Ok(SessionState::Anonymous) => view! { <LoginForm/> }.into_any(),
        Err(error) => view! { <Broken error/> }.into_any(),
    }
}

#[component]
fn LoginForm() -> impl IntoView {
    let query = use_query_map();
    let action = ServerAction::<LogIn>::new();
    let error = Signal::derive(move || action.value().get().and_then(Result::err).map(|error| error.0));
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    Effect::new(move |_| {
        if matches!(action.value().get(), Some(Ok(()))) {
            let next = query.with_untracked(|query| query.get("next"));
            browser::go(next.as_deref().and_then(safe_next).unwrap_or("/"));
        }
    });
    view! {
        <Lone title="Log in">
            <ActionForm action attr:class="form" attr:novalidate=true>
                <TextField
                    name="email"
                    label="E-mail"
                    kind="email"
                    value=email
                    required=true
                    autocomplete="username"
                    error=field_error(error, "email")
                />
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    value=password
                    required=true
                    autocomplete="current-password"
                    error=field_error(error, "password")
                />
                <FormError error fields=&["email", "password"] at_login=true/>
                <div class="row">
                    <Button tone=Tone::Primary submit=true pending=action.pending()>"Log in"</Button>
                </div>
            </ActionForm>
        </Lone>
    }
}
