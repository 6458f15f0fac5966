//! The service, and its face to server functions.

use crate::entropy::Entropy;
use crate::error::Result;
use crate::limiter::{Limiter, Quota};
use crate::password::Passwords;
use async_trait::async_trait;
use chrono::TimeDelta;
use database::Database;
use model::AppError;
use model::access::{Caller, Member, Origin, Role, SessionInfo};
use model::clock::Clock;
use model::ids::SessionId;
use model::ports::{self, SessionToken};
use model::workspace::{SetupForm, Workspace, WorkspaceSettings};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Users, sessions, workspaces. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) passwords: Passwords,
    /// This process' own code of the first run.
    pub(crate) setup_code: OnceCell<String>,
    pub(crate) limits: Limits,
}

/// What failed tries are counted by.
#[derive(Debug)]
pub(crate) struct Limits {
    /// One browser at one account.
    pub(crate) pair: Limiter<(String, String)>,
    /// One address at many accounts.
    pub(crate) address: Limiter<String>,
    /// Many addresses at one account: generous, because it also keeps the owner out.
    pub(crate) account: Limiter<String>,
    /// Codes of the first run, per address.
    pub(crate) setup: Limiter<String>,
}

impl Limits {
    fn new(clock: &Clock) -> Self {
        let quota = |burst, seconds| Quota { burst, every: TimeDelta::seconds(seconds) };
        Self {
            pair: Limiter::new(clock.clone(), quota(5, 30)),
            address: Limiter::new(clock.clone(), quota(30, 5)),
            account: Limiter::new(clock.clone(), quota(60, 5)),
            setup: Limiter::new(clock.clone(), quota(5, 15)),
        }
    }
}

impl Identity {
    /// On a migrated database.
    pub fn new(database: Database, clock: Clock, entropy: Entropy) -> Self {
        let limits = Limits::new(&clock);
        let passwords = Passwords::new();
        let inner = Inner { database, clock, entropy, passwords, setup_code: OnceCell::new(), limits };
        Self { inner: Arc::new(inner) }
    }

    fn tell<T>(&self, result: Result<T>) -> ports::Result<T> {
        result.map_err(|error| error.tell(&self.inner.entropy))
    }
}

#[async_trait]
impl ports::Identity for Identity {
    async fn setup_needed(&self) -> ports::Result<bool> {
        self.tell(self.is_setup_needed().await)
    }

    async fn set_up(&self, form: SetupForm, origin: &Origin) -> Result<(SessionToken, Workspace), AppError> {
        self.tell(self.first_run(&form, origin).await)
    }

    async fn log_in(&self, email: &str, password: &str, origin: &Origin) -> ports::Result<SessionToken> {
        self.tell(self.open_session(email, password, origin).await)
    }

    async fn caller(&self, token: &str, origin: &Origin) -> ports::Result<Option<Caller>> {
        self.tell(self.recognise(token, origin).await)
    }

    async fn log_out(&self, caller: &Caller) -> ports::Result<()> {
        self.tell(self.close_session(caller).await)
    }

    async fn change_password(&self, caller: &Caller, current: &str, new: &str) -> ports::Result<()> {
        self.tell(self.replace_password(caller, current, new).await)
    }

    async fn sessions(&self, caller: &Caller) -> ports::Result<Vec<SessionInfo>> {
        self.tell(self.list_sessions(caller).await)
    }

    async fn end_session(&self, caller: &Caller, session: SessionId) -> ports::Result<()> {
        self.tell(self.close_other_session(caller, session).await)
    }

    async fn workspaces(&self, caller: &Caller) -> ports::Result<Vec<Workspace>> {
        self.tell(self.workspaces_of(caller).await)
    }

    async fn authorise(&self, caller: &Caller, workspace_slug: &str, needed: Role) -> ports::Result<Member> {
        self.tell(self.admit(caller, workspace_slug, needed).await)
    }

    async fn change_workspace(
        &self,
        member: &Member,
        settings: WorkspaceSettings,
    ) -> ports::Result<Workspace> {
        self.tell(self.edit_workspace(member, &settings).await)
    }
}
