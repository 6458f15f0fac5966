//! Imports and remembered mappings in the database.

use super::analyse::Analysis;
use super::{lexicon, mapping};
use crate::error::{PipelineError, Result};
use chrono::{DateTime, NaiveDate, Utc};
use model::AppError;
use model::ids::{ImportId, WorkspaceId};
use model::imports::{ImportState, ImportSummary, Mapping, MetricTotal};
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

/// An import as stored.
#[derive(Debug, Clone, FromRow)]
pub struct ImportRow {
    /// Key.
    pub id: i32,
    /// As uploaded.
    pub file_name: String,
    /// Bytes.
    pub size: i64,
    /// See the column's check.
    pub state: String,
    /// Why it failed.
    pub reason: Option<String>,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    /// By whom; empty when the account is gone.
    pub created_by: String,
    /// The mapping that it was, or would be, loaded with.
    pub mapping: Option<Json<Mapping>>,
    /// Rows loaded so far.
    pub rows: i64,
    /// First day.
    pub first_day: Option<NaiveDate>,
    /// Last day.
    pub last_day: Option<NaiveDate>,
    /// Sums per metric.
    pub totals: Json<Vec<MetricTotal>>,
}

impl ImportRow {
    /// As people see it.
    pub fn summary(self) -> ImportSummary {
        let rows = u64::try_from(self.rows).unwrap_or(0);
        let mapping = self.mapping.map(|m| m.0);
        ImportSummary {
            id: ImportId(self.id),
            file_name: self.file_name,
            platform: mapping.as_ref().map(|m| m.platform.clone()).unwrap_or_default(),
            account: mapping.map(|m| m.account).unwrap_or_default(),
            state: match self.state.as_str() {
                "loading" => ImportState::Loading { rows },
                "loaded" => ImportState::Loaded,
                "undone" => ImportState::Undone,
                "failed" => ImportState::Failed { reason: self.reason.unwrap_or_default() },
                _ => ImportState::Draft,
            },
            created_at: self.created_at,
            created_by: self.created_by,
            rows,
            first_day: self.first_day,
            last_day: self.last_day,
            totals: self.totals.0,
        }
    }
}

const SELECT: &str =
    "SELECT i.id, i.file_name, i.size, i.state, i.reason, i.created_at, coalesce(u.email, '') AS created_by,
     i.mapping, i.rows, i.first_day, i.last_day, i.totals
     FROM imports i LEFT JOIN users u ON u.id = i.created_by";

/// Adds a draft. Runs as the owner (as all of this module): users are no tenant table.
pub async fn insert(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    file_name: &str,
    created_by: Option<i32>,
    now: DateTime<Utc>,
) -> Result<ImportId> {
    let id = sqlx::query_scalar(
        "INSERT INTO imports (workspace_id, file_name, size, created_by, created_at) VALUES ($1, $2, 0, $3, $4) RETURNING id",
    )
    .bind(workspace.0)
    .bind(file_name)
    .bind(created_by)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(ImportId(id))
}

/// Stores how large the file turned out to be.
pub async fn set_size(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    import: ImportId,
    size: u64,
) -> Result<()> {
    sqlx::query("UPDATE imports SET size = $3 WHERE workspace_id = $1 AND id = $2")
        .bind(workspace.0)
        .bind(import.0)
        .bind(i64::try_from(size).unwrap_or(i64::MAX))
        .execute(tx)
        .await?;
    Ok(())
}

/// One import. A discarded one is `NotFound`.
pub async fn import(tx: &mut PgConnection, workspace: WorkspaceId, import: ImportId) -> Result<ImportRow> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} WHERE i.workspace_id = $1 AND i.id = $2")))
        .bind(workspace.0)
        .bind(import.0)
        .fetch_optional(tx)
        .await?
        .ok_or_else(|| PipelineError::Told(AppError::not_found("This import does not exist (any more).")))
}

/// All imports, newest first.
pub async fn imports(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<Vec<ImportRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{SELECT} WHERE i.workspace_id = $1 ORDER BY i.id DESC LIMIT 500"
    )))
    .bind(workspace.0)
    .fetch_all(tx)
    .await?)
}

