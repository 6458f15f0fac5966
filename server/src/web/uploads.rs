//! Files for import: streamed through, never held in memory.

use super::Site;
use super::guard::member;
use super::reply::{Refusal, reference, unreadable};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use futures_util::{StreamExt, TryStreamExt};
use model::AppError;
use model::access::{Caller, Role};
use model::imports::ImportPreview;
use serde::Deserialize;

/// The query of [`upload`].
#[derive(Debug, Deserialize)]
pub struct UploadParameters {
    name: String,
}

/// `POST /api/w/{slug}/imports/upload?name=FILE` with the file as body. Answers the first preview.
pub async fn upload(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Path(slug): Path<String>,
    parameters: Result<Query<UploadParameters>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportPreview>, Refusal> {
    let member = member(&site, caller.as_deref(), &slug, Role::Editor).await?;
    let Query(parameters) = parameters.map_err(unreadable)?;
    let limit = site.settings.upload_limit;
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if announced.is_some_and(|size| size > limit) {
        return Err(too_large(limit).into());
    }
    let mut received: u64 = 0;
    let stream = body.into_data_stream().map_err(std::io::Error::other).map(move |chunk| {
        let chunk = chunk?;
        received += chunk.len() as u64;
        if received > limit {
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, too_large(limit).message));
        }
        Ok(chunk)
    });
    // On a task of its own: a request whose browser went away is dropped, and half a file would stay. The task sees
    // the broken stream, and cleans up.
    let tasks = site.lifecycle.tasks.clone();
    let taking_in =
        tasks.spawn(async move { site.imports.upload(&member, &parameters.name, stream.boxed()).await });
    let preview = taking_in.await.map_err(|lost| panicked_reference(&lost))??;
    Ok(Json(preview))
}

fn panicked_reference(lost: &tokio::task::JoinError) -> AppError {
    let reference = reference();
    tracing::error!(%reference, %lost, "taking a file in panicked");
    AppError::internal(reference)
}

fn too_large(limit: u64) -> AppError {
    AppError::invalid(format!("This file is larger than {} MB.", limit / (1024 * 1024)))
        .with_hint("Split it by month, or let the admin raise upload_limit.")
}
