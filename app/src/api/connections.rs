//! Connections to vendors.

use super::ApiError;
use super::guide::Guide;
use chrono::NaiveDate;
use leptos::prelude::*;
use model::connect::{ConnectRequest, Discovery, HistoryEstimate, PlatformInfo};
use model::connections::{ConnectionChange, ConnectionDetail, ConnectionSummary, StartSync};
use model::health::HealthReport;
use model::ids::ConnectionId;
use model::upkeep::{DayDetail, RemovalSize};
use server_fn::codec::{GetUrl, Json};

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use model::{access::Role, ports::Connections as Port};
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// Lists all connections with their progress.
#[server(prefix = "/api/f", endpoint = "connections", input = GetUrl)]
pub async fn connections(ws: String) -> Result<Vec<ConnectionSummary>, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Port>>()?.list(&member).await
    })
    .await
}

/// One connection with days and runs.
#[server(prefix = "/api/f", endpoint = "connection", input = GetUrl)]
pub async fn connection(ws: String, connection: ConnectionId) -> Result<ConnectionDetail, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Port>>()?.detail(&member, connection).await
    })
    .await
}

/// All platforms that can be connected.
#[server(prefix = "/api/f", endpoint = "platforms", input = GetUrl)]
pub async fn platforms(ws: String) -> Result<Vec<PlatformInfo>, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Port>>()?.platforms(&member).await
    })
    .await
}

/// What an admin reads about a platform before connecting it, as HTML; that of all platforms under `overview`.
#[server(prefix = "/api/f", endpoint = "platform_guide", input = GetUrl)]
pub async fn platform_guide(ws: String, platform: String) -> Result<Guide, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        let page = provided::<Arc<dyn Port>>()?.guide(&member, &platform).await?;
        Ok(super::guide::rendered(&page, &ws))
    })
    .await
}

/// Starts a connection, or gives one a new grant, with what was chosen and typed; answers where to send the browser.
#[server(prefix = "/api/f", endpoint = "connect", input = Json)]
pub async fn connect(ws: String, request: ConnectRequest) -> Result<String, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.connect(&member, request).await
    })
    .await
}

/// Accounts behind the grant.
#[server(prefix = "/api/f", endpoint = "discover", input = GetUrl)]
pub async fn discover(ws: String, connection: ConnectionId) -> Result<Discovery, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.discover(&member, connection).await
    })
    .await
}

/// How long the first synchronisation of that choice would take.
#[server(prefix = "/api/f", endpoint = "estimate", input = Json)]
pub async fn estimate(ws: String, start: StartSync) -> Result<HistoryEstimate, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.estimate(&member, &start).await
    })
    .await
}

/// Chooses accounts and history, starts the first synchronisation.
#[server(prefix = "/api/f", endpoint = "begin_sync", input = Json)]
pub async fn begin_sync(ws: String, start: StartSync) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.start(&member, start).await
    })
    .await
}

/// What a connection has of one day.
#[server(prefix = "/api/f", endpoint = "connection_day", input = GetUrl)]
pub async fn connection_day(
    ws: String,
    connection: ConnectionId,
    day: NaiveDate,
) -> Result<DayDetail, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Port>>()?.day(&member, connection, day).await
    })
    .await
}

/// Reads exactly that day again.
#[server(prefix = "/api/f", endpoint = "read_day", input = Json)]
pub async fn read_day(ws: String, connection: ConnectionId, day: NaiveDate) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.read_day(&member, connection, day).await
    })
    .await
}

/// How all connections fare, worst first.
#[server(prefix = "/api/f", endpoint = "health", input = GetUrl)]
pub async fn health(ws: String) -> Result<HealthReport, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Port>>()?.health(&member).await
    })
    .await
}

/// What removing the connection with its figures would take along.
#[server(prefix = "/api/f", endpoint = "removal", input = GetUrl)]
pub async fn removal(ws: String, connection: ConnectionId) -> Result<RemovalSize, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.removal(&member, connection).await
    })
    .await
}

/// Synchronises now.
#[server(prefix = "/api/f", endpoint = "sync_now", input = Json)]
pub async fn sync_now(ws: String, connection: ConnectionId) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.sync_now(&member, connection).await
    })
    .await
}

/// Stops the run under way.
#[server(prefix = "/api/f", endpoint = "cancel_run", input = Json)]
pub async fn cancel_run(ws: String, connection: ConnectionId) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.cancel_run(&member, connection).await
    })
    .await
}

/// Changes name, schedule, accounts, settings; pauses or resumes.
#[server(prefix = "/api/f", endpoint = "change_connection", input = Json)]
pub async fn change_connection(
    ws: String,
    connection: ConnectionId,
    change: ConnectionChange,
) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.change(&member, connection, change).await
    })
    .await
}

/// Removes the connection; its figures stay unless `delete_data`.
#[server(prefix = "/api/f", endpoint = "disconnect", input = Json)]
pub async fn disconnect(ws: String, connection: ConnectionId, delete_data: bool) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.disconnect(&member, connection, delete_data).await
    })
    .await
}
