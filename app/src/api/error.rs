//! The error of server functions: the same [`AppError`] on both sides, also for failures of the transport.

use model::{AppError, ErrorKind};
use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use std::ops::Deref;

/// [`AppError`] in a server function's answer. A type of its own, because the trait and the error live in other crates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(transparent)]
#[error(transparent)]
pub struct ApiError(#[from] pub AppError);

impl Deref for ApiError {
    type Target = AppError;

    fn deref(&self) -> &AppError {
        &self.0
    }
}

impl ApiError {
    /// The request never arrived, or no answer came back.
    pub fn unreachable() -> Self {
        Self(
            AppError::new(ErrorKind::Unavailable, "The server can't be reached.")
                .with_hint("Check the connection and try again. Nothing that you typed is lost."),
        )
    }
}

impl From<ApiError> for AppError {
    fn from(error: ApiError) -> Self {
        error.0
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) => Self::unreachable(),
            ServerFnErrorErr::Args(detail) | ServerFnErrorErr::MissingArg(detail) => Self(
                AppError::invalid(format!("The request can't be read: {detail}"))
                    .with_hint("Reload the page; it may be older than the server."),
            ),
            // On the server it is the request that can't be read; in the browser it is the answer.
            ServerFnErrorErr::Deserialization(detail) if cfg!(feature = "ssr") => Self(
                AppError::invalid(format!("The request can't be read: {detail}"))
                    .with_hint("Reload the page; it may be older than the server."),
            ),
            ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self(
                AppError::new(ErrorKind::Unavailable, "The server's answer can't be read.")
                    .with_hint("Reload the page; it may be older than the server."),
            ),
            other => Self(AppError::internal(format!("transport: {other}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_travels_unchanged() {
        let sent = ApiError(AppError::invalid_field("email", "No.").with_hint("Yes."));
        assert_eq!(ApiError::de(sent.ser()), sent);
    }

    #[test]
    fn an_answer_of_somebody_else_is_no_crash() {
        let got = ApiError::de("<html>502</html>".into());
        let expected = if cfg!(feature = "ssr") { ErrorKind::Invalid } else { ErrorKind::Unavailable };
        assert_eq!(got.kind, expected);
    }
}
