//! The demo workspace: own rows, a ribbon, and one click to remove it.

use crate::connections::store::{self, NewConnection};
use crate::error::{PipelineError, Result};
use crate::{Pipeline, jobs, vault};
use async_trait::async_trait;
use chrono::{Days, Months};
use connectors::oauth::{MemoryStore, TokenSet};
use model::AppError;
use model::access::Caller;
use model::days::WeekStart;
use model::ids::{ConnectionId, WorkspaceId};
use model::live::Topic;
use model::mapping::RuleDraft;
use model::workspace::WorkspaceSettings;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Months of history in the demo.
const HISTORY_MONTHS: u32 = 13;

/// How many times the vendors' own rates the demo's stand-ins allow, and runs of the demo use: at the vendors' rates the
/// history of twenty platforms takes the better part of an hour, and nobody waits that long for a demo.
pub const STAND_IN_HASTE: u32 = 100;

/// How to reach the simulator.
#[derive(Debug, Clone)]
pub struct DemoOrigin {
    /// The platforms that it stands in for.
    pub platforms: Vec<DemoPlatform>,
    /// A rates file in the ECB's history format.
    pub rates_csv: Vec<u8>,
    /// What belongs together across its platforms.
    pub mapping: Vec<RuleDraft>,
}

/// One platform of the simulator.
#[derive(Debug, Clone)]
pub struct DemoPlatform {
    /// As in the connector list.
    pub slug: String,
    /// Where its stand-in is.
    pub base_url: String,
    /// Credentials that it accepts, by name, with tokens.
    pub credentials: BTreeMap<String, String>,
    /// Settings that a connection needs.
    pub settings: BTreeMap<String, String>,
    /// Seconds between two runs of its connection.
    pub every_seconds: i32,
}

impl DemoPlatform {
    /// Credentials and settings that each connection of the platform shares: all but tokens.
    pub fn shared(&self) -> impl Iterator<Item = (&String, &String)> {
        let own = ["refresh_token", "access_token"];
        self.credentials.iter().filter(move |(name, _)| !own.contains(&name.as_str())).chain(&self.settings)
    }

    fn sealed(&self) -> vault::Sealed {
        vault::Sealed {
            fields: self.credentials.clone(),
            access_token: self.credentials.get("access_token").cloned(),
            refresh_token: self.credentials.get("refresh_token").cloned(),
            ..vault::Sealed::default()
        }
    }
}

/// Starts the simulator where it is needed, and tells where it is.
#[async_trait]
pub trait DemoSource: Send + Sync {
    /// Starts it unless it runs.
    async fn origin(&self) -> Result<DemoOrigin, String>;
}

/// Makes or finds the demo workspace; the caller (if any) becomes a member.
pub(crate) async fn open(pipeline: &Pipeline, caller: Option<&Caller>) -> Result<()> {
    let source = pipeline.demo.as_ref().ok_or_else(|| {
        AppError::new(model::ErrorKind::Unavailable, "This server was started without demo data.")
    })?;
    let origin = source.origin().await.map_err(PipelineError::unexpected)?;
    let settings = WorkspaceSettings {
        name: "Demo".to_owned(),
        currency: "EUR".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        week_start: WeekStart::Monday,
    };
    let failed = |e: identity::IdentityError| PipelineError::unexpected(e);
    let (workspace, _) = pipeline.identity.prepare_demo(&settings).await.map_err(failed)?;
    // Two at once (a click while the server starts) must not both fill it: the second waits for the first.
    let mut guard = pipeline.database.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('windhover demo'))").execute(&mut *guard).await?;
    if is_filled(&mut guard, workspace).await? {
        point_at(pipeline, workspace, &origin).await?;
    } else {
        fill(pipeline, workspace, &origin).await?;
    }
    guard.commit().await?;
    let Some(caller) = caller else { return Ok(()) };
    pipeline.identity.open_demo(caller, &settings).await.map_err(failed)?;
    Ok(())
}

