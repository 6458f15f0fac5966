//! Currency rates.

use super::ApiError;
use leptos::prelude::*;
use server_fn::codec::Json;

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use metrics::ports::Figures;
#[cfg(feature = "ssr")]
use model::access::Role;
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// Loads a file in the ECB's history format; answers how many rates were stored.
#[server(prefix = "/api/f", endpoint = "load_rates", input = Json)]
pub async fn load_rates(ws: String, csv: String) -> Result<u64, ApiError> {
    answer(async {
        let member = member(&ws, Role::Admin).await?;
        provided::<Arc<dyn Figures>>()?.load_rates(&member, csv.as_bytes()).await
    })
    .await
}
