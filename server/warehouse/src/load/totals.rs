//! Which metrics the rows of an account report, and which stream a row belongs to.

use crate::columns::{self, Tables};
use crate::error::LoadError;
use crate::load::kind_number;
use crate::load::scope::LoadScope;
use crate::totals::{Givers, Reported, names, reported};
use metrics::{Class, Family};
use model::ids::{AccountId, WorkspaceId};
use sqlx::{AssertSqlSafe, PgConnection};

/// What the stored rows of an account report, kind by kind.
#[derive(Debug, Clone)]
pub(crate) struct Reports {
    family: Family,
    rows: Vec<(i16, Reported)>,
}

impl Reports {
    /// As it is stored.
    pub(crate) async fn read(
        tx: &mut PgConnection,
        workspace: WorkspaceId,
        account: AccountId,
        family: Family,
    ) -> Result<Self, LoadError> {
        let rows: Vec<(i16, Vec<String>)> = sqlx::query_as(
            "SELECT kind, metrics FROM reported_metrics WHERE workspace_id = $1 AND account_id = $2 AND family = $3",
        )
        .bind(workspace.0)
        .bind(account.0)
        .bind(family.name())
        .fetch_all(tx)
        .await?;
        let rows = rows.into_iter().map(|(kind, names)| (kind, reported(family, &names)));
        Ok(Self { family, rows: rows.collect() })
    }

    /// Of a kind; none where it has no rows.
    pub(crate) fn of(&self, kind: i16) -> Option<Reported> {
        self.rows.iter().find(|(other, _)| *other == kind).map(|(_, reported)| *reported)
    }

    /// The kinds that count.
    pub(crate) fn givers(&self) -> Givers {
        Givers::of(self.family, &self.rows)
    }
}

/// Notes what rows of a kind report. None: there are no rows.
pub(crate) async fn note_reports(
    tx: &mut PgConnection,
    (workspace, account, family): (WorkspaceId, AccountId, Family),
    kind: i16,
    now: Option<Reported>,
) -> Result<(), LoadError> {
    let query = if now.is_some() {
        "INSERT INTO reported_metrics (workspace_id, account_id, family, kind, metrics) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT reported_metrics_pkey DO UPDATE SET metrics = excluded.metrics"
    } else {
        "DELETE FROM reported_metrics
         WHERE workspace_id = $1 AND account_id = $2 AND family = $3 AND kind = $4 AND $5::text[] IS NOT NULL"
    };
    sqlx::query(query)
        .bind(workspace.0)
        .bind(account.0)
        .bind(family.name())
        .bind(kind)
        .bind(names(family, now.unwrap_or(0)))
        .execute(tx)
        .await?;
    Ok(())
}

/// Looks which of the metrics that rows of a kind reported still are, and notes it. What is summed up is looked up in the
/// sums of days, the rest among the facts, where mostly the first one has it.
pub(crate) async fn settle_reports(
    tx: &mut PgConnection,
    (workspace, account, family): (WorkspaceId, AccountId, Family),
    kind: i16,
    known: Reported,
) -> Result<(), LoadError> {
    let Tables { facts, rollup, .. } = columns::tables(family);
    let exists = |table: &str, condition: &str| {
        format!(
            "EXISTS (SELECT FROM {table} WHERE workspace_id = $1 AND account_id = $2 AND kind = $3{condition})"
        )
    };
    let mut questions = vec![exists(rollup, "")];
    for (at, metric) in columns::metrics(family).iter().enumerate() {
        let table = if metric.class() == Class::Additive { rollup } else { facts };
        questions.push(if known >> at & 1 == 1 {
            exists(table, &format!(" AND {} IS NOT NULL", metric.name()))
        } else {
            "false".to_owned()
        });
    }
    let found: Vec<bool> =
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT ARRAY[{}]", questions.join(", "))))
            .bind(workspace.0)
            .bind(account.0)
            .bind(kind)
            .persistent(false)
            .fetch_one(&mut *tx)
            .await?;
    let has_rows = found.first() == Some(&true);
    let places = found.iter().skip(1).enumerate().filter(|(_, is_there)| **is_there);
    let now = places.fold(0, |all, (at, _)| all | 1 << at);
    note_reports(tx, (workspace, account, family), kind, has_rows.then_some(now)).await
}

/// Whose rows a load replaces, among those of its account, family, kind and dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamNumber {
    /// As stored.
    pub(crate) number: i16,
    /// Other streams have such rows, too.
    pub(crate) is_shared: bool,
}

/// The number of the scope's stream; a new one where it comes for the first time.
pub(crate) async fn stream_number(
    tx: &mut PgConnection,
    scope: &LoadScope,
) -> Result<StreamNumber, LoadError> {
    let dimension = scope.breakdown.as_deref().unwrap_or_default();
    let known: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM fact_streams
         WHERE workspace_id = $1 AND account_id = $2 AND family = $3 AND kind = $4 AND dimension = $5
         ORDER BY stream",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(scope.family.name())
    .bind(kind_number(scope.kind))
    .bind(dimension)
    .fetch_all(&mut *tx)
    .await?;
    let numbered = |at: usize| i16::try_from(at).map_err(|_| LoadError::Protocol("too many streams"));
    // Files have no streams.
    let Some(name) = scope.stream else {
        return Ok(StreamNumber { number: 0, is_shared: known.len() > 1 });
    };
    if let Some(at) = known.iter().position(|other| other == name) {
        return Ok(StreamNumber { number: numbered(at)?, is_shared: known.len() > 1 });
    }
    let number = numbered(known.len())?;
    sqlx::query(
        "INSERT INTO fact_streams (workspace_id, account_id, family, kind, dimension, stream, name)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(scope.family.name())
    .bind(kind_number(scope.kind))
    .bind(dimension)
    .bind(number)
    .bind(name)
    .execute(tx)
    .await?;
    Ok(StreamNumber { number, is_shared: number > 0 })
}
