//! Events that vendors push: an address for each connection, and deliveries to it.
//!
//! They are counted by the hour, in the breakdown of that name: totals stay what the vendor's own reports say.

mod count;
mod store;

use crate::connections::store::connection as connection_row;
use crate::error::{PipelineError, Result};
use crate::{Pipeline, vault};
use async_trait::async_trait;
use connectors::hook::{Delivery, Hook, Proof, Refusal};
use identity::Entropy;
use identity::secrets::Place;
use model::access::Member;
use model::hooks::{DeliveryOutcome, HookAddress, HookState};
use model::ids::{ConnectionId, WorkspaceId};
use model::live::Topic;
use model::ports::{Hooks, Result as PortResult};
use model::{AppError, ErrorKind};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TABLE: &str = "hooks";

#[async_trait]
impl Hooks for Pipeline {
    async fn state(&self, member: &Member, connection: ConnectionId) -> PortResult<Option<HookState>> {
        Ok(state(self, member.workspace, connection).await?)
    }

    async fn open(
        &self,
        member: &Member,
        connection: ConnectionId,
        proof: Option<String>,
    ) -> PortResult<HookState> {
        open(self, member.workspace, connection, proof).await?;
        let state = state(self, member.workspace, connection).await?;
        state.ok_or_else(|| AppError::new(ErrorKind::NotFound, "This platform pushes nothing."))
    }

    async fn close(&self, member: &Member, connection: ConnectionId) -> PortResult<()> {
        Ok(close(self, member.workspace, connection).await?)
    }

    async fn take(
        &self,
        token: &str,
        headers: BTreeMap<String, String>,
        body: &[u8],
    ) -> PortResult<Option<DeliveryOutcome>> {
        Ok(take(self, token, &headers, body).await?)
    }
}

async fn state(
    pipeline: &Pipeline,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<Option<HookState>> {
    let mut tx = pipeline.database.scoped(workspace).await?;
    let row = connection_row(&mut tx, workspace, connection).await?;
    let Some(hook) = hook_of(&row.platform) else { return Ok(None) };
    let opened = store::hook(&mut tx, workspace, connection).await?;
    let deliveries = store::deliveries(&mut tx, workspace, connection).await?;
    tx.commit().await?;
    let address = match opened {
        None => None,
        Some(opened) => {
            let place = Place { table: TABLE, row: &connection.to_string() };
            let token = pipeline.secrets.open(&opened.token, place).map_err(PipelineError::unexpected)?;
            let token = String::from_utf8(token).map_err(PipelineError::unexpected)?;
            Some(HookAddress { url: format!("{}/hooks/{token}", origin(pipeline)), proof: opened.proof })
        }
    };
    let (proof_label, proof_help) = match hook.proof() {
        Proof::Address => (None, None),
        Proof::Key { label, help, .. } => (Some(label.to_owned()), Some(help.to_owned())),
    };
    Ok(Some(HookState {
        instructions: hook.instructions().to_owned(),
        proof_label,
        proof_help,
        address,
        deliveries,
    }))
}

/// Makes the address where there is none, and stores what deliveries are verified by.
async fn open(
    pipeline: &Pipeline,
    workspace: WorkspaceId,
    connection: ConnectionId,
    proof: Option<String>,
) -> Result<()> {
    let proof = proof.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if proof.as_ref().is_some_and(|text| text.len() > 4_000) {
        let message = "A verification key is shorter than 4,000 characters.";
        return Err(AppError::new(ErrorKind::Invalid, message).into());
    }
    let token = hex::encode(Entropy::system().bytes::<32>());
    let place = Place { table: TABLE, row: &connection.to_string() };
    let sealed = pipeline.secrets.seal(token.as_bytes(), place);
    let mut tx = pipeline.database.scoped(workspace).await?;
    let row = connection_row(&mut tx, workspace, connection).await?;
    if hook_of(&row.platform).is_none() {
        return Err(AppError::new(ErrorKind::Invalid, "This platform pushes nothing.").into());
    }
    let now = pipeline.clock.now();
    store::open(&mut tx, workspace, connection, (&hash(&token), &sealed), proof.as_deref(), now).await?;
    database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
    Ok(tx.commit().await?)
}

/// Forgets the address and its events; what was counted stays.
async fn close(pipeline: &Pipeline, workspace: WorkspaceId, connection: ConnectionId) -> Result<()> {
    let mut tx = pipeline.database.scoped(workspace).await?;
    store::close(&mut tx, workspace, connection).await?;
    database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
    Ok(tx.commit().await?)
}

/// Takes a delivery; none when no address is that one.
async fn take(
    pipeline: &Pipeline,
    token: &str,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> Result<Option<DeliveryOutcome>> {
    let Some(found) = store::by_hash(pipeline.database.pool(), &hash(token)).await? else { return Ok(None) };
    let (workspace, connection) = (WorkspaceId(found.workspace_id), ConnectionId(found.connection_id));
    let mut tx = pipeline.database.scoped(workspace).await?;
    let row = connection_row(&mut tx, workspace, connection).await?;
    tx.commit().await?;
    let Some(hook) = hook_of(&row.platform) else { return Ok(None) };
    let mut sealed = vault::open(pipeline, connection, &row.secret).map_err(PipelineError::unexpected)?;
    if let (Proof::Key { name, .. }, Some(proof)) = (hook.proof(), found.proof) {
        sealed.fields.insert(name.to_owned(), proof);
    }
    let credentials = vault::credentials(pipeline, &row.platform, &sealed);
    let header = |name: &str| headers.get(name).map(String::as_str);
    let delivery = Delivery { header: &header, body };
    let now = pipeline.clock.now();
    let (outcome, events) = match hook.read(&delivery, &credentials) {
        Ok(events) => (DeliveryOutcome::Taken, events),
        Err(Refusal::NotGenuine(why)) => {
            (DeliveryOutcome::NotGenuine(format!("Not taken: {why}.")), Vec::new())
        }
        Err(Refusal::Unreadable(error)) => {
            tracing::warn!(platform = row.platform, %error, "a pushed delivery can't be read");
            (DeliveryOutcome::Unreadable(format!("Not understood: {error}")), Vec::new())
        }
    };
    // Counting writes as the owner, as runs do: COPY knows no row-level security.
    let mut tx = pipeline.database.begin().await?;
    let count = events.len();
    let new = count::count(&mut tx, (workspace, connection), hook.family(), events, now).await?;
    store::trace(&mut tx, (workspace, connection), &outcome, (count, new), now).await?;
    database::changes::bump(&mut tx, workspace, Topic::Connections).await?;
    tx.commit().await?;
    Ok(Some(outcome))
}

fn hook_of(platform: &str) -> Option<&'static dyn Hook> {
    connectors::find(platform).and_then(connectors::Connector::hook)
}

/// Where we are reached, as the consents know it.
fn origin(pipeline: &Pipeline) -> &str {
    let redirect = pipeline.settings.redirect_uri.as_str();
    redirect.strip_suffix("/oauth/callback").unwrap_or(redirect)
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
