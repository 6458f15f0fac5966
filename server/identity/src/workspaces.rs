//! Workspaces: whose they are, who may do what in them, and their settings.

use crate::audit::{self, Entry};
use crate::error::{IdentityError, Result};
use crate::service::Identity;
use crate::{settings, store};
use model::access::{Caller, Member, Role};
use model::ids::WorkspaceId;
use model::live::Topic;
use model::workspace::{Workspace, WorkspaceSettings};
use serde_json::json;

impl Identity {
    /// All workspaces, for jobs and the command line, which act as the installation itself: the role is admin.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_workspaces(&self) -> Result<Vec<Workspace>> {
        store::workspaces::all(self.inner.database.pool()).await
    }

    /// The workspace of that id, for jobs.
    ///
    /// # Errors
    /// When there is none.
    pub async fn workspace(&self, id: WorkspaceId) -> Result<Workspace> {
        let found = self.all_workspaces().await?.into_iter().find(|w| w.id == id);
        found.ok_or_else(|| IdentityError::NoSuchWorkspace(id.to_string()))
    }

    /// The workspace that a person on the command line means, by slug or by name.
    ///
    /// # Errors
    /// When there is none, or several have that name.
    pub async fn workspace_named(&self, text: &str) -> Result<Workspace> {
        let all = self.all_workspaces().await?;
        if let Some(by_slug) = all.iter().find(|w| w.slug == text) {
            return Ok(by_slug.clone());
        }
        let mut by_name = all.into_iter().filter(|w| w.name.to_lowercase() == text.trim().to_lowercase());
        match (by_name.next(), by_name.next()) {
            (Some(only), None) => Ok(only),
            (Some(one), Some(two)) => {
                let message = format!("Two workspaces have this name: write {} or {}.", one.slug, two.slug);
                Err(crate::error::field("workspace", message))
            }
            (None, _) => Err(IdentityError::NoSuchWorkspace(text.to_owned())),
        }
    }

    pub(crate) async fn workspaces_of(&self, caller: &Caller) -> Result<Vec<Workspace>> {
        store::workspaces::of_user(self.inner.database.pool(), caller.user).await
    }

    pub(crate) async fn admit(&self, caller: &Caller, slug: &str, needed: Role) -> Result<Member> {
        let found = store::workspaces::membership(self.inner.database.pool(), caller.user, slug).await?;
        let Some((workspace, role)) = found else {
            return Err(IdentityError::NoSuchWorkspace(slug.to_owned()));
        };
        if role < needed {
            return Err(IdentityError::Forbidden { needed });
        }
        Ok(Member { user: caller.user, workspace, role })
    }

    pub(crate) async fn edit_workspace(
        &self,
        member: &Member,
        settings: &WorkspaceSettings,
    ) -> Result<Workspace> {
        if member.role < Role::Admin {
            return Err(IdentityError::Forbidden { needed: Role::Admin });
        }
        let chosen = settings::parse(settings)?;
        let inner = &self.inner;
        let mut tx = inner.database.begin().await?;
        let gone = || IdentityError::NoSuchWorkspace(member.workspace.to_string());
        if !store::workspaces::update(&mut tx, member.workspace, &chosen).await? {
            return Err(gone());
        }
        let detail = json!({
            "name": chosen.name, "currency": chosen.currency, "time_zone": chosen.time_zone,
            "week_start": chosen.week_start,
        });
        let (workspace, user) = (Some(member.workspace), Some(member.user));
        let entry = Entry { at: inner.clock.now(), workspace, user, action: "workspace.changed", detail };
        audit::record(&mut tx, &entry).await?;
        let mine = store::workspaces::of_user(&mut *tx, member.user).await?;
        // Currency, zone and week decide how every figure reads.
        for topic in [Topic::Workspace, Topic::Figures] {
            database::bump(&mut tx, member.workspace, topic).await?;
        }
        tx.commit().await?;
        mine.into_iter().find(|w| w.id == member.workspace).ok_or_else(gone)
    }
}
