//! File imports. (The upload itself is a route of the binary: it streams.)

use super::ApiError;
use leptos::prelude::*;
use model::ids::ImportId;
use model::imports::{ImportPreview, ImportSummary, Mapping};
use server_fn::codec::{GetUrl, Json};

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use model::{access::Role, ports::Imports as Port};
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// All imports, newest first.
#[server(prefix = "/api/f", endpoint = "imports", input = GetUrl)]
pub async fn imports(ws: String) -> Result<Vec<ImportSummary>, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        provided::<Arc<dyn Port>>()?.list(&member).await
    })
    .await
}

/// What loading the file would do; without a mapping as remembered or guessed.
#[server(prefix = "/api/f", endpoint = "preview_import", input = Json)]
pub async fn preview_import(
    ws: String,
    import: ImportId,
    mapping: Option<Mapping>,
) -> Result<ImportPreview, ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.preview(&member, import, mapping).await
    })
    .await
}

/// Loads the file and remembers the mapping for its shape.
#[server(prefix = "/api/f", endpoint = "load_import", input = Json)]
pub async fn load_import(ws: String, import: ImportId, mapping: Mapping) -> Result<ImportSummary, ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.load(&member, import, mapping).await
    })
    .await
}

/// Takes a loaded import back.
#[server(prefix = "/api/f", endpoint = "undo_import", input = Json)]
pub async fn undo_import(ws: String, import: ImportId) -> Result<ImportSummary, ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.undo(&member, import).await
    })
    .await
}

/// Throws a draft away.
#[server(prefix = "/api/f", endpoint = "discard_import", input = Json)]
pub async fn discard_import(ws: String, import: ImportId) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.discard(&member, import).await
    })
    .await
}
