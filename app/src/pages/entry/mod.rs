//! The way in: `/`, and the gates in front of the other pages.

mod gate;
mod lone;

pub use gate::{LoggedIn, safe_next};
pub use lone::Lone;

use crate::state::session::{last_workspace, use_session};
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

/// `/`: to set-up, log-in or the last workspace.
#[component]
pub fn Start() -> impl IntoView {
    view! { <LoggedIn><ToWorkspace/></LoggedIn> }
}

#[component]
fn ToWorkspace() -> impl IntoView {
    let session = use_session();
    // A consent that failed comes back here, without its workspace: the page of connections says why.
    let error = use_query_map().with_untracked(|query| query.get("error"));
    let path = match (session.home(last_workspace().as_deref()), error) {
        (None, _) => "/welcome".to_owned(),
        (Some(ws), None) => format!("/w/{}/dash/paid", ws.slug),
        (Some(ws), Some(error)) => {
            let error: String = url::form_urlencoded::byte_serialize(error.as_bytes()).collect();
            format!("/w/{}/data?error={error}", ws.slug)
        }
    };
    view! { <Redirect path/> }
}
