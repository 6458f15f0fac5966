//! What a load is about, and what it did.

use crate::columns::{self, Tables};
use crate::error::LoadError;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use database::Database;
use metrics::Family;
use model::DayRange;
use model::entities::EntityKind;
use model::ids::{AccountId, ImportId, RunId, WorkspaceId};
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A run of a connection.
    Run(RunId),
    /// A file import; can be taken back with [`super::undo_import`].
    Import(ImportId),
    /// Events that a vendor pushed.
    Push,
}

impl Cause {
    pub(crate) fn import(self) -> Option<i32> {
        match self {
            Self::Run(_) | Self::Push => None,
            Self::Import(import) => Some(import.0),
        }
    }

    pub(crate) fn run(self) -> Option<i64> {
        match self {
            Self::Run(run) => Some(run.0),
            Self::Import(_) | Self::Push => None,
        }
    }
}

/// What several rows of one key within one load mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Duplicates {
    /// Parts of the whole: added up. Of metrics that can't be added, reach is dropped, and the last budget counts.
    Sum,
    /// The same row again (a page that was served twice): the last one counts.
    LastWins,
}

/// What a load is about.
#[derive(Debug, Clone)]
pub struct LoadScope {
    /// Where.
    pub workspace: WorkspaceId,
    /// Of which account.
    pub account: AccountId,
    /// Of which family all measures are.
    pub family: Family,
    /// Of which kind all rows are.
    pub kind: EntityKind,
    /// None: plain figures. Else the dimension that all rows are broken down by, for example `device`.
    pub breakdown: Option<String>,
    /// The connector's stream that they came by; none for files. The name is stored for ever: under another one, its rows
    /// are those of another stream.
    pub stream: Option<&'static str>,
    /// Days that were read in full: rows of these days (of the account, family, kind, breakdown and stream) that the
    /// batch does not hold are deleted. Rows of other days are never deleted. None: nothing is deleted.
    pub replace_days: Option<DayRange>,
    /// Meaning of rows with the same key.
    pub duplicates: Duplicates,
    /// Who writes.
    pub cause: Cause,
    /// Now, from the caller's clock.
    pub at: DateTime<Utc>,
}

/// What a load did. `inserted + updated + unchanged` is the number of keys in the batch; `read` is larger where keys
/// were repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadCounts {
    /// Rows in the batch.
    pub read: u64,
    /// Rows that were not there.
    pub inserted: u64,
    /// Rows with other values than before.
    pub updated: u64,
    /// Rows that were there just so.
    pub unchanged: u64,
    /// Rows that vanished from the days read in full.
    pub deleted: u64,
}

impl LoadCounts {
    /// Whether any figure is another than before.
    pub fn changed(self) -> bool {
        self.inserted + self.updated + self.deleted > 0
    }
}

impl std::ops::AddAssign for LoadCounts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
    }
}

/// The number of a kind in the database: 0 to 9 the account and the advertising tree, 10 to 19 social, 20 to 29 web, 30 to
/// 39 e-mail, 40 to 49 customer relations.
pub(crate) fn kind_number(kind: EntityKind) -> i16 {
    match kind {
        EntityKind::Account => 0,
        EntityKind::Campaign => 1,
        EntityKind::AdGroup => 2,
        EntityKind::Ad => 3,
        EntityKind::Post => 10,
        EntityKind::Page => 20,
        EntityKind::Event => 21,
        EntityKind::List => 30,
        EntityKind::Email => 31,
        EntityKind::Flow => 32,
        EntityKind::Program => 33,
        EntityKind::Category => 34,
        EntityKind::Pipeline => 40,
        EntityKind::Stage => 41,
        EntityKind::Deal => 42,
        EntityKind::Owner => 43,
        EntityKind::Form => 44,
    }
}

/// Makes the partitions of those months (first days) for those families, in a short transaction of its own. A load makes missing ones itself,
/// but then other loads that need a new month wait until it commits: call this before a long load.
///
/// # Errors
/// What the database says.
pub async fn ensure_months(
    database: &Database,
    families: impl IntoIterator<Item = Family>,
    months: &BTreeSet<NaiveDate>,
) -> Result<(), LoadError> {
    let mut tx = database.begin().await?;
    for family in families {
        let Tables { facts, breakdowns, .. } = columns::tables(family);
        partitions(&mut tx, facts, months).await?;
        partitions(&mut tx, breakdowns, months).await?;
    }
    Ok(tx.commit().await?)
}

/// The first days of the months that those days lie in.
pub fn months_of(days: DayRange) -> BTreeSet<NaiveDate> {
    days.days().filter_map(|day| day.with_day(1)).collect()
}

/// Makes the partitions of those months (first days) where they are missing.
pub(crate) async fn partitions(
    tx: &mut PgConnection,
    table: &'static str,
    months: &BTreeSet<NaiveDate>,
) -> Result<(), LoadError> {
    let months: Vec<NaiveDate> = months.iter().copied().collect();
    sqlx::query("SELECT ensure_month_partition($1::regclass, month) FROM unnest($2::date[]) AS month")
        .bind(table)
        .bind(months)
        .execute(tx)
        .await?;
    Ok(())
}
