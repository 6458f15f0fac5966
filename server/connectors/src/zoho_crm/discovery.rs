//! The one organization behind a token.

use super::auth::{get, org_id, origin};
use super::failure::{UNSERVED, judge};
use super::streams::MULTI_CURRENCY;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;

/// The organization.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let org = org(ctx, &ctx.session.budget()).await?;
    Ok(AccountsFound { accounts: vec![account_of(&org.value)?], ..AccountsFound::default() })
}

/// The organization, if it is the one that is asked for. One that may not describe itself is read without currency.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = id.trim();
    let org = match org(ctx, &ctx.session.budget()).await {
        Ok(org) => org.value,
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run() => {
            let message =
                format!("The organization can't be described; its currency is unknown. {}", error.message);
            let id = org_id(id)?;
            return Ok((RemoteAccount::bare(&id), vec![Warning::account(&id, message)]));
        }
        Err(error) => return Err(error.in_account(id)),
    };
    let found = account_of(&org)?;
    if found.id != id {
        return Err(Error::configuration(format!(
            "The token belongs to organization {}, not to {id}.",
            found.id
        ))
        .with_hint("Read that organization, or connect the other one."));
    }
    Ok((found, Vec::new()))
}

/// What the organization says about itself. A host that does not know the token may be that of another data centre: the
/// new token names the right one.
pub(super) async fn org(ctx: &Context, budget: &Budget) -> Result<Batch> {
    let asked = origin(ctx, budget).await?;
    match ask(ctx, budget).await {
        Err(error)
            if error.kind == ErrorKind::NeedsReauthorisation && origin(ctx, budget).await? != asked =>
        {
            ask(ctx, budget).await
        }
        answer => answer,
    }
}

async fn ask(ctx: &Context, budget: &Budget) -> Result<Batch> {
    let request = get(ctx, budget, "/org", &[]).await?.paced_by("discovery");
    ctx.session.batch(&request, budget, judge).await.map_err(|error| {
        // Every version has it.
        let is_unserved = error.is_any_of(UNSERVED);
        if is_unserved { Error { kind: ErrorKind::VersionSunset, ..error } } else { error }
    })
}

fn account_of(answer: &Value) -> Result<RemoteAccount> {
    let root = Node::root(answer, "$");
    let list = root.at("org");
    let org = list.nth(0);
    let id = org.at("id").need_text()?;
    let account = RemoteAccount {
        name: org.at("company_name").filled()?.unwrap_or_else(|| id.clone()),
        currency: org.at("iso_code").filled()?,
        time_zone: org.at("time_zone").filled()?,
        ..RemoteAccount::bare(id)
    };
    let has_several = org.at("mc_status").boolean()?.unwrap_or(false);
    Ok(if has_several { account.with_detail(MULTI_CURRENCY, "true") } else { account })
}
