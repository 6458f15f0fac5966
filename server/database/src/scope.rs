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
        let pool = self.pool().clone();
        to_the_end(async move { pool.begin_with(AssertSqlSafe(statement)).await }).await
    }

    /// A transaction of the owner, which sees all workspaces.
    ///
    /// # Errors
    /// As for [`Database::scoped`].
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        let pool = self.pool().clone();
        to_the_end(async move { pool.begin().await }).await
    }
}

/// Runs the start of a transaction to its end, also when the caller is dropped meanwhile (a browser that closed its
/// connection). sqlx 0.9 forgets a BEGIN whose future is dropped before the answer, and the connection would go back
/// to the pool inside the transaction, with the role and workspace of another request.
async fn to_the_end(
    begin: impl Future<Output = Result<Tx, sqlx::Error>> + Send + 'static,
) -> Result<Tx, sqlx::Error> {
    match tokio::spawn(begin).await {
        Ok(begun) => begun,
        Err(lost) if lost.is_cancelled() => Err(sqlx::Error::PoolClosed),
        Err(lost) => std::panic::resume_unwind(lost.into_panic()),
    }
}
