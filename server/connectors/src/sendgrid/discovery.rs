//! The account of the key, and the sub-users below it.

use super::auth::{page_size, request};
use super::failure::judge;
use super::fetch;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Node};
use crate::record::{RemoteAccount, Warning};
use futures_util::TryStreamExt;

/// Sub-users per page.
const PAGE: u32 = 500;

/// Days of statistics are those of UTC.
const ZONE: &str = "UTC";

/// Whether it is read on behalf of somebody else than the key's owner.
pub(super) fn is_subuser(account: &RemoteAccount) -> bool {
    account.detail("kind").is_some_and(|kind| kind == "subuser")
}

/// The account itself, then its sub-users.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let own = bare(&username(ctx).await?);
    let mut found = AccountsFound { accounts: vec![own], ..AccountsFound::default() };
    match subusers(ctx).await {
        Ok(names) => found.accounts.extend(names.iter().map(|name| subuser(name))),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let message = format!("Its sub-users can't be listed. {}", error.message);
            found.warnings.push(Warning::account(&found.accounts[0].id, message));
        }
        Err(error) => return Err(error),
    }
    Ok(found)
}

/// The account with that user name. Where the key may not even say whose it is, it is taken for the owner's.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = id.trim();
    if id.is_empty() {
        return Err(Error::configuration("A SendGrid account is named by its user name, and there is none."));
    }
    let own = match username(ctx).await {
        Ok(own) => Some(own),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => None,
        Err(error) => return Err(error.in_account(id)),
    };
    if own.as_deref() == Some(id) {
        return Ok((bare(id), Vec::new()));
    }
    let below = match subusers(ctx).await {
        Ok(names) => names,
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => Vec::new(),
        Err(error) => return Err(error.in_account(id)),
    };
    if below.iter().any(|name| name == id) {
        return Ok((subuser(id), Vec::new()));
    }
    let Some(own) = own else {
        let message = "The key may not say whose it is; it is read as the owner's.";
        return Ok((bare(id), vec![Warning::account(id, message)]));
    };
    Err(Error::configuration(format!("The key belongs to {own}, and {id:?} is none of its sub-users."))
        .with_hint("Read the account of the key or one of its sub-users, or connect with another key."))
}

async fn username(ctx: &Context) -> Result<String> {
    let request = request(ctx, None, "/user/username", &[])?;
    let Batch { value, .. } = ctx.session.batch(&request, &ctx.session.budget(), judge).await?;
    Node::root(&value, "$").at("username").need_text()
}

/// The names of the sub-users, each once.
pub(super) async fn subusers(ctx: &Context) -> Result<Vec<String>> {
    let first = request(ctx, None, "/subusers", &[])?;
    let mut batches = fetch::offset_pages(ctx, ctx.session.budget(), first, page_size(ctx, PAGE));
    let mut names: Vec<String> = Vec::new();
    while let Some(batch) = batches.try_next().await? {
        Node::root(&batch.value, "$").each(|row| {
            let name = row.at("username").need_text()?;
            if !names.contains(&name) {
                names.push(name);
            }
            Ok(())
        })?;
    }
    Ok(names)
}

fn bare(name: &str) -> RemoteAccount {
    RemoteAccount { time_zone: Some(ZONE.into()), ..RemoteAccount::bare(name) }
}

fn subuser(name: &str) -> RemoteAccount {
    bare(name).with_detail("kind", "subuser")
}
