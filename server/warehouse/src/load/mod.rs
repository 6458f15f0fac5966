//! Writing: accounts, entities and facts.
//!
//! Everything runs in the caller's transaction, so that the pipeline can commit rows, cursor and counters together;
//! nothing here commits. The transaction must be one of the database's owner (`database.begin()`): row-level
//! security does not go with COPY. Each call names its workspace and touches no other.
//!
//! How a batch is loaded: its rows are sorted like the key; for days that hold rows already, their hashes are read and
//! compared here; unchanged rows are not written at all; changed ones are deleted and, with the new ones, copied into
//! the table. (Deleting and copying moves as many bytes as an UPDATE and skips the staging table.)

mod accounts;
mod batch;
mod budgets;
mod bulk;
pub mod crm;
mod delete;
mod diff;
mod entities;
mod gains;
mod hash;
pub(crate) mod lifetimes;
mod merge;
mod overlap;
mod rollup;
mod scope;
mod store;
mod totals;
mod undo;

pub use crate::totals::{can_give_totals, gives_totals_among};
pub use accounts::{
    AccountSource, AccountSpec, Completeness, adopt_currency, open_account, set_completeness,
};
pub use batch::{FactBatch, FactRow};
pub use budgets::note_budgets;
pub use bulk::BulkLoad;
pub use crm::{CrmBatch, CrmCounts, CrmScope, upsert_crm};
pub use delete::{AccountSize, account_size, delete_account_data, delete_workspace_data};
pub use entities::{EntityCounts, EntityRecord, owner_of, upsert_entities};
pub use lifetimes::{LifetimeBatch, merge_lifetimes};
pub use merge::merge;
pub use scope::{Cause, Duplicates, LoadCounts, LoadScope, ensure_months, months_of};
pub use undo::{UndoCounts, undo_import};

pub(crate) use scope::kind_number;
pub(crate) use store::literal;
