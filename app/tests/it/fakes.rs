//! Services that answer what a test wants to hear.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::NaiveDate;
use futures_util::stream::BoxStream;
use metrics::campaigns::{CampaignContent, CampaignTable};
use metrics::ports::{Campaigns, CubeAnswer, Figures, Freshness, Thing, ThingsQuestion};
use metrics::{Frame, Query, Scope};
use model::access::{Caller, Member, Origin, Role, SessionInfo};
use model::connect::{ConnectRequest, Discovery, HistoryEstimate, PlatformInfo};
use model::connections::{ConnectionChange, ConnectionDetail, ConnectionSummary, StartSync};
use model::health::{EndingGrant, HealthReport};
use model::hooks::{DeliveryOutcome, HookState};
use model::ids::{
    ConnectionId, EntityId, ImportId, RuleId, SessionId, UnifiedCampaignId, UserId, WorkspaceId,
};
use model::imports::{ImportPreview, ImportSummary, Mapping};
use model::live::Versions;
use model::mapping::{Assignment, RuleDraft, RuleList, RulePreview, Suggestion};
use model::ports::{Connections, Hooks, Identity, Imports, Result, SessionToken};
use model::upkeep::{DayDetail, RemovalSize};
use model::workspace::{SetupForm, Workspace, WorkspaceSettings};
use model::{AppError, DayRange, ErrorKind};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Everything in one: what there is, and what was asked for.
#[derive(Default)]
pub struct Fake {
    pub setup_needed: bool,
    pub workspaces: Vec<Workspace>,
    pub platforms: Vec<PlatformInfo>,
    pub connections: Vec<ConnectionSummary>,
    pub detail: Option<ConnectionDetail>,
    pub health: Option<HealthReport>,
    pub imports: Vec<ImportSummary>,
    pub preview: Option<ImportPreview>,
    pub campaigns: Option<CampaignTable>,
    pub content: Option<CampaignContent>,
    pub rules: RuleList,
    pub log_in_error: Option<AppError>,
    /// Role asked for by each call to `authorise`.
    pub asked: Mutex<Vec<Role>>,
}

pub fn somebody() -> Caller {
    Caller { user: UserId(1), session: SessionId(1), email: "ada@example.org".into() }
}

pub fn workspace(role: Role) -> Workspace {
    Workspace {
        id: WorkspaceId(1),
        slug: "acme".into(),
        name: "Acme".into(),
        currency: "EUR".into(),
        time_zone: "Europe/Berlin".into(),
        week_start: model::days::WeekStart::Monday,
        is_demo: false,
        role,
    }
}

/// What a call answers that no test needs an answer of.
fn unused<T>() -> Result<T> {
    Err(AppError::conflict("not in this test"))
}

#[async_trait]
impl Identity for Fake {
    async fn setup_needed(&self) -> Result<bool> {
        Ok(self.setup_needed)
    }
    async fn set_up(&self, form: SetupForm, _: &Origin) -> Result<(SessionToken, Workspace)> {
        if form.code != "1234-5678" {
            return Err(AppError::invalid_field("code", "This is not the code."));
        }
        Ok((SessionToken("fresh".into()), workspace(Role::Admin)))
    }
    async fn log_in(&self, _: &str, _: &str, _: &Origin) -> Result<SessionToken> {
        self.log_in_error.clone().map_or_else(|| Ok(SessionToken("fresh".into())), Err)
    }
    async fn caller(&self, _: &str, _: &Origin) -> Result<Option<Caller>> {
        Ok(Some(somebody()))
    }
    async fn log_out(&self, _: &Caller) -> Result<()> {
        Ok(())
    }
    async fn change_password(&self, _: &Caller, _: &str, _: &str) -> Result<()> {
        Ok(())
    }
    async fn sessions(&self, _: &Caller) -> Result<Vec<SessionInfo>> {
        Ok(Vec::new())
    }
    async fn end_session(&self, _: &Caller, _: SessionId) -> Result<()> {
        Ok(())
    }
    async fn workspaces(&self, _: &Caller) -> Result<Vec<Workspace>> {
        Ok(self.workspaces.clone())
    }
    async fn authorise(&self, caller: &Caller, slug: &str, needed: Role) -> Result<Member> {
        self.asked.lock().unwrap().push(needed);
        let found = self.workspaces.iter().find(|ws| ws.slug == slug);
        let workspace = found.ok_or_else(|| AppError::not_found("There is no such workspace."))?;
        if workspace.role < needed {
            return Err(AppError::new(ErrorKind::Forbidden, "Not allowed."));
        }
        Ok(Member { user: caller.user, workspace: workspace.id, role: workspace.role })
    }
    async fn change_workspace(&self, _: &Member, _: WorkspaceSettings) -> Result<Workspace> {
        unused()
    }
}

