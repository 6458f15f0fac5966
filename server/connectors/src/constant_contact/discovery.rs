//! The one account behind a token.

use super::auth::request;
use super::failure::judge;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;

/// The account.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let summary = summary(ctx, &ctx.session.budget()).await?;
    Ok(AccountsFound { accounts: vec![account_of(&summary.value)?], ..AccountsFound::default() })
}

/// The account, if it is the one that is asked for. One that may not describe itself is read nevertheless.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = id.trim();
    if id.is_empty() {
        return Err(Error::configuration("The id of the account is missing, such as a07e1abcdefg."));
    }
    let summary = match summary(ctx, &ctx.session.budget()).await {
        Ok(summary) => summary.value,
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let message = format!("The account can't be described. {}", error.message);
            return Ok((RemoteAccount::bare(id), vec![Warning::account(id, message)]));
        }
        Err(error) => return Err(error.in_account(id)),
    };
    let found = account_of(&summary)?;
    if found.id != id {
        let message = format!("The token belongs to account {}, not to {id}.", found.id);
        return Err(Error::configuration(message).with_hint("Read that account, or connect the other one."));
    }
    Ok((found, Vec::new()))
}

/// What the account says about itself.
pub(super) async fn summary(ctx: &Context, budget: &Budget) -> Result<Batch> {
    ctx.session.batch(&request(ctx, "/account/summary", &[])?, budget, judge).await
}

fn account_of(summary: &Value) -> Result<RemoteAccount> {
    let root = Node::root(summary, "$");
    let id = root.at("encoded_account_id").need_text()?;
    let name = root.at("organization_name").filled()?.unwrap_or_else(|| id.clone());
    let time_zone = root.at("time_zone_id").filled()?;
    Ok(RemoteAccount { name, time_zone, ..RemoteAccount::bare(id) })
}
