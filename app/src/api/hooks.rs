//! What vendors push.

use super::ApiError;
use leptos::prelude::*;
use model::hooks::HookState;
use model::ids::ConnectionId;
use server_fn::codec::{GetUrl, Json};

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use model::{access::Role, ports::Hooks as Port};
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// How a connection takes what its vendor pushes; none for platforms that push nothing that we count.
#[server(prefix = "/api/f", endpoint = "hook", input = GetUrl)]
pub async fn hook(ws: String, connection: ConnectionId) -> Result<Option<HookState>, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.state(&member, connection).await
    })
    .await
}

/// Makes the address unless there is one, and stores by what deliveries are verified.
#[server(prefix = "/api/f", endpoint = "open_hook", input = Json)]
pub async fn open_hook(
    ws: String,
    connection: ConnectionId,
    proof: Option<String>,
) -> Result<HookState, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.open(&member, connection, proof).await
    })
    .await
}

/// Forgets the address.
#[server(prefix = "/api/f", endpoint = "close_hook", input = Json)]
pub async fn close_hook(ws: String, connection: ConnectionId) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Port>>()?.close(&member, connection).await
    })
    .await
}
