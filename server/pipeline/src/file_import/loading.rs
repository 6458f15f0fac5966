//! Loading a file that was looked at: in the background if it takes long, with its progress, and with a reason that people
//! understand if it fails.

use super::load::{Target, load};
use super::preview::{Prepared, SourceFile, questions, refusal};
use super::service::asks;
use super::store::{self, Loaded};
use crate::Pipeline;
use crate::error::{PipelineError, Result};
use model::AppError;
use model::ids::{ImportId, WorkspaceId};
use model::imports::{ImportSummary, Mapping, Question};
use model::live::Topic;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Progress of a load is stored and announced this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(700);
/// A load that failed because the database went away is noted as failed when it is back: tried this often, so many times.
const AWAY: (Duration, u32) = (Duration::from_secs(1), 600);

/// A load of so many rows may add more entities than the planner should not know of.
const MANY_ROWS: u64 = 10_000;

impl Pipeline {
    /// Loads a file. With patience, a long load goes on in the background, and the answer says how far it is.
    ///
    /// # Errors
    /// When something must be decided first, the file can't be loaded, or the database fails; nothing is changed then.
    pub async fn load_file(
        &self,
        workspace: WorkspaceId,
        import: ImportId,
        file: SourceFile,
        mapping: Mapping,
        patience: Option<Duration>,
    ) -> Result<ImportSummary> {
        let today = self.clock.now().date_naive();
        let prepared = self
            .prepare_file(workspace, &file, Some(mapping))
            .await?
            .map_err(|why| AppError::invalid(format!("This file can't be loaded: {why}.")))?;
        if let Some(question) = questions(&prepared, today).first() {
            return Err(AppError::invalid_field(field_of(question), asks(question)).into());
        }
        if let Some(refusal) = refusal(&prepared) {
            return Err(AppError::invalid(refusal).into());
        }
        if prepared.scan.rows == 0 {
            return Err(
                AppError::invalid("There is nothing to load: no row can be read with this mapping.").into()
            );
        }
        let mut tx = self.database.begin().await?;
        let begun =
            store::change_state(&mut tx, workspace, import, &["draft", "failed", "undone"], "loading", None)
                .await?;
        if !begun {
            return Err(AppError::conflict("This import is loaded already, or being loaded.").into());
        }
        database::changes::bump(&mut tx, workspace, Topic::Imports).await?;
        tx.commit().await?;
        let this = self.clone();
        let work = self.tasks.spawn(async move { this.load_to_end(workspace, import, file, prepared).await });
        match patience {
            None => work.await.map_err(PipelineError::unexpected)??,
            Some(patience) => match tokio::time::timeout(patience, work).await {
                Ok(ended) => ended.map_err(PipelineError::unexpected)??,
                // It goes on by itself; the page follows its progress.
                Err(_elapsed) => {}
            },
        }
        self.import_summary(workspace, import).await
    }

    /// How an import stands, for those who wait for it.
    ///
    /// # Errors
    /// When it is gone, or the database fails.
    pub async fn import_summary(&self, workspace: WorkspaceId, import: ImportId) -> Result<ImportSummary> {
        let mut tx = self.database.begin().await?;
        Ok(store::import(&mut tx, workspace, import).await?.summary())
    }

    async fn load_to_end(
        &self,
        workspace: WorkspaceId,
        import: ImportId,
        file: SourceFile,
        prepared: Prepared,
    ) -> Result<()> {
        let progress = Arc::new(AtomicU64::new(0));
        let reporter = tokio::spawn(report(self.clone(), workspace, import, progress.clone()));
        let result = self.load_in_transaction(workspace, import, &file, &prepared, &progress).await;
        reporter.abort();
        if let Err(error) = &result {
            self.note_failure(workspace, import, &Failure::of(error)).await?;
        }
        result
    }

    async fn note_failure(&self, workspace: WorkspaceId, import: ImportId, failure: &Failure) -> Result<()> {
        let mut tries = 0;
        loop {
            let noted = async {
                let mut tx = self.database.begin().await?;
                store::fail(&mut tx, workspace, import, &failure.told, failure.raw.as_deref()).await?;
                database::changes::bump(&mut tx, workspace, Topic::Imports).await?;
                Ok::<(), PipelineError>(tx.commit().await?)
            };
            match noted.await {
                Err(PipelineError::Database(error)) if database::is_away(&error) && tries < AWAY.1 => {
                    tries += 1;
                    tokio::time::sleep(AWAY.0).await;
                }
                ended => return ended,
            }
        }
    }

