//! Which accounts a grant reaches.

use super::auth::{door, is_by_instagram};
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Node;
use crate::meta::{self, Less};
use crate::record::{RemoteAccount, Warning};
use futures_util::StreamExt;

/// The accounts of all pages, or the one that let us in itself.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let accounts = if is_by_instagram(&ctx.settings) { own(ctx).await? } else { of_pages(ctx).await? };
    let warnings = if accounts.is_empty() {
        let message = "No page that the consent covers is linked with a professional Instagram account.";
        vec![Warning { account: None, stream: None, field: None, message: message.into() }]
    } else {
        Vec::new()
    };
    Ok(AccountsFound { accounts, warnings, ..AccountsFound::default() })
}

/// How one account is reached. One that does not describe itself is tried, and its streams say what is wrong.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let (id, budget) = (id.trim(), ctx.session.budget());
    if !meta::is_id(id) {
        return Err(Error::configuration(format!(
            "{id:?} is no Instagram account; an account is a number such as 17841400000000000."
        )));
    }
    let query = [("fields", "id,username,name")];
    let request = door(ctx).get(ctx, id, &query, &budget).await?.paced_by(id);
    match door(ctx).call(ctx, &request, &budget).await {
        Ok((_, value)) => Ok((named(id.to_owned(), &Node::root(&value, "$"))?, Vec::new())),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected) => {
            Ok((RemoteAccount::bare(id), vec![Warning::account(id, error.message)]))
        }
        Err(error) => Err(error.in_account(id)),
    }
}

async fn own(ctx: &Context) -> Result<Vec<RemoteAccount>> {
    let budget = ctx.session.budget();
    let query = [("fields", "user_id,username,account_type")];
    let request = door(ctx).get(ctx, "me", &query, &budget).await?.paced_by("discovery");
    let (_, value) = door(ctx).call(ctx, &request, &budget).await?;
    let root = Node::root(&value, "$");
    Ok(vec![named(root.at("user_id").need_text()?, &root)?])
}

async fn of_pages(ctx: &Context) -> Result<Vec<RemoteAccount>> {
    let budget = ctx.session.budget();
    let query = [("fields", "id,name,instagram_business_account{id,username}"), ("limit", "100")];
    let first = door(ctx).get(ctx, "me/accounts", &query, &budget).await?.paced_by("discovery");
    let mut pages = door(ctx).pages(ctx, first, budget, Less::Rows);
    let mut accounts: Vec<RemoteAccount> = Vec::new();
    while let Some(batch) = pages.next().await {
        let batch = batch?;
        meta::rows(&batch.value)?.each(|page| {
            let linked = page.at("instagram_business_account");
            if linked.is_absent() {
                return Ok(());
            }
            let id = linked.at("id").need_text()?;
            let account = named(id, &linked)?;
            let name = if account.name == account.id { page.at("name").filled()? } else { None };
            let account = RemoteAccount { name: name.unwrap_or(account.name), ..account };
            if !accounts.iter().any(|known| known.id == account.id) {
                accounts.push(account);
            }
            Ok(())
        })?;
    }
    Ok(accounts)
}

/// Instagram tells neither zone nor currency.
fn named(id: String, node: &Node<'_>) -> Result<RemoteAccount> {
    let name = match node.at("username").filled()? {
        Some(name) => Some(name),
        None => node.at("name").filled()?,
    };
    let account = RemoteAccount::bare(id);
    Ok(RemoteAccount { name: name.unwrap_or_else(|| account.id.clone()), ..account })
}
