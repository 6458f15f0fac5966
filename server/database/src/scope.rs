//! Tenancy: a transaction that can see and change the rows of one workspace only.

use crate::pool::Database;
use model::ids::WorkspaceId;
use sqlx::{AssertSqlSafe, Postgres, Transaction};

/// A transaction. Dropped without `commit`, it is rolled back.
pub type Tx = Transaction<'static, Postgres>;

impl Database {
    /// A transaction within a workspace: takes the role `windhover_app`, which row-level security applies to, and
    /// names the workspace. One round trip. Ends with the transaction, so that nothing leaks to the pool.
    ///
    /// PostgreSQL refuses `COPY … FROM` into a table with row-level security: copy into a temporary table, then merge.
    ///
    /// # Errors
    /// When no connection is free in time, or the database is gone.
    pub async fn scoped(&self, workspace: WorkspaceId) -> Result<Tx, sqlx::Error> {
        self.begin_scoped("BEGIN", workspace).await
    }

    /// Like [`Database::scoped`], but read-only, and all its statements see one state of the data: the parts of a
    /// dashboard fit together even while a load commits.
    ///
    /// # Errors
    /// As for [`Database::scoped`].
    pub async fn scoped_snapshot(&self, workspace: WorkspaceId) -> Result<Tx, sqlx::Error> {
        self.begin_scoped("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", workspace).await
    }

    async fn begin_scoped(&self, begin: &str, workspace: WorkspaceId) -> Result<Tx, sqlx::Error> {
        // The id is a number, so there is nothing to escape.
        let statement = format!(
            "{begin}; SET LOCAL ROLE windhover_app; SELECT set_config('windhover.workspace_id', '{workspace}', true)"
        );
        self.pool().begin_with(AssertSqlSafe(statement)).await
    }
}