#[async_trait]
impl Connections for Fake {
    async fn platforms(&self, _: &Member) -> Result<Vec<PlatformInfo>> {
        Ok(self.platforms.clone())
    }
    async fn guide(&self, _: &Member, _: &str) -> Result<String> {
        unused()
    }
    async fn connect(&self, _: &Member, _: ConnectRequest) -> Result<String> {
        unused()
    }
    async fn finish_consent(&self, _: &Caller, _: BTreeMap<String, String>) -> Result<String> {
        unused()
    }
    async fn discover(&self, _: &Member, _: ConnectionId) -> Result<Discovery> {
        unused()
    }
    async fn estimate(&self, _: &Member, _: &StartSync) -> Result<HistoryEstimate> {
        unused()
    }
    async fn start(&self, _: &Member, _: StartSync) -> Result<()> {
        unused()
    }
    async fn list(&self, _: &Member) -> Result<Vec<ConnectionSummary>> {
        Ok(self.connections.clone())
    }
    async fn detail(&self, _: &Member, id: ConnectionId) -> Result<ConnectionDetail> {
        let found = self.detail.clone().filter(|detail| detail.summary.id == id);
        found.ok_or_else(|| AppError::not_found("There is no such connection."))
    }
    async fn day(&self, _: &Member, _: ConnectionId, _: NaiveDate) -> Result<DayDetail> {
        unused()
    }
    async fn read_day(&self, _: &Member, _: ConnectionId, _: NaiveDate) -> Result<()> {
        unused()
    }
    async fn ending(&self, _: &Member) -> Result<Vec<EndingGrant>> {
        Ok(Vec::new())
    }
    async fn health(&self, _: &Member) -> Result<HealthReport> {
        self.health.clone().map_or_else(unused, Ok)
    }
    async fn removal(&self, _: &Member, _: ConnectionId) -> Result<RemovalSize> {
        unused()
    }
    async fn sync_now(&self, _: &Member, _: ConnectionId) -> Result<()> {
        unused()
    }
    async fn cancel_run(&self, _: &Member, _: ConnectionId) -> Result<()> {
        unused()
    }
    async fn change(&self, _: &Member, _: ConnectionId, _: ConnectionChange) -> Result<()> {
        unused()
    }
    async fn disconnect(&self, _: &Member, _: ConnectionId, _: bool) -> Result<()> {
        unused()
    }
    async fn open_demo(&self, _: &Caller) -> Result<String> {
        unused()
    }
    async fn remove_demo(&self, _: &Caller) -> Result<()> {
        unused()
    }
}

#[async_trait]
impl Hooks for Fake {
    async fn state(&self, _: &Member, _: ConnectionId) -> Result<Option<HookState>> {
        unused()
    }
    async fn open(&self, _: &Member, _: ConnectionId, _: Option<String>) -> Result<HookState> {
        unused()
    }
    async fn close(&self, _: &Member, _: ConnectionId) -> Result<()> {
        unused()
    }
    async fn take(&self, _: &str, _: BTreeMap<String, String>, _: &[u8]) -> Result<Option<DeliveryOutcome>> {
        unused()
    }
}

#[async_trait]
impl Imports for Fake {
    async fn upload(
        &self,
        _: &Member,
        _: &str,
        _: BoxStream<'static, std::io::Result<Bytes>>,
    ) -> Result<ImportPreview> {
        unused()
    }
    async fn preview(&self, _: &Member, _: ImportId, _: Option<Mapping>) -> Result<ImportPreview> {
        self.preview.clone().map_or_else(unused, Ok)
    }
    async fn load(&self, _: &Member, _: ImportId, _: Mapping) -> Result<ImportSummary> {
        unused()
    }
    async fn undo(&self, _: &Member, _: ImportId) -> Result<ImportSummary> {
        unused()
    }
    async fn discard(&self, _: &Member, _: ImportId) -> Result<()> {
        unused()
    }
    async fn list(&self, _: &Member) -> Result<Vec<ImportSummary>> {
        Ok(self.imports.clone())
    }
}

#[async_trait]
impl Figures for Fake {
    async fn cube(&self, _: &Member, _: &Scope) -> Result<CubeAnswer> {
        unused()
    }
    async fn frames(&self, _: &Member, _: &[Query]) -> Result<Vec<Frame>> {
        unused()
    }
    async fn freshness(&self, _: &Member) -> Result<Freshness> {
        Ok(Freshness::default())
    }
    async fn versions(&self, _: &Member) -> Result<Versions> {
        Ok(Versions::default())
    }
    async fn things(&self, _: &Member, _: &ThingsQuestion) -> Result<Vec<Thing>> {
        unused()
    }
    async fn load_rates(&self, _: &Member, _: &[u8]) -> Result<u64> {
        Ok(0)
    }
}

#[async_trait]
impl Campaigns for Fake {
    async fn table(&self, _: &Member, _: DayRange) -> Result<CampaignTable> {
        self.campaigns.clone().map_or_else(unused, Ok)
    }
    async fn content(
        &self,
        _: &Member,
        _: Option<UnifiedCampaignId>,
        _: DayRange,
    ) -> Result<CampaignContent> {
        self.content.clone().ok_or_else(|| AppError::not_found("There is no such campaign."))
    }
    async fn rules(&self, _: &Member, _: DayRange) -> Result<RuleList> {
        Ok(self.rules.clone())
    }
    async fn preview(
        &self,
        _: &Member,
        _: Option<RuleId>,
        _: &RuleDraft,
        _: DayRange,
    ) -> Result<RulePreview> {
        unused()
    }
    async fn suggestions(&self, _: &Member) -> Result<Vec<Suggestion>> {
        unused()
    }
    async fn save_rule(
        &self,
        _: &Member,
        _: Option<RuleId>,
        _: Option<u32>,
        _: &RuleDraft,
    ) -> Result<RuleId> {
        unused()
    }
    async fn move_rule(&self, _: &Member, _: RuleId, _: u32) -> Result<()> {
        unused()
    }
    async fn remove_rule(&self, _: &Member, _: RuleId) -> Result<()> {
        unused()
    }
    async fn assign(&self, _: &Member, _: EntityId, _: &Assignment) -> Result<()> {
        unused()
    }
}
