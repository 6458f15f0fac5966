//! Set-up, log-in, sessions.

use super::ApiError;
use leptos::prelude::*;
use model::access::SessionInfo;
use model::ids::SessionId;
#[cfg(feature = "ssr")]
use model::workspace::SessionState;
use model::workspace::SetupForm;
use server_fn::codec::{GetUrl, Json};

#[cfg(feature = "ssr")]
use super::context::{
    answer, caller, clear_session_cookie, is_secure, origin, provided, redirect_plain_form,
    set_session_cookie,
};
#[cfg(feature = "ssr")]
use model::ports::Identity;
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// Who is asking for a page, and where they can go. Every page needs it before its first byte, so the binary puts it
/// into the request's extensions before the page is rendered: as a resource below a `Suspense` it would make the server
/// build the whole page twice.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "ssr")]
pub async fn session_state(
    identity: &dyn Identity,
    caller: Option<&model::access::Caller>,
    is_secure: bool,
) -> Result<SessionState, ApiError> {
    if identity.setup_needed().await? {
        return Ok(SessionState::SetupNeeded);
    }
    let Some(caller) = caller else {
        return Ok(SessionState::Anonymous);
    };
    let workspaces = identity.workspaces(caller).await?;
    Ok(SessionState::LoggedIn { email: caller.email.clone(), workspaces, insecure_transport: !is_secure })
}

/// What [`session_state`] answered for the page that is being rendered.
#[cfg(feature = "ssr")]
pub fn session_of_request() -> Result<SessionState, ApiError> {
    use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get::<Result<SessionState, ApiError>>().cloned())
        .unwrap_or_else(|| Err(model::AppError::internal("no session in the request").into()))
}

/// The first run: one-time code, first admin, first workspace. Opens a session. A plain form too, so that nothing that
/// was typed before the script ran can end up in an address.
#[server(prefix = "/api/f", endpoint = "set_up")]
pub async fn set_up(form: SetupForm) -> Result<(), ApiError> {
    answer(async {
        let identity = provided::<Arc<dyn Identity>>()?;
        let (token, _) = identity.set_up(form, &origin()).await?;
        set_session_cookie(&token, is_secure());
        redirect_plain_form("/welcome");
        Ok(())
    })
    .await
}

/// Opens a session.
#[server(prefix = "/api/f", endpoint = "log_in")]
pub async fn log_in(email: String, password: String) -> Result<(), ApiError> {
    answer(async {
        let identity = provided::<Arc<dyn Identity>>()?;
        let token = identity.log_in(email.trim(), &password, &origin()).await?;
        set_session_cookie(&token, is_secure());
        redirect_plain_form("/");
        Ok(())
    })
    .await
}

/// Ends this session.
#[server(prefix = "/api/f", endpoint = "log_out", input = Json)]
pub async fn log_out() -> Result<(), ApiError> {
    answer(async {
        let caller = caller()?;
        provided::<Arc<dyn Identity>>()?.log_out(&caller).await?;
        clear_session_cookie(is_secure());
        Ok(())
    })
    .await
}

/// Changes the password and ends all other sessions.
#[server(prefix = "/api/f", endpoint = "change_password", input = Json)]
pub async fn change_password(current: String, new: String) -> Result<(), ApiError> {
    answer(async {
        let caller = caller()?;
        provided::<Arc<dyn Identity>>()?.change_password(&caller, &current, &new).await
    })
    .await
}

/// Where I am logged in.
#[server(prefix = "/api/f", endpoint = "sessions", input = GetUrl)]
pub async fn sessions() -> Result<Vec<SessionInfo>, ApiError> {
    answer(async {
        let caller = caller()?;
        provided::<Arc<dyn Identity>>()?.sessions(&caller).await
    })
    .await
}

/// Ends one of my sessions.
#[server(prefix = "/api/f", endpoint = "end_session", input = Json)]
pub async fn end_session(session: SessionId) -> Result<(), ApiError> {
    answer(async {
        let caller = caller()?;
        provided::<Arc<dyn Identity>>()?.end_session(&caller, session).await
    })
    .await
}
