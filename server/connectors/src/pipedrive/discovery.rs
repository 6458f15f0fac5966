//! The one company behind a token.

use super::auth::{Resource, company_id, get};
use super::failure::{GONE, judge};
use super::map::checked;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;

/// The company.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let me = me(ctx, None, &ctx.session.budget()).await?;
    Ok(AccountsFound { accounts: vec![account_of(&me.value)?], ..AccountsFound::default() })
}

/// The company, if it is the one that is asked for. One that may not describe itself is read without currency and zone.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = id.trim();
    let me = match me(ctx, None, &ctx.session.budget()).await {
        Ok(me) => me.value,
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run() => {
            let message =
                format!("The company can't be described; currency and zone are unknown. {}", error.message);
            let id = company_id(id)?;
            return Ok((RemoteAccount::bare(&id), vec![Warning::account(&id, message)]));
        }
        Err(error) => return Err(error.in_account(id)),
    };
    let found = account_of(&me)?;
    if found.id != id {
        return Err(Error::configuration(format!("The token belongs to company {}, not to {id}.", found.id))
            .with_hint("Read that company, or connect the other one."));
    }
    Ok((found, Vec::new()))
}

/// The person behind the token, with the company. Every version has it: where it is gone, the version is.
pub(super) async fn me(ctx: &Context, account: Option<&RemoteAccount>, budget: &Budget) -> Result<Batch> {
    let request = get(ctx, account, Resource::Users, "/me", &[]).await?.paced_by("discovery");
    let batch = ctx.session.batch(&request, budget, judge).await.map_err(|error| {
        let is_gone = error.is_any_of(GONE);
        if is_gone { Error { kind: ErrorKind::VersionSunset, ..error } } else { error }
    })?;
    checked(&batch.value)?;
    Ok(batch)
}

fn account_of(me: &Value) -> Result<RemoteAccount> {
    let root = Node::root(me, "$");
    let data = root.at("data");
    let more = root.at("additional_data");
    let id = match data.at("company_id").filled()? {
        Some(id) => id,
        None => {
            more.at("company_id").filled()?.ok_or_else(|| data.at("company_id").drift("it is missing"))?
        }
    };
    let account = RemoteAccount {
        name: data.at("company_name").filled()?.unwrap_or_else(|| id.clone()),
        currency: data.at("default_currency").filled()?,
        time_zone: data.at("timezone_name").filled()?,
        ..RemoteAccount::bare(id)
    };
    Ok(match data.at("company_domain").filled()? {
        Some(domain) => account.with_detail("domain", &domain),
        None => account,
    })
}
