//! Which properties a grant reaches.

use super::auth::{admin_request, property_id};
use super::failure::judge;
use crate::connector::{AccountsFound, Context};
use crate::error::{ErrorKind, Result};
use crate::http::paginate::{Pagination, Place};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use futures_util::StreamExt;

const PAGES: Pagination =
    Pagination::Token { send: "pageToken", place: Place::Query, read: "/nextPageToken" };

/// All properties of all accounts, with currency and time zone.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let budget = ctx.session.budget();
    let mut found = AccountsFound::default();
    let mut refusal = None;
    for (id, name) in listed(ctx, &budget).await? {
        match describe(ctx, &id, &budget).await {
            Ok(account) if account.name == account.id => {
                found.accounts.push(RemoteAccount { name: name.unwrap_or(account.name), ..account });
            }
            Ok(account) => found.accounts.push(account),
            Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
                found.warnings.push(Warning::account(&id, error.message.clone()));
                refusal = Some(error.in_account(&id));
            }
            Err(error) => return Err(error.in_account(&id)),
        }
    }
    match refusal {
        Some(refusal) if found.accounts.is_empty() => return Err(refusal),
        None if found.accounts.is_empty() => found.warnings.push(Warning {
            account: None,
            stream: None,
            field: None,
            message: "The Google user can see no Google Analytics property.".into(),
        }),
        _ => {}
    }
    Ok(found)
}

/// One property. It is tried even where it can't be described: its reports may still be open to us.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = property_id(id)?;
    match describe(ctx, &id, &ctx.session.budget()).await {
        Ok(account) => Ok((account, Vec::new())),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let warning = Warning::account(&id, error.message);
            let unknown =
                RemoteAccount { name: id.clone(), id, currency: None, time_zone: None, access_path: None };
            Ok((unknown, vec![warning]))
        }
        Err(error) => Err(error.in_account(&id)),
    }
}

/// Ids and names, each property once. An account without properties simply lacks the key.
async fn listed(ctx: &Context, budget: &Budget) -> Result<Vec<(String, Option<String>)>> {
    let mut listed: Vec<(String, Option<String>)> = Vec::new();
    let first = admin_request(ctx, "accountSummaries?pageSize=200")?;
    let mut pages = ctx.session.pages(first, PAGES, "/accountSummaries", budget.clone(), judge);
    while let Some(page) = pages.next().await {
        let page = page?;
        let root = Node::root(&page.value, "$");
        let accounts = root.at("accountSummaries");
        for account in 0..accounts.array()?.len() {
            let account = accounts.nth(account);
            let properties = account.at("propertySummaries");
            for property in 0..properties.array()?.len() {
                let property = properties.nth(property);
                let name = property.at("property").need_text()?;
                let id = property_id(&name)
                    .map_err(|_| property.at("property").drift(format!("{name:?} names no property")))?;
                if !listed.iter().any(|(known, _)| *known == id) {
                    listed.push((id, property.at("displayName").text()?.filter(|n| !n.trim().is_empty())));
                }
            }
        }
    }
    Ok(listed)
}

async fn describe(ctx: &Context, id: &str, budget: &Budget) -> Result<RemoteAccount> {
    let batch = property(ctx, id, budget).await?;
    let root = Node::root(&batch.value, "$");
    let filled =
        |key| -> Result<Option<String>> { Ok(root.at(key).text()?.filter(|t| !t.trim().is_empty())) };
    Ok(RemoteAccount {
        id: id.to_owned(),
        name: filled("displayName")?.unwrap_or_else(|| id.to_owned()),
        currency: filled("currencyCode")?,
        time_zone: filled("timeZone")?,
        access_path: None,
    })
}

/// The property as the Admin API describes it.
pub(super) async fn property(ctx: &Context, id: &str, budget: &Budget) -> Result<Batch> {
    ctx.session.batch(&admin_request(ctx, &format!("properties/{id}"))?, budget, judge).await
}
