//! The one portal behind a token.

use super::auth::{Family, get, portal_id};
use super::failure::{Zone, judge};
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;

/// The portal.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let details = details(ctx, &ctx.session.budget()).await?;
    Ok(AccountsFound { accounts: vec![account_of(&details.value)?], ..AccountsFound::default() })
}

/// The portal, if it is the one that is asked for. One that may not describe itself is read without currency and zone.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = portal_id(id)?;
    let details = match details(ctx, &ctx.session.budget()).await {
        Ok(details) => details.value,
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let message =
                format!("The portal can't be described; currency and zone are unknown. {}", error.message);
            return Ok((unknown(&id), vec![Warning::account(&id, message)]));
        }
        Err(error) => return Err(error.in_account(&id)),
    };
    let found = account_of(&details)?;
    if found.id != id {
        return Err(Error::configuration(format!("The token belongs to portal {}, not to {id}.", found.id))
            .with_hint("Read that portal, or connect the other one."));
    }
    Ok((found, Vec::new()))
}

/// What the portal says about itself.
pub(super) async fn details(ctx: &Context, budget: &Budget) -> Result<Batch> {
    let request = get(ctx, Family::Account, "/details", &[])?.paced_by("discovery");
    ctx.session.batch(&request, budget, |answer| judge(answer, Zone::UTC)).await
}

fn account_of(details: &Value) -> Result<RemoteAccount> {
    let root = Node::root(details, "$");
    let id = root.at("portalId").need_text()?;
    let text = |name: &str| Ok::<_, Error>(root.at(name).text()?.filter(|t| !t.trim().is_empty()));
    Ok(RemoteAccount { currency: text("companyCurrency")?, time_zone: text("timeZone")?, ..unknown(&id) })
}

/// HubSpot has no names for portals.
fn unknown(id: &str) -> RemoteAccount {
    RemoteAccount {
        id: id.to_owned(),
        name: id.to_owned(),
        currency: None,
        time_zone: None,
        access_path: None,
    }
}
