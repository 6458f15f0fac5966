//! Figures in bulk: cubes as binary, frames as JSON.

use super::Site;
use super::guard::member;
use super::reply::{Refusal, unreadable};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query as UrlQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use metrics::ports::CubeAnswer;
use metrics::{Frame, Query, Scope};
use model::AppError;
use model::access::{Caller, Member, Role};
use model::live::{LiveMessage, Topic};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Widgets that one request may ask for.
const MAX_QUERIES: usize = 200;
/// The ECB's whole history since 1999 has 1.6 MB.
const MAX_RATES_BYTES: usize = 20 * 1024 * 1024;

/// Cubes that one request may ask for: one for each family and level that a dashboard shows at once.
const MAX_CUBES: usize = 16;

/// The scope of a request for a cube, or those of a request for several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Asked {
    One(Scope),
    Several(Vec<Scope>),
}

/// The query of [`cube`].
#[derive(Debug, Deserialize)]
pub struct CubeParameters {
    scope: String,
}

/// `GET /api/w/{slug}/cube?scope={json}`: one cube; 413 with the number of cells when it is too large for a browser;
/// 304 when the browser's copy is still right. For a list of scopes their cubes one after the other, each behind its
/// length (four bytes, the lowest first), which is 0 where one is too large.
pub async fn cube(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Path(slug): Path<String>,
    parameters: Result<UrlQuery<CubeParameters>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let member = member(&site, caller.as_deref(), &slug, Role::Viewer).await?;
    let UrlQuery(parameters) = parameters.map_err(unreadable)?;
    let asked: Asked = serde_json::from_str(&parameters.scope).map_err(unreadable)?;
    let versions = site.figures.versions(&member).await?;
    let version = |topic| versions.0.get(&topic).copied().unwrap_or(0);
    let digest = Sha256::digest(format!(
        "{}.{}.{}.{}",
        member.workspace,
        version(Topic::Figures),
        version(Topic::Workspace),
        parameters.scope
    ));
    let tag = format!("\"{}\"", hex::encode(&digest[..12]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut response = if known.contains(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match asked {
            Asked::One(scope) => match site.figures.cube(&member, &scope).await? {
                CubeAnswer::Cube(bytes) => binary(bytes),
                CubeAnswer::TooLarge { cells } => {
                    (StatusCode::PAYLOAD_TOO_LARGE, Json(json!({ "cells": cells }))).into_response()
                }
            },
            Asked::Several(scopes) => binary(cubes(&site, &member, &scopes).await?),
        }
    };
    let head = response.headers_mut();
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        head.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn binary(bytes: Vec<u8>) -> Response<Body> {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// The cubes of some scopes, each behind its length.
async fn cubes(site: &Site, member: &Member, scopes: &[Scope]) -> Result<Vec<u8>, Refusal> {
    if scopes.len() > MAX_CUBES {
        return Err(unreadable(format!("{} scopes, at most {MAX_CUBES} are allowed", scopes.len())));
    }
    let mut out = Vec::new();
    for scope in scopes {
        let bytes = match site.figures.cube(member, scope).await? {
            CubeAnswer::Cube(bytes) => bytes,
            CubeAnswer::TooLarge { .. } => Vec::new(),
        };
        let length = u32::try_from(bytes.len()).map_err(|_| unreadable("a cube of more than 4 GB"))?;
        out.extend(length.to_le_bytes());
        out.extend(bytes);
    }
    Ok(out)
}

/// `POST /api/w/{slug}/frames`: the same figures by SQL, all widgets in one request.
pub async fn frames(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Path(slug): Path<String>,
    body: Bytes,
) -> Result<Json<Vec<Frame>>, Refusal> {
    let member = member(&site, caller.as_deref(), &slug, Role::Viewer).await?;
    let queries: Vec<Query> = serde_json::from_slice(&body).map_err(unreadable)?;
    if queries.len() > MAX_QUERIES {
        return Err(unreadable(format!("{} queries, at most {MAX_QUERIES} are allowed", queries.len())));
    }
    Ok(Json(site.figures.frames(&member, &queries).await?))
}

/// `GET /api/w/{slug}/versions`: the polling fallback of the live socket.
pub async fn versions(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Path(slug): Path<String>,
) -> Result<Json<LiveMessage>, Refusal> {
    let member = member(&site, caller.as_deref(), &slug, Role::Viewer).await?;
    Ok(Json(LiveMessage::Hello { versions: site.figures.versions(&member).await? }))
}

/// `POST /api/w/{slug}/rates`: a file in the ECB's history format. Answers `{"rates": n}`.
pub async fn load_rates(
    State(site): State<Site>,
    caller: Option<Extension<Caller>>,
    Path(slug): Path<String>,
    body: Body,
) -> Result<Json<serde_json::Value>, Refusal> {
    let member = member(&site, caller.as_deref(), &slug, Role::Admin).await?;
    let bytes = axum::body::to_bytes(body, MAX_RATES_BYTES).await.map_err(|_| {
        AppError::invalid("A file of rates has at most 20 MB; this one is larger, or was cut off.")
    })?;
    let rates = site.figures.load_rates(&member, &bytes).await?;
    Ok(Json(json!({ "rates": rates })))
}