/// Lets the caller in; answers the workspace's slug.
pub(crate) async fn enter(pipeline: &Pipeline, caller: &Caller) -> Result<String> {
    open(pipeline, Some(caller)).await?;
    let slug = sqlx::query_scalar("SELECT slug FROM workspaces WHERE is_demo")
        .fetch_one(pipeline.database.pool())
        .await?;
    Ok(slug)
}

/// Whether the demo was made to its end: the rates are written last, so that a server that is killed in the middle
/// goes on at its next start.
async fn is_filled(tx: &mut sqlx::PgConnection, workspace: WorkspaceId) -> Result<bool> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM fx_rates WHERE workspace_id = $1)")
        .bind(workspace.0)
        .fetch_one(tx)
        .await?)
}

/// The simulator listens on another port after each start.
async fn point_at(pipeline: &Pipeline, workspace: WorkspaceId, origin: &DemoOrigin) -> Result<()> {
    let mut tx = pipeline.database.scoped(workspace).await?;
    for row in store::connections(&mut tx, workspace).await? {
        let Some(platform) = origin.platforms.iter().find(|p| p.slug == row.platform) else { continue };
        // Where the same simulator still runs, tokens and states are as they should be.
        if row.base_url.as_deref() == Some(&platform.base_url) {
            continue;
        }
        sqlx::query("UPDATE connections SET base_url = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(workspace.0)
            .bind(row.id)
            .bind(&platform.base_url)
            .execute(&mut *tx)
            .await?;
        let bytes = vault::seal(pipeline, row.id(), &platform.sealed()).map_err(PipelineError::unexpected)?;
        store::set_secret(&mut tx, workspace, row.id(), &bytes).await?;
        sqlx::query(
            "UPDATE connections SET state = 'ready', reason = NULL, grant_number = grant_number + 1
             WHERE workspace_id = $1 AND id = $2 AND state <> 'choosing_accounts'",
        )
        .bind(workspace.0)
        .bind(row.id)
        .execute(&mut *tx)
        .await?;
    }
    Ok(tx.commit().await?)
}

/// Connections with all their accounts, then mapping rules, rates and first runs. What an earlier attempt made is kept.
async fn fill(pipeline: &Pipeline, workspace: WorkspaceId, origin: &DemoOrigin) -> Result<()> {
    let rates = warehouse::rates::parse(&origin.rates_csv).map_err(PipelineError::unexpected)?;
    point_at(pipeline, workspace, origin).await?;
    let mut tx = pipeline.database.scoped(workspace).await?;
    let made = store::connections(&mut tx, workspace).await?;
    tx.commit().await?;
    for platform in &origin.platforms {
        let Some(connector) = connectors::find(&platform.slug) else { continue };
        if !made.iter().any(|row| row.platform == platform.slug) {
            connect(pipeline, workspace, connector, platform).await?;
        }
    }
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.begin().await?;
    warehouse::set_first_rules(&mut tx, workspace, &origin.mapping)
        .await
        .map_err(PipelineError::unexpected)?;
    warehouse::rates::store_rates(&mut tx, workspace, &rates).await.map_err(PipelineError::unexpected)?;
    for row in store::connections(&mut tx, workspace).await? {
        jobs::enqueue(&mut tx, workspace, row.id(), now).await?;
    }
    database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
    Ok(tx.commit().await?)
}

/// A connection to the simulator's stand-in of a platform, with all accounts chosen.
async fn connect(
    pipeline: &Pipeline,
    workspace: WorkspaceId,
    connector: &'static dyn connectors::Connector,
    platform: &DemoPlatform,
) -> Result<()> {
    let found = discover(pipeline, connector, platform).await?;
    let now = pipeline.clock.now();
    let today = now.date_naive();
    let history_from = today
        .checked_sub_months(Months::new(HISTORY_MONTHS))
        .and_then(|d| d.checked_add_days(Days::new(1)))
        .unwrap_or(today);
    let info = connector.info();
    let mut tx = pipeline.database.scoped(workspace).await?;
    let new = NewConnection {
        platform: connector.slug(),
        name: &info.name,
        history_from,
        base_url: Some(&platform.base_url),
        created_by: None,
        now,
    };
    let connection = store::insert(&mut tx, workspace, &new).await?;
    let bytes = vault::seal(pipeline, connection, &platform.sealed()).map_err(PipelineError::unexpected)?;
    store::set_secret(&mut tx, workspace, connection, &bytes).await?;
    store::store_found(&mut tx, workspace, connection, &found).await?;
    let ids: Vec<String> = found.iter().map(|a| a.id.clone()).collect();
    store::select_accounts(&mut tx, workspace, connection, &ids).await?;
    let settings = serde_json::to_value(&platform.settings).map_err(PipelineError::unexpected)?;
    sqlx::query(
        "UPDATE connections SET every_seconds = $3, settings = settings || $4 WHERE workspace_id = $1 AND id = $2",
    )
        .bind(workspace.0)
        .bind(connection.0)
        .bind(platform.every_seconds)
        .bind(settings)
        .execute(&mut *tx)
        .await?;
    store::set_state(&mut tx, workspace, connection, "ready", None, None, Some(now)).await?;
    Ok(tx.commit().await?)
}

async fn discover(
    pipeline: &Pipeline,
    connector: &'static dyn connectors::Connector,
    platform: &DemoPlatform,
) -> Result<Vec<connectors::RemoteAccount>> {
    let text = |name: &str| platform.credentials.get(name).cloned().map(Into::into);
    let tokens = TokenSet {
        access_token: text("access_token"),
        refresh_token: text("refresh_token"),
        ..TokenSet::default()
    };
    let pairs = platform.credentials.iter().map(|(k, v)| (k.clone(), v.clone().into()));
    let setup = connectors::Setup {
        credentials: connectors::Credentials::from_pairs(pairs),
        settings: platform.settings.clone(),
        base_url: connectors::http::BaseUrl::parse(&platform.base_url).map_err(PipelineError::unexpected)?,
        tokens: Arc::new(MemoryStore::new(tokens)),
        clock: pipeline.clock.clone(),
        jitter: Box::new(SmallRng::seed_from_u64(1)),
        pace: pipeline.pace(Some(&platform.base_url)),
        policy: Pipeline::policy(Some(&platform.base_url)),
    };
    let ctx = connectors::Context::new(connector, setup).map_err(PipelineError::unexpected)?;
    Ok(connector.accounts(&ctx).await.map_err(PipelineError::unexpected)?.accounts)
}

/// Removes the demo workspace with everything in it.
pub(crate) async fn remove(pipeline: &Pipeline, caller: &Caller) -> Result<()> {
    let mut tx = pipeline.database.begin().await?;
    let found: Option<i32> = sqlx::query_scalar(
        "SELECT w.id FROM workspaces w JOIN memberships m ON m.workspace_id = w.id
         WHERE w.is_demo AND m.user_id = $1 AND m.role = 'admin'",
    )
    .bind(caller.user.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(id) = found else { return Ok(()) };
    let workspace = WorkspaceId(id);
    // The connections first, as runs do.
    let connections: Vec<i32> =
        sqlx::query_scalar("SELECT id FROM connections WHERE workspace_id = $1 ORDER BY id FOR UPDATE")
            .bind(id)
            .fetch_all(&mut *tx)
            .await?;
    for connection in connections {
        jobs::remove(&mut tx, ConnectionId(connection)).await?;
    }
    sqlx::query("DELETE FROM connections WHERE workspace_id = $1").bind(id).execute(&mut *tx).await?;
    warehouse::load::delete_workspace_data(&mut tx, workspace).await.map_err(PipelineError::unexpected)?;
    tx.commit().await?;
    // Facts have no foreign keys; everything else goes with the workspace.
    pipeline.identity.remove_demo(caller).await.map_err(PipelineError::unexpected)?;
    Ok(())
}
