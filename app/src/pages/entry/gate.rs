//! Lets only the right people through to a page.

use crate::pages::error_page::Broken;
use crate::state::session::{KnownSession, Session};
use leptos::context::Provider;
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_location;
use model::workspace::SessionState;

/// Shows its children to a logged-in person, with [`Session`] in context; sends everybody else where they belong.
#[component]
pub fn LoggedIn(
    /// What only a logged-in person sees.
    children: Children,
) -> impl IntoView {
    let location = use_location();
    match expect_context::<KnownSession>().0 {
        Ok(SessionState::LoggedIn { email, workspaces, insecure_transport }) => {
            let value = Session { email, workspaces, insecure_transport };
            view! { <Provider value>{children()}</Provider> }.into_any()
        }
        Ok(SessionState::Anonymous) => {
            let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
            let here = if search.is_empty() { path } else { format!("{path}?{search}") };
            view! { <Redirect path=login_path(&here)/> }.into_any()
        }
        Ok(SessionState::SetupNeeded) => view! { <Redirect path="/setup"/> }.into_any(),
        Err(error) => view! { <Broken error/> }.into_any(),
    }
}

/// The log-in page that leads back to `next`.
pub fn login_path(next: &str) -> String {
    if next == "/" || safe_next(next).is_none() {
        return "/login".to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("/login?next={next}")
}

/// A path of this site, and nothing else: an address from outside must not be able to send people away.
pub fn safe_next(next: &str) -> Option<&str> {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t']);
    own.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_away() {
        for bad in ["https://evil.example", "//evil.example", "/\\evil.example", "", "/\t/evil.example"] {
            assert_eq!(safe_next(bad), None, "{bad:?}");
        }
        assert_eq!(login_path("/w/a/dash/paid?r=7d"), "/login?next=%2Fw%2Fa%2Fdash%2Fpaid%3Fr%3D7d");
        assert_eq!(login_path("/"), "/login");
    }
}
