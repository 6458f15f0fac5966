//! The demo workspace: one per installation, apart from everything real, gone in one click.

use crate::audit::{self, Entry};
use crate::error::{IdentityError, Result};
use crate::service::Identity;
use crate::{settings, store};
use model::access::{Caller, Role};
use model::ids::WorkspaceId;
use model::workspace::{Workspace, WorkspaceSettings};
use serde_json::json;

impl Identity {
    /// The demo workspace with the caller as a member; made with these settings where it is missing. The flag says
    /// whether it was made now, so that data must be loaded.
    ///
    /// # Errors
    /// When a setting is wrong or the database fails.
    pub async fn open_demo(
        &self,
        caller: &Caller,
        settings: &WorkspaceSettings,
    ) -> Result<(Workspace, bool)> {
        let chosen = settings::parse(settings)?;
        let inner = &self.inner;
        let now = inner.clock.now();
        let mut tx = inner.database.begin().await?;
        // Two clicks at once: the second waits and finds the demo of the first.
        sqlx::query("LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE").execute(&mut *tx).await?;
        let found = store::workspaces::demo(&mut *tx).await?;
        let id = match found {
            Some(id) => id,
            None => store::workspaces::insert(&mut tx, "demo", &chosen, true, now).await?,
        };
        store::workspaces::join(&mut tx, id, caller.user, Role::Admin, now).await?;
        if found.is_none() {
            let (workspace, user) = (Some(id), Some(caller.user));
            let entry = Entry { at: now, workspace, user, action: "demo.opened", detail: json!({}) };
            audit::record(&mut tx, &entry).await?;
        }
        let mine = store::workspaces::of_user(&mut *tx, caller.user).await?;
        tx.commit().await?;
        let demo = mine.into_iter().find(|w| w.id == id);
        demo.map(|w| (w, found.is_none())).ok_or_else(|| IdentityError::NoSuchWorkspace("demo".into()))
    }

    /// The demo workspace without any member yet, so that it is full when somebody asks for it. The flag says whether
    /// it was made now.
    ///
    /// # Errors
    /// When a setting is wrong or the database fails.
    pub async fn prepare_demo(&self, settings: &WorkspaceSettings) -> Result<(WorkspaceId, bool)> {
        let chosen = settings::parse(settings)?;
        let inner = &self.inner;
        let mut tx = inner.database.begin().await?;
        sqlx::query("LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE").execute(&mut *tx).await?;
        let found = store::workspaces::demo(&mut *tx).await?;
        let id = match found {
            Some(id) => id,
            None => store::workspaces::insert(&mut tx, "demo", &chosen, true, inner.clock.now()).await?,
        };
        tx.commit().await?;
        Ok((id, found.is_none()))
    }

    /// Removes the demo workspace and, by the foreign keys, everything in it. Answers which it was, or `None` when
    /// there was none. Only for its members.
    ///
    /// # Errors
    /// When the caller is no member of it, or the database fails.
    pub async fn remove_demo(&self, caller: &Caller) -> Result<Option<WorkspaceId>> {
        let inner = &self.inner;
        let mut tx = inner.database.begin().await?;
        // A year of demo figures goes with it.
        sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
        let Some(id) = store::workspaces::demo(&mut *tx).await? else { return Ok(None) };
        let mine = store::workspaces::of_user(&mut *tx, caller.user).await?;
        if !mine.iter().any(|w| w.id == id && w.role == Role::Admin) {
            return Err(IdentityError::Forbidden { needed: Role::Admin });
        }
        store::workspaces::remove(&mut tx, id).await?;
        let entry = Entry {
            at: inner.clock.now(),
            workspace: None,
            user: Some(caller.user),
            action: "demo.removed",
            detail: json!({}),
        };
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Some(id))
    }
}
