//! The way to the vendor's consent page and back.

use super::entry::{self, Before, Checked, Known};
use super::granting::{Consent, Grant};
use crate::connections::store;
use crate::error::{PipelineError, Result};
use crate::{Pipeline, vault};
use chrono::{SecondsFormat, TimeDelta};
use connectors::oauth::OAuthClient;
use connectors::way::{self, Entry};
use connectors::{Connector, Settings};
use identity::secrets::Place;
use model::access::{Caller, Member};
use model::connect::ConnectRequest;
use model::ids::{ConnectionId, WorkspaceId};
use model::{AppError, ErrorKind};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A consent that takes longer has to be begun again.
const CONSENT_MINUTES: i64 = 15;

#[derive(Serialize, Deserialize)]
struct Pending {
    verifier: String,
    fields: BTreeMap<String, String>,
    #[serde(default)]
    way: Option<String>,
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

impl Pending {
    /// What the connection is to be opened with, but for the tokens.
    fn grant(self, connector: &'static dyn Connector) -> Grant {
        let ways = connector.ways();
        let named = self.way.as_deref().and_then(|name| way::of_name(ways, name));
        let way = named.unwrap_or(&ways[0]);
        let way_name = Some(way.name.to_owned());
        let sealed = vault::Sealed { fields: self.fields, way: way_name, ..vault::Sealed::default() };
        Grant { way, sealed, settings: self.settings }
    }
}

pub(super) fn platform(slug: &str) -> Result<&'static dyn Connector> {
    Ok(connectors::find(slug).ok_or_else(|| AppError::not_found("There is no such platform."))?)
}

pub(super) fn told(error: &connectors::Error) -> AppError {
    let kind = match error.kind {
        connectors::ErrorKind::VendorDown | connectors::ErrorKind::Quota { .. } => ErrorKind::Unavailable,
        _ => ErrorKind::Invalid,
    };
    let app = AppError::new(kind, error.to_string());
    match error.kind {
        // Nothing goes on by itself here, as a run does.
        connectors::ErrorKind::Quota { until } => app.with_hint(format!(
            "The platform asks us to wait until {}. Try again then; nothing is lost.",
            until.to_rfc3339_opts(SecondsFormat::Secs, true)
        )),
        _ => app.with_hint(error.action()),
    }
}

/// The error of a connector as people see it.
pub(super) fn app_error(error: &connectors::Error) -> PipelineError {
    PipelineError::Told(told(error))
}

/// Remembers who asked for what, and answers the consent page's address. A key is tried at once instead; one that has to
/// be typed first leads to where it is.
pub(super) async fn begin(pipeline: &Pipeline, member: &Member, request: ConnectRequest) -> Result<String> {
    let slug = request.platform.as_str();
    let connector = platform(slug)?;
    let mut known = Known { configured: pipeline.settings.fields(slug), before: None };
    let mut own_base_url = None;
    if let Some(connection) = request.reconnect {
        let mut tx = pipeline.database.scoped(member.workspace).await?;
        let row = store::connection(&mut tx, member.workspace, connection).await?;
        tx.commit().await?;
        if row.platform != slug {
            return Err(AppError::not_found("This connection is of another platform.").into());
        }
        own_base_url.clone_from(&row.base_url);
        // What was typed for the first consent still holds. Nothing is known where it can't be opened any more.
        let sealed = vault::open(pipeline, connection, &row.secret).unwrap_or_default();
        known.before = Some(Before { sealed, settings: row.settings.0 });
    }
    let says_nothing = request.way.is_none() && request.fields.is_empty();
    let workspace = slug_of(pipeline, member.workspace).await?;
    let checked = match (entry::check(connector, &request, known), request.reconnect) {
        // What is missing is asked for where there are fields.
        (Err(PipelineError::Told(_)), Some(connection)) if says_nothing => {
            return Ok(format!("/w/{workspace}/data/connect/{slug}?reconnect={connection}"));
        }
        (checked, _) => checked?,
    };
    let consent = Consent {
        workspace: member.workspace,
        workspace_slug: &workspace,
        user: member.user.0,
        slug,
        reconnect: request.reconnect,
    };
    if checked.way.entry == Entry::Key {
        if let (Some(connection), true) = (request.reconnect, says_nothing) {
            let way = checked.way.name;
            return Ok(format!("/w/{workspace}/data/connect/{slug}?reconnect={connection}&way={way}"));
        }
        return consent.without_asking(pipeline, connector, checked).await;
    }
    let Checked { way, sealed, settings } = checked;
    let credentials = vault::credentials(pipeline, slug, &sealed);
    let base_url = pipeline.base_url(slug, own_base_url.as_deref()).map_err(|e| app_error(&e))?;
    let parsed = Settings::of(connector, &settings).map_err(|e| app_error(&e))?;
    let client = OAuthClient::of(connector, &parsed, &credentials)
        .map_err(|e| app_error(&e))?
        .ok_or_else(|| AppError::invalid("This platform knows no consent."))?;
    let mut rng = StdRng::from_rng(&mut system_rng());
    let authorization =
        client.authorize(&base_url, &pipeline.settings.redirect_uri, &mut rng).map_err(|e| app_error(&e))?;
    let pending = Pending {
        verifier: authorization.verifier.expose_secret().to_owned(),
        fields: sealed.fields,
        way: Some(way.name.to_owned()),
        settings,
    };
    let hash = hash(&authorization.state);
    let plain = serde_json::to_vec(&pending).map_err(PipelineError::unexpected)?;
    let secret = pipeline.secrets.seal(&plain, Place { table: "consents", row: &hex::encode(hash) });
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.scoped(member.workspace).await?;
    sqlx::query("DELETE FROM consents WHERE workspace_id = $1 AND expires_at < $2")
        .bind(member.workspace.0)
        .bind(now - TimeDelta::days(1))
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO consents (state_hash, workspace_id, user_id, platform, connection_id, secret, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&hash[..])
    .bind(member.workspace.0)
    .bind(member.user.0)
    .bind(slug)
    .bind(request.reconnect.map(|c| c.0))
    .bind(secret)
    .bind(now + TimeDelta::minutes(CONSENT_MINUTES))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(authorization.url.to_string())
}

