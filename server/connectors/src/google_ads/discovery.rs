//! Which accounts a grant reaches, and through which manager.

use super::auth::{customer_id, request};
use super::failure::judge;
use super::{fetch, gaql};
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::google::last_segment;
use crate::http::{Budget, Node};
use crate::record::{RemoteAccount, Warning};
use futures_util::StreamExt;
use http::Method;
use std::collections::HashMap;

/// One account of the tree, open or not.
struct Client {
    account: RemoteAccount,
    is_manager: bool,
    status: Option<String>,
}

#[derive(Default)]
struct Tree {
    clients: Vec<Client>,
    warnings: Vec<Warning>,
}

/// All accounts that can be read: no managers, and none that is closed.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let tree = tree(ctx, &ctx.session.budget()).await?;
    let remarks = tree.clients.iter().filter_map(|client| {
        Some(Warning::account(&client.account.id, format!("{}: {}", client.account.name, client.left_out()?)))
    });
    Ok(AccountsFound {
        remarks: remarks.collect(),
        accounts: tree.clients.iter().filter(|c| c.left_out().is_none()).map(|c| c.account.clone()).collect(),
        warnings: tree.warnings,
    })
}

impl Client {
    /// Why it can't be read.
    fn left_out(&self) -> Option<String> {
        match self.status.as_deref() {
            _ if self.is_manager => Some("a manager account has no figures of its own.".to_owned()),
            None | Some("ENABLED") => None,
            Some(status) => Some(format!("Google Ads does not serve it, its status is {status}.")),
        }
    }
}

/// How one account is reached. One that discovery does not show is tried as the credentials say.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = customer_id(id)?;
    let budget = ctx.session.budget();
    let (tree, mut warnings) = match tree(ctx, &budget).await {
        Ok(mut tree) => {
            let warnings = std::mem::take(&mut tree.warnings);
            (tree, warnings)
        }
        // The account itself may still be open to us.
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            (Tree::default(), vec![Warning::account(&id, format!("Accounts can't be listed: {error}"))])
        }
        Err(error) => return Err(error),
    };
    if let Some(client) = tree.clients.into_iter().find(|c| c.account.id == id) {
        refuse_manager(&id, client.is_manager)?;
        return Ok((client.account, warnings));
    }
    let manager = match ctx.credentials.text("login_customer_id") {
        Some(text) => Some(customer_id(text)?).filter(|manager| *manager != id),
        None => None,
    };
    let unknown = RemoteAccount {
        id: id.clone(),
        name: id.clone(),
        currency: None,
        time_zone: None,
        access_path: manager,
    };
    match describe(ctx, &unknown, &budget).await {
        Ok(account) => Ok((account, warnings)),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            warnings.push(Warning::account(&id, error.to_string()));
            Ok((unknown, warnings))
        }
        Err(error) => Err(error.in_account(&id)),
    }
}

pub(super) fn refuse_manager(id: &str, is_manager: bool) -> Result<()> {
    if !is_manager {
        return Ok(());
    }
    Err(Error::configuration(format!("{id} is a manager account, which has no figures of its own."))
        .with_hint("Read the accounts under it; `windhover connector accounts google_ads` lists them."))
}

async fn describe(ctx: &Context, account: &RemoteAccount, budget: &Budget) -> Result<RemoteAccount> {
    let mut described = account.clone();
    let mut batches = fetch::run(ctx, &account.id, account.access_path.as_deref(), gaql::CUSTOMER, budget);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let root = Node::root(&batch.value, "$");
        let results = root.at("results");
        for index in 0..results.array()?.len() {
            let row = results.nth(index);
            let customer = row.at("customer");
            refuse_manager(&account.id, customer.at("manager").boolean()?.unwrap_or(false))?;
            if let Some(name) = customer.at("descriptiveName").text()?.filter(|n| !n.is_empty()) {
                described.name = name;
            }
            described.currency = customer.at("currencyCode").text()?.or(described.currency);
            described.time_zone = customer.at("timeZone").text()?.or(described.time_zone);
        }
    }
    Ok(described)
}

async fn tree(ctx: &Context, budget: &Budget) -> Result<Tree> {
    let mut tree = Tree::default();
    let mut known: HashMap<String, usize> = HashMap::new();
    let roots = roots(ctx, budget).await?;
    let mut refusals = Vec::new();
    for root in &roots {
        let clients = match clients_of(ctx, root, budget).await {
            Ok(clients) => clients,
            Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
                tree.warnings.push(Warning::account(root, error.message.clone()));
                refusals.push(error);
                continue;
            }
            Err(error) => return Err(error.in_account(root)),
        };
        for client in clients {
            match known.get(&client.account.id) {
                // Direct access needs no manager that might lose its link.
                Some(&at) if client.account.access_path.is_none() => tree.clients[at] = client,
                Some(_) => {}
                None => {
                    known.insert(client.account.id.clone(), tree.clients.len());
                    tree.clients.push(client);
                }
            }
        }
    }
    if roots.is_empty() {
        tree.warnings.push(Warning {
            account: None,
            stream: None,
            field: None,
            message: "The Google user can see no Google Ads account.".into(),
        });
    }
    match refusals.pop() {
        Some(refusal) if refusals.len() + 1 == roots.len() => {
            Err(refusal.in_account(&roots[roots.len() - 1]))
        }
        _ => Ok(tree),
    }
}

async fn roots(ctx: &Context, budget: &Budget) -> Result<Vec<String>> {
    let request = request(ctx, Method::GET, "customers:listAccessibleCustomers", None)?.paced_by("discovery");
    let (_, body) = ctx.session.call_json(&request, budget, &judge).await?;
    let root = Node::root(&body, "$");
    let names = root.at("resourceNames");
    (0..names.array()?.len())
        .map(|index| {
            let name = names.nth(index).need_text()?;
            customer_id(last_segment(&name))
                .map_err(|_| names.nth(index).drift(format!("{name:?} names no customer")))
        })
        .collect()
}

async fn clients_of(ctx: &Context, root_id: &str, budget: &Budget) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    let mut batches = fetch::run(ctx, root_id, Some(root_id), gaql::CUSTOMER_CLIENTS, budget);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let root = Node::root(&batch.value, "$");
        let results = root.at("results");
        for index in 0..results.array()?.len() {
            let row = results.nth(index);
            let client = row.at("customerClient");
            let id = client.at("id").text()?.filter(|id| !id.is_empty());
            let id = id.map_or_else(
                || {
                    let name = client.at("clientCustomer").need_text()?;
                    Ok(last_segment(&name).to_owned())
                },
                Ok::<_, Error>,
            )?;
            let is_root = id == root_id;
            let name = client.at("descriptiveName").text()?.filter(|n| !n.trim().is_empty());
            clients.push(Client {
                account: RemoteAccount {
                    name: name.unwrap_or_else(|| id.clone()),
                    currency: client.at("currencyCode").text()?.filter(|c| !c.is_empty()),
                    time_zone: client.at("timeZone").text()?.filter(|z| !z.is_empty()),
                    access_path: (!is_root).then(|| root_id.to_owned()),
                    id,
                },
                is_manager: client.at("manager").boolean()?.unwrap_or(false),
                status: client.at("status").text()?,
            });
        }
    }
    Ok(clients)
}
