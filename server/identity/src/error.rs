//! What can go wrong here, and how the outside is told.

use crate::entropy::Entropy;
use model::access::Role;
use model::{AppError, ErrorKind};

/// A refusal or a failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// There is an admin already.
    #[error("Windhover is already set up.")]
    AlreadySetUp,
    /// Nobody can be logged in yet.
    #[error("Windhover is not set up yet.")]
    NotSetUp,
    /// The one-time code is not the one on the console.
    #[error("This is not the code that the console shows.")]
    WrongSetupCode,
    /// A field of a form is wrong.
    #[error("{message}")]
    Field {
        /// Its name in the form.
        field: &'static str,
        /// What is wrong, as a sentence.
        message: String,
    },
    /// E-mail or password is wrong; which one, nobody learns.
    #[error("E-mail or password is wrong.")]
    WrongLogin,
    /// Too many tries.
    #[error("Too many tries.")]
    TooMany {
        /// Seconds until the next one.
        retry_after: u32,
    },
    /// No such workspace, or none that the caller may see.
    #[error("There is no workspace {0:?}, or you are not a member of it.")]
    NoSuchWorkspace(String),
    /// A member, but with too little a role.
    #[error("This needs the role {}.", role_name(*needed))]
    Forbidden {
        /// The role asked for.
        needed: Role,
    },
    /// The session is gone, or somebody else's.
    #[error("This session has already ended.")]
    NoSuchSession,
    /// Hashing failed.
    #[error("hashing a password: {0}")]
    Hash(String),
    /// A row that does not fit the program.
    #[error("the database holds {0}")]
    Unexpected(String),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

pub(crate) type Result<T, E = IdentityError> = std::result::Result<T, E>;

/// For people.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Editor => "editor",
        Role::Admin => "admin",
    }
}

/// A wrong field.
pub(crate) fn field(field: &'static str, message: impl Into<String>) -> IdentityError {
    IdentityError::Field { field, message: message.into() }
}

impl IdentityError {
    /// The form for the outside. Our own faults are logged in full and answered with a reference only.
    pub(crate) fn tell(self, entropy: &Entropy) -> AppError {
        let message = self.to_string();
        match self {
            Self::AlreadySetUp => AppError::conflict(message).with_hint("Log in."),
            Self::NotSetUp => {
                AppError::conflict(message).with_hint("Open the start page and follow the set-up.")
            }
            Self::WrongSetupCode => AppError::invalid_field("code", message)
                .with_hint("Copy it from the console that Windhover was started in; each start prints one."),
            Self::Field { field, .. } => AppError::invalid_field(field, message),
            Self::WrongLogin => AppError::new(ErrorKind::Unauthenticated, message),
            Self::TooMany { retry_after } => AppError::new(ErrorKind::TooMany, message)
                .with_hint(format!("Try again in {retry_after} s."))
                .retry_after(retry_after),
            Self::NoSuchWorkspace(_) | Self::NoSuchSession => AppError::not_found(message),
            Self::Forbidden { .. } => {
                AppError::new(ErrorKind::Forbidden, message).with_hint("Ask an admin of this workspace.")
            }
            Self::Database(error) if database::is_away(&error) => {
                tracing::error!(cause = %message, "the database does not answer");
                AppError::new(ErrorKind::Unavailable, "The database does not answer.").retry_after(5)
            }
            Self::Hash(_) | Self::Unexpected(_) | Self::Database(_) => {
                let reference = hex::encode(entropy.bytes::<4>());
                tracing::error!(%reference, cause = %message, "identity failed");
                AppError::internal(reference)
            }
        }
    }
}