async fn slug_of(pipeline: &Pipeline, workspace: WorkspaceId) -> Result<String> {
    let mut tx = pipeline.database.scoped(workspace).await?;
    let slug = sqlx::query_scalar("SELECT slug FROM workspaces WHERE id = $1")
        .bind(workspace.0)
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(slug)
}

/// The vendor sent the browser back. A consent that can't be told is refused; one that failed leads to where it can be
/// begun again.
pub(super) async fn finish(
    pipeline: &Pipeline,
    caller: &Caller,
    query: &BTreeMap<String, String>,
) -> Result<String> {
    let again = "Begin again from the list of sources.";
    let state = query
        .get("state")
        .ok_or_else(|| AppError::invalid("The vendor's answer has no state.").with_hint(again))?;
    let hash = hash(state);
    let now = pipeline.clock.now();
    // Found by the hash alone, before the workspace is known: as the owner. Used once, also when what follows fails.
    let mut tx = pipeline.database.begin().await?;
    let found: Option<(i32, i32, String, Option<i32>, Vec<u8>, bool, String)> = sqlx::query_as(
        "DELETE FROM consents c USING workspaces w
         WHERE c.state_hash = $1 AND w.id = c.workspace_id
         RETURNING c.workspace_id, c.user_id, c.platform, c.connection_id, c.secret, c.expires_at < $2, w.slug",
    )
    .bind(&hash[..])
    .bind(now)
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    let Some((workspace, user, slug, reconnect, secret, is_late, workspace_slug)) = found else {
        let gone = "This consent is no longer valid: it took too long, or was used already.";
        return Err(AppError::invalid(gone).with_hint(again).into());
    };
    if user != caller.user.0 {
        return Err(AppError::new(ErrorKind::Forbidden, "Another person began this consent.")
            .with_hint(again)
            .into());
    }
    let consent = Consent {
        workspace: WorkspaceId(workspace),
        workspace_slug: &workspace_slug,
        user,
        slug: &slug,
        reconnect: reconnect.map(ConnectionId),
    };
    let plain = pipeline
        .secrets
        .open(&secret, Place { table: "consents", row: &hex::encode(hash) })
        .map_err(PipelineError::unexpected)?;
    let pending: Pending = serde_json::from_slice(&plain).map_err(PipelineError::unexpected)?;
    let connector = platform(&slug)?;
    let (way, verifier) = (pending.way.clone(), SecretString::from(pending.verifier.clone()));
    let connected = match code_of(query, is_late) {
        Ok(code) => consent.complete(pipeline, code, query, pending.grant(connector), &verifier).await,
        Err(refused) => Err(refused.into()),
    };
    match connected {
        Ok(connection) => Ok(consent.page(connection)),
        Err(PipelineError::Told(error)) => Ok(consent.page_of_failure(way.as_deref(), &error)),
        Err(other) => Err(other),
    }
}

/// The code in the vendor's answer, or why there is none.
fn code_of(query: &BTreeMap<String, String>, is_late: bool) -> Result<&str, AppError> {
    if is_late {
        return Err(AppError::invalid("This consent is no longer valid: it took too long.")
            .with_hint("Begin again; there is a quarter of an hour for it."));
    }
    if let Some(error) = query.get("error") {
        let why = query.get("error_description").unwrap_or(error);
        if error == "access_denied" {
            return Err(AppError::invalid("Access was not granted, so nothing was connected.")
                .with_hint("If that was not meant, begin again and agree."));
        }
        let why: String = why.chars().take(200).collect();
        return Err(AppError::invalid(format!("The vendor refused the consent: {why}."))
            .with_hint("Begin again, or choose another way in."));
    }
    // TikTok's marketing consent calls it so.
    let code = query.get("code").or_else(|| query.get("auth_code"));
    code.map(String::as_str)
        .ok_or_else(|| AppError::invalid("The vendor's answer has no code.").with_hint("Begin again."))
}

fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}

#[expect(clippy::disallowed_methods, reason = "state and verifier of a consent must be unguessable")]
pub(super) fn system_rng() -> rand::rngs::ThreadRng {
    rand::rng()
}
