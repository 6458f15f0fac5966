//! The use cases that server functions call. Each domain crate implements the port of its domain on its own
//! service type; the binary puts them into the Leptos context; tests put fakes there.
//! (The port for figures is `metrics::ports::Figures`, beside the types that it speaks.)

use crate::access::{Caller, Member, Origin, Role, SessionInfo};
use crate::connect::{ConnectRequest, Discovery, HistoryEstimate, PlatformInfo};
use crate::connections::{ConnectionChange, ConnectionDetail, ConnectionSummary, StartSync};
use crate::error::AppError;
use crate::health::{EndingGrant, HealthReport};
use crate::hooks::{DeliveryOutcome, HookState};
use crate::ids::{ConnectionId, ImportId, SessionId};
use crate::imports::{ImportPreview, ImportSummary, Mapping};
use crate::upkeep::{DayDetail, RemovalSize};
use crate::workspace::{SetupForm, Workspace, WorkspaceSettings};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::NaiveDate;
use futures_util::stream::BoxStream;
use std::collections::BTreeMap;

/// What every port answers.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// A new session's secret, for the cookie. Debug prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub String);

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Users, sessions, workspaces.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Whether no admin exists yet.
    async fn setup_needed(&self) -> Result<bool>;
    /// The first run: checks the one-time code, makes admin and workspace, logs in.
    async fn set_up(&self, form: SetupForm, origin: &Origin) -> Result<(SessionToken, Workspace)>;
    /// Checks e-mail and password, opens a session. Limited per address and e-mail.
    async fn log_in(&self, email: &str, password: &str, origin: &Origin) -> Result<SessionToken>;
    /// The caller behind a cookie; `None` for an unknown, ended or tampered token. Touches `last_seen`.
    async fn caller(&self, token: &str, origin: &Origin) -> Result<Option<Caller>>;
    /// Ends the caller's own session.
    async fn log_out(&self, caller: &Caller) -> Result<()>;
    /// Changes the password and ends all other sessions.
    async fn change_password(&self, caller: &Caller, current: &str, new: &str) -> Result<()>;
    /// The caller's sessions, newest use first.
    async fn sessions(&self, caller: &Caller) -> Result<Vec<SessionInfo>>;
    /// Ends one of the caller's sessions.
    async fn end_session(&self, caller: &Caller, session: SessionId) -> Result<()>;
    /// The caller's workspaces, the demo last.
    async fn workspaces(&self, caller: &Caller) -> Result<Vec<Workspace>>;
    /// Proof that the caller has at least that role there. A workspace that the caller may not see is `NotFound`.
    async fn authorise(&self, caller: &Caller, workspace_slug: &str, needed: Role) -> Result<Member>;
    /// Changes name, currency, zone or week start.
    async fn change_workspace(&self, member: &Member, settings: WorkspaceSettings) -> Result<Workspace>;
}

