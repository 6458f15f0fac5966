//! What can go wrong between a vendor or a file and the warehouse.

use model::{AppError, ErrorKind};

/// Failure of a use case of this crate.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Said to the person as it is.
    #[error("{0}")]
    Told(#[from] AppError),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// What a stream brought is not what it may bring: that stream ends, the others go on.
    #[error("{0}")]
    Stream(Box<connectors::Error>),
    /// Something that should not happen.
    #[error("{0}")]
    Unexpected(String),
}

impl PipelineError {
    /// Wraps anything printable.
    pub fn unexpected(cause: impl std::fmt::Display) -> Self {
        Self::Unexpected(cause.to_string())
    }
}

impl From<warehouse::LoadError> for PipelineError {
    /// What the warehouse refuses is about the rows, and is told; what the database says is not.
    fn from(error: warehouse::LoadError) -> Self {
        match error {
            warehouse::LoadError::Sql(error) => Self::Database(error),
            refused => Self::Told(AppError::invalid(format!("{refused}."))),
        }
    }
}

impl From<PipelineError> for AppError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Told(told) => told,
            PipelineError::Database(error) if database::is_away(&error) => {
                Self::new(ErrorKind::Unavailable, "The database does not answer.").retry_after(5)
            }
            other => {
                let reference = hex::encode(rand::random::<[u8; 4]>());
                tracing::error!(%reference, cause = %other, "a use case failed");
                Self::internal(reference)
            }
        }
    }
}

/// What this crate's functions answer.
pub type Result<T, E = PipelineError> = std::result::Result<T, E>;
