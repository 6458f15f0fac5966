//! What can go wrong while loading.

use chrono::NaiveDate;
use model::ids::{AccountId, ImportId, WorkspaceId};

/// A load that was refused or failed. The caller's transaction must be rolled back: nothing of it may stay.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The account is not there (any more).
    #[error("workspace {workspace} has no account {account}: it may have been removed meanwhile")]
    NoSuchAccount {
        /// Where.
        workspace: WorkspaceId,
        /// Which.
        account: AccountId,
    },
    /// A day that can't be meant.
    #[error("{day} of {entity:?} lies outside of 1990 to 2100: check how dates are read")]
    DayOutOfRange {
        /// The day.
        day: NaiveDate,
        /// The vendor's id of the entity, or its name.
        entity: String,
    },
    /// A row in another currency than its account's. An account has one currency, so that its figures can be added up
    /// and labelled.
    #[error(
        "{entity:?} has figures in {found} on {day}, but its account reports in {expected}: \
         open one account for each currency"
    )]
    ForeignCurrency {
        /// The vendor's id of the entity, or its name.
        entity: String,
        /// The day.
        day: NaiveDate,
        /// The account's currency.
        expected: String,
        /// The row's currency.
        found: String,
    },
    /// A row of another family than the load's: it would end up in columns of another meaning.
    #[error("figures of {} came where those of {} are loaded", .found.label(), .expected.label())]
    ForeignFamily {
        /// The load's.
        expected: metrics::Family,
        /// The row's.
        found: metrics::Family,
    },
    /// A figure that another stream of the account has brought, too: added up, it would count twice.
    #[error("{metric} of {entity:?} on {day} comes by two streams of the account")]
    Twice {
        /// The vendor's id of the entity.
        entity: String,
        /// The day.
        day: NaiveDate,
        /// Metric name.
        metric: String,
    },
    /// An account that holds figures should get another currency.
    #[error(
        "the account {account:?} holds figures in {from}, so it can't change to {to}: remove its data first"
    )]
    CurrencyChanged {
        /// The account's name.
        account: String,
        /// The currency of its figures.
        from: String,
        /// The other.
        to: String,
    },
    /// A sum that does not fit.
    #[error("the sum of {metric} of {entity:?} on {day} is too large")]
    Overflow {
        /// Metric name.
        metric: &'static str,
        /// The vendor's id of the entity, or its name.
        entity: String,
        /// The day.
        day: NaiveDate,
    },
    /// A value of a breakdown is missing, or there where it makes no sense.
    #[error("{entity:?} on {day}: {problem}")]
    Segment {
        /// The vendor's id of the entity, or its name.
        entity: String,
        /// The day.
        day: NaiveDate,
        /// What is wrong.
        problem: &'static str,
    },
    /// A column that identifies something is empty, or holds what can't be stored.
    #[error("{0}")]
    Invalid(String),
    /// The import is not known to have loaded anything.
    #[error("import {0} has loaded nothing that could be taken back")]
    NothingToUndo(ImportId),
    /// The database sent what it should not.
    #[error("the database answered in an unexpected form: {0}")]
    Protocol(&'static str),
    /// Anything else that the database says.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
}
