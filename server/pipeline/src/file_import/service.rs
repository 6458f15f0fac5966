//! The port `Imports`.

use super::preview::{PrepareError, Prepared, SourceFile, prepare, preview, refused, upload_path};
use super::store;
use super::workbook::{self, WorkbookError};
use crate::Pipeline;
use crate::error::{PipelineError, Result};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::access::Member;
use model::ids::{ImportId, WorkspaceId};
use model::imports::{ImportPreview, ImportSummary, Mapping, Question};
use model::live::Topic;
use model::ports::{Imports, Result as PortResult};
use model::{AppError, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// A load that takes longer goes on in the background, and the page shows its progress.
const PATIENCE: Duration = Duration::from_secs(4);

#[async_trait]
impl Imports for Pipeline {
    async fn upload(
        &self,
        member: &Member,
        file_name: &str,
        body: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> PortResult<ImportPreview> {
        let (import, file) = self.receive(member, file_name, body).await?;
        Ok(self.preview_file(member.workspace, import, &file, None).await?)
    }

    async fn preview(
        &self,
        member: &Member,
        import: ImportId,
        mapping: Option<Mapping>,
    ) -> PortResult<ImportPreview> {
        let file = self.source(member.workspace, import).await?;
        Ok(self.preview_file(member.workspace, import, &file, mapping).await?)
    }

    async fn load(&self, member: &Member, import: ImportId, mapping: Mapping) -> PortResult<ImportSummary> {
        let file = self.source(member.workspace, import).await?;
        Ok(self.load_file(member.workspace, import, file, mapping, Some(PATIENCE)).await?)
    }

    async fn undo(&self, member: &Member, import: ImportId) -> PortResult<ImportSummary> {
        // Goes on by itself when the browser goes away.
        let (this, workspace) = (self.clone(), member.workspace);
        let undone = self.tasks.spawn(async move { this.undo_import(workspace, import).await });
        Ok(undone.await.map_err(PipelineError::unexpected)??)
    }

    async fn discard(&self, member: &Member, import: ImportId) -> PortResult<()> {
        Ok(self.discard_import(member.workspace, import).await?)
    }

    async fn list(&self, member: &Member) -> PortResult<Vec<ImportSummary>> {
        let list = async {
            let mut tx = self.database.begin().await?;
            let rows = store::imports(&mut tx, member.workspace).await?;
            Ok::<_, PipelineError>(rows.into_iter().map(store::ImportRow::summary).collect())
        };
        Ok(list.await?)
    }
}

/// Writes a workbook out as CSV, possibly in its own place; false when the file is none. One that can't be read stays as
/// it is: looking at it says why.
async fn unfold(file: PathBuf, csv: PathBuf) -> std::io::Result<bool> {
    let work = move || {
        if !workbook::looks_like_one(&file)? {
            return Ok(false);
        }
        if let Some(folder) = csv.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let fresh = csv.with_extension("unfolding");
        match workbook::write_out(&file, &fresh) {
            Ok(()) => {
                std::fs::rename(workbook::notes_path(&fresh), workbook::notes_path(&csv))?;
                std::fs::rename(&fresh, &csv)?;
                Ok(true)
            }
            Err(WorkbookError::Io(error)) => Err(error),
            Err(error) => {
                tracing::info!(%error, "a workbook can't be read");
                drop(std::fs::remove_file(&fresh));
                Ok(false)
            }
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

impl Pipeline {
    async fn receive(
        &self,
        member: &Member,
        file_name: &str,
        mut body: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Result<(ImportId, SourceFile)> {
        let name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
        let name = if name.trim().is_empty() { "file.csv".to_owned() } else { name };
        let import = self.new_import(member.workspace, &name, Some(member.user.0)).await?;
        let path = upload_path(&self.settings.data_dir, import);
        let received = async {
            if let Some(folder) = path.parent() {
                tokio::fs::create_dir_all(folder).await?;
            }
            let mut file = tokio::io::BufWriter::new(tokio::fs::File::create(&path).await?);
            let mut size: u64 = 0;
            while let Some(chunk) = body.next().await {
                let chunk = chunk?;
                size += chunk.len() as u64;
                file.write_all(&chunk).await?;
            }
            file.flush().await?;
            drop(file);
            if unfold(path.clone(), path.clone()).await? {
                size = tokio::fs::metadata(&path).await?.len();
            }
            Ok::<u64, std::io::Error>(size)
        };
        match received.await {
            Ok(size) => {
                let mut tx = self.database.begin().await?;
                store::set_size(&mut tx, member.workspace, import, size).await?;
                tx.commit().await?;
                Ok((import, SourceFile { path, name, size, read: Arc::default() }))
            }
            Err(error) => {
                // Half a file is no file.
                drop(tokio::fs::remove_file(&path).await);
                self.discard_import(member.workspace, import).await?;
                Err(upload_error(&error).into())
            }
        }
    }

    async fn new_import(&self, workspace: WorkspaceId, name: &str, user: Option<i32>) -> Result<ImportId> {
        let mut tx = self.database.begin().await?;
        let import = store::insert(&mut tx, workspace, name, user, self.clock.now()).await?;
        database::changes::bump(&mut tx, workspace, Topic::Imports).await?;
        tx.commit().await?;
        Ok(import)
    }

    /// Registers a file that is on this machine's disk (command line): it is read where it lies.
    ///
    /// # Errors
    /// When it can't be read, or the database fails.
    pub async fn import_local(
        &self,
        workspace: WorkspaceId,
        path: PathBuf,
    ) -> Result<(ImportId, SourceFile)> {
        let size = tokio::fs::metadata(&path)
            .await
            .map_err(|e| AppError::invalid(format!("{} can't be read: {e}.", path.display())))?;
        if !size.is_file() {
            return Err(AppError::invalid(format!("{} is no file.", path.display())).into());
        }
        let name = path.file_name().map_or_else(|| "file.csv".into(), |n| n.to_string_lossy().into_owned());
        let import = self.new_import(workspace, &name, None).await?;
        // A workbook is written out beside the uploads; the file itself stays as it is.
        let unfolded = upload_path(&self.settings.data_dir, import);
        let is_unfolded = unfold(path.clone(), unfolded.clone()).await.map_err(|e| upload_error(&e))?;
        let path = if is_unfolded { unfolded } else { path };
        let mut tx = self.database.begin().await?;
        store::set_size(&mut tx, workspace, import, size.len()).await?;
        tx.commit().await?;
        Ok((import, SourceFile { path, name, size: size.len(), read: Arc::default() }))
    }

    async fn source(&self, workspace: WorkspaceId, import: ImportId) -> Result<SourceFile> {
        let mut tx = self.database.begin().await?;
        let row = store::import(&mut tx, workspace, import).await?;
        tx.commit().await?;
        let path = upload_path(&self.settings.data_dir, import);
        if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
            return Err(AppError::conflict("The uploaded file is no longer there.")
                .with_hint("Upload it again.")
                .into());
        }
        let size = u64::try_from(row.size).unwrap_or(0);
        Ok(SourceFile { path, name: row.file_name, size, read: Arc::default() })
    }

    /// Looks at a file under a mapping (none = remembered or guessed).
    ///
    /// # Errors
    /// When the database fails. A file that can't be loaded is a preview with a refusal.
    pub async fn preview_file(
        &self,
        workspace: WorkspaceId,
        import: ImportId,
        file: &SourceFile,
        mapping: Option<Mapping>,
    ) -> Result<ImportPreview> {
        let today = self.clock.now().date_naive();
        let prepared = self.prepare_file(workspace, file, mapping.clone()).await?;
        Ok(match prepared {
            Ok(prepared) => preview(import, file, prepared, today),
            Err(why) => refused(import, file, &why, mapping),
        })
    }

    pub(super) async fn prepare_file(
        &self,
        workspace: WorkspaceId,
        file: &SourceFile,
        mapping: Option<Mapping>,
    ) -> Result<Result<Prepared, PrepareError>> {
        let mut tx = self.database.begin().await?;
        let known = store::remembered(&mut tx, workspace).await?;
        tx.commit().await?;
        let (file, today) = (file.clone(), self.clock.now().date_naive());
        let name = file.name.clone();
        let find = move |analysis: &super::analyse::Analysis| {
            let shape = store::shape(analysis, &name);
            known.into_iter().find(|(s, _)| s[..] == shape[..]).map(|(_, mapping)| mapping)
        };
        tokio::task::spawn_blocking(move || prepare(&file, mapping, today, find))
            .await
            .map_err(PipelineError::unexpected)
    }

    async fn undo_import(&self, workspace: WorkspaceId, import: ImportId) -> Result<ImportSummary> {
        let mut tx = self.database.begin().await?;
        store::import(&mut tx, workspace, import).await?;
        if !store::change_state(&mut tx, workspace, import, &["loaded"], "undone", None).await? {
            return Err(AppError::conflict("Only a loaded import can be taken back.").into());
        }
        warehouse::load::undo_import(&mut tx, workspace, import, self.clock.now()).await.map_err(
            |error| match error {
                warehouse::LoadError::Sql(error) => PipelineError::Database(error),
                told => AppError::new(ErrorKind::Conflict, format!("{told}.")).into(),
            },
        )?;
        database::changes::bump(&mut tx, workspace, Topic::Imports).await?;
        let summary = store::import(&mut tx, workspace, import).await?.summary();
        tx.commit().await?;
        Ok(summary)
    }

    /// Throws a draft away, with its file. A loaded import stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn discard_import(&self, workspace: WorkspaceId, import: ImportId) -> Result<()> {
        let mut tx = self.database.begin().await?;
        let gone = sqlx::query(
            "DELETE FROM imports WHERE workspace_id = $1 AND id = $2 AND state IN ('draft', 'failed', 'undone')",
        )
        .bind(workspace.0)
        .bind(import.0)
        .execute(&mut *tx)
        .await?;
        database::changes::bump(&mut tx, workspace, Topic::Imports).await?;
        tx.commit().await?;
        if gone.rows_affected() > 0 {
            let path = upload_path(&self.settings.data_dir, import);
            drop(tokio::fs::remove_file(workbook::notes_path(&path)).await);
            drop(tokio::fs::remove_file(path).await);
        }
        Ok(())
    }

    /// After a crash: loads that were under way changed nothing, and can be begun again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recover_imports(&self) -> Result<()> {
        sqlx::query(
            "UPDATE imports SET state = 'failed', reason = 'The server stopped while this file was loaded. Nothing was changed; load it again.'
             WHERE state = 'loading'",
        )
        .execute(self.database.pool())
        .await?;
        Ok(())
    }
}

fn upload_error(error: &std::io::Error) -> AppError {
    match error.kind() {
        std::io::ErrorKind::FileTooLarge => AppError::invalid(error.to_string()),
        std::io::ErrorKind::StorageFull => {
            AppError::new(ErrorKind::Unavailable, "The server's disk is full, so the file could not be kept.")
                .with_hint("Ask the admin to free space in the data directory.")
        }
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            AppError::new(ErrorKind::Unavailable, "The server may not write into its data directory.")
                .with_hint("Ask the admin to look at `windhover doctor`.")
        }
        _ => AppError::invalid(format!("The upload broke off: {error}.")).with_hint("Try again."),
    }
}

/// The question in words.
pub fn asks(question: &Question) -> String {
    match question {
        Question::DateOrder { example } => {
            format!("{example} can be read day first or month first: say which (order of dates).")
        }
        Question::Period { .. } => "This file has no dates: say which period it covers.".to_owned(),
        Question::Year { suggestion } => {
            let hint = suggestion.map(|y| format!(", perhaps {y}")).unwrap_or_default();
            format!("The months in this file have no year: say the year of the first row{hint}.")
        }
        Question::Currency => "This file does not say in which currency its money is: choose one.".to_owned(),
    }
}
