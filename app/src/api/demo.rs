//! The demo workspace.

use super::ApiError;
use leptos::prelude::*;
use server_fn::codec::Json;

#[cfg(feature = "ssr")]
use super::context::{answer, caller, provided};
#[cfg(feature = "ssr")]
use model::ports::Connections;
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// Makes or finds the demo workspace; answers its slug.
#[server(prefix = "/api/f", endpoint = "open_demo", input = Json)]
pub async fn open_demo() -> Result<String, ApiError> {
    answer(async {
        let caller = caller()?;
        provided::<Arc<dyn Connections>>()?.open_demo(&caller).await
    })
    .await
}

/// Removes the demo workspace with everything in it.
#[server(prefix = "/api/f", endpoint = "remove_demo", input = Json)]
pub async fn remove_demo() -> Result<(), ApiError> {
    answer(async {
        let caller = caller()?;
        provided::<Arc<dyn Connections>>()?.remove_demo(&caller).await
    })
    .await
}