    async fn load_in_transaction(
        &self,
        workspace: WorkspaceId,
        import: ImportId,
        file: &SourceFile,
        prepared: &Prepared,
        progress: &AtomicU64,
    ) -> Result<()> {
        let (time_zone, fallback_currency): (String, String) =
            sqlx::query_as("SELECT time_zone, currency FROM workspaces WHERE id = $1")
                .bind(workspace.0)
                .fetch_one(self.database.pool())
                .await?;
        let family = super::families::of_mapping(&prepared.mapping).unwrap_or_default();
        // In a transaction of its own: made in the long one, other loads of these months would wait for its end.
        warehouse::load::ensure_months(&self.database, [family], &prepared.scan.months).await?;
        let target = Target { workspace, import, time_zone, fallback_currency, at: self.clock.now() };
        let mut tx = self.database.begin().await?;
        // A file of gigabytes takes longer than a request may.
        sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
        load(&mut tx, &target, file, prepared, &|rows| progress.store(rows, Ordering::Relaxed)).await?;
        let loaded = Loaded {
            mapping: &prepared.mapping,
            rows: prepared.scan.rows,
            days: prepared.scan.days,
            totals: &prepared.scan.totals,
        };
        store::set_loaded(&mut tx, workspace, import, &loaded).await?;
        let shape = store::shape(&prepared.analysis, &file.name);
        store::remember(&mut tx, workspace, &shape, &prepared.mapping, self.clock.now()).await?;
        database::changes::bump(&mut tx, workspace, Topic::Imports).await?;
        tx.commit().await?;
        if prepared.scan.rows >= MANY_ROWS {
            // Else the first questions are planned as if hardly any campaigns and ads were there.
            if let Err(error) = sqlx::query("ANALYZE entities").execute(self.database.pool()).await {
                tracing::warn!(%error, "the new entities could not be counted");
            }
        }
        Ok(())
    }
}

/// Why a load failed: for people, and what the database said.
struct Failure {
    told: String,
    raw: Option<String>,
}

impl Failure {
    fn of(error: &PipelineError) -> Self {
        if let PipelineError::Told(told) = error {
            return Self { told: told.message.clone(), raw: None };
        }
        let reference = hex::encode(rand::random::<[u8; 4]>());
        tracing::error!(%reference, cause = %error, "an import failed");
        let code = match error {
            PipelineError::Database(sqlx::Error::Database(error)) => {
                error.code().map(std::borrow::Cow::into_owned)
            }
            _ => None,
        };
        let why = match (error, code.as_deref()) {
            (PipelineError::Database(error), _) if database::is_away(error) => {
                "The database went away while the figures were stored."
            }
            (_, Some("53100")) => "The disk of the database is full. Ask the admin to free space.",
            (_, Some("40001" | "40P01" | "55P03" | "57014")) => {
                "Something else was writing the same figures."
            }
            _ => "The figures could not be stored.",
        };
        let told = format!(
            "{why} Nothing was changed. Load the file again; if that fails too, the admin finds the cause in the log \
             (reference {reference})."
        );
        Self { told, raw: Some(error.to_string()) }
    }
}

fn field_of(question: &Question) -> &'static str {
    match question {
        Question::DateOrder { .. } => "dates",
        Question::Period { .. } => "period",
        Question::Year { .. } => "year",
        Question::Currency => "currency",
    }
}

async fn report(pipeline: Pipeline, workspace: WorkspaceId, import: ImportId, progress: Arc<AtomicU64>) {
    let mut told = 0;
    loop {
        tokio::time::sleep(PROGRESS_EVERY).await;
        let rows = progress.load(Ordering::Relaxed);
        if rows == told {
            continue;
        }
        told = rows;
        let stored = async {
            let mut tx = pipeline.database.begin().await?;
            // The load's own transaction holds no lock on this row until its end.
            sqlx::query(
                "UPDATE imports SET rows = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'loading'",
            )
            .bind(workspace.0)
            .bind(import.0)
            .bind(i64::try_from(rows).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await?;
            database::changes::bump(&mut tx, workspace, Topic::Imports).await?;
            tx.commit().await
        };
        if let Err(error) = stored.await {
            tracing::warn!(%error, "progress of an import could not be stored");
        }
    }
}
