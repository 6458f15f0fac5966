//! Who is logged in, and in which workspace the page is.

use crate::api::ApiError;
use leptos::prelude::*;
use model::access::Role;
use model::workspace::{SessionState, Workspace};

/// What the server knew when it rendered the page. Another session is another page load.
#[derive(Debug, Clone)]
pub struct KnownSession(pub Result<SessionState, ApiError>);

/// A logged-in person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The log-in name.
    pub email: String,
    /// Workspaces, the demo last.
    pub workspaces: Vec<Workspace>,
    /// The site is served over plain http.
    pub insecure_transport: bool,
}

/// Takes the session over from the server; called once, by the app.
pub fn provide_session() {
    #[cfg(feature = "ssr")]
    let known = SharedValue::new(crate::api::session::session_of_request);
    #[cfg(not(feature = "ssr"))]
    let known = SharedValue::new(|| Err(ApiError::unreachable()));
    provide_context(KnownSession(known.into_inner()));
}

/// The logged-in person. Only below the layout that made sure of one.
pub fn use_session() -> Session {
    expect_context::<Session>()
}

/// The workspace of this page. Only below the workspace layout, which renders anew when the workspace changes.
pub fn use_workspace() -> Workspace {
    expect_context::<Workspace>()
}

impl Session {
    /// The workspace to open: the one that this browser opened last, else the first.
    pub fn home(&self, last: Option<&str>) -> Option<&Workspace> {
        self.workspaces.iter().find(|ws| Some(ws.slug.as_str()) == last).or_else(|| self.workspaces.first())
    }

    /// The first workspace with the person's own data.
    pub fn own(&self) -> Option<&Workspace> {
        self.workspaces.iter().find(|ws| !ws.is_demo)
    }
}

/// Whether the workspace's person may act as that role.
pub fn may(workspace: &Workspace, role: Role) -> bool {
    workspace.role >= role
}

/// A cookie, not local storage: the server sends `/` there at once.
const LAST_WORKSPACE: &str = "wh-workspace";

/// The slug of the workspace that this browser opened last.
pub fn last_workspace() -> Option<String> {
    #[cfg(feature = "ssr")]
    let cookies = {
        let parts = use_context::<http::request::Parts>()?;
        parts.headers.get(http::header::COOKIE)?.to_str().ok()?.to_owned()
    };
    #[cfg(not(feature = "ssr"))]
    let cookies = super::browser::cookies();
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == LAST_WORKSPACE)
        .map(|(_, slug)| slug.to_owned())
}

/// Remembers the workspace for the next visit to `/`.
pub fn remember_workspace(slug: &str) {
    super::browser::set_cookie(LAST_WORKSPACE, slug);
}
