//! The first run: a one-time code from the console makes the first admin and the first workspace.

use crate::audit::{self, Entry};
use crate::error::{IdentityError, Result};
use crate::service::Identity;
use crate::store;
use crate::token::{is_among, new_setup_code, setup_code_hash};
use crate::{email, password, settings};
use model::access::{Origin, Role};
use model::ports::SessionToken;
use model::workspace::{SetupForm, Workspace};
use serde_json::json;

impl Identity {
    /// The code for the console, such as `7K3M-9XQT-2HFA`; `None` once an admin exists. The same for the life of the
    /// process; the codes of other processes hold too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_code(&self) -> Result<Option<String>> {
        if !self.is_setup_needed().await? {
            return Ok(None);
        }
        let inner = &self.inner;
        let code = inner
            .setup_code
            .get_or_try_init(|| async {
                let code = new_setup_code(&inner.entropy);
                let mut tx = inner.database.begin().await?;
                store::setup::add_code(&mut tx, &setup_code_hash(&code), inner.clock.now()).await?;
                tx.commit().await?;
                Ok::<_, IdentityError>(code)
            })
            .await?;
        Ok(Some(code.clone()))
    }

    pub(crate) async fn is_setup_needed(&self) -> Result<bool> {
        Ok(!store::users::exist(self.inner.database.pool()).await?)
    }

    pub(crate) async fn first_run(
        &self,
        form: &SetupForm,
        origin: &Origin,
    ) -> Result<(SessionToken, Workspace)> {
        let inner = &self.inner;
        inner.limits.setup.take(&origin.address)?;
        if !self.is_setup_needed().await? {
            return Err(IdentityError::AlreadySetUp);
        }
        let codes = store::setup::codes(inner.database.pool()).await?;
        if !is_among(&setup_code_hash(&form.code), &codes) {
            tracing::warn!(address = %origin.address, "wrong set-up code");
            return Err(IdentityError::WrongSetupCode);
        }
        // Whoever knows the code may correct the rest as often as it takes.
        inner.limits.setup.give_back(&origin.address);
        let email = email::parse(&form.email)?;
        password::check(&form.password, &email, "password")?;
        let chosen = settings::parse(&form.workspace)?;
        let hash = inner.passwords.hash(&form.password, &inner.entropy).await?;

        let now = inner.clock.now();
        let mut tx = inner.database.begin().await?;
        // Two browsers may do this at the same time: one of them wins.
        store::users::lock(&mut tx).await?;
        if store::users::exist(&mut *tx).await? {
            return Err(IdentityError::AlreadySetUp);
        }
        let user = store::users::insert(&mut tx, &email, &hash, now).await?;
        let slug = settings::slug(&chosen.name);
        let id = store::workspaces::insert(&mut tx, &slug, &chosen, false, now).await?;
        store::workspaces::join(&mut tx, id, user, Role::Admin, now).await?;
        store::setup::remove_codes(&mut tx).await?;
        let token = self.new_session(&mut tx, user, origin).await?;
        let detail = json!({ "email": email, "workspace": slug, "address": origin.address });
        let entry =
            Entry { at: now, workspace: Some(id), user: Some(user), action: "installation.set_up", detail };
        audit::record(&mut tx, &entry).await?;
        let made = store::workspaces::of_user(&mut *tx, user).await?;
        tx.commit().await?;
        let workspace = made.into_iter().next().ok_or(IdentityError::NoSuchWorkspace(slug))?;
        Ok((token, workspace))
    }
}