/// Connections to vendors.
#[async_trait]
pub trait Connections: Send + Sync {
    /// All platforms that can be connected.
    async fn platforms(&self, member: &Member) -> Result<Vec<PlatformInfo>>;
    /// What an admin reads about a platform before connecting it, as Markdown.
    async fn guide(&self, member: &Member, platform: &str) -> Result<String>;
    /// Starts a connection, or gives one a new grant. Answers where to send the browser: to the consent page of the
    /// vendor; where what was typed opens the platform by itself, to the choice of accounts; where it has to be typed
    /// first, to the page of the platform.
    async fn connect(&self, member: &Member, request: ConnectRequest) -> Result<String>;
    /// The vendor sent the browser back. `caller` must be the person who began. Answers where to go next (a path of the
    /// app); a consent that failed leads to where it can be begun again, with the reason in `error`.
    async fn finish_consent(&self, caller: &Caller, query: BTreeMap<String, String>) -> Result<String>;
    /// Accounts behind the grant, for choosing.
    async fn discover(&self, member: &Member, connection: ConnectionId) -> Result<Discovery>;
    /// How long the first synchronisation of that choice would take.
    async fn estimate(&self, member: &Member, start: &StartSync) -> Result<HistoryEstimate>;
    /// Chooses accounts and history, starts the first synchronisation.
    async fn start(&self, member: &Member, start: StartSync) -> Result<()>;
    /// All connections, with progress.
    async fn list(&self, member: &Member) -> Result<Vec<ConnectionSummary>>;
    /// One connection with days and runs.
    async fn detail(&self, member: &Member, connection: ConnectionId) -> Result<ConnectionDetail>;
    /// What a connection has of one day, by account and stream.
    async fn day(&self, member: &Member, connection: ConnectionId, day: NaiveDate) -> Result<DayDetail>;
    /// Reads exactly that day again, all accounts and streams, after the run under way.
    async fn read_day(&self, member: &Member, connection: ConnectionId, day: NaiveDate) -> Result<()>;
    /// Consents that end soon, the first to end first.
    async fn ending(&self, member: &Member) -> Result<Vec<EndingGrant>>;
    /// How all connections fare, worst first.
    async fn health(&self, member: &Member) -> Result<HealthReport>;
    /// Synchronises now (nothing happens when a run is under way).
    async fn sync_now(&self, member: &Member, connection: ConnectionId) -> Result<()>;
    /// Stops the run under way after the slice in hand.
    async fn cancel_run(&self, member: &Member, connection: ConnectionId) -> Result<()>;
    /// Changes name, schedule, accounts, settings; pauses or resumes.
    async fn change(&self, member: &Member, connection: ConnectionId, change: ConnectionChange)
    -> Result<()>;
    /// What removing the connection with its figures would take along.
    async fn removal(&self, member: &Member, connection: ConnectionId) -> Result<RemovalSize>;
    /// Removes the connection; its figures stay unless `delete_data`.
    async fn disconnect(&self, member: &Member, connection: ConnectionId, delete_data: bool) -> Result<()>;
    /// Makes (or finds) the demo workspace for the caller and answers its slug.
    async fn open_demo(&self, caller: &Caller) -> Result<String>;
    /// Removes the demo workspace with everything in it.
    async fn remove_demo(&self, caller: &Caller) -> Result<()>;
}

/// What vendors push.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// How a connection takes what its vendor pushes; none for platforms that push nothing that we count.
    async fn state(&self, member: &Member, connection: ConnectionId) -> Result<Option<HookState>>;
    /// Makes the address unless there is one; `proof` is what deliveries are verified by (none: as before).
    async fn open(
        &self,
        member: &Member,
        connection: ConnectionId,
        proof: Option<String>,
    ) -> Result<HookState>;
    /// Forgets the address.
    async fn close(&self, member: &Member, connection: ConnectionId) -> Result<()>;
    /// Takes a delivery to the address with that secret part; none when there is no such address. Names of headers are
    /// in lower case.
    async fn take(
        &self,
        token: &str,
        headers: BTreeMap<String, String>,
        body: &[u8],
    ) -> Result<Option<DeliveryOutcome>>;
}

/// File imports.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Takes a file in (streamed to the data directory, bounded memory), answers the first preview.
    async fn upload(
        &self,
        member: &Member,
        file_name: &str,
        body: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Result<ImportPreview>;
    /// The preview again, with another mapping (none = as remembered or guessed).
    async fn preview(
        &self,
        member: &Member,
        import: ImportId,
        mapping: Option<Mapping>,
    ) -> Result<ImportPreview>;
    /// Loads it with that mapping and remembers the mapping for the file's shape.
    async fn load(&self, member: &Member, import: ImportId, mapping: Mapping) -> Result<ImportSummary>;
    /// Takes a loaded import back: what it added goes, what it replaced returns.
    async fn undo(&self, member: &Member, import: ImportId) -> Result<ImportSummary>;
    /// Throws a draft away.
    async fn discard(&self, member: &Member, import: ImportId) -> Result<()>;
    /// All imports, newest first.
    async fn list(&self, member: &Member) -> Result<Vec<ImportSummary>>;
}
