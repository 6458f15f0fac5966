//! Errors as answers of the plain routes.

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use model::{AppError, ErrorKind};
use std::any::Any;

/// An error as JSON with the right status.
#[derive(Debug)]
pub struct Refusal(pub AppError);

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let status = StatusCode::from_u16(self.0.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after;
        let mut response = (status, Json(self.0)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A handler panicked: the request fails, the server goes on.
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let reference = reference();
    tracing::error!(%reference, panic = text, "a request handler panicked");
    Refusal(AppError::internal(reference)).into_response()
}

/// A short text that stands in the log beside the cause and in the answer.
pub fn reference() -> String {
    let bytes: [u8; 4] = rand::random();
    hex::encode(bytes)
}

/// A refusal for a request that can't be read.
pub fn unreadable(what: impl std::fmt::Display) -> Refusal {
    Refusal(AppError::new(ErrorKind::Invalid, format!("The request can't be read: {what}.")))
}
