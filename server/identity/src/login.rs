//! E-mail and password: logging in, and changing the password.

use crate::audit::{self, Entry};
use crate::error::{IdentityError, Result, field};
use crate::password;
use crate::service::Identity;
use crate::store;
use model::access::{Caller, Origin};
use model::ids::UserId;
use model::ports::SessionToken;
use serde_json::json;

impl Identity {
    pub(crate) async fn open_session(
        &self,
        email: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<SessionToken> {
        let inner = &self.inner;
        let account = email.trim().to_lowercase();
        let pair = (account.clone(), origin.address.clone());
        inner.limits.pair.take(&pair)?;
        inner.limits.address.take(&origin.address)?;
        inner.limits.account.take(&account)?;

        let user = store::users::by_email(inner.database.pool(), email.trim()).await?;
        // The same work whether or not somebody has this name.
        let hash = user.as_ref().map(|u| u.password_hash.as_str());
        let fits = inner.passwords.verify(password, hash, &inner.entropy).await?;
        let now = inner.clock.now();
        let Some(user) = user.filter(|_| fits) else {
            if self.is_setup_needed().await? {
                return Err(IdentityError::NotSetUp);
            }
            tracing::warn!(address = %origin.address, "failed log-in");
            return Err(IdentityError::WrongLogin);
        };
        inner.limits.pair.give_back(&pair);
        inner.limits.address.give_back(&origin.address);
        inner.limits.account.give_back(&account);

        let id = UserId(user.id);
        let mut tx = inner.database.begin().await?;
        let token = self.new_session(&mut tx, id, origin).await?;
        let detail = json!({ "address": origin.address });
        let entry = Entry { at: now, workspace: None, user: Some(id), action: "session.opened", detail };
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(token)
    }

    pub(crate) async fn replace_password(&self, caller: &Caller, current: &str, new: &str) -> Result<()> {
        let inner = &self.inner;
        // A stolen session must not become a way to guess the password.
        let pair = (caller.email.to_lowercase(), format!("session {}", caller.session));
        inner.limits.pair.take(&pair)?;
        let user = store::users::by_id(inner.database.pool(), caller.user).await?;
        let hash = user.as_ref().map(|u| u.password_hash.as_str());
        let fits = inner.passwords.verify(current, hash, &inner.entropy).await?;
        let Some(user) = user.filter(|_| fits) else {
            return Err(field("current", "This is not your current password."));
        };
        inner.limits.pair.give_back(&pair);
        if new == current {
            return Err(field("new", "This is your current password: choose another one."));
        }
        password::check(new, &user.email, "new")?;
        let hash = inner.passwords.hash(new, &inner.entropy).await?;

        let now = inner.clock.now();
        let mut tx = inner.database.begin().await?;
        if !store::users::set_password(&mut tx, &user, &hash, now).await? {
            return Err(field("current", "The password was just changed elsewhere."));
        }
        let ended = store::sessions::end_others(&mut tx, caller.user, caller.session).await?;
        let detail = json!({ "sessions_ended": ended });
        let entry =
            Entry { at: now, workspace: None, user: Some(caller.user), action: "password.changed", detail };
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(())
    }
}
