//! The clients behind a token or key: each is an account with a zone and currency of its own.

use super::auth::{client_id, request};
use super::failure::judge;
use super::zones::zone_of;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Budget, Node};
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;

/// All clients, with their zones and currencies.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let mut found = AccountsFound::default();
    for (id, name) in clients(ctx).await? {
        let (account, warnings) = match details(ctx, &id, &ctx.session.budget()).await {
            Ok(details) => account_of(&id, name, &details)?,
            Err(error) if matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected) => {
                undescribed(&id, name, &error)
            }
            Err(error) => return Err(error.in_account(&id)),
        };
        found.accounts.push(account);
        found.warnings.extend(warnings);
    }
    Ok(found)
}

/// Ids and names. A key of one client may not list clients: then the setting names it.
async fn clients(ctx: &Context) -> Result<Vec<(String, Option<String>)>> {
    let request = request(ctx, "/clients", &[])?.paced_by("discovery");
    let named = ctx.settings.get("client");
    let batch = match ctx.session.batch(&request, &ctx.session.budget(), judge).await {
        Ok(batch) => batch,
        Err(error)
            if !named.is_empty()
                && !matches!(error.kind, ErrorKind::VendorDown | ErrorKind::Quota { .. }) =>
        {
            return Ok(vec![(named.to_owned(), None)]);
        }
        Err(error) if error.kind == ErrorKind::NeedsReauthorisation && ctx.session.tokens().is_none() => {
            return Err(error.with_hint(
                "Check the key. A key of one client may not list clients: set `client` to the client's ID.",
            ));
        }
        Err(error) => return Err(error),
    };
    let mut clients: Vec<(String, Option<String>)> = Vec::new();
    Node::root(&batch.value, "$").each(|row| {
        let id = row.at("ClientID").need_text()?;
        if !clients.iter().any(|(known, _)| *known == id) {
            clients.push((id, row.at("Name").filled()?));
        }
        Ok(())
    })?;
    Ok(clients)
}

/// One client. One that may not be described is read without currency, and with UTC for its zone.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = client_id(id)?;
    match details(ctx, &id, &ctx.session.budget()).await {
        Ok(details) => account_of(&id, None, &details),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => Ok(undescribed(&id, None, &error)),
        Err(error) => Err(error.in_account(&id)),
    }
}

/// What a client is. The answer holds the client's key, so nothing of it is kept but what is picked out: no raw page, and no
/// words of an answer that can't be read.
pub(super) async fn details(ctx: &Context, id: &str, budget: &Budget) -> Result<Value> {
    let request = request(ctx, &format!("/clients/{id}"), &[])?.paced_by(id);
    let answer = ctx.session.batch(&request, budget, judge).await;
    answer.map(|batch| batch.value).map_err(|error| match error.kind {
        ErrorKind::Drift { .. } | ErrorKind::Interrupted { .. } => Error { raw: None, ..error },
        _ => error,
    })
}

fn account_of(id: &str, name: Option<String>, details: &Value) -> Result<(RemoteAccount, Vec<Warning>)> {
    let root = Node::root(details, "$");
    let (basic, billing) = (root.at("BasicDetails"), root.at("BillingDetails"));
    let label = basic.at("TimeZone").filled()?;
    let zone = label.as_deref().and_then(zone_of);
    let name = name.or(basic.at("CompanyName").filled()?).unwrap_or_else(|| id.to_owned());
    let account = RemoteAccount {
        name,
        currency: billing.at("Currency").filled()?,
        time_zone: zone.map(|zone| zone.name().to_owned()),
        ..RemoteAccount::bare(id)
    };
    let warning = zone.is_none().then(|| {
        let label = label.unwrap_or_default();
        Warning::account(id, format!("The time zone {label:?} is not known; its times are taken for UTC."))
    });
    Ok((account, warning.into_iter().collect()))
}

fn undescribed(id: &str, name: Option<String>, error: &Error) -> (RemoteAccount, Vec<Warning>) {
    let account = RemoteAccount { name: name.unwrap_or_else(|| id.to_owned()), ..RemoteAccount::bare(id) };
    let message = format!("The client can't be described, so its times are taken for UTC. {}", error.message);
    (account, vec![Warning::account(id, message)])
}
