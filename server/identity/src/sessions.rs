//! Sessions: recognised by their cookie, listed, ended.

use crate::device;
use crate::error::{IdentityError, Result};
use crate::service::Identity;
use crate::store::sessions;
use crate::token::{new_session, session_hash};
use chrono::{DateTime, TimeDelta, Utc};
use model::access::{Caller, Origin, SessionInfo};
use model::ids::{SessionId, UserId};
use model::ports::SessionToken;
use sqlx::PgConnection;

/// A session ends when it is not used for so long,
const IDLE: TimeDelta = TimeDelta::days(30);
/// and in any case after this.
const LONGEST: TimeDelta = TimeDelta::days(180);
/// Its last use is written down at most this often.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

fn expiry(created_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    (now + IDLE).min(created_at + LONGEST)
}

impl Identity {
    pub(crate) async fn new_session(
        &self,
        tx: &mut PgConnection,
        user: UserId,
        origin: &Origin,
    ) -> Result<SessionToken> {
        let now = self.inner.clock.now();
        let (token, hash) = new_session(&self.inner.entropy);
        sessions::insert(tx, user, &hash, origin, now, expiry(now, now)).await?;
        Ok(token)
    }

    pub(crate) async fn recognise(&self, token: &str, origin: &Origin) -> Result<Option<Caller>> {
        let Some(hash) = session_hash(token) else { return Ok(None) };
        let pool = self.inner.database.pool();
        let now = self.inner.clock.now();
        let Some(session) = sessions::find(pool, &hash, now).await? else { return Ok(None) };
        if now - session.last_seen_at >= TOUCH_EVERY {
            sessions::touch(pool, session.id, origin, now, expiry(session.created_at, now)).await?;
        }
        Ok(Some(Caller {
            user: UserId(session.user_id),
            session: SessionId(session.id),
            email: session.email,
        }))
    }

    pub(crate) async fn close_session(&self, caller: &Caller) -> Result<()> {
        // Already ended elsewhere is ended too.
        sessions::end(self.inner.database.pool(), caller.user, caller.session).await?;
        Ok(())
    }

    pub(crate) async fn list_sessions(&self, caller: &Caller) -> Result<Vec<SessionInfo>> {
        let rows = sessions::list(self.inner.database.pool(), caller.user, self.inner.clock.now()).await?;
        let info = |row: sessions::Listed| SessionInfo {
            id: SessionId(row.id),
            device: device::name(&row.user_agent),
            address: row.address,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            is_current: row.id == caller.session.0,
        };
        Ok(rows.into_iter().map(info).collect())
    }

    pub(crate) async fn close_other_session(&self, caller: &Caller, session: SessionId) -> Result<()> {
        let ended = sessions::end(self.inner.database.pool(), caller.user, session).await?;
        if ended { Ok(()) } else { Err(IdentityError::NoSuchSession) }
    }
}
