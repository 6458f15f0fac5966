//! The one error that the outside sees.

use serde::{Deserialize, Serialize};

/// What kind of failure it is; decides the HTTP status and what the page offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The input is wrong: says what and where (422).
    Invalid,
    /// Not logged in, or the session ended (401).
    Unauthenticated,
    /// Logged in, but not allowed (403).
    Forbidden,
    /// Nothing there, or nothing that this person may see (404).
    NotFound,
    /// Somebody else changed it, or the state does not allow it now (409).
    Conflict,
    /// Too often; try later (429).
    TooMany,
    /// Something that we depend on is not there now (503).
    Unavailable,
    /// Our fault; carries a reference, never an inner message (500).
    Internal,
}

impl ErrorKind {
    /// The HTTP status code.
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// An error as a person sees it: a plain sentence, what to do, and, for our own faults, a reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// A plain sentence: what went wrong.
    pub message: String,
    /// The field of the form that it is about, by its name there.
    pub field: Option<String>,
    /// What to do now, where we know.
    pub hint: Option<String>,
    /// Seconds until a new try makes sense ([`ErrorKind::TooMany`], [`ErrorKind::Unavailable`]).
    pub retry_after: Option<u32>,
    /// What to quote to the admin; the log holds the rest.
    pub reference: Option<String>,
}

impl AppError {
    /// An error of that kind with a plain sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), field: None, hint: None, retry_after: None, reference: None }
    }

    /// Wrong input.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Wrong input in a named field.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::invalid(message) }
    }

    /// Nothing there.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// The state does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// Nobody is logged in.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorKind::Unauthenticated, "Please log in.")
    }

    /// Our fault. The reference is printed with the cause in the log.
    pub fn internal(reference: impl Into<String>) -> Self {
        Self {
            reference: Some(reference.into()),
            hint: Some("Try again; if it stays, give the reference to the admin.".into()),
            ..Self::new(ErrorKind::Internal, "Something went wrong on our side.")
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}
