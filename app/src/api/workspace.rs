//! A workspace's settings.

use super::ApiError;
use leptos::prelude::*;
use model::workspace::{Workspace, WorkspaceSettings};
use server_fn::codec::Json;

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use model::{access::Role, ports::Identity};
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// Changes name, currency, zone or week start.
#[server(prefix = "/api/f", endpoint = "change_workspace", input = Json)]
pub async fn change_workspace(ws: String, settings: WorkspaceSettings) -> Result<Workspace, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Identity>>()?.change_workspace(&member, settings).await
    })
    .await
}
