//! Which ad accounts and pages a grant reaches.

use super::auth::{DOOR, digits};
use super::token;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::meta::{self, Less};
use crate::record::{RemoteAccount, Warning};
use futures_util::TryStreamExt;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked about an ad account.
pub(super) const FIELDS: &str = "id,account_id,name,account_status,currency,timezone_name,business";

const KIND: &str = "kind";
const PAGE: &str = "page";

/// Whether it is a page, and no ad account.
pub(super) fn is_page(account: &RemoteAccount) -> bool {
    account.detail(KIND).as_deref() == Some(PAGE)
}

/// Ad accounts that the token sees itself or by its businesses, closed ones included, because their past is there; and
/// pages.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let budget = ctx.session.budget();
    let mut found = Found::default();
    found.list(ctx, "me/adaccounts", &budget).await?;
    for business in found.businesses.clone() {
        for edge in ["owned_ad_accounts", "client_ad_accounts"] {
            let listed = found.list(ctx, &format!("{business}/{edge}"), &budget).await;
            found.note(listed, &format!("Accounts of business {business} can't be listed"))?;
        }
    }
    let mut pages = Vec::new();
    let listed = all_pages(ctx, &budget).await.map(|all| pages.extend(all));
    found.note(listed, "Pages can't be listed")?;
    found.warnings.extend(token::warnings(ctx, &budget).await);
    let accounts = found.order.iter().filter_map(|id| found.accounts.get(id).cloned());
    Ok(AccountsFound {
        accounts: accounts.chain(pages).collect(),
        warnings: found.warnings,
        remarks: found.remarks,
    })
}

/// How one account is reached. One that does not describe itself is looked for in the list; one that is not there either
/// is tried, and its streams say what is wrong.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let (id, number, budget) = (id.trim(), digits(id)?, ctx.session.budget());
    if id == number
        && let Some(page) = page(ctx, number, &budget).await?
    {
        return Ok((page, Vec::new()));
    }
    let id = format!("act_{number}");
    let refusal = match describe(ctx, &id, &budget).await {
        Ok(batch) => return Ok((account_of(&Node::root(&batch.value, "$"))?, Vec::new())),
        Err(error) if is_refused(&error) => error,
        Err(error) => return Err(error.in_account(&id)),
    };
    let warning = Warning::account(&id, refusal.message);
    let mut found = Found::default();
    let known = match found.list(ctx, "me/adaccounts", &budget).await {
        Err(error) if !is_refused(&error) => return Err(error.in_account(&id)),
        _ => found.accounts.remove(&id),
    };
    Ok((known.unwrap_or_else(|| RemoteAccount::bare(id)), vec![warning]))
}

/// What an ad account says about itself.
pub(super) async fn describe(ctx: &Context, id: &str, budget: &Budget) -> Result<Batch> {
    let request = DOOR.get(ctx, id, &[("fields", FIELDS)], budget).await?.paced_by(id);
    DOOR.batch(ctx, &request, budget).await
}

fn is_refused(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected)
}

#[derive(Default)]
struct Found {
    accounts: BTreeMap<String, RemoteAccount>,
    /// The accounts' ids as they came.
    order: Vec<String>,
    businesses: BTreeSet<String>,
    warnings: Vec<Warning>,
    remarks: Vec<Warning>,
}

/// What people should know of an account's status before they choose it; the codes are those of Meta's `AdAccount`.
fn remark(status: &str) -> Option<&'static str> {
    match status {
        "2" => Some("Meta has disabled this account. Its past can still be read."),
        "100" => Some("This account is about to be closed."),
        "101" => Some("This account is closed. Its past can still be read."),
        _ => None,
    }
}

impl Found {
    async fn list(&mut self, ctx: &Context, path: &str, budget: &Budget) -> Result<()> {
        for value in listed(ctx, path, FIELDS, budget).await? {
            meta::rows(&value)?.each(|row| {
                let account = account_of(row)?;
                let business = row.at("business").at("id").filled()?;
                self.businesses.extend(business.filter(|id| meta::is_id(id)));
                let status = row.at("account_status").filled()?;
                // Another list may tell less of it.
                if let Some(known) = self.accounts.get_mut(&account.id) {
                    known.currency = known.currency.take().or(account.currency);
                    known.time_zone = known.time_zone.take().or(account.time_zone);
                } else {
                    self.accounts.insert(account.id.clone(), account.clone());
                    let remark = status.as_deref().and_then(remark);
                    self.remarks.extend(remark.map(|text| Warning::account(&account.id, text)));
                    self.order.push(account.id);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// A part that can't be looked into is a warning.
    fn note(&mut self, listed: Result<()>, what: &str) -> Result<()> {
        match listed {
            Err(error) if error.kind == ErrorKind::NeedsReauthorisation => Err(error),
            Err(error) => {
                let message = format!("{what}. {}", error.message);
                self.warnings.push(Warning { account: None, stream: None, field: None, message });
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

async fn listed(ctx: &Context, path: &str, fields: &str, budget: &Budget) -> Result<Vec<Value>> {
    let first = DOOR.get(ctx, path, &[("fields", fields), ("limit", "100")], budget).await?;
    let pages = DOOR.pages(ctx, first.paced_by("discovery"), budget.clone(), Less::Rows);
    pages.map_ok(|batch| batch.value).try_collect().await
}

/// Without `act_` in the list of a business; with it everywhere here.
fn account_of(row: &Node<'_>) -> Result<RemoteAccount> {
    let number = match row.at("account_id").filled()? {
        Some(number) => number,
        None => row.at("id").need_text()?,
    };
    let id = format!("act_{}", number.trim_start_matches("act_"));
    let account = RemoteAccount::bare(id);
    Ok(RemoteAccount {
        name: row.at("name").filled()?.unwrap_or_else(|| account.name.clone()),
        currency: row.at("currency").filled()?,
        time_zone: row.at("timezone_name").filled()?,
        ..account
    })
}

async fn all_pages(ctx: &Context, budget: &Budget) -> Result<Vec<RemoteAccount>> {
    let mut pages: BTreeMap<String, RemoteAccount> = BTreeMap::new();
    for value in listed(ctx, "me/accounts", "id,name", budget).await? {
        meta::rows(&value)?.each(|row| {
            let page = RemoteAccount::bare(row.at("id").need_text()?).with_detail(KIND, PAGE);
            let name = row.at("name").filled()?.unwrap_or_else(|| page.name.clone());
            pages.insert(page.id.clone(), RemoteAccount { name, ..page });
            Ok(())
        })?;
    }
    Ok(pages.into_values().collect())
}

/// The page with that number, if there is one.
async fn page(ctx: &Context, number: &str, budget: &Budget) -> Result<Option<RemoteAccount>> {
    match all_pages(ctx, budget).await {
        Ok(pages) => Ok(pages.into_iter().find(|page| page.id == number)),
        Err(error) if is_refused(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