/// Moves an import to another state, if it is in one of those `from`. False when it is not.
pub async fn change_state(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    import: ImportId,
    from: &[&str],
    to: &str,
    reason: Option<&str>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE imports SET state = $4, reason = $5, raw_error = NULL WHERE workspace_id = $1 AND id = $2 AND state = ANY ($3)",
    )
    .bind(workspace.0)
    .bind(import.0)
    .bind(from)
    .bind(to)
    .bind(reason)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that a load failed: `told` for people, `raw` for admins.
pub async fn fail(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    import: ImportId,
    told: &str,
    raw: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE imports SET state = 'failed', reason = $3, raw_error = $4
         WHERE workspace_id = $1 AND id = $2 AND state = 'loading'",
    )
    .bind(workspace.0)
    .bind(import.0)
    .bind(told)
    .bind(raw)
    .execute(tx)
    .await?;
    Ok(())
}

/// What loading an import came to.
#[derive(Debug)]
pub struct Loaded<'a> {
    /// With which mapping.
    pub mapping: &'a Mapping,
    /// Rows.
    pub rows: u64,
    /// Days.
    pub days: Option<model::DayRange>,
    /// Sums.
    pub totals: &'a [MetricTotal],
}

/// Stores what loading came to, in the transaction of the facts.
pub async fn set_loaded(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    import: ImportId,
    loaded: &Loaded<'_>,
) -> Result<()> {
    sqlx::query(
        "UPDATE imports SET state = 'loaded', reason = NULL, mapping = $3, rows = $4, first_day = $5, last_day = $6, totals = $7
         WHERE workspace_id = $1 AND id = $2",
    )
    .bind(workspace.0)
    .bind(import.0)
    .bind(Json(loaded.mapping))
    .bind(i64::try_from(loaded.rows).unwrap_or(i64::MAX))
    .bind(loaded.days.map(model::DayRange::from))
    .bind(loaded.days.map(model::DayRange::until))
    .bind(Json(loaded.totals))
    .execute(tx)
    .await?;
    Ok(())
}

/// What files of one shape have in common: delimiter, header, and the platform that they are named after.
pub fn shape(analysis: &Analysis, file_name: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(format!("{:?}", analysis.format.delimiter));
    for header in &analysis.headers {
        hasher.update([0]);
        // Months in the header of a block change from file to file.
        if super::dates::month_number(header).is_none() {
            hasher.update(header.to_lowercase());
        }
    }
    // The columns of `facebook.csv` can be those of `google-ads.csv`, and its figures must not go to the same account.
    let named = mapping::named_platform(analysis, file_name);
    if let (Some(platform), None) = (named, lexicon::platform_of_headers(&analysis.headers)) {
        hasher.update([1]);
        hasher.update(platform);
    }
    hasher.finalize().into()
}

/// Remembers a mapping for files of that shape.
pub async fn remember(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    shape: &[u8; 32],
    mapping: &Mapping,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO import_mappings (workspace_id, shape, mapping, used_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT ON CONSTRAINT import_mappings_pkey DO UPDATE SET mapping = excluded.mapping, used_at = excluded.used_at",
    )
    .bind(workspace.0)
    .bind(&shape[..])
    .bind(Json(mapping))
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// All remembered mappings, by shape.
pub async fn remembered(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<Vec<(Vec<u8>, Mapping)>> {
    let rows: Vec<(Vec<u8>, Json<serde_json::Value>)> = sqlx::query_as(
        "SELECT shape, mapping FROM import_mappings WHERE workspace_id = $1 ORDER BY used_at DESC LIMIT 500",
    )
    .bind(workspace.0)
    .fetch_all(tx)
    .await?;
    // One that an older version wrote in another form is forgotten.
    Ok(rows
        .into_iter()
        .filter_map(|(shape, json)| Some((shape, serde_json::from_value(json.0).ok()?)))
        .collect())
}
