//! The way in: `/`, and the gates in front of the other pages.

mod gate;
mod lone;

pub use gate::{LoggedIn, safe_next};
pub use lone::Lone;

use crate::state::session::{last_workspace, use_session};
use leptos::prelude::*;
use leptos_router::components::Redirect;

/// `/`: to set-up, log-in or the last workspace.
#[component]
pub fn Start() -> impl IntoView {
    view! { <LoggedIn><ToWorkspace/></LoggedIn> }
}

#[component]
fn ToWorkspace() -> impl IntoView {
    let session = use_session();
    let path = session
        .home(last_workspace().as_deref())
        .map_or_else(|| "/welcome".to_owned(), |ws| format!("/w/{}/dash/paid", ws.slug));
    view! { <Redirect path/> }
}
